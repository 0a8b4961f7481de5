use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bollard::Docker;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::codes::{DOCKER_UNREACHABLE, STATE_UNUSABLE};
use super::docker_time::{DockerTime, Listen};
use super::ledger::now;
use super::remove::{Outcome, Removal, Remover};
use super::{DockerLoss, Ledger, RunId, Thing, folders, kept_logs, state, state_folder};
use crate::context::{Context, Environment, Process, Runtime, Secrets, connect_docker};
use crate::gate::{Obstacle, ObstacleKind};

/// One run's own things: an id, a ledger, a folder, and the processes and containers that are
/// recorded in it. All of it goes when the run is dropped, however that comes about.
#[derive(Debug)]
pub struct Run {
    pub id: RunId,
    /// In seconds since 1970.
    pub deadline: u64,
    ledger: Ledger,
    state: PathBuf,
    folder: PathBuf,
    root: Option<PathBuf>,
    runtime: Runtime,
    environment: Environment,
    offline: bool,
    secrets: Secrets,
    docker: tokio::sync::OnceCell<Docker>,
    docker_time: DockerTime,
    /// In the order of their start; ended in reverse.
    processes: Mutex<Vec<(String, Process)>>,
    /// Names of containers whose logs tell something.
    containers: Mutex<Vec<String>>,
    down: AtomicBool,
}

/// How long things may be wanted beyond the gate's own time limit.
const MARGIN: Duration = Duration::from_mins(5);
/// How long clean-up may take.
const CLEAN_UP: Duration = Duration::from_secs(60);
/// For how long of that a daemon or server that does not answer is asked again: Docker gives containers 15 s to end, and
/// takes some more to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the logs of containers may take to come.
const LOGS: Duration = Duration::from_secs(10);
/// How long a process may take to end when asked.
const GRACE: Duration = Duration::from_secs(2);

impl Run {
    /// Begins a run whose things are wanted for so long. What dead runs left behind is removed
    /// first.
    ///
    /// # Errors
    /// When nothing can be recorded.
    pub fn begin(context: &Context, within: Duration) -> Result<Self, Obstacle> {
        let environment = context.environment();
        let state = state_folder(environment).ok_or_else(|| {
            Obstacle::refused(
                &STATE_UNUSABLE,
                "no folder for state: neither DRIFTGATE_STATE nor HOME is set",
            )
        })?;
        // What cannot be removed now is for `driftgate reap` to explain; it is not in the way.
        let _ = super::reap::reap(&state, environment, context.runtime(), super::Reap::Remove);
        let id = RunId::new();
        let started = now();
        let deadline = started + (within + MARGIN).as_secs();
        let ledger = Ledger::open(&state, id, started, deadline)?;
        let folder = folders::place(environment).join(format!("driftgate-{id}"));
        ledger.record(Thing::Folder {
            path: folder.clone(),
        })?;
        ledger.record(Thing::Processes {
            run: id.to_string(),
        })?;
        let run = Self {
            id,
            deadline,
            ledger,
            state,
            folder,
            root: context.folder(),
            runtime: context.runtime().clone(),
            environment: environment.clone(),
            offline: context.offline(),
            secrets: context.secrets().clone(),
            docker: tokio::sync::OnceCell::new(),
            docker_time: DockerTime::default(),
            processes: Mutex::default(),
            containers: Mutex::default(),
            down: AtomicBool::new(false),
        };
        folders::make(&run.folder, 0o711)?;
        folders::make(&run.logs(), 0o700)?;
        Ok(run)
    }

    /// Records a thing that is about to be made.
    ///
    /// # Errors
    /// When it cannot be recorded; it may not be made then.
    pub fn record(&self, thing: Thing) -> Result<(), Obstacle> {
        Ok(self.ledger.record(thing)?)
    }

    /// The run's own folder. Others may pass through it, and see nothing in it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the checkout, absolute; `None` where it is not one on this machine.
    pub(super) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Where everything that runs writes what it says.
    pub(super) fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Whether nothing may be fetched.
    pub(super) fn offline(&self) -> bool {
        self.offline
    }

    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The labels that everything of the run bears in Docker.
    pub fn labels(&self) -> Vec<(String, String)> {
        vec![
            (RunId::LABEL.to_owned(), self.id.to_string()),
            (RunId::DEADLINE_LABEL.to_owned(), self.deadline.to_string()),
        ]
    }

    /// The Docker daemon, connected on first use.
    ///
    /// # Errors
    /// When there is none.
    pub async fn docker(&self) -> Result<&Docker, Obstacle> {
        self.docker
            .get_or_try_init(|| async { Ok(connect_docker(&self.environment).await?) })
            .await
    }

    /// Measures from now on how long containers that bear a label are being started and ended: those
    /// of a system under test.
    async fn measure(&self, label: String) -> Result<(), Obstacle> {
        let docker = self.docker().await?;
        self.docker_time
            .listen(&self.runtime, docker, label, Listen::Measure)
    }

    /// Records that what bears the label of a platform on this database is the run's own. Platforms label their
    /// containers and volumes with a hash of their database's URL. By that they are measured, too.
    ///
    /// # Errors
    /// When no daemon answers, or it cannot be recorded.
    pub async fn owns_labelled(&self, database_url: &str) -> Result<(), Obstacle> {
        let key = "molecule.platform.instance".to_owned();
        let value = hex::encode(Sha256::digest(database_url.as_bytes()))[..16].to_owned();
        self.measure(format!("{key}={value}")).await?;
        self.record(Thing::Labelled { key, value })
    }

    /// Watches from now on whether the daemon stays.
    pub(super) async fn watch_docker(&self) -> Result<(), Obstacle> {
        let docker = self.docker().await?;
        let label = format!("{}={}", RunId::LABEL, self.id);
        self.docker_time
            .listen(&self.runtime, docker, label, Listen::Watch)
    }

    /// Whether the daemon was lost from sight meanwhile.
    pub fn docker_loss(&self) -> DockerLoss {
        self.docker_time.loss()
    }

    /// Why something did not come up, now that all of it is down: where the daemon went away meanwhile, it ended what
    /// ran, and nobody else is to blame.
    pub(super) fn judged(&self, obstacle: Obstacle) -> Obstacle {
        if obstacle.kind != ObstacleKind::Refused || !self.docker_loss().has_happened() {
            return obstacle;
        }
        let message = format!(
            "the Docker daemon went away while things came up: {}",
            obstacle.message
        );
        Obstacle {
            kind: ObstacleKind::Unreachable,
            code: &DOCKER_UNREACHABLE,
            message,
            ..obstacle
        }
    }

    /// How long that was so far.
    pub fn docker_time(&self) -> Duration {
        self.docker_time.so_far()
    }

    /// Hands over a process, to be ended with the run.
    pub(super) fn keep(&self, name: &str, process: Process) {
        self.processes.lock().push((name.to_owned(), process));
    }

    /// How a process ended, if it has.
    pub(super) fn ended(&self, name: &str) -> Option<std::process::ExitStatus> {
        let mut processes = self.processes.lock();
        let (_, process) = processes.iter_mut().find(|(known, _)| known == name)?;
        process.ended()
    }

    /// The id of a process that runs under that name.
    pub fn process_id(&self, name: &str) -> Option<u32> {
        let processes = self.processes.lock();
        let (_, process) = processes.iter().find(|(known, _)| known == name)?;
        Some(process.id())
    }

    /// Ends a process, and forgets it.
    pub fn end_process(&self, name: &str) {
        let ended = {
            let mut processes = self.processes.lock();
            let index = processes.iter().position(|(known, _)| known == name);
            index.map(|index| processes.remove(index))
        };
        if let Some((_, mut process)) = ended {
            process.stop(GRACE);
        }
    }

    /// Notes a container whose log is kept on failure.
    pub(super) fn note_container(&self, name: &str) {
        self.containers.lock().push(name.to_owned());
    }

    /// Copies the logs of everything to where they outlive the run, without secrets. Returns the
    /// folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_logs(&self) -> Result<PathBuf, Obstacle> {
        let containers = self.containers.lock().clone();
        if let Some(docker) = self.docker.get() {
            let logs = self.logs();
            let fetching = kept_logs::of_containers(docker, &containers, &logs);
            self.runtime.finish(LOGS, fetching);
        }
        let kept = state::logs(self.environment(), &self.state);
        kept_logs::keep(&self.logs(), &kept, self.id, &self.secrets)
    }

    /// Ends and removes all that the run made, and closes its ledger if nothing is left.
    ///
    /// # Errors
    /// What is left; the ledger is kept then.
    pub fn take_down(&self) -> Result<(), Obstacle> {
        if self.down.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let mut processes = std::mem::take(&mut *self.processes.lock());
        // The last one first: it may use all the others.
        while let Some((_, mut process)) = processes.pop() {
            process.stop(GRACE);
        }
        let remover = Remover {
            environment: &self.environment,
            runtime: &self.runtime,
            docker: self.docker.get(),
            within: CLEAN_UP,
            patience: PATIENCE,
        };
        let removals = remover.remove(&self.ledger.things());
        let left: Vec<_> = removals.iter().filter_map(Removal::problem).collect();
        if left.is_empty() {
            return Ok(self.ledger.close()?);
        }
        let message = format!("not everything could be removed: {}", left.join("; "));
        let is_answered = removals
            .iter()
            .any(|removal| matches!(removal.outcome, Outcome::Failed { .. }));
        let obstacle = if is_answered {
            Obstacle::refused(&super::codes::LEFTOVER, message)
        } else {
            // Nobody said that it cannot go; nobody said anything.
            Obstacle::unreachable(&super::codes::LEFTOVER, message)
        };
        Err(obstacle.help("`driftgate reap` removes it, once whoever has it answers"))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Whoever wants to know what is left has asked before; the ledger still tells.
        let _ = self.take_down();
    }
}
