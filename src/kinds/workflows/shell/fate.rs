/// What becomes of the status of a command that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It becomes the status of the script, or of the function or subshell around it.
    Final,
    /// `errexit` ends the script with it.
    Errexit,
    /// Something looks at it.
    Tested,
    Lost(Loss),
}

/// How the shell loses the status of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// `|| true`, `|| :`, `|| exit 0`, `|| echo …`: the right side, as it is written.
    Or(String),
    /// `|| rc=1`, or `rc=$?` behind it, where nothing reads the variable.
    OrUnread(String),
    /// `|| rc=$?`, or `rc=$?` behind it, where the variable is only printed.
    OnlyPrinted(String),
    /// `|| continue`.
    OrContinue,
    /// `set +e`, or a place where `errexit` does nothing, and the next command does not read `$?`.
    ErrexitOff,
    /// A pipe without `pipefail`; the command that decides.
    Pipe(String),
    /// `a && b` ends nothing when `a` fails, unless it is the last command.
    AndList,
    /// `export x=$(…)` has the status of `export`.
    Declaration(String),
    /// `echo "$(…)"` has the status of `echo`.
    Argument(String),
    /// `… &` without a `wait` for it.
    Background,
    /// A condition of an `if` that does nothing where it fails.
    IfIgnored,
    /// `! …` never ends a script.
    Negated,
    /// `trap 'exit 0' EXIT`.
    Trap,
    /// `find … -exec … \;`.
    FindExec,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Or(right) => write!(f, "`|| {right}` takes its place"),
            Self::OrUnread(name) => write!(f, "it is kept in `{name}`, which nothing reads"),
            Self::OnlyPrinted(name) => write!(f, "it is kept in `{name}`, which is only printed"),
            Self::OrContinue => f.write_str("`|| continue` goes on with the next one"),
            Self::ErrexitOff => {
                f.write_str("`errexit` is off here, and the next command does not read `$?`")
            }
            Self::Pipe(last) => write!(f, "without `pipefail` the pipe has that of `{last}`"),
            Self::AndList => {
                f.write_str("a failure on the left of `&&` ends nothing before the last command")
            }
            Self::Declaration(word) => write!(f, "`{word}` has a status of its own"),
            Self::Argument(word) => write!(f, "`{word}` has a status of its own"),
            Self::Background => f.write_str("it runs in the background, and nothing waits for it"),
            Self::IfIgnored => f.write_str("the `if` around it does nothing where it fails"),
            Self::Negated => f.write_str("`!` before it keeps `errexit` from ending the script"),
            Self::Trap => f.write_str("a trap ends the script with 0"),
            Self::FindExec => f.write_str("`find` with `-exec … \\;` ends with 0 whatever it did"),
        }
    }
}

impl Loss {
    /// What to write instead.
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Or(_) | Self::OrContinue => {
                "let it fail; what may fail goes into a step of its own"
            }
            Self::OrUnread(_) | Self::OnlyPrinted(_) => {
                "end the script with the variable: `exit \"$rc\"`"
            }
            Self::ErrexitOff => "keep the status at once, `rc=$?`, and end the script with it",
            Self::Pipe(_) => "write `shell: bash` at the step, or `set -o pipefail` first",
            Self::AndList => "write the two on lines of their own",
            Self::Declaration(_) | Self::Argument(_) => {
                "assign it on a line of its own: `x=$(…)`, which has the status of the command"
            }
            Self::Background => "wait for it: `wait \"$!\"`",
            Self::IfIgnored => "write `exit 1` where it fails",
            Self::Negated => "write `if …; then exit 1; fi`",
            Self::Trap => "take the `exit 0` out of the trap",
            Self::FindExec => "end the command with `+` in the place of `\\;`, or write `| xargs`",
        }
    }
}
