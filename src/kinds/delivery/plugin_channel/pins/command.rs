use super::fetchers::open_spec;
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
    match program.as_str() {
        "env" => open(behind_env(rest), depth + 1),
        "sh" | "bash" | "zsh" | "dash" | "ash" => script(rest)?
            .split(['\n', ';', '|', '&'])
            .find_map(|line| open(behind_assignments(&split(line)), depth + 1)),
        "cmd"
            if rest
                .first()
                .is_some_and(|flag| flag.eq_ignore_ascii_case("/c")) =>
        {
            open(&rest[1..], depth + 1)
        }
        "npx" | "npm" => {
            // `-c` runs a line of its own.
            let at = rest
                .iter()
                .position(|word| word == "-c" || word == "--call")?;
            open(&split(rest.get(at + 1)?), depth + 1)
        }
        "exec" | "nohup" | "time" | "sudo" | "tini" | "dumb-init" => {
            let from = rest.iter().position(|word| !word.starts_with('-'))?;
            open(&rest[from..], depth + 1)
        }
        // The first word is a duration or a user.
        "timeout" | "gosu" | "su-exec" => {
            let from = rest.iter().position(|word| !word.starts_with('-'))?;
            open(rest.get(from + 1..)?, depth + 1)
        }
        _ => None,
    }
}

/// The name of a program without its folder and ending.
fn name(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.to_ascii_lowercase();
    let bare = [".exe", ".cmd", ".ps1", ".bat"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    bare.unwrap_or(&name).to_owned()
}

fn split(line: &str) -> Vec<String> {
    shlex::split(line).unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect())
}

/// The line that a shell is given with `-c`, also as one of several letters.
fn script(words: &[String]) -> Option<&str> {
    let at = words
        .iter()
        .position(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('c'))?;
    words.get(at + 1).map(String::as_str)
}

fn behind_env(words: &[String]) -> &[String] {
    let mut rest = words;
    while let Some((word, behind)) = rest.split_first() {
        rest = match word.as_str() {
            "-u" | "--unset" | "-C" | "--chdir" => behind.get(1..).unwrap_or_default(),
            word if word.starts_with('-') || is_assignment(word) => behind,
            _ => break,
        };
    }
    rest
}

fn behind_assignments(words: &[String]) -> &[String] {
    let from = words.iter().position(|word| !is_assignment(word));
    from.map_or(&[], |from| &words[from..])
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
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
    fn scripts_of_shells_are_read_as_well() {
        for script in [
            "npx -y pkg",
            "cd /x && exec npx -y pkg",
            "K=v npx -y 'pkg'",
            "echo hello; npx pkg | tee log",
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
