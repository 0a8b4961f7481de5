use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use super::codes::{NOT_READY, NOT_STARTED, PORT_TAKEN};
use super::plan::Ready;
use super::ready::wait_until_ready;
use super::{Run, RunId, Template, Values, folders, kept_logs, obstacles, ports};
use crate::context::{Ask, Http, Spawn, find_program, how_ended};
use crate::gate::Obstacle;
use crate::tree::TreePath;

/// A program to be started on a port of this machine.
#[derive(Debug)]
pub(super) struct ProgramPlan<'a> {
    /// The name of the process and of its log.
    pub name: &'a str,
    /// Program and arguments.
    pub command: Vec<Template>,
    /// Where it is started, relative to the root; in the run's own folder where nothing is said.
    pub folder: Option<&'a TreePath>,
    pub ready: &'a Ready,
    /// Whether it ends by itself once its standard input does.
    pub leash: bool,
}

/// How often another port is tried.
const PORTS: usize = 5;
pub(super) const HOST: &str = "127.0.0.1";

/// Starts a program and waits until it is ready; on another port where somebody was faster.
/// `environment` makes its environment out of the values of that port.
pub(super) async fn start(
    run: &Run,
    plan: &ProgramPlan<'_>,
    values: &mut Values,
    http: &Http,
    environment: impl Fn(&Values) -> Result<BTreeMap<String, String>, Obstacle>,
) -> Result<u16, Obstacle> {
    let log = run.logs().join(format!("{}.log", plan.name));
    let mut last = String::new();
    for _ in 0..PORTS {
        let port = ports::free()?;
        values.set("port", port.to_string());
        values.set("bind", HOST);
        values.set("url", format!("http://{HOST}:{port}"));
        let command = values.fill_all(&plan.command)?;
        spawn(run, plan, &command, environment(values)?, &log)?;
        let base = format!("http://{HOST}:{port}");
        let ready = wait_until_ready(
            plan.name,
            &base,
            (HOST, port),
            plan.ready,
            http,
            async || {
                run.ended(plan.name).map(|status| {
                    let words = kept_logs::last_words(&log, run.secrets());
                    format!("{}; {words}", how_ended(status))
                })
            },
        )
        .await;
        match ready {
            // Who answered may be somebody else.
            Ok(()) if ports::is_of_another_run(run.id, port) => {
                last = format!("a program of another run answers on port {port}");
                run.end_process(plan.name);
            }
            Ok(()) => return Ok(port),
            Err(error) if is_taken(&log) => {
                last = error.to_string();
                run.end_process(plan.name);
            }
            Err(error) => {
                return Err(obstacles::waited(&NOT_READY, &NOT_STARTED, &error));
            }
        }
    }
    Err(Obstacle::unreachable(
        &PORT_TAKEN,
        format!("{} found its port taken, {PORTS} times: {last}", plan.name),
    )
    .help("let it listen on the port that `{{port}}` names"))
}

/// Whether it says that somebody else has its port.
fn is_taken(log: &Path) -> bool {
    let said = kept_logs::tail(log, 16 << 10)
        .unwrap_or_default()
        .to_lowercase();
    ["address already in use", "address in use", "eaddrinuse"]
        .iter()
        .any(|words| said.contains(words))
}

fn spawn(
    run: &Run,
    plan: &ProgramPlan<'_>,
    command: &[String],
    environment: BTreeMap<String, String>,
    log: &Path,
) -> Result<(), Obstacle> {
    let refused = |problem: String| {
        Obstacle::refused(
            &NOT_STARTED,
            format!("{} cannot be started: {problem}", plan.name),
        )
    };
    let (name, args) = command
        .split_first()
        .ok_or_else(|| refused("its command is empty".to_owned()))?;
    let folder = match plan.folder {
        None => run.folder().to_owned(),
        Some(folder) => {
            let root = run
                .root()
                .ok_or_else(|| refused("the checkout is no folder on this machine".to_owned()))?;
            root.join(folder.as_path())
        }
    };
    if !folder.is_dir() {
        return Err(refused(format!("there is no folder {}", folder.display()))
            .help("`folder` is relative to the root: see `--root`"));
    }
    let program = if name.contains('/') {
        let base = match (plan.folder, run.root()) {
            (None, Some(root)) => root,
            _ => &folder,
        };
        // An absolute name stays what it is.
        let program = base.join(name.trim_start_matches("./"));
        if !program.is_file() {
            return Err(
                refused(format!("there is no program {}", program.display()))
                    .help("build it first, or name another one in `command`"),
            );
        }
        program
    } else {
        find_program(run.environment(), name, &[]).ok_or_else(|| {
            refused(format!("`{name}` is not on PATH"))
                .help("install it, or put the folder that it is in on PATH")
        })?
    };
    let file = File::create(log).map_err(|error| folders::failed(log, &error))?;
    let process = Spawn {
        program,
        args: args.iter().map(Into::into).collect(),
        environment: basis(run)
            .into_iter()
            .chain(environment)
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        folder,
        user: None,
        log: file,
        leash: plan.leash,
        ask: Ask::Terminate,
    }
    .start()
    .map_err(|error| refused(error.to_string()))?;
    run.keep(plan.name, process);
    Ok(())
}

/// What every program is given: nothing of the caller's that is a secret or would change it.
fn basis(run: &Run) -> BTreeMap<String, String> {
    let own = ["PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"];
    let mut basis: BTreeMap<_, _> = own
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), run.environment().get(name)?.to_owned())))
        .collect();
    let folder = run.folder().display().to_string();
    basis.insert("HOME".to_owned(), folder.clone());
    basis.insert("TMPDIR".to_owned(), folder);
    basis.insert(RunId::VARIABLE.to_owned(), run.id.to_string());
    basis
}
