//! What gate files may say about what is brought up, and how they are corrected.

use serde::Deserialize;

use super::{
    BackendName, PostgresSpec, ServiceSpec, StagePlan, StageSpec, SystemPlan, SystemSpec,
    SystemWanted, check_stage,
};
use crate::config::{GateFile, SpecError, parse};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[serde(default)]
    backend: BackendName,
    postgres: Option<PostgresSpec>,
    #[serde(default)]
    services: Vec<ServiceSpec>,
    system: Option<SystemSpec>,
}

fn check(text: &str) -> Result<StagePlan, Vec<SpecError>> {
    let file = GateFile::new("gates/x.yaml", text);
    let spec: Spec = parse(&file).map_err(|error| vec![error])?;
    check_stage(
        &file,
        StageSpec {
            backend: spec.backend,
            postgres: spec.postgres.as_ref(),
            services: &spec.services,
            system: SystemWanted::Yes(spec.system.as_ref()),
        },
    )
}

/// The errors as `line:column message / help`.
fn errors(text: &str) -> Vec<String> {
    check(text)
        .expect_err("it is wrong")
        .iter()
        .map(|error| {
            let place = error.place();
            let place = place
                .trim_start_matches("gates/x.yaml")
                .trim_start_matches(':');
            let help = error.help.as_deref().unwrap_or_default();
            format!("{place} {} / {help}", error.message)
                .trim_start()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_gate_that_says_nothing_gets_the_embedded_system_on_what_there_is() {
    let plan = check("backend: auto\n").expect("a plan");
    assert_eq!(plan.backend, BackendName::Auto);
    assert_eq!(plan.postgres.image, "postgres:16-alpine");
    assert!(matches!(plan.system, SystemPlan::Embedded { .. }));
}

#[test]
fn a_stranger_server_is_described_in_ten_lines() {
    let plan = check(
        "services:\n  - {name: redis, image: \"redis:7\", process: [redis-server, --port, \"{{port}}\"], port: 6379}\n\
         system:\n  image: example/platform:1\n  port: 9000\n  env:\n    DATABASE_URL: \"{{postgres.url}}\"\n    REDIS_URL: \"{{redis.url}}\"\n  env_from: {LICENCE: PLATFORM_LICENCE}\n  ready: {path: /healthz, status: 204, within: 2m}\n",
    )
    .expect("a plan");
    assert_eq!(plan.services[0].scheme, "redis");
    let SystemPlan::Run(run) = plan.system else {
        panic!("{:?}", plan.system);
    };
    assert_eq!((run.port, run.ready.status), (9000, 204));
    assert_eq!(run.ready.within.as_secs(), 120);
    assert_eq!(run.environment.from["LICENCE"], "PLATFORM_LICENCE");
}

#[test]
fn a_placeholder_that_nothing_is_called_is_corrected_at_its_place() {
    assert_eq!(
        errors("system:\n  command: [serve, \"{{prot}}\"]\n"),
        ["2:20 nothing is called `{{prot}}` / did you mean `{{port}}`?"]
    );
    let without_service =
        errors("system:\n  command: [serve]\n  env: {REDIS: \"{{redis.url}}\"}\n");
    assert!(
        without_service[0].starts_with("3:16 nothing is called `{{redis.url}}`"),
        "{without_service:?}"
    );
    assert_eq!(
        errors("system:\n  command: [\"{{port\"]\n"),
        ["2:13 a placeholder has no end: `}}` is missing / as in `{{postgres.url}}`"]
    );
}

#[test]
fn a_system_is_either_started_or_found() {
    assert_eq!(
        errors("system:\n  url: http://127.0.0.1:1\n  image: x\n"),
        ["3:10 a system that already runs is not started / keep either `url` or what is to be run"]
    );
    assert_eq!(
        errors("system:\n  url: https://u:p@h\n"),
        [
            "2:8 a url must not carry credentials / name the environment variable that holds the token in `admin_token_env`"
        ]
    );
    assert_eq!(
        errors("system:\n  url: ftp://h\n"),
        ["2:8 the url of the system is not an http url / https://…"]
    );
}

#[test]
fn what_a_backend_cannot_run_is_refused_where_it_stands() {
    assert_eq!(
        errors("backend: process\nsystem:\n  image: x\n"),
        [
            "3:10 the backend `process` runs no image / give the system a `command`, or choose the backend `docker`"
        ]
    );
    assert_eq!(
        errors("backend: docker\nsystem:\n  command: [x]\n"),
        [
            "3:13 the backend `docker` runs commands in images only / give the system an `image`, or choose the backend `process`"
        ]
    );
}

#[test]
fn what_runs_elsewhere_has_to_be_named() {
    assert_eq!(
        errors("backend: external\n"),
        ["the backend `external` needs a system that already runs: give its `url` / "]
    );
    check("backend: external\nsystem: {url_env: PLATFORM}\n").expect("a plan");
}

#[test]
fn services_have_names_of_their_own_and_something_to_run() {
    assert_eq!(
        errors(
            "services:\n  - {name: a, command: [x], port: 1}\n  - {name: a, command: [x], port: 1}\n"
        ),
        ["3:12 there are two services `a` / give each its own name"]
    );
    assert_eq!(
        errors("services:\n  - {name: postgres, command: [x], port: 1}\n"),
        ["2:12 `postgres` is taken by what every run has / give the service another name"]
    );
    assert_eq!(
        errors("services:\n  - {name: a, port: 1}\n"),
        [
            "2:12 service `a` has neither an image nor a command / give it an `image` for containers, a `process` for processes, or both"
        ]
    );
    assert_eq!(
        errors("services:\n  - {name: A_b, command: [x], port: 1}\n"),
        ["2:12 `A_b` cannot be a host name / lowercase letters, digits and `-`, a letter first"]
    );
}

#[test]
fn a_secret_is_named_and_never_written() {
    let errors = errors("postgres:\n  url_env: postgres://u:s3cret@h/x\n");
    assert_eq!(
        errors,
        [
            "2:12 this is not the name of an environment variable / name the variable; never write what it holds here"
        ]
    );
}

#[test]
fn unknown_backends_and_keys_are_corrected() {
    let said = errors("backend: proces\n");
    assert!(said[0].contains("did you mean `process`?"), "{said:?}");
    let said = errors("system: {redy: {}}\n");
    assert!(said[0].contains("did you mean `ready`?"), "{said:?}");
}

#[test]
fn a_command_is_started_in_a_folder_of_the_checkout_and_nothing_else_is() {
    let plan = check("system:\n  command: [./serve]\n  folder: server\n").expect("a plan");
    let SystemPlan::Run(run) = plan.system else {
        panic!("{:?}", plan.system);
    };
    assert_eq!(run.folder.expect("a folder").to_string(), "server");
    assert_eq!(
        errors("system:\n  image: x\n  folder: server\n"),
        [
            "3:11 a container is started in a folder of its image / leave `folder` out, or give a `command` without an image"
        ]
    );
    for other in ["url: http://h", "port: 9000"] {
        assert_eq!(
            errors(&format!("system:\n  {other}\n  folder: server\n")),
            [
                "3:11 there is no command to be started in this folder / give the system a `command`, or leave `folder` out"
            ]
        );
    }
    let outside = errors("system:\n  command: [./serve]\n  folder: ../server\n");
    assert!(outside[0].starts_with("3:11 "), "{outside:?}");
    assert!(
        outside[0].ends_with(" / a folder relative to the root"),
        "{outside:?}"
    );
}
