use super::commands::command;
use super::image_path::image_path;
use super::mentions::{Named, named};
use super::plan::{Run, RunCommand, Workdir};
use super::shell::read_script;
use super::stage_fs::in_image;
use crate::tree::TreePath;

/// What reading a `RUN` tells about the files that it writes.
#[derive(Debug, Default)]
pub(super) struct RunFacts {
    pub(super) effects: Vec<Effect>,
    /// Files of the build context that it names, and so may run.
    pub(super) scripts: Vec<Script>,
    mounts: Vec<TreePath>,
}

/// A file that a `RUN` names, and what is in it.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) name: String,
    pub(super) text: String,
    /// It is only read, and may be handed on.
    pub(super) is_read: bool,
}

/// One thing that a command does, or may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// It writes, changes or removes a path.
    Write {
        path: TreePath,
        /// And what is below it, which is not listed.
        recursive: bool,
    },
    /// A command that is not known: it may write whatever it names, and where it stands.
    Unknown {
        name: String,
        words: Vec<String>,
        cwd: Option<TreePath>,
        /// Where it writes is said elsewhere: by a variable, by what it reads.
        is_unplaced: bool,
    },
    /// It reads a file, and may hand it on to a command that runs it, or to one that takes it for
    /// its own (`$_`).
    Reads(TreePath),
    /// A text that later commands may use as a path: a variable's value, what goes into a pipe.
    Text(String),
}

/// Whether a `RUN` writes at or below a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Touch {
    No,
    Yes {
        /// The paths at or below that it is seen to write.
        paths: Vec<TreePath>,
        /// Nothing else is written there.
        exact: bool,
        why: String,
    },
}

impl RunFacts {
    pub(super) fn of(run: &Run) -> Self {
        let cwd = match &run.workdir {
            Workdir::Known(dir) => Some(in_image(dir)),
            Workdir::Unknown(_) => None,
        };
        let mut effects = Vec::new();
        match (&run.command, &run.foreign_shell) {
            (RunCommand::Exec(words), _) => {
                let words: Vec<_> = words.iter().map(super::shell_word::Word::exact).collect();
                command(&words, None, &cwd, &run.env, 0, &mut effects);
            }
            (RunCommand::Shell(text), Some(shell)) => effects.push(Effect::Unknown {
                name: shell.clone(),
                words: [shell.clone(), text.clone()]
                    .into_iter()
                    .chain(run.heredocs.iter().map(|(_, body)| body.clone()))
                    .collect(),
                cwd,
                is_unplaced: false,
            }),
            (RunCommand::Shell(text), None) => {
                shell_form(text, run, cwd, &mut effects);
            }
        }
        // Nothing in the script says where `~` leads.
        effects.extend(run.env.get("HOME").cloned().map(Effect::Text));
        effects.extend(by_name(run).cloned().map(Effect::Text));
        Self {
            effects,
            scripts: Vec::new(),
            mounts: run.mounts.iter().map(|mount| in_image(mount)).collect(),
        }
    }

    /// Whether it writes at or below `under`, as far as can be seen. A path counts as mentioned
    /// wherever its text stands, after variables are expanded; a command that is not known and
    /// mentions it or a folder above it, or runs inside of it, may write anything there. So may one
    /// that takes its paths from variables or a pipe, where one of these mentions it.
    pub(super) fn touch(&self, under: &TreePath) -> Touch {
        if self.mounts.iter().any(|mount| under.is_within(mount)) {
            return Touch::No;
        }
        let mut paths = Vec::new();
        let mut why: Option<String> = None;
        for effect in &self.effects {
            match effect {
                Effect::Write { path, recursive } => {
                    if self.mounts.iter().any(|mount| path.is_within(mount)) {
                        continue;
                    }
                    if path.is_within(under) {
                        if !paths.contains(path) {
                            paths.push(path.clone());
                        }
                    } else if *recursive && under.is_within(path) {
                        why.get_or_insert_with(|| format!("it writes below /{path}"));
                    }
                }
                Effect::Unknown {
                    name, words, cwd, ..
                } => {
                    let given = words
                        .iter()
                        .find_map(|word| named(word, cwd.as_ref(), under));
                    if cwd.as_ref().is_some_and(|cwd| cwd.is_within(under)) {
                        why.get_or_insert_with(|| {
                            format!("`{name}` runs there, and may write anything")
                        });
                    } else if let Some(given) = given {
                        why.get_or_insert_with(|| {
                            format!("`{name}` is given {given}, and may write anything there")
                        });
                    }
                }
                Effect::Reads(_) | Effect::Text(_) => {}
            }
        }
        if let Some(because) = self.by_texts(under).or_else(|| self.by_scripts(under)) {
            why.get_or_insert(because);
        }
        paths.sort_unstable();
        match (why, paths.is_empty()) {
            (Some(why), _) => Touch::Yes {
                paths,
                exact: false,
                why,
            },
            (None, false) => Touch::Yes {
                paths,
                exact: true,
                why: "its shell commands write there".to_owned(),
            },
            (None, true) => Touch::No,
        }
    }
}

impl RunFacts {
    /// Texts that name the path, beside a command that may take its paths from them.
    fn by_texts(&self, under: &TreePath) -> Option<String> {
        let is_unplaced = self.has_unplaced();
        let is_unknown = self
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Unknown { .. }));
        self.effects.iter().find_map(|effect| {
            let (given, is_used) = match effect {
                Effect::Text(text) => match named(text, None, under)? {
                    inside @ Named::Inside(_) => (inside, is_unknown),
                    above @ Named::Above(_) => (above, is_unplaced),
                },
                Effect::Reads(path) if path.is_within(under) => {
                    (Named::Inside(path.clone()), is_unplaced)
                }
                _ => return None,
            };
            is_used.then(|| format!("it names {given}, and a command of it may write there"))
        })
    }

    fn has_unplaced(&self) -> bool {
        let unplaced = |effect: &Effect| {
            matches!(
                effect,
                Effect::Unknown {
                    is_unplaced: true,
                    ..
                }
            )
        };
        self.effects.iter().any(unplaced)
    }

    /// A file from the build context that names the path.
    fn by_scripts(&self, under: &TreePath) -> Option<String> {
        let may_hand_on = self.has_unplaced();
        let run = |script: &&Script| may_hand_on || !script.is_read;
        self.scripts.iter().filter(run).find_map(|script| {
            let given = named(&script.text, None, under)?;
            let name = &script.name;
            Some(format!("`{name}` names {given}, and may write there"))
        })
    }

    /// The image paths that its commands name, each of which may be a script, and whether it is
    /// only read.
    pub(super) fn named_files(&self) -> Vec<(TreePath, bool)> {
        let mut paths = Vec::new();
        for effect in &self.effects {
            match effect {
                Effect::Reads(path) => paths.push((path.clone(), true)),
                Effect::Unknown { words, cwd, .. } => {
                    let root = TreePath::root();
                    for word in words.iter().filter(|word| word.len() < 4096) {
                        // Where only the base image knows the folder, it may be the root.
                        let dir = cwd.as_ref().unwrap_or(&root);
                        paths.push((image_path(dir, word.as_bytes()), false));
                    }
                    let program = words.first().filter(|word| !word.contains('/'));
                    paths.extend(program.into_iter().flat_map(|name| {
                        let folders = SEARCHED.iter();
                        folders.map(move |dir| (root_path(&format!("{dir}/{name}")), false))
                    }));
                }
                Effect::Write { .. } | Effect::Text(_) => {}
            }
        }
        paths
    }
}

/// Where a shell looks for programs, if nobody says otherwise.
const SEARCHED: &[&str] = &[
    "usr/local/sbin",
    "usr/local/bin",
    "usr/sbin",
    "usr/bin",
    "sbin",
    "bin",
];

/// The values of the variables that a `RUN` names without a dollar sign, as programs do that look
/// them up in their environment: `printenv DEST`, `os.environ["DEST"]`.
fn by_name(run: &Run) -> impl Iterator<Item = &String> {
    let texts: Vec<&str> = match &run.command {
        RunCommand::Exec(words) => words.iter().map(String::as_str).collect(),
        RunCommand::Shell(text) => {
            let bodies = run.heredocs.iter().map(|(_, body)| body.as_str());
            std::iter::once(text.as_str()).chain(bodies).collect()
        }
    };
    run.env
        .iter()
        .filter(move |(name, _)| texts.iter().any(|text| names_variable(text, name)))
        .map(|(_, value)| value)
}

/// Whether a text has the name of a variable as a word of its own. What is expanded is read
/// elsewhere, and an assignment takes the value away.
fn names_variable(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(|c| is_word(c) || matches!(c, '$' | '{'))
            && !after.is_some_and(|c| is_word(c) || c == '=')
    })
}

fn root_path(text: &str) -> TreePath {
    image_path(&TreePath::root(), text.as_bytes())
}

fn shell_form(text: &str, run: &Run, cwd: Option<TreePath>, effects: &mut Vec<Effect>) {
    let only_heredoc = text.trim_start().starts_with("<<") && text.split_whitespace().count() == 1;
    if let (true, [(_, body)]) = (only_heredoc, run.heredocs.as_slice()) {
        if let Some(interpreter) = interpreter(body) {
            effects.push(Effect::Unknown {
                name: interpreter,
                words: vec![body.clone()],
                cwd,
                is_unplaced: false,
            });
        } else {
            read_script(body, cwd, &run.env, 0, effects);
        }
        return;
    }
    let mut script = text.to_owned();
    for (name, body) in &run.heredocs {
        script.push('\n');
        script.push_str(body);
        script.push_str(name);
    }
    if !run.heredocs.is_empty() {
        script.push('\n');
    }
    read_script(&script, cwd, &run.env, 0, effects);
}

/// The program of a `#!` line, unless it is a POSIX shell.
fn interpreter(body: &str) -> Option<String> {
    let line = body.strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace();
    let mut program = words.next()?;
    if program.ends_with("/env") {
        program = words.find(|word| !word.starts_with('-'))?;
    }
    let name = program.rsplit('/').next().unwrap_or(program);
    let is_shell = matches!(name, "sh" | "bash" | "dash" | "ash" | "ksh");
    (!is_shell).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
