use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;

/// Why there is no connection to a database.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DatabaseError {
    #[error("the database url cannot be read: {0}")]
    BadUrl(String),
    /// Nobody answers there.
    #[error("no connection to the database at {place}: {reason}")]
    NoConnection { place: String, reason: String },
    #[error("no answer from the database at {place} within {within:?}")]
    Late { place: String, within: Duration },
    /// It is there, and not ready yet, or not any more.
    #[error("the database at {place} takes no connections: {message}")]
    NotReady { place: String, message: String },
    /// It answered, and let nobody in.
    #[error("the database at {place} refuses: {message} (SQLSTATE {state})")]
    Refused {
        place: String,
        state: String,
        message: String,
    },
    #[error("no encrypted connection to the database at {place}: {reason}")]
    Tls { place: String, reason: String },
}

impl DatabaseError {
    /// Whether no answer came, so that another try may get one.
    pub fn is_unanswered(&self) -> bool {
        matches!(
            self,
            Self::NoConnection { .. } | Self::Late { .. } | Self::NotReady { .. }
        )
    }
}

/// How long a connection may take where its configuration says nothing.
const WITHIN: Duration = Duration::from_secs(10);

/// Reads a database url.
///
/// Encryption follows its `sslmode` as far as that says whether to encrypt; a certificate is always
/// checked, hence `verify-ca` and `verify-full` mean the same as `require`.
///
/// # Errors
/// When it is none. The message holds no part of it.
pub fn database_config(url: &str) -> Result<Config, DatabaseError> {
    let url = url
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    url.parse()
        .map_err(|error: tokio_postgres::Error| DatabaseError::BadUrl(innermost(&error)))
}

/// Connects, and keeps the connection going on the runtime until the client is dropped.
///
/// # Errors
/// Why there is no connection.
pub async fn connect_database(config: &Config) -> Result<Client, DatabaseError> {
    let within = config.get_connect_timeout().copied().unwrap_or(WITHIN);
    let connecting = async {
        if config.get_ssl_mode() == SslMode::Disable || is_here(config) {
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(connection);
            Ok(Ok(client))
        } else {
            let tls = match tls::of_platform() {
                Ok(tls) => MakeRustlsConnect::new(tls),
                Err(reason) => return Ok(Err(reason)),
            };
            let (client, connection) = config.connect(tls).await?;
            tokio::spawn(connection);
            Ok(Ok(client))
        }
    };
    match tokio::time::timeout(within, connecting).await {
        Ok(Ok(Ok(client))) => Ok(client),
        Ok(Ok(Err(reason))) => Err(DatabaseError::Tls {
            place: database_place(config),
            reason,
        }),
        Ok(Err(error)) => Err(explain(config, &error)),
        Err(_) => Err(DatabaseError::Late {
            place: database_place(config),
            within,
        }),
    }
}

/// Whether encryption is left to the server and this machine, where nobody listens in.
fn is_here(config: &Config) -> bool {
    use tokio_postgres::config::Host;

    config.get_ssl_mode() == SslMode::Prefer
        && config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => name == "localhost" || name == "127.0.0.1" || name == "::1",
            Host::Unix(_) => true,
        })
}

/// Where the database is, without user and password: `127.0.0.1:5432/postgres`.
pub fn database_place(config: &Config) -> String {
    use tokio_postgres::config::Host;

    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_dbname() {
        Some(name) => format!("{host}:{port}/{name}"),
        None => format!("{host}:{port}"),
    }
}

fn explain(config: &Config, error: &tokio_postgres::Error) -> DatabaseError {
    let place = database_place(config);
    if let Some(answer) = error.as_db_error() {
        let state = answer.code().code().to_owned();
        let message = answer.message().to_owned();
        return if ends_session(&state) {
            DatabaseError::NotReady { place, message }
        } else {
            DatabaseError::Refused {
                place,
                state,
                message,
            }
        };
    }
    let reason = innermost(error);
    let text = error.to_string();
    if text.contains("TLS") {
        return DatabaseError::Tls { place, reason };
    }
    if text.contains("authentication") || text.contains("password") {
        return DatabaseError::Refused {
            place,
            state: "28000".to_owned(),
            message: reason,
        };
    }
    DatabaseError::NoConnection { place, reason }
}

/// Whether an SQLSTATE says that the server cannot answer now, and not what is wrong with the question: class
/// 57P is starting up and shutting down, class 53 is no room for one more.
pub fn ends_session(state: &str) -> bool {
    state.starts_with("57P") || state.starts_with("53")
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_database_is_can_be_said_without_its_password() {
        let config = database_config("postgres://u:s3cret@db.example:6000/x?sslmode=verify-full")
            .expect("a url");
        assert_eq!(database_place(&config), "db.example:6000/x");
        assert_eq!(config.get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn a_server_that_shuts_down_gives_no_answer_and_one_that_cancels_a_statement_does() {
        for state in ["57P01", "57P03", "53300"] {
            assert!(ends_session(state), "{state}");
        }
        for state in ["57014", "42P01", "28P01"] {
            assert!(!ends_session(state), "{state}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_without_being_shown() {
        let error = database_config("postgres://u:s3cret@host:notaport/x").expect_err("no url");
        assert!(matches!(error, DatabaseError::BadUrl(_)));
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
