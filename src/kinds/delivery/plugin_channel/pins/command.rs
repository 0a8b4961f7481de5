use super::fetchers::{called, open_spec};
use super::wrappers::{behind_assignments, split, wrapped};
use crate::kinds::delivery::plugin_channel::document::Node;

/// How many commands may stand in front of each other.
const MAX_DEPTH: usize = 8;

/// What the command of a server fetches without a pinned version, in words; `None` where it is pinned, or nothing is
/// fetched.
pub(crate) fn unpinned(entry: &Node) -> Option<String> {
    let command = entry.get("command")?.text()?;
    let args = entry.get("args").and_then(Node::items).unwrap_or_default();
    let mut words = vec![command.to_owned()];
    // Some write the whole line there.
    if args.is_empty() && command.contains(char::is_whitespace) {
        words = split(command);
    }
    words.extend(args.iter().filter_map(Node::text).map(str::to_owned));
    open(&words, 0)
}

fn open(words: &[String], depth: usize) -> Option<String> {
    if depth > MAX_DEPTH {
        return None;
    }
    let (first, rest) = words.split_first()?;
    let program = name(first);
    if let Some(spec) = open_spec(&program, rest) {
        return Some(format!(
            "`{spec}` with `{program}`, and no pinned version of it"
        ));
    }
    if let Some(line) = called(&program, rest) {
        return open(&split(line), depth + 1);
    }
    if let Some(words) = wrapped(&program, rest) {
        // It may also be told to hand a line to a shell.
        return open(&words, depth + 1).or_else(|| in_script(rest, depth));
    }
    match program.as_str() {
        "sh" | "bash" | "zsh" | "dash" | "ash" | "su" => in_script(rest, depth),
        "cmd" => {
            let at = rest
                .iter()
                .position(|word| word.eq_ignore_ascii_case("/c"))?;
            open(&rest[at + 1..], depth + 1)
        }
        _ => None,
    }
}

fn in_script(words: &[String], depth: usize) -> Option<String> {
    script(words)?
        .split(['\n', ';', '|', '&', '(', ')'])
        .find_map(|line| {
            let words = split(line);
            let from = words
                .iter()
                .position(|word| !KEYWORDS.contains(&word.as_str()))?;
            open(behind_assignments(&words[from..]), depth + 1)
        })
}

/// What may stand before a command in a script.
const KEYWORDS: [&str; 9] = [
    "if", "then", "elif", "else", "while", "until", "do", "!", "{",
];

/// The name of a program without its folder and ending.
fn name(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.to_ascii_lowercase();
    let bare = [".exe", ".cmd", ".ps1", ".bat"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    bare.unwrap_or(&name).to_owned()
}

/// The line that a shell is given with `-c`, also as one of several letters.
fn script(words: &[String]) -> Option<&str> {
    let at = words
        .iter()
        .position(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('c'))?;
    words.get(at + 1).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::super::super::document::read_json;
    use super::*;

    fn told(words: &[&str]) -> Option<String> {
        let entry = serde_json::json!({"command": words[0], "args": words[1..]});
        unpinned(&read_json(&entry.to_string(), false).expect("JSON"))
    }

    #[test]
    fn what_is_fetched_without_a_version_is_named() {
        let digest = format!("i@sha256:{}", "0".repeat(64));
        for (line, open) in [
            ("npx -y pkg", Some("pkg")),
            ("npx -y pkg@1.2.3 --flag latest", None),
            ("/usr/bin/npx --yes @s/p@latest", Some("@s/p@latest")),
            ("npx --prefer-offline @s/p@^1.8.0", Some("@s/p@^1.8.0")),
            ("npx -p a@1.0.0 --package=b tool", Some("b")),
            ("npx -p a@1.0.0 tool", None),
            ("npx --no-install tool", None),
            ("npx --registry https://h pkg", Some("pkg")),
            ("npx.cmd -y pkg", Some("pkg")),
            ("npm exec --yes -- pkg", Some("pkg")),
            ("npm run start", None),
            ("pnpm dlx pkg", Some("pkg")),
            ("bun x pkg@1.0.0", None),
            ("uvx pkg", Some("pkg")),
            ("uvx pkg==1.0", None),
            ("uvx --from pkg tool", Some("pkg")),
            ("uvx --from pkg==1.0 --with more tool", Some("more")),
            ("uv tool run pkg", Some("pkg")),
            ("uv run --with pkg server.py", Some("pkg")),
            ("uv run server.py", None),
            ("pipx run --spec pkg==1.0 tool", None),
            (
                "docker run -i --rm -e KEY -v /a:/b image:1",
                Some("image:1"),
            ),
            ("docker run -it --rm --network=none image", Some("image")),
            (
                "docker --context c container run -eK=v image",
                Some("image"),
            ),
            ("docker exec -i box server", None),
            (
                "podman run --rm ghcr.io/o/i:latest serve",
                Some("ghcr.io/o/i:latest"),
            ),
            ("go run m/x@latest", Some("m/x@latest")),
            ("go run ./cmd", None),
            ("deno run -A npm:pkg", Some("npm:pkg")),
            ("deno run server.ts", None),
            ("env -i K=v npx pkg", Some("pkg")),
            ("timeout 30 npx pkg", Some("pkg")),
            ("cmd /c npx pkg", Some("pkg")),
            ("cmd /d /s /C npx pkg", Some("pkg")),
            ("node /opt/server/dist/index.js", None),
            ("python3 -m server", None),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let found = told(&words);
            match open {
                Some(spec) => {
                    let found = found.unwrap_or_else(|| panic!("{line} is open"));
                    assert!(
                        found.starts_with(&format!("`{spec}` with")),
                        "{line}: {found}"
                    );
                }
                None => assert_eq!(found, None, "{line}"),
            }
        }
        assert_eq!(told(&["docker", "run", "--rm", &digest]), None);
    }

    #[test]
    fn the_subcommand_is_found_behind_options() {
        for line in [
            "npm --yes exec pkg",
            "npm --yes exec -- pkg",
            "npm --prefix /srv -s x pkg",
            "npm exec --package=pkg -- tool",
            "npm --package pkg exec tool",
            "pnpm -C /srv --silent dlx pkg",
            "yarn --cwd /srv dlx pkg",
            "bun --bun x pkg",
            "uv --directory /srv tool run pkg",
            "uv -q tool --offline run pkg",
            "uv --offline run --with pkg server.py",
            "uv tool run -qp 3.12 pkg",
            "uvx -w pkg --from other==1.0 tool",
            "pipx --verbose run pkg",
            "pipx run --python 3.12 pkg",
            "docker -l debug run -i pkg",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let found = told(&words).unwrap_or_else(|| panic!("{line} is open"));
            assert!(found.starts_with("`pkg` with"), "{line}: {found}");
        }
        for (line, spec) in [
            ("go -C /srv run -tags x m/x@latest", "m/x@latest"),
            ("go run -ldflags -s m/x@latest", "m/x@latest"),
            ("deno -q run -A --config d.json npm:pkg", "npm:pkg"),
            ("deno -L debug run npm:pkg", "npm:pkg"),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let found = told(&words).unwrap_or_else(|| panic!("{line} is open"));
            assert!(
                found.starts_with(&format!("`{spec}` with")),
                "{line}: {found}"
            );
        }
        for line in [
            "npm --yes exec pkg@1.2.3",
            "npm --no exec pkg",
            "npm --prefix exec run start",
            "uv --directory run tool list",
            "uv --offline run server.py",
            "go -C run build ./cmd",
            "deno -q run server.ts",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(told(&words), None, "{line}");
        }
    }

    #[test]
    fn the_command_is_found_behind_whatever_starts_it() {
        for line in [
            "sudo npx pkg",
            "sudo -u u npx pkg",
            "sudo -EHu u -g g K=v npx pkg",
            "sudo --user u -- npx pkg",
            "doas -u u npx pkg",
            "runuser -u u -- npx pkg",
            "env -u X npx pkg",
            "env -iu X K=v npx pkg",
            "env --chdir /srv - npx pkg",
            "timeout 5 npx pkg",
            "timeout -s KILL 5 npx pkg",
            "timeout -k 5s --foreground 1m npx pkg",
            "timeout --signal=KILL 5 npx pkg",
            "nice npx pkg",
            "nice -n 5 npx pkg",
            "nice -5 npx pkg",
            "ionice -c 2 -n 5 npx pkg",
            "stdbuf -o L npx pkg",
            "stdbuf -oL npx pkg",
            "setpriv --reuid 1000 --clear-groups npx pkg",
            "tini -s -e 143 -- npx pkg",
            "dumb-init -r 15:2 npx pkg",
            "gosu u npx pkg",
            "chroot --userspec u /srv npx pkg",
            "taskset -c 0,1 npx pkg",
            "flock -w 5 /tmp/x npx pkg",
            "time -f %e npx pkg",
            "exec -a name npx pkg",
            "xvfb-run -a -s x npx pkg",
            "busybox timeout 5 npx pkg",
            "nohup sudo -u u env -u X timeout -s KILL 5 nice -n 5 npx pkg",
            "doppler run --project p -- npx pkg",
            "mise exec node@22 -- npx pkg",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let found = told(&words).unwrap_or_else(|| panic!("{line} is open"));
            assert!(found.starts_with("`pkg` with"), "{line}: {found}");
        }
        assert!(told(&["env", "-S", "K=v npx pkg", "more"]).is_some());
        assert!(told(&["env", "-Snpx pkg"]).is_some());
        assert!(told(&["flock", "/tmp/x", "-c", "npx pkg"]).is_some());
        assert!(told(&["su", "u", "-c", "npx pkg"]).is_some());
        for line in [
            "sudo -u npx node server.js",
            "env -u npx node server.js",
            "timeout 5 npx pkg@1.2.3",
            "timeout -s npx 5 node server.js",
            "nice -n 5 node server.js npx pkg",
            "sudo",
            "timeout 5",
            "mise exec node@22",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(told(&words), None, "{line}");
        }
    }

    #[test]
    fn scripts_of_shells_are_read_as_well() {
        for script in [
            "npx -y pkg",
            "cd /x && exec npx -y pkg",
            "K=v npx -y 'pkg'",
            "echo hello; npx pkg | tee log",
            "if true; then timeout 5 npx pkg; fi",
            "(cd /x; ! npx pkg)",
        ] {
            assert!(told(&["sh", "-c", script]).is_some(), "{script}");
            assert!(told(&["/bin/bash", "-lc", script]).is_some(), "{script}");
        }
        assert_eq!(told(&["sh", "-c", "exec node server.js"]), None);
        assert!(told(&["npx -y pkg"]).is_some());
        assert_eq!(told(&["npx"]), None);
        assert_eq!(told(&["sh"]), None);
    }
}
