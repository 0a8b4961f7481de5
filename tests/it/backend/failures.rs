//! All that can be wrong with what is to be brought up: each has its own message and verdict, and
//! leaves nothing behind.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use driftgate::backend::{
    BackendName, Base, PostgresPlan, Ready, RunPlan, ServicePlan, StagePlan, SystemPlan, Template,
    Variables,
};
use driftgate::gate::{Obstacle, ObstacleKind};

use super::house::{House, database, within};

/// What comes of a plan that cannot come up.
#[track_caller]
fn fails(house: &House, plan: &StagePlan) -> Obstacle {
    let obstacle = match house.bring_up(plan) {
        Ok(stage) => panic!("it came up: {stage:?}"),
        Err(obstacle) => obstacle,
    };
    house.nothing_is_left();
    obstacle
}

#[track_caller]
fn is(obstacle: &Obstacle, kind: ObstacleKind, code: &str, message: &str) {
    assert_eq!(
        (obstacle.kind, obstacle.code.name),
        (kind, code),
        "{obstacle}"
    );
    assert!(obstacle.message.contains(message), "{obstacle}");
}

#[test]
fn a_server_that_refuses_to_start_says_its_last_words_and_its_log_is_kept() {
    let house = House::new();
    let mut plan = database();
    plan.postgres
        .settings
        .insert("shared_buffers".to_owned(), "nonsense".to_owned());
    let obstacle = fails(&house, &plan);
    is(
        &obstacle,
        ObstacleKind::Refused,
        "postgres-failed",
        "PostgreSQL: ended with exit code 1; it said: ",
    );
    assert!(obstacle.message.contains("shared_buffers"), "{obstacle}");
    let help = obstacle.help.expect("help");
    let folder = help.strip_prefix("logs are kept in ").expect("a folder");
    let log = std::fs::read_to_string(format!("{folder}/postgres.log")).expect("a log");
    assert!(log.contains("nonsense"), "{log}");
}

#[test]
fn a_version_that_is_not_there_is_named_with_those_that_are() {
    let house = House::new();
    let mut plan = database();
    plan.postgres.version = Some(7);
    let obstacle = fails(&house, &plan);
    is(
        &obstacle,
        ObstacleKind::Unreachable,
        "backend-missing",
        "PostgreSQL 7 is not on this machine; there is ",
    );
}

#[test]
fn a_state_that_cannot_be_written_lets_nothing_come_up() {
    let house = House::new();
    let file = house.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let house = house.with("DRIFTGATE_STATE", file.display().to_string());
    let obstacle = fails(&house, &database());
    is(
        &obstacle,
        ObstacleKind::Refused,
        "state-unusable",
        "failed to write ",
    );
}

#[test]
fn a_daemon_that_is_not_there_is_unreachable() {
    let house = House::new().with("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let plan = StagePlan::database(BackendName::Docker, PostgresPlan::default());
    let obstacle = fails(&house, &plan);
    is(
        &obstacle,
        ObstacleKind::Unreachable,
        "docker-unreachable",
        "the Docker daemon is not reachable at unix:///nonexistent/docker.sock",
    );
}

#[test]
fn without_a_daemon_processes_are_chosen_and_it_is_said_why() {
    let house = House::new().with("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let plan = StagePlan::database(BackendName::Auto, PostgresPlan::default());
    let stage = house.bring_up(&plan).expect("it comes up");
    assert_eq!(stage.choice.backend.name(), "process");
    assert_eq!(
        stage.choice.why,
        "the Docker daemon is not reachable at unix:///nonexistent/docker.sock: there is no such socket"
    );
}

#[test]
fn with_neither_backend_both_reasons_are_given_and_what_to_install() {
    let house = House::new().with("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let mut plan = StagePlan::database(BackendName::Auto, PostgresPlan::default());
    // Only an image: no process can stand in for it.
    plan.system = SystemPlan::Run(RunPlan {
        image: Some("nobody/nothing:1".to_owned()),
        command: None,
        folder: None,
        port: 80,
        environment: Variables::default(),
        docker_socket: false,
        ready: Ready::health(),
    });
    let obstacle = fails(&house, &plan);
    is(
        &obstacle,
        ObstacleKind::Unreachable,
        "backend-missing",
        "neither backend can be used: docker: the Docker daemon is not reachable",
    );
    assert!(
        obstacle
            .message
            .ends_with("process: the system is an image, which needs Docker"),
        "{obstacle}"
    );
    assert!(obstacle.help.is_some_and(|help| help.contains("install")));
}

/// A daemon that agrees on a version, and dies when it is asked for anything else.
#[test]
fn a_daemon_that_dies_in_the_middle_is_unreachable() {
    let house = House::new();
    let socket = house.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut asked = [0; 4096];
            while let Ok(read) = stream.read(&mut asked) {
                let asked = String::from_utf8_lossy(&asked[..read]).into_owned();
                if !asked.contains("/version") {
                    break;
                }
                let body = r#"{"Version":"99","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                if stream.write_all(answer.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    let house = house.with("DOCKER_HOST", format!("unix://{}", socket.display()));
    let plan = StagePlan::database(BackendName::Docker, PostgresPlan::default());
    let obstacle = match house.bring_up(&plan) {
        Ok(stage) => panic!("it came up: {stage:?}"),
        Err(obstacle) => obstacle,
    };
    is(
        &obstacle,
        ObstacleKind::Unreachable,
        "docker-unreachable",
        "no answer from the Docker daemon",
    );
    // What may be left is written down, for nobody can say that it is not.
    assert_eq!(house.ledgers().len(), 1);
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let house = House::new();
    let mut plan = database();
    plan.postgres.url_env = Some("THEIR_DATABASE".to_owned());
    let obstacle = fails(&house, &plan);
    is(
        &obstacle,
        ObstacleKind::Refused,
        "variable-missing",
        "THEIR_DATABASE is not set",
    );
}

#[test]
fn a_database_server_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let house = House::new().with(
        "THEIRS",
        format!("postgres://u:s3cret-word@{address}/x?sslmode=disable"),
    );
    let mut plan = database();
    plan.postgres.url_env = Some("THEIRS".to_owned());
    let obstacle = fails(&house, &plan);
    is(
        &obstacle,
        ObstacleKind::Unreachable,
        "database-unreachable",
        &format!("no connection to the database at {address}/x"),
    );
    assert!(!obstacle.message.contains("s3cret"), "{obstacle}");
}

/// A system that already runs, and answers every request with these bytes.
fn answering(answer: &'static [u8]) -> StagePlan {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer);
                if answer.is_empty() {
                    // It hangs until the client gives up.
                    let _ = stream.read_to_end(&mut Vec::new());
                }
            });
        }
    });
    StagePlan {
        system: SystemPlan::Url {
            base: Base::Url(format!("http://{address}")),
            admin_token_env: None,
            ready: within(300, Ready::health()),
        },
        ..StagePlan::database(BackendName::External, PostgresPlan::default())
    }
}

#[test]
fn a_system_that_already_runs_is_taken_once_it_is_healthy() {
    let mut plan =
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    plan.backend = BackendName::Auto;
    let house = House::new();
    let stage = house.bring_up(&plan).expect("it is there");
    assert_eq!(stage.choice.backend.name(), "external");
    assert!(stage.system.is_some() && stage.postgres.is_none());
}

#[test]
fn one_that_never_gets_healthy_is_unreachable_with_what_was_seen_last() {
    let plan =
        answering(b"HTTP/1.1 503 No\r\nContent-Length: 8\r\nConnection: close\r\n\r\nstarting");
    let obstacle = fails(&House::new(), &plan);
    is(
        &obstacle,
        ObstacleKind::Unreachable,
        "not-ready",
        "answered 503 (wanted 200): starting",
    );
}

#[test]
fn one_that_redirects_hangs_or_talks_nonsense_is_never_taken_for_healthy() {
    let cases: [(&'static [u8], &str); 3] = [
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "answered 302 (wanted 200)",
        ),
        (b"", "no answer within"),
        (b"nonsense\r\n\r\n", "is not HTTP"),
    ];
    for (answer, message) in cases {
        let obstacle = fails(&House::new(), &answering(answer));
        is(&obstacle, ObstacleKind::Unreachable, "not-ready", message);
    }
}

fn service(name: &str, script: &str) -> ServicePlan {
    let template = |text: &str| Template::parse(text).expect("a template");
    ServicePlan {
        name: name.to_owned(),
        scheme: "tcp".to_owned(),
        process: Some(vec![template("sh"), template("-c"), template(script)]),
        run: RunPlan {
            image: None,
            command: None,
            folder: None,
            port: 80,
            environment: Variables::default(),
            docker_socket: false,
            ready: within(300, Ready::connection()),
        },
    }
}

fn with_service(script: &str) -> StagePlan {
    StagePlan {
        services: vec![service("cache", script)],
        ..database()
    }
}

#[test]
fn a_service_that_ends_is_not_waited_for_and_its_last_words_are_told() {
    let house = House::new();
    let obstacle = fails(&house, &with_service("echo no such option; exit 3"));
    is(
        &obstacle,
        ObstacleKind::Refused,
        "not-started",
        "cache: ended with exit code 3; it said: no such option",
    );
    assert_eq!(house.kept_logs()["cache.log"], "no such option\n");
}

#[test]
fn a_service_that_does_not_listen_is_not_ready() {
    let obstacle = fails(&House::new(), &with_service("sleep 600"));
    is(
        &obstacle,
        ObstacleKind::Unreachable,
        "not-ready",
        "cache: not within 300ms; last seen: no connection to 127.0.0.1:",
    );
}

#[test]
fn a_port_that_is_taken_is_tried_elsewhere_and_in_the_end_told() {
    let house = House::new();
    let script = "echo {{port}} >> tried; echo 'bind: Address already in use'; exit 1";
    let obstacle = fails(&house, &with_service(script));
    is(
        &obstacle,
        ObstacleKind::Unreachable,
        "port-taken",
        "cache found its port taken, 5 times",
    );
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let mut plan = with_service("");
    plan.services[0].process = Some(vec![Template::plain("no-such-program")]);
    let obstacle = fails(&House::new(), &plan);
    is(
        &obstacle,
        ObstacleKind::Refused,
        "not-started",
        "cache cannot be started: `no-such-program` is not on PATH",
    );
}

#[test]
fn secrets_stand_neither_in_messages_nor_in_kept_logs() {
    let house = House::new();
    let plan = StagePlan {
        system: super::house::script("echo $TOKEN $DATABASE_URL; exit 1", Ready::health()),
        ..database()
    };
    let obstacle = fails(&house, &plan);
    is(
        &obstacle,
        ObstacleKind::Refused,
        "not-started",
        "it said: [secret] [secret]",
    );
    assert_eq!(house.kept_logs()["system.log"], "[secret] [secret]\n");
}
