use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bollard::Docker;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;

use super::{RunId, folders};
use crate::context::Secrets;
use crate::gate::Obstacle;

/// How much of one log is kept, the end of it: 4 MiB.
const KEPT: u64 = 4 << 20;
/// How many runs have their logs kept.
const RUNS: usize = 20;
/// How many of its last lines a message quotes.
const QUOTED_LINES: usize = 5;
/// How much of a log is looked at for them, in bytes.
const QUOTED: u64 = 4 << 10;

/// Writes what containers said into the folder of logs.
pub(super) async fn of_containers(docker: &Docker, names: &[String], folder: &Path) {
    for name in names {
        // One that never started, or has gone, has nothing to say.
        let _ = of_container(docker, name, folder).await;
    }
}

async fn of_container(docker: &Docker, name: &str, folder: &Path) -> io::Result<()> {
    let options = LogsOptionsBuilder::new()
        .stdout(true)
        .stderr(true)
        .tail("20000")
        .build();
    let mut file = std::fs::File::create(folder.join(format!("{name}.log")))?;
    let mut said = docker.logs(name, Some(options));
    while let Some(Ok(line)) = said.next().await {
        file.write_all(&line.into_bytes())?;
    }
    Ok(())
}

/// The last words of a container, without secrets.
pub(super) async fn last_words_of_container(
    docker: &Docker,
    name: &str,
    secrets: &Secrets,
) -> String {
    let options = LogsOptionsBuilder::new()
        .stdout(true)
        .stderr(true)
        .tail("5")
        .build();
    let mut said = docker.logs(name, Some(options));
    let mut text = String::new();
    while let Some(Ok(line)) = said.next().await {
        text.push_str(&line.to_string());
    }
    quote(&text, secrets)
}

/// The last words in a log file, without secrets.
pub(super) fn last_words(log: &Path, secrets: &Secrets) -> String {
    quote(&tail(log, QUOTED).unwrap_or_default(), secrets)
}

fn quote(text: &str, secrets: &Secrets) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(QUOTED_LINES)..];
    if last.is_empty() {
        return "it said nothing".to_owned();
    }
    format!("it said: {}", secrets.scrub(&last.join(" | ")))
}

/// The end of a file.
pub(super) fn tail(path: &Path, most: u64) -> io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(most)))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Copies logs to a folder of the run's own among all that are kept, without secrets.
pub(super) fn keep(
    logs: &Path,
    all: &Path,
    run: RunId,
    secrets: &Secrets,
) -> Result<PathBuf, Obstacle> {
    let kept = all.join(run.to_string());
    let copied = std::fs::create_dir_all(all)
        .and_then(|()| forget(all))
        .and_then(|()| std::fs::create_dir_all(&kept))
        .and_then(|()| {
            for entry in std::fs::read_dir(logs)? {
                let path = entry?.path();
                if let Some(name) = path.file_name() {
                    std::fs::write(kept.join(name), secrets.scrub(&tail(&path, KEPT)?))?;
                }
            }
            Ok(())
        });
    copied
        .map(|()| kept.clone())
        .map_err(|error| folders::failed(&kept, &error))
}

/// Removes the logs of all but the last runs.
fn forget(all: &Path) -> io::Result<()> {
    let mut runs = Vec::new();
    for entry in std::fs::read_dir(all)? {
        let entry = entry?;
        let name = entry.file_name();
        if RunId::parse(&name.to_string_lossy()).is_some() {
            runs.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    runs.sort();
    let old = runs.len().saturating_sub(RUNS - 1);
    for (_, path) in &runs[..old] {
        // Another run may have been faster.
        let _ = std::fs::remove_dir_all(path);
    }
    Ok(())
}
