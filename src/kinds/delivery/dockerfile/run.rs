use super::commands::command;
use super::plan::{Run, RunCommand, Workdir};
use super::shell::read_script;
use super::stage_fs::in_image;
use crate::tree::TreePath;

/// What reading a `RUN` tells about the files that it writes.
#[derive(Debug, Default)]
pub(super) struct RunFacts {
    pub(super) effects: Vec<Effect>,
    mounts: Vec<TreePath>,
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
    },
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
                words: std::iter::once(text.clone())
                    .chain(run.heredocs.iter().map(|(_, body)| body.clone()))
                    .collect(),
                cwd,
            }),
            (RunCommand::Shell(text), None) => {
                shell_form(text, run, cwd, &mut effects);
            }
        }
        Self {
            effects,
            mounts: run.mounts.iter().map(|mount| in_image(mount)).collect(),
        }
    }

    /// Whether it writes at or below `under`, as far as can be seen. A path counts as mentioned
    /// wherever its text stands, after variables are expanded; a command that is not known and
    /// mentions it, or runs inside of it, may write anything there.
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
                Effect::Unknown { name, words, cwd } => {
                    if cwd.as_ref().is_some_and(|cwd| cwd.is_within(under)) {
                        why.get_or_insert_with(|| {
                            format!("`{name}` runs there, and may write anything")
                        });
                    } else if words.iter().any(|word| mentions(word, under)) {
                        why.get_or_insert_with(|| {
                            format!("`{name}` is given /{under}, and may write anything there")
                        });
                    }
                }
            }
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

fn shell_form(text: &str, run: &Run, cwd: Option<TreePath>, effects: &mut Vec<Effect>) {
    let only_heredoc = text.trim_start().starts_with("<<") && text.split_whitespace().count() == 1;
    if let (true, [(_, body)]) = (only_heredoc, run.heredocs.as_slice()) {
        if let Some(interpreter) = interpreter(body) {
            effects.push(Effect::Unknown {
                name: interpreter,
                words: vec![body.clone()],
                cwd,
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

/// Whether a text names a path or something below it.
fn mentions(text: &str, under: &TreePath) -> bool {
    if under.is_root() {
        return true;
    }
    let Ok(under) = std::str::from_utf8(under.as_bytes()) else {
        return true;
    };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.match_indices(under).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + under.len()..].chars().next();
        before == Some('/') && !after.is_some_and(is_name)
    })
}

#[cfg(test)]
mod tests;
