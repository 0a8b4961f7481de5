//! The numbers that scripts rely on.

/// What the process ends with. No output format ever changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExitCode {
    /// Every gate that counts passed.
    Ok,
    /// A gate failed: somebody looked, and found something.
    Failed,
    /// The command line, `driftgate.yaml` or a gate file is wrong, or a report could not be written.
    Usage,
    /// Nothing failed, but not everything was checked: a gate is vacuous or refused, or none ran.
    NotChecked,
    /// Nothing failed, but no answer came: a network, a daemon, a registry.
    Unreachable,
    /// A bug in driftgate itself.
    Bug,
    /// Interrupted, after clean-up.
    Interrupted,
}

impl ExitCode {
    /// All of them, by number.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::NotChecked,
        Self::Unreachable,
        Self::Bug,
        Self::Interrupted,
    ];

    pub fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotChecked => 3,
            Self::Unreachable => 4,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }

    /// In a few words, for summaries and help.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "every gate that counts passed",
            Self::Failed => "a gate failed",
            Self::Usage => "wrong command line, settings or gate file; or a report was not written",
            Self::NotChecked => "not everything was checked: vacuous, refused, or nothing to check",
            Self::Unreachable => "no answer came from a network, daemon or registry",
            Self::Bug => "a bug in driftgate",
            Self::Interrupted => "interrupted, after clean-up",
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_that_scripts_rely_on() {
        assert_eq!(
            ExitCode::ALL.map(ExitCode::number),
            [0, 1, 2, 3, 4, 70, 130]
        );
    }
}
