use super::codes::{BACKEND_MISSING, BACKEND_UNFIT};
use super::plan::{StagePlan, SystemPlan};
use super::postgres::find_installations;
use super::system::EMBEDDED_IMAGE;
use super::{BackendName, Run, images};
use crate::context::docker_host;
use crate::gate::Obstacle;

/// The backend of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Docker,
    Process,
    External,
}

impl Backend {
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Process => "process",
            Self::External => "external",
        }
    }
}

/// The backend that was chosen, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub backend: Backend,
    /// As in "docker, because …".
    pub why: String,
}

pub(super) async fn choose(run: &Run, plan: &StagePlan) -> Result<Choice, Obstacle> {
    let named = |backend| {
        Ok(Choice {
            backend,
            why: "the gate names it".to_owned(),
        })
    };
    match plan.backend {
        BackendName::Docker => {
            fits_docker(plan).map_err(unfit)?;
            named(Backend::Docker)
        }
        BackendName::Process => {
            fits_process(plan).map_err(unfit)?;
            named(Backend::Process)
        }
        BackendName::External => {
            plan.fits_external()
                .map_err(|problem| unfit(problem.to_owned()))?;
            named(Backend::External)
        }
        BackendName::Auto => automatic(run, plan).await,
    }
}

fn unfit(problem: String) -> Obstacle {
    Obstacle::refused(&BACKEND_UNFIT, problem)
}

async fn automatic(run: &Run, plan: &StagePlan) -> Result<Choice, Obstacle> {
    if is_external(plan) {
        return Ok(Choice {
            backend: Backend::External,
            why: "all that the gate names runs already".to_owned(),
        });
    }
    let no_docker = match try_docker(run, plan).await {
        Ok(why) => {
            return Ok(Choice {
                backend: Backend::Docker,
                why,
            });
        }
        Err(problem) => problem,
    };
    let no_process = match try_process(run, plan) {
        Ok(()) => {
            return Ok(Choice {
                backend: Backend::Process,
                why: no_docker,
            });
        }
        Err(problem) => problem,
    };
    Err(Obstacle::unreachable(
        &BACKEND_MISSING,
        format!("neither backend can be used: docker: {no_docker}; process: {no_process}"),
    )
    .help(
        "start a Docker daemon, or install the PostgreSQL server (Debian: apt-get install postgresql)",
    ))
}

/// Whether there is nothing to bring up.
fn is_external(plan: &StagePlan) -> bool {
    let no_database = plan.postgres.url_env.is_some();
    match &plan.system {
        SystemPlan::Url { .. } => plan.services.is_empty(),
        SystemPlan::Nothing => no_database,
        SystemPlan::Embedded { .. } | SystemPlan::Run(_) => false,
    }
}

async fn try_docker(run: &Run, plan: &StagePlan) -> Result<String, String> {
    fits_docker(plan)?;
    run.docker().await.map_err(|obstacle| obstacle.message)?;
    for image in images_of(plan) {
        images::ensure(run, image)
            .await
            .map_err(|obstacle| obstacle.message)?;
    }
    Ok(format!(
        "a Docker daemon answers at {}, and the images are there",
        docker_host(run.environment())
    ))
}

fn try_process(run: &Run, plan: &StagePlan) -> Result<(), String> {
    fits_process(plan)?;
    if plan.postgres.url_env.is_none() && find_installations(run.environment()).is_empty() {
        return Err("the PostgreSQL server is not on this machine".to_owned());
    }
    Ok(())
}

fn images_of(plan: &StagePlan) -> Vec<&str> {
    let mut images = Vec::new();
    if plan.postgres.url_env.is_none() {
        images.push(plan.postgres.image.as_str());
    }
    images.extend(
        plan.services
            .iter()
            .filter_map(|service| service.run.image.as_deref()),
    );
    match &plan.system {
        SystemPlan::Embedded { .. } => images.push(EMBEDDED_IMAGE),
        SystemPlan::Run(run) => images.extend(run.image.as_deref()),
        SystemPlan::Nothing | SystemPlan::Url { .. } => {}
    }
    images
}

/// What keeps the plan from being brought up in containers.
fn fits_docker(plan: &StagePlan) -> Result<(), String> {
    if let Some(service) = plan
        .services
        .iter()
        .find(|service| service.run.image.is_none())
    {
        return Err(format!("service {} has no image", service.name));
    }
    match &plan.system {
        SystemPlan::Run(run) if run.image.is_none() => Err("the system has no image".to_owned()),
        _ => Ok(()),
    }
}

/// What keeps the plan from being brought up as processes.
fn fits_process(plan: &StagePlan) -> Result<(), String> {
    let without = plan.services.iter().find(|service| {
        service.process.is_none() && (service.run.image.is_some() || service.run.command.is_none())
    });
    if let Some(service) = without {
        return Err(format!(
            "service {} has no command for a process",
            service.name
        ));
    }
    match &plan.system {
        SystemPlan::Run(run) if run.image.is_some() => {
            Err("the system is an image, which needs Docker".to_owned())
        }
        _ => Ok(()),
    }
}
