use std::ffi::OsString;
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use super::codes::{IMAGE_BUILD_FAILED, IMAGE_UNREACHABLE};
use super::daemon;
use super::plan::{BuildPlan, ImagePlan};
use crate::context::{Ask, Context, Spawn, find_program, how_ended};
use crate::gate::Obstacle;

/// An image that was built for one look. Dropped, its name is taken off, and with it the image.
pub(super) struct Built<'a> {
    context: &'a Context,
    name: String,
    pub id: String,
}

impl Drop for Built<'_> {
    fn drop(&mut self) {
        daemon::remove(self.context, &self.name);
    }
}

/// Marks an image that was built for one look.
const LABEL: &str = "org.driftgate.build";
/// How long one look at the build may take before the gate is asked whether it is to stop.
const LOOK: Duration = Duration::from_millis(100);
/// How much of what a build said is shown, in bytes.
const SHOWN: u64 = 2000;

/// Builds an image with the program `docker`, for the daemon's own interface knows nothing of BuildKit's
/// instructions.
///
/// # Errors
/// When there is no daemon, or the build fails.
pub(super) fn build<'a>(
    context: &'a Context,
    plan: &ImagePlan,
    build: &BuildPlan,
) -> Result<Built<'a>, Obstacle> {
    if context.offline() {
        return Err(Obstacle::unreachable(
            &IMAGE_UNREACHABLE,
            "the image has to be built, which may fetch its base, and --offline forbids it",
        ));
    }
    daemon::check(context)?;
    let environment = context.environment();
    let program = find_program(environment, "docker", &[]).ok_or_else(|| {
        Obstacle::unreachable(
            &IMAGE_UNREACHABLE,
            "there is no program `docker` to build with",
        )
        .help("install Docker's command line client")
    })?;
    let folder = context
        .folder()
        .ok_or_else(|| failed("the checkout is not on a disk"))?;
    let name = format!("driftgate-build:{}", uuid::Uuid::new_v4().simple());
    let mut args: Vec<OsString> = ["build", "--quiet", "--tag", &name, "--file"]
        .iter()
        .map(OsString::from)
        .collect();
    args.push(folder.join(build.dockerfile.as_path()).into());
    // No two builds give the same image, so that none takes another's away.
    args.extend(["--label".into(), format!("{LABEL}={name}").into()]);
    if let Some(platform) = &plan.platform {
        args.extend(["--platform".into(), platform.to_string().into()]);
    }
    if let Some(target) = &build.target {
        args.extend(["--target".into(), target.into()]);
    }
    for (key, value) in &build.args {
        args.extend(["--build-arg".into(), format!("{key}={value}").into()]);
    }
    args.push(folder.join(build.context.as_path()).into());
    let mut said = tempfile::tempfile().map_err(|error| failed(&error.to_string()))?;
    let log = said
        .try_clone()
        .map_err(|error| failed(&error.to_string()))?;
    let mut process = Spawn {
        program,
        args,
        environment: environment
            .all()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        folder,
        user: None,
        log,
        leash: false,
        ask: Ask::Terminate,
    }
    .start()
    .map_err(|error| failed(&format!("docker does not start: {error}")))?;
    let status = loop {
        if let Some(status) = process.wait(LOOK) {
            break status;
        }
        // Dropped, the program is ended.
        context.cancel().check()?;
    };
    let words = context.secrets().scrub(&last_words(&mut said));
    if !status.success() {
        return Err(failed(&format!(
            "docker build {}: {words}",
            how_ended(status)
        )));
    }
    let id = words
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| line.starts_with("sha256:"))
        .ok_or_else(|| failed(&format!("docker build named no image: {words}")))?;
    Ok(Built {
        context,
        name,
        id: id.to_owned(),
    })
}

fn failed(why: &str) -> Obstacle {
    Obstacle::refused(
        &IMAGE_BUILD_FAILED,
        format!("failed to build the image: {why}"),
    )
}

fn last_words(log: &mut std::fs::File) -> String {
    let mut bytes = Vec::new();
    let length = log.metadata().map_or(0, |metadata| metadata.len());
    let from = length.saturating_sub(SHOWN);
    let read = log
        .seek(SeekFrom::Start(from))
        .and_then(|_| log.read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) => format!("(what it said cannot be read: {error})"),
    }
}
