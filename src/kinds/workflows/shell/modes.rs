use super::words::base;

/// A way to run a tool in which it ends with 0 whatever it finds.
#[derive(Debug)]
pub struct AlwaysZero {
    pub tool: &'static str,
    /// Only with this subcommand, where there is one.
    pub subcommand: Option<&'static str>,
    pub when: When,
    /// What to write instead.
    pub instead: &'static str,
    /// The page that says so.
    pub source: &'static str,
}

/// What about the words of a command makes it so.
#[derive(Debug)]
pub enum When {
    /// One of these options stands there.
    With(&'static [&'static str]),
    /// This option has one of these values.
    Value(&'static [&'static str], &'static [&'static str]),
    /// None of these options stands there.
    Without(&'static [&'static str]),
}

impl AlwaysZero {
    /// Why, with the option by name.
    pub fn reason(&self) -> String {
        match self.when {
            When::With(options) => format!("`{}` makes `{}` end with 0", options[0], self.tool),
            When::Value(options, values) => format!(
                "`{} {}` makes `{}` end with 0",
                options[0], values[0], self.tool
            ),
            When::Without(options) => {
                format!("`{}` ends with 0 without `{}`", self.tool, options[0])
            }
        }
    }
}

const fn mode(
    tool: &'static str,
    subcommand: Option<&'static str>,
    when: When,
    instead: &'static str,
    source: &'static str,
) -> AlwaysZero {
    AlwaysZero {
        tool,
        subcommand,
        when,
        instead,
        source,
    }
}

/// All that are known, in the order of the tools' names.
pub(super) static MODES: &[AlwaysZero] = &[
    mode(
        "bandit",
        None,
        When::With(&["--exit-zero"]),
        "drop the option",
        "https://bandit.readthedocs.io/en/latest/man/bandit.html",
    ),
    mode(
        "brakeman",
        None,
        When::With(&["--no-exit-on-warn"]),
        "drop the option",
        "https://brakemanscanner.org/docs/options/",
    ),
    mode(
        "checkov",
        None,
        When::With(&["--soft-fail", "-s"]),
        "drop the option, or name the checks with `--soft-fail-on`",
        "https://www.checkov.io/2.Basics/Hard%20and%20soft%20fail.html",
    ),
    mode(
        "cppcheck",
        None,
        When::Without(&["--error-exitcode"]),
        "add `--error-exitcode=1`",
        "https://cppcheck.sourceforge.io/manual.html",
    ),
    mode(
        "cspell",
        None,
        When::With(&["--no-exit-code"]),
        "drop the option",
        "https://cspell.org/docs/Configuration/cli",
    ),
    mode(
        "ctest",
        None,
        When::Value(&["--no-tests"], &["ignore"]),
        "write `--no-tests=error`",
        "https://cmake.org/cmake/help/latest/manual/ctest.1.html",
    ),
    mode(
        "flake8",
        None,
        When::With(&["--exit-zero"]),
        "drop the option",
        "https://flake8.pycqa.org/en/latest/user/options.html",
    ),
    mode(
        "gitleaks",
        None,
        When::Value(&["--exit-code"], &["0"]),
        "drop the option",
        "https://github.com/gitleaks/gitleaks#usage",
    ),
    mode(
        "golangci-lint",
        Some("run"),
        When::Value(&["--issues-exit-code"], &["0"]),
        "drop the option",
        "https://golangci-lint.run/docs/configuration/cli/",
    ),
    mode(
        "gosec",
        None,
        When::With(&["-no-fail", "--no-fail"]),
        "drop the option",
        "https://github.com/securego/gosec#command-line-options",
    ),
    mode(
        "grype",
        None,
        When::Without(&["--fail-on", "-f", "--config", "-c"]),
        "add `--fail-on` with the severity that is to fail",
        "https://github.com/anchore/grype#gating-on-severity-of-vulnerabilities",
    ),
    mode(
        "hadolint",
        None,
        When::With(&["--no-fail"]),
        "drop the option, or choose a `--failure-threshold`",
        "https://github.com/hadolint/hadolint#cli",
    ),
    mode(
        "kics",
        None,
        When::Value(&["--ignore-on-exit"], &["all", "results"]),
        "drop the option",
        "https://docs.kics.io/latest/results/",
    ),
    mode(
        "npm",
        Some("audit"),
        When::Value(&["--audit-level"], &["none"]),
        "name a level that is to fail",
        "https://docs.npmjs.com/cli/commands/npm-audit",
    ),
    mode(
        "pylint",
        None,
        When::With(&["--exit-zero"]),
        "drop the option, or choose `--fail-under`",
        "https://pylint.readthedocs.io/en/stable/user_guide/configuration/all-options.html",
    ),
    mode(
        "pytest",
        None,
        When::With(&["--collect-only", "--co"]),
        "run the tests",
        "https://docs.pytest.org/en/stable/reference/reference.html",
    ),
    mode(
        "ruff",
        Some("check"),
        When::With(&["--exit-zero", "-e"]),
        "drop the option",
        "https://docs.astral.sh/ruff/linter/#exit-codes",
    ),
    mode(
        "safety",
        None,
        When::With(&["--continue-on-error"]),
        "drop the option",
        "https://docs.safetycli.com/",
    ),
    mode(
        "semgrep",
        Some("scan"),
        When::Without(&["--error"]),
        "add `--error`",
        "https://semgrep.dev/docs/cli-reference",
    ),
    mode(
        "swiftlint",
        None,
        When::With(&["--lenient"]),
        "drop the option",
        "https://github.com/realm/SwiftLint#command-line",
    ),
    mode(
        "tflint",
        None,
        When::With(&["--force"]),
        "drop the option",
        "https://github.com/terraform-linters/tflint#usage",
    ),
    mode(
        "tfsec",
        None,
        When::With(&["--soft-fail", "-s"]),
        "drop the option",
        "https://aquasecurity.github.io/tfsec/latest/guides/usage/",
    ),
    mode(
        "trivy",
        None,
        When::Without(&["--exit-code", "--config"]),
        "add `--exit-code 1`",
        "https://trivy.dev/latest/docs/configuration/others/#exit-code",
    ),
    mode(
        "vale",
        None,
        When::With(&["--no-exit"]),
        "drop the option",
        "https://vale.sh/docs/cli",
    ),
    mode(
        "zizmor",
        None,
        When::With(&["--no-exit-codes"]),
        "drop the option",
        "https://docs.zizmor.sh/usage/#exit-codes",
    ),
    mode(
        "zizmor",
        None,
        When::Value(&["--format"], &["sarif"]),
        "run it once more for its status, or let the forge block on its upload",
        "https://docs.zizmor.sh/usage/#exit-codes",
    ),
];

/// Subcommands of scanners that scan nothing.
const NOT_SCANS: &[&str] = &[
    "version",
    "db",
    "plugin",
    "cache",
    "clean",
    "convert",
    "login",
    "help",
    "completion",
    "config",
    "install",
];

/// The mode that a command runs in, if it is one of those.
pub(super) fn always_zero(words: &[&str]) -> Option<&'static AlwaysZero> {
    let name = base(words.first()?);
    let arguments = &words[1..];
    if arguments
        .iter()
        .any(|word| matches!(*word, "--version" | "-V" | "--help" | "-h"))
    {
        return None;
    }
    let first = arguments.iter().find(|word| !word.starts_with('-'));
    MODES.iter().find(|mode| {
        mode.tool == name
            && mode
                .subcommand
                .is_none_or(|wanted| first.is_some_and(|word| *word == wanted))
            && match mode.when {
                When::With(options) => arguments.iter().any(|word| options.contains(word)),
                When::Value(options, values) => has_value(arguments, options, values),
                // An option may come from a variable, or from an array of them.
                When::Without(options) => {
                    first.is_some_and(|word| !NOT_SCANS.contains(word))
                        && !arguments.iter().any(|word| {
                            word.starts_with('$')
                                || word.contains("${")
                                || options.iter().any(|option| {
                                    word.strip_prefix(option).is_some_and(|rest| {
                                        rest.is_empty() || rest.starts_with('=')
                                    })
                                })
                        })
                }
            }
    })
}

fn has_value(arguments: &[&str], options: &[&str], values: &[&str]) -> bool {
    arguments.iter().enumerate().any(|(at, word)| {
        options.iter().any(|option| {
            word.strip_prefix(option).is_some_and(|rest| {
                let value = match rest.strip_prefix('=') {
                    Some(value) => Some(value),
                    None if rest.is_empty() => arguments.get(at + 1).copied(),
                    None => None,
                };
                value.is_some_and(|value| values.contains(&value))
            })
        })
    })
}
