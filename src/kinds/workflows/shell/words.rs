use super::ast::Command;

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

/// The words of the command that does the work, without what starts it: `timeout 5m npx jest` is
/// `jest`, `python3 -m pytest` is `pytest`.
pub(super) fn effective(command: &Command) -> Vec<&str> {
    let mut words: Vec<&str> = command
        .words
        .iter()
        .map(|word| word.text.as_str())
        .collect();
    // Each turn takes a word away.
    for _ in 0..8 {
        let Some(first) = words.first().copied() else {
            break;
        };
        let name = base(first);
        if let Some((_, own)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) {
            words.remove(0);
            skip_options(&mut words);
            words.drain(..(*own).min(words.len()));
            continue;
        }
        if let Some((_, subcommands)) = RUNNERS.iter().find(|(runner, _)| *runner == name)
            && words.get(1).is_some_and(|word| subcommands.contains(word))
        {
            words.drain(..2);
            skip_options(&mut words);
            continue;
        }
        if is_python(name) && words.get(1) == Some(&"-m") {
            words.drain(..2);
            continue;
        }
        break;
    }
    words
}

fn skip_options(words: &mut Vec<&str>) {
    while words
        .first()
        .is_some_and(|word| word.starts_with('-') || is_assignment(word))
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
