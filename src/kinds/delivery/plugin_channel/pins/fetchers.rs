//! The programs that fetch what they run, each with its way of naming it.

use super::options::{Grammar, Options};
use super::versions::{
    deno_is_pinned, go_is_pinned, image_is_pinned, npm_is_pinned, python_is_pinned,
};

const NPX: Grammar = Grammar {
    valued: Some(&[
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
    ]),
    flags: &[],
};

const UV: Grammar = Grammar {
    valued: Some(&[
        "--from",
        "--spec",
        "--with",
        "--with-editable",
        "--with-requirements",
        "-p",
        "--python",
        "-i",
        "--index",
        "--index-url",
        "--default-index",
        "--extra-index-url",
        "-f",
        "--find-links",
        "--cache-dir",
        "--directory",
        "--project",
        "--config-file",
        "-c",
        "--constraints",
        "--overrides",
        "--env-file",
        "--resolution",
        "--prerelease",
        "-P",
        "--upgrade-package",
        "--refresh-package",
        "--link-mode",
        "--keyring-provider",
        "--exclude-newer",
        "--color",
    ]),
    flags: &[],
};

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
};

const DOCKER: Grammar = Grammar {
    valued: Some(&[
        "--context",
        "-H",
        "--host",
        "--config",
        "-l",
        "--log-level",
        "-c",
    ]),
    flags: &[],
};

const NOTHING_VALUED: Grammar = Grammar {
    valued: Some(&[]),
    flags: &[],
};

/// What a program fetches that is not pinned; `words` are those behind its name.
pub(super) fn open_spec(program: &str, words: &[String]) -> Option<String> {
    let (first, behind) = match words.split_first() {
        Some((first, behind)) => (first.as_str(), behind),
        None => ("", &[][..]),
    };
    match (program, first) {
        ("npx" | "bunx" | "pnpx", _) => package(words),
        ("npm", "exec" | "x") | ("pnpm" | "yarn", "dlx") | ("bun", "x") => package(behind),
        ("uvx", _) => python(words, true),
        ("pipx", "run") => python(behind, true),
        ("uv", "run") => python(behind, false),
        ("uv", "tool") if behind.first().is_some_and(|word| word == "run") => {
            python(&behind[1..], true)
        }
        ("docker" | "podman" | "nerdctl", _) => image(words),
        ("deno", "run" | "x" | "serve") => Options::of(behind, NOTHING_VALUED)
            .rest
            .first()
            .filter(|spec| spec.contains(':') && !deno_is_pinned(spec))
            .cloned(),
        ("go", "run") => {
            let options = Options::of(behind, NOTHING_VALUED);
            let module = options.rest.first();
            module.filter(|module| !go_is_pinned(module)).cloned()
        }
        _ => None,
    }
}

fn package(words: &[String]) -> Option<String> {
    let options = Options::of(words, NPX);
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
    let options = Options::of(words, UV);
    let mut specs = options.values(&["--from", "--spec"]);
    if specs.is_empty() && by_name {
        specs.extend(options.rest.first().map(String::as_str));
    }
    let with = options.values(&["--with"]);
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
