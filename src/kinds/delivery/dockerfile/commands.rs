use std::collections::BTreeMap;

use super::run::Effect;
use super::shell::{read_script, written};
use super::shell_word::Word;
use crate::tree::TreePath;

/// Programs that write no file but to their output.
const READERS: &[&str] = &[
    ":",
    "[",
    "[[",
    "basename",
    "cat",
    "cksum",
    "cmp",
    "cut",
    "date",
    "diff",
    "dirname",
    "echo",
    "egrep",
    "exit",
    "export",
    "false",
    "fgrep",
    "file",
    "grep",
    "head",
    "id",
    "ls",
    "md5sum",
    "printf",
    "pwd",
    "readlink",
    "realpath",
    "return",
    "set",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "shift",
    "sleep",
    "stat",
    "tail",
    "test",
    "tr",
    "true",
    "type",
    "ulimit",
    "umask",
    "uname",
    "unset",
    "wc",
    "which",
    "whoami",
    // Owners are no part of what is compared.
    "chown",
    "chgrp",
];

/// Programs that run what follows them.
const WRAPPERS: &[&str] = &[
    "sudo", "command", "exec", "env", "nice", "nohup", "time", "builtin",
];

/// Programs whose arguments are read as paths below.
const KNOWN: &[&str] = &[
    "chmod", "cp", "curl", "dd", "install", "ln", "mkdir", "mv", "rm", "rsync", "sed", "tar",
    "tee", "touch", "truncate", "unzip", "wget",
];

/// Programs that take commands or paths from their input or their text.
const BY_INPUT: &[&str] = &[
    ".", "ash", "bash", "dash", "eval", "parallel", "sh", "source", "xargs",
];

/// Adds what one command does. `input` is a heredoc that it reads.
pub(super) fn command(
    words: &[Word],
    input: Option<&str>,
    cwd: &Option<TreePath>,
    variables: &BTreeMap<String, String>,
    shells: usize,
    effects: &mut Vec<Effect>,
) {
    let Some((name_word, args)) = words.split_first() else {
        return;
    };
    let name = name_word.text.rsplit('/').next().unwrap_or_default();
    let at = cwd.as_ref();
    let write = |word: &Word, recursive| written(word, name, at, recursive);
    if !name_word.is_exact() {
        effects.push(unknown(name, words, input, cwd));
        return;
    }
    if READERS.contains(&name) {
        let read = args.iter().filter_map(|word| word.path(cwd.as_ref()));
        effects.extend(read.map(|(path, _)| Effect::Reads(path)));
        if matches!(name, "set" | "export") {
            effects.extend(args.iter().map(|word| Effect::Text(word.text.clone())));
        }
        return;
    }
    if WRAPPERS.contains(&name) {
        let start = args
            .iter()
            .position(|word| !word.text.starts_with('-') && !word.text.contains('='));
        if let Some(start) = start {
            command(&args[start..], input, cwd, variables, shells, effects);
        }
        return;
    }
    let options = Options(args);
    if KNOWN.contains(&name) {
        attached(name, args, effects);
    }
    match name {
        "trap" => match options.plain().next() {
            Some(script) if script.is_exact() => {
                read_script(&script.text, cwd.clone(), variables, shells + 1, effects);
            }
            _ => effects.push(unknown(name, words, input, cwd)),
        },
        "sh" | "bash" | "ash" | "dash" => {
            let script = match options.short_with_value('c') {
                Some(script) if script.is_exact() => Some(script.text.as_str()),
                Some(_) => None,
                None if options.plain().next().is_none() => input,
                None => None,
            };
            // `sh -c '… $0 …' path`.
            let rest: Vec<_> = options.plain().skip(1).cloned().collect();
            if script.is_some() && !rest.is_empty() {
                effects.push(unknown(name, &rest, None, &None));
            }
            match script {
                Some(script) => {
                    read_script(script, cwd.clone(), variables, shells + 1, effects);
                }
                None => effects.push(unknown(name, words, input, cwd)),
            }
        }
        "touch" | "tee" | "mkdir" | "rmdir" | "truncate" | "unlink" | "mkfifo" => {
            effects.extend(options.plain().map(|word| write(word, false)));
        }
        "rm" => {
            let recursive = options.has('r') || options.has('R') || options.long("recursive");
            effects.extend(options.plain().map(|word| write(word, recursive)));
        }
        "chmod" => {
            let recursive = options.has('R') || options.long("recursive");
            // `-x` is a mode, not an option.
            let files = args
                .iter()
                .filter(|word| !word.text.starts_with('-'))
                .skip(usize::from(!args.iter().any(is_minus_mode)));
            effects.extend(files.map(|word| write(word, recursive)));
        }
        "cp" | "mv" | "install" | "ln" | "rsync" => {
            transfer(name, options, at, effects);
        }
        "sed" => {
            if options.has('i') || options.long("in-place") {
                let has_script = options.has('e') || options.has('f');
                let files = options.plain().skip(usize::from(!has_script));
                effects.extend(files.map(|word| write(word, false)));
            }
            // `w file` in its script writes too.
            let writes = |word: &&Word| word.text.contains("w /") || word.text.contains("w/");
            let scripts: Vec<_> = args.iter().filter(writes).cloned().collect();
            if !scripts.is_empty() {
                effects.push(unknown(name, &scripts, None, &None));
            }
        }
        "dd" => effects.extend(args.iter().filter_map(|word| {
            let rest = word.text.strip_prefix("of=")?;
            let target = Word {
                text: rest.to_owned(),
                known: word.known.saturating_sub(3).min(rest.len()),
            };
            Some(write(&target, false))
        })),
        "curl" | "wget" | "tar" | "unzip" | "git" => {
            if !unpacked(name, options, at, effects) {
                effects.push(unknown(name, words, input, cwd));
            }
        }
        "find" => {
            let acts = args.iter().any(|word| {
                ["-delete", "-exec", "-ok", "-fprint", "-fls"]
                    .iter()
                    .any(|action| word.text.starts_with(action))
            });
            if acts {
                let folders = args
                    .iter()
                    .take_while(|word| !word.text.starts_with(['-', '(', '!']));
                effects.extend(folders.map(|word| write(word, true)));
                effects.push(unknown(name, words, input, cwd));
            }
        }
        _ => effects.push(unknown(name, words, input, cwd)),
    }
}

fn is_minus_mode(word: &Word) -> bool {
    word.text
        .strip_prefix('-')
        .is_some_and(|mode| !mode.is_empty() && mode.bytes().all(|c| b"rwxXst".contains(&c)))
}

/// Options of the commands above whose value is not looked for: one that stands at its letter
/// (`-t/opt`), or in a bundle of `tar` (`xfC file folder`).
fn attached(name: &str, args: &[Word], effects: &mut Vec<Effect>) {
    const SEEN: &[&str] = &[
        "--target-directory",
        "--directory",
        "--output",
        "--output-document",
        "--directory-prefix",
    ];
    let is_bundle = name == "tar" && !args.first().is_none_or(|word| word.text.starts_with('-'));
    let is_open = |word: &&Word| {
        let flag = word.text.split('=').next().unwrap_or_default();
        is_bundle || word.text.starts_with('-') && !SEEN.contains(&flag)
    };
    let words: Vec<_> = args
        .iter()
        .filter(|word| word.text.contains('/'))
        .filter(is_open)
        .cloned()
        .collect();
    if !words.is_empty() {
        effects.push(unknown(name, &words, None, &None));
    }
}

fn unknown(name: &str, words: &[Word], input: Option<&str>, cwd: &Option<TreePath>) -> Effect {
    Effect::Unknown {
        is_unplaced: BY_INPUT.contains(&name),
        name: name.to_owned(),
        words: words
            .iter()
            .map(|word| word.text.clone())
            .chain(input.map(ToOwned::to_owned))
            .collect(),
        cwd: cwd.clone(),
    }
}

/// Commands with sources and a destination.
fn transfer(name: &str, options: Options<'_>, cwd: Option<&TreePath>, effects: &mut Vec<Effect>) {
    // A link in the place of a folder changes all that seems to be below it.
    let recursive = matches!(name, "mv" | "rsync" | "ln")
        || options.has('r')
        || options.has('R')
        || options.has('a')
        || options.has('d')
        || options.long("recursive")
        || options.long("archive");
    if name == "install" && options.has('d') {
        effects.extend(options.plain().map(|word| written(word, name, cwd, false)));
        return;
    }
    let value_flags: &[char] = if name == "install" {
        &['m', 'o', 'g']
    } else {
        &[]
    };
    let plain: Vec<_> = options.plain_without_values(value_flags).collect();
    let folder = options
        .short_with_value('t')
        .filter(|_| name != "rsync")
        .cloned()
        .or_else(|| options.long_value("target-directory"));
    let (sources, target) = match (folder, plain.split_last()) {
        (Some(folder), _) => {
            let sources = plain.iter().copied().filter(|word| **word != folder);
            (sources.collect::<Vec<_>>(), folder)
        }
        // `ln -s x` links into the working directory.
        (None, Some((only, []))) if name == "ln" => (vec![*only], Word::exact("./")),
        (None, Some((target, sources))) => (sources.to_vec(), (*target).clone()),
        (None, None) => return,
    };
    // A script that is copied may be run where it comes to.
    let read = sources.iter().filter_map(|word| word.path(cwd));
    effects.extend(read.map(|(path, _)| Effect::Reads(path)));
    if name == "ln" {
        // Whoever writes to the link writes to what it leads to. It does not run where it stands.
        let aliased = sources.iter().map(|word| match word.path(cwd) {
            Some((path, true)) => format!("/{path}"),
            _ => word.text.clone(),
        });
        effects.push(Effect::Unknown {
            name: name.to_owned(),
            words: aliased.collect(),
            cwd: None,
            is_unplaced: false,
        });
    }
    if name == "mv" {
        effects.extend(sources.iter().map(|word| written(word, name, cwd, true)));
    }
    let is_folder = target.is_exact() && (target.text.ends_with('/') || target.text == ".");
    for source in &sources {
        let base = source
            .text
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        if is_folder && source.is_exact() && !matches!(base, "" | "." | "..") && name != "rsync" {
            let inside = Word::exact(format!("{}/{base}", target.text));
            effects.push(written(&inside, name, cwd, recursive));
        } else {
            let many = recursive || is_folder;
            effects.push(written(&target, name, cwd, many));
        }
    }
}

/// Downloads and archives. `false` where it is not seen what they write.
fn unpacked(
    name: &str,
    options: Options<'_>,
    cwd: Option<&TreePath>,
    effects: &mut Vec<Effect>,
) -> bool {
    let here = Word::exact("./");
    match name {
        "curl" => {
            let target = options
                .short_with_value('o')
                .cloned()
                .or_else(|| options.long_value("output"));
            match target {
                Some(target) => effects.push(written(&target, name, cwd, false)),
                None if options.has('O') || options.long("remote-name") => {
                    effects.push(written(&here, name, cwd, true));
                }
                None => {}
            }
            !options.long("output-dir")
        }
        "wget" => {
            let folder = options
                .short_with_value('P')
                .cloned()
                .or_else(|| options.long_value("directory-prefix"));
            let target = options
                .short_with_value('O')
                .cloned()
                .or_else(|| options.long_value("output-document"));
            match (folder, target) {
                (Some(folder), _) => effects.push(written(&folder, name, cwd, true)),
                (None, Some(target)) if target.text == "-" => {}
                (None, Some(target)) => effects.push(written(&target, name, cwd, false)),
                (None, None) => effects.push(written(&here, name, cwd, true)),
            }
            true
        }
        "tar" => {
            let first = options.0.first().map_or("", |word| word.text.as_str());
            let extracts = first.starts_with(|c: char| c.is_ascii_alphabetic())
                && first.contains('x')
                || options.has('x')
                || options.long("extract");
            if !extracts {
                return false;
            }
            let folder = options
                .short_with_value('C')
                .cloned()
                .or_else(|| options.long_value("directory"))
                .unwrap_or(here);
            effects.push(written(&folder, name, cwd, true));
            true
        }
        "unzip" => {
            let folder = options.short_with_value('d').cloned().unwrap_or(here);
            effects.push(written(&folder, name, cwd, true));
            true
        }
        _ => {
            let mut plain = options.plain_without_values(&['b', 'o', 'c', 'j']);
            if plain.next().is_none_or(|word| word.text != "clone") {
                return false;
            }
            let folder = plain.nth(1).unwrap_or(&here);
            effects.push(written(folder, name, cwd, true));
            !options.long_with_separate_value()
        }
    }
}

/// The arguments of a command, as most programs read them.
#[derive(Clone, Copy)]
struct Options<'a>(&'a [Word]);

impl<'a> Options<'a> {
    /// Whether a short option is given, alone or in a bundle like `-rf`.
    fn has(self, letter: char) -> bool {
        self.bundles().any(|word| word.text.contains(letter))
    }

    fn bundles(self) -> impl Iterator<Item = &'a Word> {
        self.0
            .iter()
            .take_while(|word| word.text != "--")
            .filter(|word| word.text.starts_with('-') && !word.text.starts_with("--"))
    }

    fn long(self, name: &str) -> bool {
        self.0.iter().any(|word| {
            word.text
                .strip_prefix("--")
                .is_some_and(|rest| rest == name || rest.starts_with(&format!("{name}=")))
        })
    }

    /// `--name=value` or `--name value`.
    fn long_value(self, name: &str) -> Option<Word> {
        let flag = format!("--{name}");
        for (index, word) in self.0.iter().enumerate() {
            if word.text == flag {
                return self.0.get(index + 1).cloned();
            }
            if let Some(rest) = word.text.strip_prefix(&format!("{flag}=")) {
                let skipped = word.text.len() - rest.len();
                return Some(Word {
                    text: rest.to_owned(),
                    known: word.known.saturating_sub(skipped).min(rest.len()),
                });
            }
        }
        None
    }

    /// The word behind the bundle that a short option ends.
    fn short_with_value(self, letter: char) -> Option<&'a Word> {
        let index = self.0.iter().position(|word| {
            word.text.starts_with('-')
                && !word.text.starts_with("--")
                && word.text.ends_with(letter)
        })?;
        self.0.get(index + 1)
    }

    /// A long option whose value may be a word of its own, which looks like an argument.
    fn long_with_separate_value(self) -> bool {
        self.0.iter().any(|word| {
            word.text.starts_with("--") && word.text.len() > 2 && !word.text.contains('=')
        }) && !self.0.iter().all(|word| {
            !word.text.starts_with("--")
                || word.text.contains('=')
                || [
                    "--single-branch",
                    "--recursive",
                    "--recurse-submodules",
                    "--quiet",
                ]
                .contains(&word.text.as_str())
        })
    }

    /// All that are no options.
    fn plain(self) -> impl Iterator<Item = &'a Word> {
        self.plain_without_values(&[])
    }

    /// All that are no options, and no values of these.
    fn plain_without_values(self, with_value: &'a [char]) -> impl Iterator<Item = &'a Word> {
        let mut after_flags = false;
        let mut is_value = false;
        self.0.iter().filter(move |word| {
            if std::mem::take(&mut is_value) {
                return false;
            }
            if after_flags || !word.text.starts_with('-') || word.text == "-" {
                return word.text != "-";
            }
            if word.text == "--" {
                after_flags = true;
            }
            is_value = !word.text.starts_with("--") && word.text.ends_with(with_value);
            false
        })
    }
}
