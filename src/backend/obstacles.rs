use std::time::Duration;

use super::codes::{
    DATABASE_REFUSED, DATABASE_UNREACHABLE, DOCKER_REFUSED, DOCKER_UNREACHABLE, STATE_UNUSABLE,
    VARIABLE_MISSING,
};
use super::{LedgerError, WaitError};
use crate::context::{DatabaseError, DockerError, Environment, HttpError, ends_session};
use crate::gate::{Code, Obstacle};

impl From<LedgerError> for Obstacle {
    fn from(error: LedgerError) -> Self {
        Self::refused(&STATE_UNUSABLE, error.to_string())
    }
}

impl From<DockerError> for Obstacle {
    fn from(error: DockerError) -> Self {
        let help = match &error {
            DockerError::BadHost { .. } => "mend DOCKER_HOST",
            DockerError::NotReachable { .. } | DockerError::Late { .. } => {
                "start the daemon, or name it with DOCKER_HOST"
            }
            DockerError::Forbidden { .. } => {
                "let the user use the daemon's socket, commonly by the group `docker`"
            }
        };
        Self::unreachable(&DOCKER_UNREACHABLE, error.to_string()).help(help)
    }
}

impl From<DatabaseError> for Obstacle {
    fn from(error: DatabaseError) -> Self {
        if error.is_unanswered() {
            Self::unreachable(&DATABASE_UNREACHABLE, error.to_string())
        } else {
            Self::refused(&DATABASE_REFUSED, error.to_string())
        }
    }
}

/// What the daemon said to something that it was asked to do: `failed to create the network x`.
pub(super) fn docker(doing: &str, error: &bollard::errors::Error) -> Obstacle {
    docker_obstacle((&DOCKER_REFUSED, &DOCKER_UNREACHABLE), doing, error)
}

/// The same with codes of one's own: for an answer that refuses, and for none.
pub fn docker_obstacle(
    (refused, silent): (&'static Code, &'static Code),
    doing: &str,
    error: &bollard::errors::Error,
) -> Obstacle {
    use bollard::errors::Error;

    match error {
        Error::DockerResponseServerError { status_code, .. } if !NOT_NOW.contains(status_code) => {
            Obstacle::refused(
                refused,
                format!("failed to {doing}: {}", docker_says(error)),
            )
        }
        Error::JsonDataError { .. } | Error::JsonSerdeError { .. } => Obstacle::refused(
            refused,
            format!("failed to {doing}: {}", docker_says(error)),
        ),
        _ => Obstacle::unreachable(silent, format!("failed to {doing}: {}", docker_says(error))),
    }
}

/// Statuses by which the daemon, or what stands before it, says that it cannot answer now.
const NOT_NOW: [u16; 4] = [429, 502, 503, 504];

/// The daemon's answer, or why there is none.
pub(super) fn docker_says(error: &bollard::errors::Error) -> String {
    use bollard::errors::Error;

    match error {
        Error::DockerResponseServerError {
            status_code,
            message,
        } => format!(
            "the Docker daemon answered {status_code}: {}",
            message.trim()
        ),
        Error::JsonDataError { .. } | Error::JsonSerdeError { .. } => {
            format!("the Docker daemon's answer makes no sense: {error}")
        }
        Error::RequestTimeoutError => {
            "no answer from the Docker daemon: it takes too long".to_owned()
        }
        other => {
            let mut innermost: &dyn std::error::Error = other;
            while let Some(source) = innermost.source() {
                innermost = source;
            }
            let is_gone = innermost
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
            if is_gone {
                return "no answer from the Docker daemon: its socket is not there".to_owned();
            }
            format!("no answer from the Docker daemon: {innermost}")
        }
    }
}

/// What a database said to a statement.
pub(super) fn database(doing: &str, error: &tokio_postgres::Error) -> Obstacle {
    let Some(answer) = error.as_db_error() else {
        return Obstacle::unreachable(
            &DATABASE_UNREACHABLE,
            format!("failed to {doing}: no answer from the database: {error}"),
        );
    };
    let state = answer.code().code();
    let message = format!("failed to {doing}: {} (SQLSTATE {state})", answer.message());
    if ends_session(state) {
        Obstacle::unreachable(&DATABASE_UNREACHABLE, message)
    } else {
        Obstacle::refused(&DATABASE_REFUSED, message)
    }
}

/// Asks a database something that belongs to bringing things up, and does not wait for ever.
pub(super) async fn asked<T>(
    doing: &str,
    within: Duration,
    asking: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Obstacle> {
    match tokio::time::timeout(within, asking).await {
        Ok(answer) => answer.map_err(|error| database(doing, &error)),
        Err(_) => Err(Obstacle::unreachable(
            &DATABASE_UNREACHABLE,
            format!("failed to {doing}: no answer from the database within {within:?}"),
        )),
    }
}

/// The value of a variable that a gate names.
pub(super) fn variable<'a>(
    environment: &'a Environment,
    name: &str,
    what: &str,
) -> Result<&'a str, Obstacle> {
    environment.get(name).ok_or_else(|| {
        Obstacle::refused(&VARIABLE_MISSING, format!("{name} is not set"))
            .help(format!("set it to {what}"))
    })
}

/// What a wait came to: in time never is no answer, and what can never be is one.
pub(super) fn waited(late: &'static Code, never: &'static Code, error: &WaitError) -> Obstacle {
    match error {
        WaitError::Late { .. } => Obstacle::unreachable(late, error.to_string()),
        WaitError::Never { .. } => Obstacle::refused(never, error.to_string()),
    }
}

/// How an exchange that gave nothing to check stands in a verdict.
pub fn http_obstacle(code: &'static Code, error: &HttpError) -> Obstacle {
    if error.is_unanswered() {
        Obstacle::unreachable(code, error.to_string())
    } else {
        Obstacle::refused(code, error.to_string())
    }
}
