//! What needs a Docker daemon.

use bollard::models::{ContainerCreateBody, NetworkCreateRequest, VolumeCreateRequest};
use bollard::query_parameters::CreateContainerOptionsBuilder;
use driftgate::backend::{BackendName, Ledger, PostgresPlan, RunId, StagePlan, Thing};
use driftgate::context::{Cancel, Runtime, connect_docker};
use driftgate::gate::ObstacleKind;

use super::house::House;
use crate::support::Sandbox;

/// Runs something with the daemon of this machine.
fn with_docker<T>(work: impl AsyncFnOnce(bollard::Docker) -> T) -> T {
    let environment = driftgate::context::Environment::of_process();
    Runtime::new()
        .block_on(&Cancel::new(), async {
            let docker = connect_docker(&environment).await;
            work(docker.expect("a Docker daemon")).await
        })
        .expect("not cancelled")
}

/// The image that `cargo xtask images` builds.
const POSTGRES: &str = "driftgate-fixtures/postgres:latest";

#[test]
fn a_server_in_a_container_comes_up_and_goes_without_a_trace() {
    let house = House::new();
    let plan = StagePlan::database(
        BackendName::Auto,
        PostgresPlan {
            image: POSTGRES.to_owned(),
            settings: [("max_connections".to_owned(), "17".to_owned())].into(),
            ..PostgresPlan::default()
        },
    );
    let stage = house.bring_up(&plan).expect("it comes up");
    assert_eq!(stage.choice.backend.name(), "docker", "{:?}", stage.choice);
    let run = stage.run.id;
    let database = stage.database.clone().expect("a database");
    assert!(
        database.url().contains("@postgres:5432/system"),
        "systems reach it by its name on the network"
    );
    let shown: String = house
        .context()
        .block_on(async {
            let client = database.connect().await.expect("a connection");
            let row = client.query_one("SHOW max_connections", &[]).await;
            row.expect("a row").get(0)
        })
        .expect("not cancelled");
    assert_eq!(shown, "17");
    let name = format!("driftgate-{run}-postgres");
    let network = format!("driftgate-{run}");
    let volumes: Vec<_> = with_docker(async |docker| {
        let seen = docker.inspect_container(&name, None).await.expect("it");
        let labels = seen
            .config
            .and_then(|config| config.labels)
            .expect("labels");
        assert_eq!(labels[RunId::LABEL], run.to_string());
        assert!(labels[RunId::DEADLINE_LABEL].parse::<u64>().is_ok());
        docker
            .inspect_network(&network, None)
            .await
            .expect("a network");
        let mounts = seen.mounts.unwrap_or_default();
        mounts.into_iter().filter_map(|mount| mount.name).collect()
    });
    assert!(!volumes.is_empty(), "the image declares a volume");
    stage.take_down().expect("nothing is left");
    with_docker(async |docker| {
        docker
            .inspect_container(&name, None)
            .await
            .expect_err("it is gone");
        docker
            .inspect_network(&network, None)
            .await
            .expect_err("it is gone");
        for volume in &volumes {
            docker
                .inspect_volume(volume)
                .await
                .expect_err("it went with its container");
        }
    });
    house.nothing_is_left();
}

#[test]
fn a_server_that_refuses_to_start_in_its_container_says_its_last_words() {
    let house = House::new();
    let plan = StagePlan::database(
        BackendName::Docker,
        PostgresPlan {
            image: POSTGRES.to_owned(),
            settings: [("shared_buffers".to_owned(), "nonsense".to_owned())].into(),
            ..PostgresPlan::default()
        },
    );
    let obstacle = match house.bring_up(&plan) {
        Ok(stage) => panic!("it came up: {stage:?}"),
        Err(obstacle) => obstacle,
    };
    assert_eq!(obstacle.kind, ObstacleKind::Refused, "{obstacle}");
    assert!(
        obstacle.message.contains("ended with exit code 1"),
        "{obstacle}"
    );
    assert!(obstacle.message.contains("shared_buffers"), "{obstacle}");
    let kept = house.kept_logs();
    assert_eq!(kept.len(), 1, "{kept:?}");
    house.nothing_is_left();
}

#[test]
fn an_image_that_is_not_there_and_cannot_be_pulled_is_unreachable() {
    let house = House::new();
    let plan = StagePlan::database(
        BackendName::Docker,
        PostgresPlan {
            // Nobody listens on that port.
            image: "127.0.0.1:1/nobody/nothing:9".to_owned(),
            ..PostgresPlan::default()
        },
    );
    let obstacle = match house.bring_up(&plan) {
        Ok(stage) => panic!("it came up: {stage:?}"),
        Err(obstacle) => obstacle,
    };
    assert_eq!(obstacle.kind, ObstacleKind::Unreachable);
    assert_eq!(obstacle.code.name, "image-missing");
    assert!(
        obstacle.message.starts_with(
            "the image 127.0.0.1:1/nobody/nothing:9 is not on this machine and cannot be pulled: "
        ),
        "{obstacle}"
    );
    house.nothing_is_left();
}

#[test]
fn without_its_images_docker_is_not_chosen_and_it_is_said_why() {
    let house = House::new();
    let plan = StagePlan::database(
        BackendName::Auto,
        PostgresPlan {
            image: "127.0.0.1:1/nobody/nothing:9".to_owned(),
            ..PostgresPlan::default()
        },
    );
    let stage = house.bring_up(&plan).expect("it comes up");
    assert_eq!(stage.choice.backend.name(), "process");
    assert!(
        stage
            .choice
            .why
            .contains("nothing:9 is not on this machine"),
        "{}",
        stage.choice.why
    );
}

/// An image with one file in it, imported under a name of its own.
async fn tiny_image(docker: &bollard::Docker, name: &str) {
    use futures_util::StreamExt;

    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    header.set_mode(0o755);
    header.set_cksum();
    archive
        .append_data(&mut header, "nothing", std::io::empty())
        .expect("a file");
    let archive = archive.into_inner().expect("an archive");
    let (repository, tag) = name.split_once(':').expect("a tag");
    let options = bollard::query_parameters::CreateImageOptionsBuilder::new()
        .from_src("-")
        .repo(repository)
        .tag(tag)
        .build();
    let body = bollard::body_full(archive.into());
    let mut steps = docker.create_image(Some(options), Some(body), None);
    while let Some(step) = steps.next().await {
        step.expect("an image");
    }
}

#[test]
fn what_a_dead_run_left_in_docker_is_removed_by_name_and_by_label_and_nothing_else() {
    let sandbox = Sandbox::new();
    let state = sandbox.path().join("home/.local/state/driftgate");
    let (id, stranger) = (RunId::new(), RunId::new());
    let ledger = Ledger::open(&state, id, 1, 2).expect("a ledger");
    let image = format!("driftgate-it/{}:1", id.short());
    let label =
        |run: RunId| std::collections::HashMap::from([(RunId::LABEL.to_owned(), run.to_string())]);
    let named = format!("driftgate-{id}-named");
    let labelled = format!("ws-{id}");
    let others = format!("ws-{stranger}");
    for thing in [
        Thing::Container {
            name: named.clone(),
        },
        Thing::Labelled {
            key: RunId::LABEL.to_owned(),
            value: id.to_string(),
        },
    ] {
        ledger.record(thing).expect("a record");
    }
    let volumes = with_docker(async |docker| {
        tiny_image(&docker, &image).await;
        let mut anonymous = Vec::new();
        for (name, run) in [
            (&named, None),
            (&labelled, Some(id)),
            (&others, Some(stranger)),
        ] {
            let options = CreateContainerOptionsBuilder::new().name(name).build();
            let body = ContainerCreateBody {
                image: Some(image.clone()),
                cmd: Some(vec!["/nothing".to_owned()]),
                labels: run.map(label),
                // A volume without a name, as images declare them.
                volumes: Some(vec!["/data".to_owned()]),
                ..Default::default()
            };
            docker
                .create_container(Some(options), body)
                .await
                .expect("a container");
            let seen = docker.inspect_container(name, None).await.expect("it");
            let mounts = seen.mounts.unwrap_or_default();
            anonymous.extend(mounts.into_iter().filter_map(|mount| mount.name));
            if let Some(run) = run {
                docker
                    .create_volume(VolumeCreateRequest {
                        name: Some(name.clone()),
                        labels: Some(label(run)),
                        ..Default::default()
                    })
                    .await
                    .expect("a volume");
                docker
                    .create_network(NetworkCreateRequest {
                        name: name.clone(),
                        labels: Some(label(run)),
                        ..Default::default()
                    })
                    .await
                    .expect("a network");
            }
        }
        anonymous
    });
    assert_eq!(volumes.len(), 3, "{volumes:?}");
    drop(ledger);
    let output = sandbox
        .command(&["reap", "--output", "json"])
        .output()
        .expect("the binary starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut removed: Vec<_> = report["runs"][0]["removals"]
        .as_array()
        .expect("removals")
        .iter()
        .map(|removal| {
            format!(
                "{} {} {}",
                removal["outcome"].as_str().unwrap_or_default(),
                removal["thing"].as_str().unwrap_or_default(),
                removal["name"].as_str().unwrap_or_default()
            )
        })
        .collect();
    removed.sort();
    let mut expected = vec![
        format!("removed container {named}"),
        format!("removed container {labelled}"),
        format!("removed volume {labelled}"),
        format!("removed network {labelled}"),
    ];
    expected.sort();
    assert_eq!(removed, expected);
    with_docker(async |docker| {
        for gone in [&named, &labelled] {
            docker
                .inspect_container(gone, None)
                .await
                .expect_err("it is gone");
        }
        docker
            .inspect_container(&others, None)
            .await
            .expect("somebody else's is there");
        docker.inspect_volume(&others).await.expect("it is there");
        docker
            .inspect_network(&others, None)
            .await
            .expect("it is there");
        for anonymous in &volumes[..2] {
            docker
                .inspect_volume(anonymous)
                .await
                .expect_err("it went with its container");
        }
        // What this test made of the stranger's goes as well.
        let options = bollard::query_parameters::RemoveContainerOptionsBuilder::new()
            .force(true)
            .v(true)
            .build();
        let container = docker.remove_container(&others, Some(options)).await;
        container.expect("it goes");
        let none = None::<bollard::query_parameters::RemoveVolumeOptions>;
        docker.remove_volume(&others, none).await.expect("it goes");
        docker.remove_network(&others).await.expect("it goes");
        let none = None::<bollard::query_parameters::RemoveImageOptions>;
        let image = docker.remove_image(&image, none, None).await;
        image.expect("it goes");
    });
}
