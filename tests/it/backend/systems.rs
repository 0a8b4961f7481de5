//! Services and systems that come up.

use std::collections::BTreeMap;

use driftgate::backend::{Ready, RunPlan, ServicePlan, StagePlan, Template, Variables};

use super::house::{House, database, processes, script};

/// `git` listens: a server that every machine of a developer has.
const LISTEN: &str =
    "exec git daemon --listen=127.0.0.1 --port={{port}} --base-path=. --export-all --reuseaddr";

fn template(text: &str) -> Template {
    Template::parse(text).expect("a template")
}

#[test]
fn services_come_up_before_the_system_which_is_told_where_they_are() {
    let house = House::new();
    let told = "{{cache.url}} {{cache.host}} {{cache.port}} {{run.id}} {{network}}{{run.labels}}";
    let plan = StagePlan {
        services: vec![ServicePlan {
            name: "cache".to_owned(),
            scheme: "redis".to_owned(),
            process: Some(vec![template("sh"), template("-c"), template(LISTEN)]),
            run: RunPlan {
                image: Some("redis:7-alpine".to_owned()),
                command: None,
                folder: None,
                port: 6379,
                environment: Variables::default(),
                docker_socket: false,
                ready: Ready::connection(),
            },
        }],
        system: script(
            &format!("echo {told} > told; {LISTEN}"),
            Ready::connection(),
        ),
        ..database()
    };
    let stage = house.bring_up(&plan).expect("it comes up");
    let run = stage.run.id;
    let said = std::fs::read_to_string(stage.run.folder().join("told")).expect("a file");
    let words: Vec<_> = said.split_whitespace().collect();
    assert_eq!(words.len(), 4, "{said}");
    assert_eq!(words[0], format!("redis://127.0.0.1:{}", words[2]));
    assert_eq!(words[1], "127.0.0.1");
    assert_eq!(words[3], run.to_string());
    let system = stage.system.as_ref().expect("a system");
    assert!(system.base_url.starts_with("http://127.0.0.1:"));
    assert_eq!(system.admin_token.as_ref().map(String::len), Some(64));
    assert!(stage.run.process_id("cache").is_some());
    drop(stage);
    assert_eq!(processes(run), Vec::<u32>::new());
    house.nothing_is_left();
}

#[test]
fn the_environment_is_what_the_gate_says_and_nothing_of_the_callers() {
    let house = House::new()
        .with("GIVEN", "given-value")
        .with("CALLERS_OWN", "callers-own-value");
    let mut plan = StagePlan {
        system: script(&format!("env > seen; {LISTEN}"), Ready::connection()),
        ..database()
    };
    let driftgate::backend::SystemPlan::Run(run) = &mut plan.system else {
        panic!("a command");
    };
    run.environment.from = BTreeMap::from([("TAKEN".to_owned(), "GIVEN".to_owned())]);
    let stage = house.bring_up(&plan).expect("it comes up");
    let seen = std::fs::read_to_string(stage.run.folder().join("seen")).expect("a file");
    assert!(seen.contains("TAKEN=given-value\n"), "{seen}");
    assert!(!seen.contains("callers-own-value"), "{seen}");
    assert!(
        seen.contains(&format!("DRIFTGATE_RUN_ID={}\n", stage.run.id)),
        "{seen}"
    );
}

#[test]
fn extra_variables_are_overridden_by_the_gates_own() {
    let house = House::new();
    let plan = StagePlan {
        system: script(&format!("env > seen; {LISTEN}"), Ready::connection()),
        ..database()
    };
    let extra = BTreeMap::from([
        ("EXTRA".to_owned(), "1".to_owned()),
        ("PORT".to_owned(), "1".to_owned()),
    ]);
    let stage =
        driftgate::backend::Stage::bring_up(&house.context(), &plan, super::house::LONG, &|_| {
            extra.clone()
        })
        .expect("it comes up");
    let seen = std::fs::read_to_string(stage.run.folder().join("seen")).expect("a file");
    assert!(seen.contains("EXTRA=1\n"), "{seen}");
    assert!(!seen.contains("PORT=1\n"), "{seen}");
}
