use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

use super::Environment;

/// Why there is no Docker daemon to talk to.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DockerError {
    #[error("DOCKER_HOST is `{host}`, which is not understood: {reason}")]
    BadHost { host: String, reason: String },
    #[error("the Docker daemon is not reachable at {host}: {reason}")]
    NotReachable { host: String, reason: String },
    #[error("the Docker daemon at {host} may not be used: permission denied")]
    Forbidden { host: String },
    #[error("the Docker daemon at {host} gave no answer within {within:?}")]
    Late { host: String, within: Duration },
}

/// The socket where the system's daemon listens.
const SYSTEM_SOCKET: &str = "/var/run/docker.sock";
/// How long the daemon may take over its first answer.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
/// How long it may take over any other: a pull or a removal takes its time. In seconds.
const ANY_ANSWER: u64 = 120;

/// Where the daemon is looked for: `DOCKER_HOST`, else the first socket that is there, of the
/// system's daemon, a rootless one, and Docker Desktop.
pub fn docker_host(environment: &Environment) -> String {
    if let Some(host) = environment.get("DOCKER_HOST") {
        return host.to_owned();
    }
    let below = |variable: &str, path: &str| {
        environment
            .get(variable)
            .map(|folder| Path::new(folder).join(path))
    };
    let sockets = [
        Some(PathBuf::from(SYSTEM_SOCKET)),
        below("XDG_RUNTIME_DIR", "docker.sock"),
        below("XDG_RUNTIME_DIR", ".docker/run/docker.sock"),
        below("HOME", ".docker/run/docker.sock"),
        below("HOME", ".docker/desktop/docker.sock"),
    ];
    let found = sockets.into_iter().flatten().find(|path| path.exists());
    format!(
        "unix://{}",
        found.unwrap_or_else(|| SYSTEM_SOCKET.into()).display()
    )
}

/// Connects, and agrees with the daemon on a version that both speak.
///
/// # Errors
/// Why there is no daemon to talk to.
pub async fn connect_docker(environment: &Environment) -> Result<Docker, DockerError> {
    let host = docker_host(environment);
    let docker = open(&host, environment)?;
    match tokio::time::timeout(FIRST_ANSWER, docker.negotiate_version()).await {
        Ok(Ok(docker)) => Ok(docker),
        Ok(Err(error)) => Err(explain(host, &error)),
        Err(_) => Err(DockerError::Late {
            host,
            within: FIRST_ANSWER,
        }),
    }
}

fn open(host: &str, environment: &Environment) -> Result<Docker, DockerError> {
    let bad = |reason: String| DockerError::BadHost {
        host: host.to_owned(),
        reason,
    };
    let (scheme, rest) = host
        .split_once("://")
        .ok_or_else(|| bad("expected unix://PATH or tcp://HOST:PORT".to_owned()))?;
    let encrypted =
        scheme == "https" || (scheme == "tcp" && environment.get("DOCKER_TLS_VERIFY").is_some());
    let opened = match scheme {
        "unix" if !Path::new(rest).exists() => {
            return Err(DockerError::NotReachable {
                host: host.to_owned(),
                reason: "there is no such socket".to_owned(),
            });
        }
        "unix" => Docker::connect_with_unix(rest, ANY_ANSWER, API_DEFAULT_VERSION),
        "tcp" | "http" | "https" if encrypted => {
            let keys = environment
                .get("DOCKER_CERT_PATH")
                .map(PathBuf::from)
                .or_else(|| Some(Path::new(environment.get("HOME")?).join(".docker")))
                .ok_or_else(|| bad("DOCKER_CERT_PATH is not set".to_owned()))?;
            Docker::connect_with_ssl(
                host,
                &keys.join("key.pem"),
                &keys.join("cert.pem"),
                &keys.join("ca.pem"),
                ANY_ANSWER,
                API_DEFAULT_VERSION,
            )
        }
        "tcp" | "http" => Docker::connect_with_http(host, ANY_ANSWER, API_DEFAULT_VERSION),
        other => return Err(bad(format!("scheme `{other}` is not supported"))),
    };
    opened.map_err(|error| bad(error.to_string()))
}

fn explain(host: String, error: &bollard::errors::Error) -> DockerError {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let denied = innermost
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
    if denied {
        return DockerError::Forbidden { host };
    }
    DockerError::NotReachable {
        host,
        reason: innermost.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Cancel, Runtime};

    fn refused(host: &str) -> DockerError {
        let environment = [("DOCKER_HOST", host)].into_iter().collect();
        Runtime::new()
            .block_on(&Cancel::new(), connect_docker(&environment))
            .expect("not cancelled")
            .expect_err("no daemon")
    }

    #[test]
    fn a_socket_that_is_not_there_is_a_daemon_that_is_not_reachable() {
        assert_eq!(
            refused("unix:///nonexistent/docker.sock").to_string(),
            "the Docker daemon is not reachable at unix:///nonexistent/docker.sock: there is no such socket"
        );
    }

    #[test]
    fn a_socket_where_nobody_listens_is_a_daemon_that_is_not_reachable() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("docker.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
        let error = refused(&format!("unix://{}", path.display()));
        assert!(matches!(error, DockerError::NotReachable { .. }), "{error}");
        assert!(error.to_string().contains("refused"), "{error}");
    }

    #[test]
    fn a_host_that_is_not_understood_is_named() {
        let error = refused("ssh://somewhere");
        assert!(error.to_string().contains("scheme `ssh` is not supported"));
        assert!(matches!(refused("nonsense"), DockerError::BadHost { .. }));
    }
}
