use super::codes::{NOT_READY, NOT_STARTED};
use super::container::{self, ContainerPlan};
use super::plan::ServicePlan;
use super::program::{self, ProgramPlan};
use super::ready::wait_until_ready;
use super::{Backend, Run, Values, obstacles};
use crate::context::Http;
use crate::gate::Obstacle;

/// Brings up a service, and sets what placeholders say about it.
pub(super) async fn bring_up(
    run: &Run,
    backend: Backend,
    network: Option<&str>,
    plan: &ServicePlan,
    values: &mut Values,
    http: &Http,
) -> Result<(), Obstacle> {
    let mut own = values.clone();
    let (host, port) = match (&plan.run.image, backend) {
        (Some(image), Backend::Docker) => {
            own.set("port", plan.run.port.to_string());
            own.set("bind", "0.0.0.0");
            own.set(
                "url",
                format!("{}://{}:{}", plan.scheme, plan.name, plan.run.port),
            );
            in_container(run, network.unwrap_or_default(), image, plan, &own, http).await?;
            (plan.name.clone(), plan.run.port)
        }
        _ => {
            let command = plan.process.as_ref().or(plan.run.command.as_ref());
            let program = ProgramPlan {
                name: &plan.name,
                command: command.cloned().unwrap_or_default(),
                folder: None,
                ready: &plan.run.ready,
                leash: false,
            };
            let port = program::start(run, &program, &mut own, http, |values| {
                values.environment(run, &plan.run.environment)
            })
            .await?;
            (program::HOST.to_owned(), port)
        }
    };
    let name = &plan.name;
    values.set(
        &format!("{name}.url"),
        format!("{}://{host}:{port}", plan.scheme),
    );
    values.set(&format!("{name}.host"), host);
    values.set(&format!("{name}.port"), port.to_string());
    Ok(())
}

async fn in_container(
    run: &Run,
    network: &str,
    image: &str,
    plan: &ServicePlan,
    values: &Values,
    http: &Http,
) -> Result<(), Obstacle> {
    let command = plan
        .run
        .command
        .as_deref()
        .map(|command| values.fill_all(command))
        .transpose()?;
    let environment = values.environment(run, &plan.run.environment)?;
    let started = container::start(
        run,
        network,
        ContainerPlan {
            alias: plan.name.clone(),
            image: image.to_owned(),
            command,
            environment: environment.into_iter().collect(),
            port: plan.run.port,
            in_memory: Vec::new(),
            socket: None,
        },
    )
    .await?;
    wait_until_ready(
        &format!("the container {}", started.name),
        &format!("http://{}:{}", started.host, started.port),
        (&started.host, started.port),
        &plan.run.ready,
        http,
        async || container::ended(run, &started.name).await,
    )
    .await
    .map_err(|error| obstacles::waited(&NOT_READY, &NOT_STARTED, &error))
}
