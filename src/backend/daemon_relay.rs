use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::container::{self, Container, ContainerPlan};
use super::{Run, folders};
use crate::context::docker_host;
use crate::gate::Obstacle;

/// Where a container finds the daemon's socket.
const SOCKET: &str = "/var/run/docker.sock";
/// What a daemon says that does not see the files of this machine.
const NOT_SEEN: &str = "bind source path does not exist";
/// Docker Desktop keeps its sockets below such a folder of the user's, and its containers in a virtual machine.
const DESKTOP: &str = "/.docker/";

/// How long nobody is let in after somebody could not be.
const BACK_OFF: Duration = Duration::from_millis(20);
/// The longest head of a request that is read while the daemon ails, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// A socket in front of the Docker daemon's, for a system that starts containers itself. What is asked passes through,
/// until a check has the daemon ail: then whoever asks how containers are gets an error, and all else still passes.
#[derive(Debug)]
pub struct DaemonRelay {
    socket: PathBuf,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    daemon: PathBuf,
    ails: watch::Sender<bool>,
    /// The paths of the requests that got an error since the daemon ails.
    refused: Mutex<Vec<String>>,
}

impl DaemonRelay {
    /// Listens in the run's folder.
    ///
    /// # Errors
    /// Why no container can reach the daemon through a socket of this process.
    pub(super) fn open(run: &Run, name: &str) -> Result<Self, String> {
        let host = docker_host(run.environment());
        let daemon = host
            .strip_prefix("unix://")
            .ok_or_else(|| format!("the Docker daemon is at {host} and not at a socket"))?;
        let real = std::fs::canonicalize(daemon).unwrap_or_else(|_| daemon.into());
        if !cfg!(target_os = "linux") || real.to_string_lossy().contains(DESKTOP) {
            return Err("containers are in a virtual machine here".to_owned());
        }
        // Whoever may open it has the daemon: on this machine only the harness, in the container everybody.
        let folder = run.folder().join(format!("{name}-daemon"));
        folders::make(&folder, 0o700).map_err(|obstacle| obstacle.message)?;
        let socket = folder.join("docker.sock");
        let listener = UnixListener::bind(&socket)
            .and_then(|listener| {
                std::fs::set_permissions(&socket, PermissionsExt::from_mode(0o666))?;
                Ok(listener)
            })
            .map_err(|error| format!("failed to listen at {}: {error}", socket.display()))?;
        let shared = Arc::new(Shared {
            daemon: daemon.into(),
            ails: watch::Sender::new(false),
            refused: Mutex::default(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self {
            socket,
            shared,
            task,
        })
    }

    /// Lets the daemon ail until what this returns is dropped.
    pub fn ail(&self) -> Ailing<'_> {
        self.shared.refused.lock().clear();
        // Connections that are open are cut, for what is asked on them would pass unseen.
        self.shared.ails.send_replace(true);
        Ailing(&self.shared)
    }
}

/// Starts the container of a system that starts containers itself: behind a relay, or where none can be had with the
/// daemon's own socket, and why.
pub(super) async fn start_behind(
    run: &Run,
    network: &str,
    plan: ContainerPlan,
) -> Result<(Container, Result<Arc<DaemonRelay>, String>), Obstacle> {
    let without = match DaemonRelay::open(run, &plan.alias) {
        Ok(relay) => {
            let mut behind = plan.clone();
            behind.socket = Some((relay.socket.clone(), SOCKET));
            match container::start(run, network, behind).await {
                Ok(started) => return Ok((started, Ok(Arc::new(relay)))),
                Err(obstacle) if obstacle.message.contains(NOT_SEEN) => {
                    "the Docker daemon does not see the files of this machine".to_owned()
                }
                Err(obstacle) => return Err(obstacle),
            }
        }
        Err(why) => why,
    };
    let host = docker_host(run.environment());
    let socket = host.strip_prefix("unix://").unwrap_or(SOCKET);
    let mut directly = plan;
    directly.socket = Some((socket.into(), SOCKET));
    let started = container::start(run, network, directly).await?;
    Ok((started, Err(without)))
}

impl Drop for DaemonRelay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A daemon that cannot say how containers are.
#[derive(Debug)]
pub struct Ailing<'a>(&'a Shared);

impl Ailing<'_> {
    /// How often it was asked about this container since it ails, or about all.
    pub fn refused(&self, container: &str) -> usize {
        let about = |path: &&String| {
            path.ends_with("/containers/json") || path.contains(&format!("/{container}/"))
        };
        self.0.refused.lock().iter().filter(about).count()
    }
}

impl Drop for Ailing<'_> {
    fn drop(&mut self) {
        self.0.ails.send_replace(false);
    }
}

async fn accept(listener: UnixListener, shared: Arc<Shared>) {
    // Connections end with the listener: a task that is dropped drops what it holds.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            came = listener.accept() => match came {
                Ok((client, _)) => {
                    connections.spawn(pass(client, Arc::clone(&shared)));
                }
                // Too many open files, say: those who are served give theirs back in a while.
                Err(_) => tokio::time::sleep(BACK_OFF).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection. Either side that breaks off ends it for both, which is all that there is to tell.
async fn pass(mut client: UnixStream, shared: Arc<Shared>) {
    let mut ails = shared.ails.subscribe();
    let ailed = *ails.borrow_and_update();
    let mut first = Vec::new();
    if ailed {
        let Some(head) = head(&mut client).await else {
            return;
        };
        if let Some(path) = asks_how_it_is(&head) {
            shared.refused.lock().push(path);
            // A client that has gone does not want the answer.
            let _ = client.write_all(SICK).await;
            let _ = client.shutdown().await;
            return;
        }
        // One request only, or the next one on this connection would pass unseen.
        first = with_close(&head);
    }
    let Ok(mut daemon) = UnixStream::connect(&shared.daemon).await else {
        return;
    };
    if daemon.write_all(&first).await.is_err() {
        return;
    }
    let begins_to_ail = async {
        if ailed || ails.wait_for(|ails| *ails).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut daemon) => {}
        () = begins_to_ail => {}
    }
}

const SICK: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\n\
    Content-Type: application/json\r\nContent-Length: 34\r\nConnection: close\r\n\r\n\
    {\"message\":\"the daemon is ailing\"}";

/// Reads as far as the head of a request goes, and what came with it. `None` where none comes.
async fn head(client: &mut UnixStream) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        if read.len() > LONGEST_HEAD || client.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    Some(read)
}

/// The path of a request that asks about a container's state, or for the list of containers.
fn asks_how_it_is(head: &[u8]) -> Option<String> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    let path = target.split('?').next()?;
    let is_state = path.contains("/containers/") && path.ends_with("/json");
    is_state.then(|| path.to_owned())
}

/// The same request, after which the connection is closed.
fn with_close(head: &[u8]) -> Vec<u8> {
    let line = head.iter().position(|byte| *byte == b'\n').unwrap_or(0) + 1;
    let (first, rest) = head.split_at(line);
    [first, b"Connection: close\r\n", rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_questions_about_the_state_of_containers_are_refused() {
        let asks = |line: &str| asks_how_it_is(format!("{line}\r\nHost: x\r\n\r\n").as_bytes());
        assert_eq!(
            asks("GET /v1.41/containers/ws-1/json HTTP/1.1").as_deref(),
            Some("/v1.41/containers/ws-1/json")
        );
        assert!(asks("GET /containers/json?all=true HTTP/1.1").is_some());
        for passes in [
            "POST /v1.41/containers/ws-1/json HTTP/1.1",
            "GET /v1.41/images/x/json HTTP/1.1",
            "GET /v1.41/containers/ws-1/archive?path=json HTTP/1.1",
            "DELETE /v1.41/containers/ws-1 HTTP/1.1",
            "",
        ] {
            assert_eq!(asks(passes), None, "{passes}");
        }
    }

    #[test]
    fn the_answer_is_as_long_as_it_says() {
        let text = std::str::from_utf8(SICK).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
    }

    #[test]
    fn a_request_that_passes_is_the_last_on_its_connection() {
        let closed = with_close(b"POST /x HTTP/1.1\r\nHost: y\r\n\r\nbody");
        assert_eq!(
            closed,
            b"POST /x HTTP/1.1\r\nConnection: close\r\nHost: y\r\n\r\nbody"
        );
    }
}
