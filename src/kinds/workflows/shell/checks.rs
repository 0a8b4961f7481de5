use super::words::{base, is_python};

/// Programs whose status is a verdict; with the subcommands that make it one, where not all do.
const TOOLS: &[(&str, &[&str])] = &[
    ("actionlint", &[]),
    ("ansible-lint", &[]),
    ("bandit", &[]),
    ("bats", &[]),
    ("bazel", &["test", "build"]),
    ("biome", &["check", "ci", "lint"]),
    ("brakeman", &[]),
    ("buf", &["lint", "breaking"]),
    (
        "cargo",
        &[
            "test",
            "clippy",
            "check",
            "nextest",
            "fmt",
            "audit",
            "deny",
            "build",
            "doc",
            "semver-checks",
            "t",
            "b",
        ],
    ),
    ("checkov", &[]),
    ("codespell", &[]),
    ("conftest", &["test", "verify"]),
    ("cosign", &["verify", "verify-attestation", "verify-blob"]),
    ("cppcheck", &[]),
    ("cspell", &[]),
    ("ctest", &[]),
    ("cypress", &["run"]),
    ("deno", &["test", "lint", "check"]),
    ("dotnet", &["test", "build"]),
    ("driftgate", &["run", "prove", "statuses"]),
    ("eslint", &[]),
    ("flake8", &[]),
    ("gitleaks", &[]),
    ("go", &["test", "vet", "build"]),
    ("golangci-lint", &["run"]),
    ("gosec", &[]),
    ("govulncheck", &[]),
    ("gradle", &["test", "check", "build"]),
    ("gradlew", &["test", "check", "build"]),
    ("grype", &[]),
    ("hadolint", &[]),
    ("helm", &["lint", "test"]),
    ("jest", &[]),
    ("kubeconform", &[]),
    ("kubeval", &[]),
    ("markdownlint", &[]),
    ("markdownlint-cli2", &[]),
    ("meson", &["test"]),
    ("mix", &["test", "credo", "dialyzer"]),
    ("mocha", &[]),
    ("mvn", &["test", "verify", "package", "install"]),
    ("mypy", &[]),
    ("nox", &[]),
    ("opa", &["test"]),
    ("phpcs", &[]),
    ("phpstan", &[]),
    ("phpunit", &[]),
    ("pip-audit", &[]),
    ("playwright", &["test"]),
    ("pre-commit", &["run"]),
    ("promtool", &["check", "test"]),
    ("psalm", &[]),
    ("py.test", &[]),
    ("pylint", &[]),
    ("pyright", &[]),
    ("pytest", &[]),
    ("rspec", &[]),
    ("rubocop", &[]),
    ("ruff", &["check"]),
    ("safety", &["check", "scan"]),
    ("semgrep", &[]),
    ("shellcheck", &[]),
    ("snyk", &["test"]),
    ("staticcheck", &[]),
    ("stylelint", &[]),
    ("swift", &["test", "build"]),
    ("swiftlint", &[]),
    ("terraform", &["validate"]),
    ("tflint", &[]),
    ("tfsec", &[]),
    ("tofu", &["validate"]),
    ("tox", &[]),
    ("trivy", &[]),
    ("trufflehog", &[]),
    ("tsc", &[]),
    ("typos", &[]),
    ("unittest", &[]),
    ("vale", &[]),
    ("vitest", &[]),
    ("vue-tsc", &[]),
    ("yamllint", &[]),
    ("zizmor", &[]),
];

/// Programs that only check when told to by one of these words.
const WHEN_TOLD: &[(&str, &[&str])] = &[
    ("black", &["--check"]),
    ("isort", &["--check", "--check-only", "-c"]),
    ("prettier", &["--check", "-c", "--list-different", "-l"]),
    ("rustfmt", &["--check"]),
    ("shfmt", &["-d", "--diff"]),
    ("terraform", &["-check"]),
    ("git", &["--exit-code"]),
    ("sha256sum", &["-c", "--check"]),
    ("shasum", &["-c", "--check"]),
    ("nginx", &["-t"]),
];

/// Programs that run targets which others name.
const TARGETS: &[&str] = &[
    "make", "gmake", "just", "task", "npm", "pnpm", "yarn", "bun", "composer",
];

const INTERPRETERS: &[&str] = &["bash", "sh", "node", "ruby", "perl", "tsx", "ts-node"];

/// Words of a name that say that it checks.
const CHECKING: &[&str] = &[
    "test",
    "tests",
    "check",
    "checks",
    "lint",
    "verify",
    "validate",
    "assert",
    "audit",
    "e2e",
    "smoke",
    "gate",
    "guard",
    "spec",
    "conformance",
    "compliance",
    "drift",
    "typecheck",
    "ci",
    "unit",
    "integration",
    "coverage",
];

/// Words of a name that say that it does not, whatever else stands in it.
const TIDYING: &[&str] = &[
    "cleanup", "clean", "teardown", "down", "stop", "logs", "log", "dump", "collect", "report",
    "notify", "comment", "upload", "summary", "install", "setup", "reap", "sweep", "print", "show",
    "list", "start", "up", "env", "deps",
];

/// Whether the status of a command is a verdict about the change.
pub(super) fn is_check(words: &[&str]) -> bool {
    let Some(first) = words.first() else {
        return false;
    };
    let name = base(first);
    let arguments = &words[1..];
    if arguments
        .iter()
        .any(|word| matches!(*word, "--version" | "-V" | "--help" | "version"))
    {
        return false;
    }
    if WHEN_TOLD
        .iter()
        .any(|(tool, told)| *tool == name && arguments.iter().any(|word| told.contains(word)))
    {
        return true;
    }
    if let Some((_, subcommands)) = TOOLS.iter().find(|(tool, _)| *tool == name) {
        return subcommands.is_empty()
            || arguments
                .iter()
                .find(|word| !word.starts_with(['-', '+']))
                .is_some_and(|word| subcommands.contains(word));
    }
    if TARGETS.contains(&name) {
        return arguments
            .iter()
            .filter(|word| !word.starts_with('-'))
            .any(|word| checks_by_name(word));
    }
    own_script(words).is_some_and(checks_by_name)
}

/// The script of the repository's own that a command runs.
pub(super) fn own_script<'a>(words: &[&'a str]) -> Option<&'a str> {
    let first = words.first()?;
    let name = base(first);
    if INTERPRETERS.contains(&name) || is_python(name) {
        let script = words[1..].iter().find(|word| !word.starts_with('-'))?;
        return is_script(script).then_some(script);
    }
    (first.contains('/') && !first.starts_with("/usr/") && !first.starts_with("/bin/"))
        .then_some(first)
}

fn is_script(word: &str) -> bool {
    let extension = base(word).rsplit_once('.').map(|(_, extension)| extension);
    matches!(
        extension,
        Some("sh" | "bash" | "py" | "rb" | "js" | "mjs" | "cjs" | "ts" | "pl")
    )
}

fn checks_by_name(word: &str) -> bool {
    let name = base(word).to_ascii_lowercase();
    let stem = name.split_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let words: Vec<_> = stem.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    // What it does comes first: `test_upload` tests, `cleanup_tests` cleans up.
    words
        .iter()
        .find_map(|word| {
            if CHECKING.contains(word) {
                Some(true)
            } else if TIDYING.contains(word) {
                Some(false)
            } else {
                None
            }
        })
        .unwrap_or(false)
}

/// Commands that talk, tidy up or look around: their failing says nothing about the change.
const QUIET: &[&str] = &[
    ":",
    "[",
    "awk",
    "basename",
    "break",
    "cat",
    "cd",
    "chmod",
    "chown",
    "column",
    "command",
    "continue",
    "cp",
    "curl",
    "cut",
    "date",
    "declare",
    "df",
    "dirname",
    "du",
    "echo",
    "env",
    "eval",
    "exit",
    "export",
    "false",
    "file",
    "find",
    "free",
    "getent",
    "gh",
    "grep",
    "egrep",
    "hash",
    "head",
    "hostname",
    "id",
    "ip",
    "journalctl",
    "jq",
    "kill",
    "killall",
    "let",
    "ln",
    "local",
    "ls",
    "lsof",
    "mkdir",
    "mktemp",
    "mv",
    "netstat",
    "nproc",
    "openssl",
    "pgrep",
    "pkill",
    "popd",
    "printenv",
    "printf",
    "ps",
    "pushd",
    "pwd",
    "read",
    "readonly",
    "realpath",
    "return",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "set",
    "shift",
    "shopt",
    "sleep",
    "sort",
    "source",
    "ss",
    "stat",
    "sync",
    "systemctl",
    "tail",
    "tee",
    "test",
    "touch",
    "tr",
    "trap",
    "true",
    "type",
    "ulimit",
    "umask",
    "uname",
    "uniq",
    "unset",
    "wait",
    "wc",
    "wget",
    "which",
    "whoami",
    "xargs",
    "yq",
    "yes",
    ".",
];

const QUIET_SUBCOMMANDS: &[(&str, &[&str])] = &[
    (
        "docker",
        &[
            "logs",
            "ps",
            "rm",
            "rmi",
            "stop",
            "kill",
            "network",
            "volume",
            "port",
            "inspect",
            "images",
            "info",
            "version",
            "system",
            "container",
            "pull",
            "login",
            "logout",
            "start",
            "compose",
            "buildx",
            "cp",
            "create",
            "exec",
        ],
    ),
    (
        "podman",
        &["logs", "ps", "rm", "rmi", "stop", "kill", "inspect"],
    ),
    (
        "docker-compose",
        &["down", "logs", "ps", "stop", "rm", "kill"],
    ),
    ("kubectl", &["logs", "describe", "get", "delete", "config"]),
    (
        "git",
        &[
            "config",
            "status",
            "log",
            "fetch",
            "remote",
            "rev-parse",
            "branch",
            "diff",
            "show",
            "cat-file",
            "ls-files",
            "ls-tree",
            "merge-base",
            "rev-list",
            "tag",
            "stash",
            "worktree",
            "ls-remote",
            "grep",
            "name-rev",
            "describe",
        ],
    ),
];

/// Whether a command does nothing that a verdict could hang on.
pub(super) fn is_quiet(words: &[&str]) -> bool {
    let Some(first) = words.first() else {
        return true;
    };
    let name = base(first);
    if is_check(words) {
        return false;
    }
    if QUIET.contains(&name) {
        return true;
    }
    if let Some((_, subcommands)) = QUIET_SUBCOMMANDS.iter().find(|(tool, _)| *tool == name) {
        return words[1..]
            .iter()
            .find(|word| !word.starts_with('-'))
            .is_none_or(|word| subcommands.contains(word));
    }
    // A script whose name says that it tidies up.
    own_script(words).is_some_and(|script| {
        base(script)
            .to_ascii_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|part| TIDYING.contains(&part))
    })
}
