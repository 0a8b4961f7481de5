//! The programs that fetch what they run, each with its way of naming it.

use super::options::{Grammar, Options};
use super::versions::{
    deno_is_pinned, go_is_pinned, image_is_pinned, npm_is_pinned, python_is_pinned,
};

const NPM: Grammar = Grammar::valued(&[
    "-p",
    "--package",
    "-c",
    "--call",
    "-w",
    "--workspace",
    "--registry",
    "--cache",
    "--userconfig",
    "--prefix",
    "--loglevel",
    "--script-shell",
    "--node-options",
    // pnpm, yarn and bun.
    "-C",
    "--dir",
    "-F",
    "--filter",
    "--cwd",
]);

const PYTHON: Grammar = Grammar::valued(&[
    "--from",
    "--spec",
    "--with",
    "--with-editable",
    "--with-requirements",
    "--python",
    "--index",
    "--index-url",
    "--default-index",
    "--extra-index-url",
    "--find-links",
    "--cache-dir",
    "--directory",
    "--project",
    "--config-file",
    "--constraints",
    "--overrides",
    "--env-file",
    "--resolution",
    "--prerelease",
    "--upgrade-package",
    "--refresh-package",
    "--link-mode",
    "--keyring-provider",
    "--exclude-newer",
    "--color",
    "--pip-args",
])
.with_letters("pifcPw");

const DENO: Grammar = Grammar::valued(&[
    "-c",
    "--config",
    "--import-map",
    "--cert",
    "--location",
    "--seed",
    "--ext",
    "-L",
    "--log-level",
]);

const GO: Grammar = Grammar::valued(&[
    "-C",
    "-p",
    "-o",
    "-tags",
    "-ldflags",
    "-gcflags",
    "-asmflags",
    "-exec",
    "-toolexec",
    "-mod",
    "-modfile",
    "-overlay",
    "-pkgdir",
    "-buildmode",
]);

/// Nearly every option of `docker run` has a value.
const DOCKER_RUN: Grammar = Grammar {
    valued: None,
    flags: &[
        "--rm",
        "--init",
        "--privileged",
        "--read-only",
        "--detach",
        "--interactive",
        "--tty",
        "--publish-all",
        "--no-healthcheck",
        "--oom-kill-disable",
        "--sig-proxy",
        "--disable-content-trust",
        "--quiet",
        "--help",
        "--replace",
        "--rmi",
        "i",
        "t",
        "d",
        "P",
        "q",
    ],
    letters: "",
};

const DOCKER: Grammar = Grammar::valued(&[
    "--context",
    "-H",
    "--host",
    "--config",
    "-l",
    "--log-level",
    "-c",
]);

/// What a program fetches that is not pinned; `words` are those behind its name.
pub(super) fn open_spec(program: &str, words: &[String]) -> Option<String> {
    match program {
        "npx" | "bunx" | "pnpx" => package(words),
        "npm" => package(&behind(words, NPM, &["exec", "x"])?),
        "pnpm" | "yarn" => package(&behind(words, NPM, &["dlx"])?),
        "bun" => package(&behind(words, NPM, &["x"])?),
        "uvx" => python(words, true),
        "pipx" => python(&behind(words, PYTHON, &["run"])?, true),
        "uv" => match behind(words, PYTHON, &["run"]) {
            Some(words) => python(&words, false),
            None => {
                let tool = behind(words, PYTHON, &["tool"])?;
                python(&behind(&tool, PYTHON, &["run"])?, true)
            }
        },
        "docker" | "podman" | "nerdctl" => image(words),
        "deno" => {
            let words = behind(words, DENO, &["run", "x", "serve"])?;
            let spec = Options::of(&words, DENO).rest.first()?;
            (spec.contains(':') && !deno_is_pinned(spec)).then(|| spec.clone())
        }
        "go" => {
            let words = behind(words, GO, &["run"])?;
            let module = Options::of(&words, GO).rest.first()?;
            (!go_is_pinned(module)).then(|| module.clone())
        }
        _ => None,
    }
}

/// The line that npm is given to run in place of a program.
pub(super) fn called<'w>(program: &str, words: &'w [String]) -> Option<&'w str> {
    if !matches!(program, "npx" | "npm") {
        return None;
    }
    let line = |options: &Options<'w>| options.values(&["-c", "--call"]).first().copied();
    let options = Options::of(words, NPM);
    let own = line(&options);
    if own.is_some() || program == "npx" {
        return own;
    }
    let (first, rest) = options.rest.split_first()?;
    let is_exec = ["exec", "x"].contains(&first.as_str());
    is_exec.then(|| line(&Options::of(rest, NPM))).flatten()
}

/// The words of a subcommand, with the options that stand before it; `None` where it is another one.
fn behind(words: &[String], grammar: Grammar, subcommands: &[&str]) -> Option<Vec<String>> {
    let (first, rest) = Options::of(words, grammar).rest.split_first()?;
    if !subcommands.contains(&first.as_str()) {
        return None;
    }
    let before = &words[..words.len() - rest.len() - 1];
    Some([before, rest].concat())
}

fn package(words: &[String]) -> Option<String> {
    let options = Options::of(words, NPM);
    // Then only what is installed already is run.
    if options
        .flags
        .iter()
        .any(|flag| ["--no", "--no-install"].contains(flag))
    {
        return None;
    }
    let mut specs = options.values(&["-p", "--package"]);
    if specs.is_empty() && options.values(&["-c", "--call"]).is_empty() {
        specs.extend(options.rest.first().map(String::as_str));
    }
    let open = specs.into_iter().find(|spec| !npm_is_pinned(spec))?;
    Some(open.to_owned())
}

/// `by_name`: the first word names a package, unless `--from` does.
fn python(words: &[String], by_name: bool) -> Option<String> {
    let options = Options::of(words, PYTHON);
    let mut specs = options.values(&["--from", "--spec"]);
    if specs.is_empty() && by_name {
        specs.extend(options.rest.first().map(String::as_str));
    }
    let with = options.values(&["--with", "-w"]);
    specs.extend(with.into_iter().flat_map(|list| list.split(',')));
    let open = specs.into_iter().find(|spec| !python_is_pinned(spec))?;
    Some(open.to_owned())
}

fn image(words: &[String]) -> Option<String> {
    let rest = Options::of(words, DOCKER).rest;
    let rest = match rest.split_first() {
        Some((word, rest)) if word == "container" => rest,
        _ => rest,
    };
    let (word, rest) = rest.split_first()?;
    if !["run", "create"].contains(&word.as_str()) {
        return None;
    }
    let image = Options::of(rest, DOCKER_RUN).rest.first()?;
    (!image_is_pinned(image)).then(|| image.clone())
}
