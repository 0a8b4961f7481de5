use super::ast::{Command, Word};

/// Programs that run another one, and how many words of their own stand before it.
const WRAPPERS: &[(&str, usize)] = &[
    ("sudo", 0),
    ("env", 0),
    ("time", 0),
    ("nice", 0),
    ("nohup", 0),
    ("exec", 0),
    ("command", 0),
    ("stdbuf", 0),
    ("xvfb-run", 0),
    ("timeout", 1),
    ("gtimeout", 1),
    ("retry", 0),
    ("npx", 0),
    ("bunx", 0),
    ("pnpx", 0),
    ("uvx", 0),
];

/// Programs that run another one as a subcommand.
const RUNNERS: &[(&str, &[&str])] = &[
    ("bundle", &["exec"]),
    ("poetry", &["run"]),
    ("uv", &["run"]),
    ("pipenv", &["run"]),
    ("pdm", &["run"]),
    ("rye", &["run"]),
    ("hatch", &["run"]),
    ("pnpm", &["exec", "dlx"]),
    ("npm", &["exec"]),
    ("yarn", &["exec", "dlx"]),
    ("bun", &["x"]),
    ("mise", &["exec"]),
    ("opam", &["exec"]),
];

/// Options of `xargs` that take the next word.
const XARGS: &[&str] = &[
    "-a",
    "-d",
    "-E",
    "-I",
    "-L",
    "-n",
    "-P",
    "-s",
    "--arg-file",
    "--delimiter",
    "--max-args",
    "--max-chars",
    "--max-lines",
    "--max-procs",
];

/// The words of the command that does the work, without what starts it: `timeout 5m npx jest` is
/// `jest`, `python3 -m pytest` is `pytest`, `xargs -n 1 shellcheck` is `shellcheck`.
pub(super) fn effective(command: &Command) -> Vec<&str> {
    let words = started(command).into_iter();
    words.map(|word| word.text.as_str()).collect()
}

/// The same as they stand in the script.
pub(super) fn started(command: &Command) -> Vec<&Word> {
    let mut words: Vec<&Word> = command.words.iter().collect();
    // Each turn takes a word away.
    for _ in 0..8 {
        let Some(name) = words.first().copied().map(|first| base(&first.text)) else {
            break;
        };
        if let Some((_, own)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) {
            words.remove(0);
            skip_options(&mut words);
            words.drain(..(*own).min(words.len()));
            continue;
        }
        if let Some((_, subcommands)) = RUNNERS.iter().find(|(runner, _)| *runner == name)
            && words
                .get(1)
                .is_some_and(|word| subcommands.contains(&word.text.as_str()))
        {
            words.drain(..2);
            skip_options(&mut words);
            continue;
        }
        if is_python(name) && words.get(1).is_some_and(|word| word.text == "-m") {
            words.drain(..2);
            continue;
        }
        if name == "eval" && words.get(1).is_some_and(|word| is_plain(&word.text)) {
            words.remove(0);
            continue;
        }
        if let Some(inner) = handed_on(name, &words) {
            words = inner;
            continue;
        }
        break;
    }
    words
}

/// What `xargs` or `find -exec` run.
fn handed_on<'a>(name: &str, words: &[&'a Word]) -> Option<Vec<&'a Word>> {
    match name {
        "xargs" => {
            let mut at = 1;
            while words.get(at).is_some_and(|word| word.text.starts_with('-')) {
                at += 1 + usize::from(XARGS.contains(&words[at].text.as_str()));
            }
            let inner = words.get(at..).unwrap_or_default();
            (!inner.is_empty()).then(|| inner.to_vec())
        }
        "find" => {
            let (from, to) = executed(words)?;
            Some(words[from..to].to_vec())
        }
        _ => None,
    }
}

/// Where the first command of a `find` begins and ends.
fn executed(words: &[&Word]) -> Option<(usize, usize)> {
    let is_exec = |word: &&Word| matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok");
    let from = words.iter().position(is_exec)? + 1;
    let length = words[from..]
        .iter()
        .position(|word| matches!(word.text.as_str(), ";" | "+"))?;
    (length > 0).then_some((from, from + length))
}

/// Whether a command takes no notice of the status of what it runs: `find` with `-exec … \;` ends with 0
/// whatever the commands did, with `+` it does not. (POSIX, `find`, and findutils.)
pub(super) fn ignores_status(command: &Command) -> bool {
    let words: Vec<&Word> = command.words.iter().collect();
    let at = words.iter().position(|word| base(&word.text) == "find");
    at.and_then(|at| {
        let words = &words[at..];
        let (_, end) = executed(words)?;
        Some(words[end].text == ";")
    })
    .unwrap_or(false)
}

fn is_plain(word: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
    !word.is_empty() && word.bytes().all(plain)
}

fn skip_options(words: &mut Vec<&Word>) {
    while words
        .first()
        .is_some_and(|word| word.text.starts_with('-') || is_assignment(&word.text))
    {
        words.remove(0);
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

pub(super) fn is_python(name: &str) -> bool {
    name == "python" || name.starts_with("python3") || name == "python2"
}

/// The program's name without its folder.
pub(super) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}
