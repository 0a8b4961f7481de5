use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;

use super::codes::IMAGE_MISSING;
use super::{Run, obstacles};
use crate::gate::Obstacle;

/// Sees to it that an image is on the machine: pulls it where it is not, and may.
pub(super) async fn ensure(run: &Run, image: &str) -> Result<(), Obstacle> {
    let docker = run.docker().await?;
    match docker.inspect_image(image).await {
        Ok(_) => return Ok(()),
        Err(Error::DockerResponseServerError {
            status_code: 404, ..
        }) => {}
        Err(error) => {
            return Err(obstacles::docker(
                &format!("look for the image {image}"),
                &error,
            ));
        }
    }
    if run.offline() {
        return Err(missing(image, "--offline forbids it"));
    }
    pull(docker, image).await
}

async fn pull(docker: &Docker, image: &str) -> Result<(), Obstacle> {
    let (name, tag) = split(image);
    let options = CreateImageOptionsBuilder::new()
        .from_image(name)
        .tag(tag)
        .build();
    let mut pulling = docker.create_image(Some(options), None, None);
    while let Some(step) = pulling.next().await {
        let problem = match step {
            Ok(step) => step.error_detail.and_then(|detail| detail.message),
            Err(Error::DockerResponseServerError { message, .. }) => Some(message),
            Err(Error::DockerStreamError { error }) => Some(error),
            Err(error) => return Err(obstacles::docker(&format!("pull {image}"), &error)),
        };
        if let Some(problem) = problem {
            return Err(missing(image, &problem));
        }
    }
    match docker.inspect_image(image).await {
        Ok(_) => Ok(()),
        Err(error) => Err(missing(image, &error.to_string())),
    }
}

fn missing(image: &str, problem: &str) -> Obstacle {
    let help = if image.starts_with("driftgate-fixtures/") {
        "`cargo xtask images` in driftgate's own repository builds it".to_owned()
    } else {
        format!("`docker pull {image}` where there is a network, or name another image in the gate")
    };
    Obstacle::unreachable(
        &IMAGE_MISSING,
        format!(
            "the image {image} is not on this machine and cannot be pulled: {}",
            problem.trim()
        ),
    )
    .help(help)
}

/// Name and tag; a digest is part of the name.
fn split(image: &str) -> (&str, &str) {
    if image.contains('@') {
        return (image, "");
    }
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_a_registry_is_not_a_tag() {
        assert_eq!(split("postgres:16-alpine"), ("postgres", "16-alpine"));
        assert_eq!(
            split("localhost:5000/a/b"),
            ("localhost:5000/a/b", "latest")
        );
        assert_eq!(split("localhost:5000/a/b:1"), ("localhost:5000/a/b", "1"));
        assert_eq!(split("a@sha256:0"), ("a@sha256:0", ""));
    }
}
