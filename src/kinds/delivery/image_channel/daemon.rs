use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::RemoveImageOptionsBuilder;
use futures_util::StreamExt;

use super::codes::{IMAGE_REFUSED, IMAGE_UNREACHABLE};
use super::problems::malformed;
use crate::backend::docker_obstacle;
use crate::context::{Context, connect_docker};
use crate::gate::Obstacle;

async fn connect(context: &Context) -> Result<Docker, Obstacle> {
    connect_docker(context.environment())
        .await
        .map_err(|error| {
            let mut obstacle = Obstacle::from(error);
            obstacle.code = &IMAGE_UNREACHABLE;
            obstacle
        })
}

fn obstacle(doing: &str, error: &Error) -> Obstacle {
    docker_obstacle((&IMAGE_REFUSED, &IMAGE_UNREACHABLE), doing, error)
}

/// Sees to it that there is a daemon that answers.
pub(super) fn check(context: &Context) -> Result<(), Obstacle> {
    context.block_on(async { connect(context).await.map(|_| ()) })?
}

/// The id of an image of the daemon; `None` where it has none of that name.
pub(super) fn id(context: &Context, name: &str) -> Result<Option<String>, Obstacle> {
    context.block_on(async {
        let docker = connect(context).await?;
        match docker.inspect_image(name).await {
            Ok(found) => match found.id.filter(|id| !id.is_empty()) {
                // Podman writes it without the sort of digest.
                Some(id) if !id.contains(':') => Ok(Some(format!("sha256:{id}"))),
                Some(id) => Ok(Some(id)),
                None => Err(malformed(format!("the daemon names no id for {name}"))),
            },
            Err(Error::DockerResponseServerError {
                status_code: 404, ..
            }) => Ok(None),
            Err(error) => Err(obstacle(&format!("look for the image {name}"), &error)),
        }
    })?
}

/// Gives the daemon's own archive of an image away as it comes, until `each` wants no more.
pub(super) fn export(
    context: &Context,
    id: &str,
    each: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), Obstacle> {
    context.block_on(async {
        let docker = connect(context).await?;
        let mut stream = docker.export_image(id);
        while let Some(piece) = stream.next().await {
            let piece =
                piece.map_err(|error| obstacle(&format!("export the image {id}"), &error))?;
            context.cancel().check()?;
            if !each(&piece) {
                break;
            }
        }
        Ok(())
    })?
}

/// Takes a name off an image, and the image away where it was its only one. What it was built on stays, for
/// another build may be using it at this moment.
pub(super) fn remove(context: &Context, name: &str) {
    let options = RemoveImageOptionsBuilder::new().noprune(true).build();
    let removing = async {
        if let Ok(docker) = connect(context).await {
            // Left over, it is an image without a container, and its name says whose it is.
            let _ = docker.remove_image(name, Some(options), None).await;
        }
    };
    let within = std::time::Duration::from_secs(30);
    context.runtime().finish(within, removing);
}
