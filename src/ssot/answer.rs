use super::codes::{
    CACHE_UNUSABLE, GIT_FAILED, GIT_MISSING, SOURCE_AUTHENTICATION, SOURCE_COMMIT_MISSING,
    SOURCE_REDIRECTED, SOURCE_REPOSITORY_MISSING, SOURCE_UNREACHABLE,
};
use crate::context::GitFailure;
use crate::gate::Obstacle;

/// What a failed `git` tells about the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The repository is there, and the wanted commit was not given.
    CommitMissing,
    RepositoryMissing,
    Authentication,
    Redirected,
    /// No answer at all, or one that says "not now".
    Silence,
    /// The cache's disk is full or not writable.
    Disk,
    /// The repository on this machine belongs to somebody else.
    ForeignOwner,
    /// The server cannot do what was asked: a partial or shallow fetch.
    Incapable,
    Unknown,
}

/// Phrases of git, its transports, curl and ssh (in English, which the environment asks for), the
/// telling ones first: most failures end in the same generic lines.
const PHRASES: &[(Answer, &[&str])] = &[
    (
        Answer::Disk,
        &[
            "no space left on device",
            "disk quota exceeded",
            "read-only file system",
            "file too large",
            "insufficient permission for adding an object",
        ],
    ),
    (Answer::ForeignOwner, &["detected dubious ownership"]),
    (
        Answer::CommitMissing,
        &[
            "not our ref",
            "unadvertised object",
            "couldn't find remote ref",
            "no such remote ref",
            "remote did not send all necessary objects",
        ],
    ),
    (
        Answer::Redirected,
        &[
            "url returned error: 301",
            "url returned error: 302",
            "url returned error: 303",
            "url returned error: 307",
            "url returned error: 308",
            "unable to update url base from redirection",
        ],
    ),
    (
        Answer::Authentication,
        &[
            "authentication failed",
            "could not read username",
            "could not read password",
            "unable to get password",
            "unable to read askpass",
            "url returned error: 401",
            "url returned error: 403",
            "permission denied (",
            "host key verification failed",
            "too many authentication failures",
            "access denied",
        ],
    ),
    (
        Answer::Silence,
        &[
            "could not resolve host",
            "failed to connect to",
            "couldn't connect to server",
            "connection refused",
            "connection reset",
            "connection timed out",
            "connection closed",
            "operation timed out",
            "operation too slow",
            "network is unreachable",
            "no route to host",
            "temporary failure in name resolution",
            "url returned error: 408",
            "url returned error: 425",
            "url returned error: 429",
            "url returned error: 5",
            "empty reply from server",
            "recv failure",
            "send failure",
            "http/2 stream",
            "early eof",
            "unexpected disconnect",
            "transfer closed with",
            "ssl_error_syscall",
        ],
    ),
    (
        Answer::RepositoryMissing,
        &[
            "repository not found",
            "does not appear to be a git repository",
            "no such file or directory",
            "does not exist",
            "not a git repository",
            "url returned error: 404",
            "url returned error: 410",
        ],
    ),
    (
        Answer::Incapable,
        &[
            "does not support shallow",
            "does not support filter",
            "dumb http transport",
            "shallow file has changed",
            "filtering not recognized",
        ],
    ),
    (
        Answer::Silence,
        &[
            "the remote end hung up unexpectedly",
            "hung up upon initial contact",
        ],
    ),
];

impl Answer {
    pub(super) fn of(stderr: &str) -> Self {
        let text = stderr.to_lowercase();
        if text.contains("repository '") && text.contains("' not found") {
            return Self::RepositoryMissing;
        }
        PHRASES
            .iter()
            .find(|(_, phrases)| phrases.iter().any(|phrase| text.contains(phrase)))
            .map_or(Self::Unknown, |(answer, _)| *answer)
    }
}

/// The obstacle that a failed `git` makes. `url` is the address without any token.
pub(super) fn obstacle(failure: &GitFailure, url: &str) -> Obstacle {
    let stderr = match failure {
        GitFailure::NotStarted(error) => {
            return Obstacle::refused(&GIT_MISSING, format!("git cannot be started: {error}"));
        }
        GitFailure::Cancelled => {
            return Obstacle::unreachable(
                &SOURCE_UNREACHABLE,
                format!("fetching from {url} was stopped before the end"),
            );
        }
        GitFailure::TimedOut(_) => {
            return Obstacle::unreachable(&SOURCE_UNREACHABLE, format!("{url}: {failure}"));
        }
        GitFailure::TooMuch => return Obstacle::refused(&GIT_FAILED, format!("{url}: {failure}")),
        GitFailure::Failed { stderr } => stderr,
    };
    let said = gist(stderr);
    match Answer::of(stderr) {
        Answer::CommitMissing => Obstacle::refused(
            &SOURCE_COMMIT_MISSING,
            format!("{url} does not have the commit ({said})"),
        ),
        Answer::RepositoryMissing => Obstacle::refused(
            &SOURCE_REPOSITORY_MISSING,
            format!("{url} is no repository ({said})"),
        ),
        Answer::Authentication => Obstacle::refused(
            &SOURCE_AUTHENTICATION,
            format!("{url} refused access ({said})"),
        ),
        Answer::Redirected => Obstacle::refused(
            &SOURCE_REDIRECTED,
            format!("{url} redirects to another address ({said})"),
        ),
        Answer::Silence => Obstacle::unreachable(
            &SOURCE_UNREACHABLE,
            format!("{url} gave no answer ({said})"),
        ),
        Answer::Disk => Obstacle::refused(
            &CACHE_UNUSABLE,
            format!("what {url} sent cannot be kept: {said}"),
        ),
        Answer::ForeignOwner => {
            Obstacle::refused(&GIT_FAILED, format!("fetching from {url} failed: {said}")).help(
                "somebody else owns that repository; trust it with `git config --global --add safe.directory FOLDER`",
            )
        }
        Answer::Incapable | Answer::Unknown => {
            Obstacle::refused(&GIT_FAILED, format!("fetching from {url} failed: {said}"))
        }
    }
}

/// The line of git's messages that says most: the first that is an error, without its prefix.
fn gist(stderr: &str) -> String {
    let strip = |line: &str| {
        let mut line = line.trim();
        for prefix in ["remote: ", "fatal: ", "error: ", "ERROR: "] {
            line = line.strip_prefix(prefix).unwrap_or(line);
        }
        line.chars()
            .filter(|c| !c.is_control())
            .take(300)
            .collect::<String>()
    };
    let lines = || stderr.lines().filter(|line| !line.trim().is_empty());
    lines()
        .find(|line| {
            let line = line.trim_start();
            ["fatal:", "error:", "ERROR:", "ssh:"]
                .iter()
                .any(|prefix| line.starts_with(prefix))
        })
        .or_else(|| lines().next())
        .map(strip)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_told_from_the_others() {
        for (stderr, answer) in [
            (
                "fatal: remote error: upload-pack: not our ref 0123\nfatal: the remote end hung up unexpectedly",
                Answer::CommitMissing,
            ),
            (
                "error: Server does not allow request for unadvertised object 01",
                Answer::CommitMissing,
            ),
            (
                "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.",
                Answer::RepositoryMissing,
            ),
            (
                "fatal: repository 'https://h/a/b/' not found",
                Answer::RepositoryMissing,
            ),
            (
                "ERROR: Repository not found.\nfatal: Could not read",
                Answer::RepositoryMissing,
            ),
            (
                "fatal: could not read Username for 'https://h': terminal prompts disabled",
                Answer::Authentication,
            ),
            (
                "fatal: unable to get password from user",
                Answer::Authentication,
            ),
            (
                "fatal: unable to access 'https://h/': The requested URL returned error: 403",
                Answer::Authentication,
            ),
            (
                "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                Answer::Authentication,
            ),
            (
                "fatal: unable to access 'https://h/': The requested URL returned error: 503",
                Answer::Silence,
            ),
            (
                "fatal: unable to access 'https://h/': The requested URL returned error: 429",
                Answer::Silence,
            ),
            (
                "fatal: unable to access 'https://h/': Could not resolve host: h",
                Answer::Silence,
            ),
            (
                "fatal: unable to access 'http://h:1/': Failed to connect to h port 1: Connection refused",
                Answer::Silence,
            ),
            (
                "fatal: unable to access 'https://h/': The requested URL returned error: 301",
                Answer::Redirected,
            ),
            (
                "fatal: dumb http transport does not support shallow capabilities",
                Answer::Incapable,
            ),
            (
                "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output",
                Answer::Disk,
            ),
            (
                "fatal: detected dubious ownership in repository at '/r'\nTo add an exception",
                Answer::ForeignOwner,
            ),
            ("fatal: bad object 01", Answer::Unknown),
        ] {
            assert_eq!(Answer::of(stderr), answer, "{stderr}");
        }
    }

    #[test]
    fn the_message_holds_what_git_said_on_one_line() {
        let failure = GitFailure::Failed {
            stderr: "Cloning\nfatal: repository 'x' not found\n".to_owned(),
        };
        let obstacle = obstacle(&failure, "https://h/x");
        assert_eq!(
            obstacle.to_string(),
            "https://h/x is no repository (repository 'x' not found)"
        );
    }
}
