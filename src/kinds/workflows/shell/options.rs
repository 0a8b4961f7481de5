/// What reads a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `bash`, or another shell that is read alike as far as statuses go.
    Posix,
    /// Something else: PowerShell, Python, a program of one's own.
    Other,
}

/// How the forge starts the shell of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShellOptions {
    pub dialect: Dialect,
    pub errexit: bool,
    pub pipefail: bool,
}

impl ShellOptions {
    /// The options of a `shell:`, where the step, the job or the workflow has one.
    ///
    /// On GitHub a script without the key runs with `bash -e {0}`, which has no `pipefail`; with
    /// `bash` the command is `bash --noprofile --norc -eo pipefail {0}`; `sh` is `sh -e {0}`
    /// (docs.github.com, "Workflow syntax", `jobs.<job_id>.steps[*].shell`). The runners of Gitea and
    /// Forgejo, which are built on act, take no key for `bash` (nektos/act, `Step.ShellCommand`);
    /// `default_pipefail` says which of the two it is.
    pub fn of(shell: Option<&str>, default_pipefail: bool) -> Self {
        let posix = |errexit, pipefail| Self {
            dialect: Dialect::Posix,
            errexit,
            pipefail,
        };
        let Some(shell) = shell.map(str::trim) else {
            return posix(true, default_pipefail);
        };
        let mut words = shell.split_whitespace();
        let program = words.next().unwrap_or_default();
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
        if !matches!(name, "bash" | "sh" | "dash" | "ash" | "zsh" | "ksh") {
            return Self {
                dialect: Dialect::Other,
                errexit: false,
                pipefail: false,
            };
        }
        if words.clone().next().is_none() {
            return posix(true, name == "bash");
        }
        let mut options = posix(false, false);
        let words: Vec<_> = words.collect();
        options.set(&words);
        options
    }

    /// Applies the words of a `set`, or of a shell's own command line.
    pub(super) fn set<T: AsRef<str>>(&mut self, words: &[T]) {
        let mut named = None;
        for word in words {
            let word = word.as_ref();
            if let Some(on) = named.take() {
                match word {
                    "errexit" => self.errexit = on,
                    "pipefail" => self.pipefail = on,
                    _ => {}
                }
                continue;
            }
            let Some((on, letters)) = word
                .strip_prefix('-')
                .map(|letters| (true, letters))
                .or_else(|| word.strip_prefix('+').map(|letters| (false, letters)))
            else {
                continue;
            };
            if letters.starts_with('-') {
                continue;
            }
            if letters.contains('e') {
                self.errexit = on;
            }
            if letters.contains('o') {
                named = Some(on);
            }
        }
    }
}
