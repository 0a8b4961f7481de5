use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use super::Fault;
use super::relay::relay;
use super::wire::{Door, Place};

/// Decides what becomes of a question.
pub(super) type Decide = dyn Fn(&[u8]) -> Option<Fault> + Send + Sync;

/// A proxy with a place of its own. Everything passes until it is told to break something.
pub struct Proxy {
    shared: Arc<Shared>,
    // Dropped, it cuts everything.
    _runtime: Runtime,
}

pub(super) struct Shared {
    own: Place,
    behind: Place,
    decide: Mutex<Arc<Decide>>,
    asked: Mutex<Vec<String>>,
    /// Whoever listens.
    listening: Mutex<Option<AbortHandle>>,
    connections: Mutex<Vec<AbortHandle>>,
    handle: tokio::runtime::Handle,
}

impl Proxy {
    /// Before something on TCP.
    pub fn before_tcp(address: impl Into<String>) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let own = free.local_addr().expect("an address").to_string();
        Self::start(Place::Tcp(own), Place::Tcp(address.into()), Some(free))
    }

    /// Before something on a Unix socket, with a socket of its own at `own`.
    pub fn before_unix(own: &Path, behind: &Path) -> Self {
        Self::start(
            Place::Unix(own.to_owned()),
            Place::Unix(behind.to_owned()),
            None,
        )
    }

    fn start(own: Place, behind: Place, free: Option<std::net::TcpListener>) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads");
        let shared = Arc::new(Shared {
            own,
            behind,
            decide: Mutex::new(Arc::new(|_: &[u8]| None)),
            asked: Mutex::default(),
            listening: Mutex::default(),
            connections: Mutex::default(),
            handle: runtime.handle().clone(),
        });
        // Whoever connects from here on is heard, even if he is faster than the task.
        shared.listen(free);
        Self {
            shared,
            _runtime: runtime,
        }
    }

    /// `127.0.0.1:4711`, or a path.
    pub fn place(&self) -> String {
        match &self.shared.own {
            Place::Tcp(address) => address.clone(),
            Place::Unix(path) => path.display().to_string(),
        }
    }

    /// Decides from now on what becomes of each question; `None` lets it pass.
    pub fn decide(&self, decide: impl Fn(&[u8]) -> Option<Fault> + Send + Sync + 'static) {
        *self.shared.decide.lock().expect("the decision") = Arc::new(decide);
        self.shared.asked.lock().expect("the log").clear();
    }

    /// Breaks every question that holds these words, in the same way.
    pub fn at(&self, words: &'static str, fault: Fault) {
        self.decide(move |asked| holds(asked, words).then_some(fault));
    }

    /// Breaks the first question that holds these words, and no other.
    pub fn at_first(&self, words: &'static str, fault: Fault) {
        let met = std::sync::atomic::AtomicBool::new(false);
        self.decide(move |asked| {
            let first = holds(asked, words) && !met.swap(true, std::sync::atomic::Ordering::SeqCst);
            first.then_some(fault)
        });
    }

    /// How many questions since then held these words.
    pub fn count(&self, words: &str) -> usize {
        let asked = self.asked();
        asked.iter().filter(|asked| asked.contains(words)).count()
    }

    /// All questions since then.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().expect("the log").clone()
    }

    /// Listens again, at the same place.
    pub fn open(&self) {
        self.shared.listen(None);
    }
}

/// Whether a question holds these words.
pub fn holds(asked: &[u8], words: &str) -> bool {
    asked
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

impl Shared {
    fn listen(self: &Arc<Self>, free: Option<std::net::TcpListener>) {
        let _runtime = self.handle.enter();
        let door = match &self.own {
            Place::Tcp(address) => {
                let listener = free.unwrap_or_else(|| {
                    let address: SocketAddr = address.parse().expect("an address");
                    std::net::TcpListener::bind(address).expect("the same port again")
                });
                listener.set_nonblocking(true).expect("a setting");
                Door::Tcp(TcpListener::from_std(listener).expect("a listener"))
            }
            Place::Unix(path) => {
                let _ = std::fs::remove_file(path);
                let listener = UnixListener::bind(path).expect("a socket");
                // Whoever was given the socket may use it, as somebody else too.
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))
                    .expect("a mode");
                Door::Unix(listener)
            }
        };
        let shared = Arc::clone(self);
        let listening = self.handle.spawn(async move {
            while let Ok(client) = door.accept().await {
                let relaying = shared
                    .handle
                    .spawn(relay(client, Arc::clone(&shared)))
                    .abort_handle();
                shared.connections.lock().expect("them").push(relaying);
            }
        });
        *self.listening.lock().expect("it") = Some(listening.abort_handle());
    }

    pub(super) fn close(&self) {
        if let Some(listening) = self.listening.lock().expect("it").take() {
            listening.abort();
        }
        for connection in self.connections.lock().expect("them").drain(..) {
            connection.abort();
        }
    }

    /// Closes, and opens again after a while.
    pub(super) fn go_for(self: &Arc<Self>, pause: Duration) {
        let shared = Arc::clone(self);
        // In a task of its own: that of the connection is among those that are cut.
        self.handle.spawn(async move {
            shared.close();
            tokio::time::sleep(pause).await;
            shared.listen(None);
        });
    }

    pub(super) fn behind(&self) -> &Place {
        &self.behind
    }

    /// What becomes of a question; it is noted.
    pub(super) fn question(&self, asked: &[u8]) -> Option<Fault> {
        let text = String::from_utf8_lossy(asked).into_owned();
        self.asked.lock().expect("the log").push(text);
        let decide = Arc::clone(&self.decide.lock().expect("the decision"));
        decide(asked)
    }
}
