use bollard::models::NetworkCreateRequest;

use super::{Run, RunId, Thing, obstacles};
use crate::gate::Obstacle;

/// Makes the run's own Docker network; everything in Docker that bears the run's label goes with it.
pub(super) async fn make(run: &Run) -> Result<String, Obstacle> {
    let docker = run.docker().await?;
    let name = format!("driftgate-{}", run.id);
    run.record(Thing::Labelled {
        key: RunId::LABEL.to_owned(),
        value: run.id.to_string(),
    })?;
    run.record(Thing::Network { name: name.clone() })?;
    let request = NetworkCreateRequest {
        name: name.clone(),
        labels: Some(run.labels().into_iter().collect()),
        ..Default::default()
    };
    docker
        .create_network(request)
        .await
        .map_err(|error| obstacles::docker(&format!("make the network {name}"), &error))?;
    run.watch_docker().await?;
    Ok(name)
}
