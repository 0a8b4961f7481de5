//! `--post`: a status for each gate of a run.

use serde_json::{Value, json};

use super::forge::{Asked, Forge, HEAD, House, Reply, status};
use super::support::codes;
use crate::support::{Ran, Sandbox};

/// A run with a gate of each sort.
fn run() -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("green", "")
        .failing("red", "")
        .vacuous("empty", "")
        .failing("advice", "severity: advisory\n")
        .passing("tonight", "lanes: [nightly]\n");
    sandbox
        .run(&["run", "--output", "json=report.json"])
        .exits(1);
    sandbox
}

fn forge(there: Vec<Value>, login: Option<&'static str>) -> Forge {
    let house = House::new(there);
    Forge::start(
        move |asked: &Asked| match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", path) if path == format!("/repos/o/r/statuses/{HEAD}") => {
                Reply::Json(201, json!({"id": 99}))
            }
            ("POST", _) => Reply::Json(404, json!({})),
            (_, "/user") => match login {
                Some(login) => Reply::Json(200, json!({"login": login})),
                None => Reply::Json(403, json!({"message": "no scope"})),
            },
            _ => house.answer(asked),
        },
    )
}

fn post(sandbox: &Sandbox, forge: &Forge, more: &[&str]) -> Ran {
    let mut args = vec![
        "statuses",
        "--post",
        "report.json",
        "--forge",
        "gitea",
        "--url",
        &forge.url,
    ];
    args.extend(["--repo", "o/r", "--sha", HEAD, "--output", "json"]);
    args.extend(more);
    sandbox.run(&args)
}

fn posted(forge: &Forge) -> Vec<(String, String, String)> {
    forge
        .asked()
        .iter()
        .filter(|asked| asked.method == "POST")
        .map(|asked| {
            let text = |key: &str| asked.body[key].as_str().expect("a text").to_owned();
            (text("context"), text("state"), text("description"))
        })
        .collect()
}

#[test]
fn each_gate_that_looked_gets_its_status() {
    let sandbox = run();
    let forge = forge(vec![], None);
    let ran = post(&sandbox, &forge, &["--link", "https://ci.example.org/1"]);
    ran.exits(0);
    let row = |context: &str, state: &str, description: &str| {
        (context.to_owned(), state.to_owned(), description.to_owned())
    };
    let expected = [
        row(
            "driftgate / empty",
            "error",
            "vacuous: nothing was inspected in empty/copy",
        ),
        row("driftgate / green", "success", "pass: 2 inspected"),
        row("driftgate / red", "failure", "fail: content-differs"),
    ];
    let got = posted(&forge);
    assert_eq!(got.len(), 3, "{got:?}");
    assert_eq!(got[1..], expected[1..]);
    assert_eq!((&got[0].0, &got[0].1), (&expected[0].0, &expected[0].1));
    assert!(got[0].2.starts_with("vacuous: "), "{got:?}");
    let first = forge
        .asked()
        .into_iter()
        .find(|asked| asked.method == "POST")
        .expect("a post");
    assert_eq!(first.body["target_url"], "https://ci.example.org/1");
    let report = ran.json();
    let not_set: Vec<_> = report["posted"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["state"].is_null())
        .map(|row| row["context"].as_str().expect("a name"))
        .collect();
    assert_eq!(not_set, ["driftgate / advice", "driftgate / tonight"]);
}

#[test]
fn the_status_of_somebody_else_is_never_touched() {
    let sandbox = run();
    let mut foreign = status(3, "driftgate / red", "success", "");
    foreign["creator"] = json!({"login": "eve"});
    let own = status(4, "driftgate / green", "success", "pass: 2 inspected");
    let forge_of_eve = forge(vec![foreign.clone(), own.clone()], Some("gitea-actions"));
    let ran = post(&sandbox, &forge_of_eve, &[]);
    assert_eq!(codes(ran.exits(3)), ["status-of-another"]);
    assert_eq!(posted(&forge_of_eve), []);
    // Other contexts of others are nobody's business here; and nobody named is not oneself.
    let mut nobody = foreign.clone();
    nobody["creator"] = Value::Null;
    let unnamed = forge(vec![nobody], Some("gitea-actions"));
    assert_eq!(
        codes(post(&sandbox, &unnamed, &[]).exits(3)),
        ["status-of-another"]
    );
    let other = post(&sandbox, &forge_of_eve, &["--prefix", "gates"]);
    other.exits(0);
    assert_eq!(posted(&forge_of_eve).len(), 3);
    assert!(
        posted(&forge_of_eve)
            .iter()
            .all(|(context, _, _)| context.starts_with("gates / "))
    );
}

#[test]
fn one_s_own_status_is_moved_and_left_where_it_says_the_same() {
    let sandbox = run();
    let same = status(4, "driftgate / green", "success", "pass: 2 inspected");
    let older = status(5, "driftgate / red", "success", "pass: 2 inspected");
    let there = vec![same, older];
    let told = forge(there.clone(), Some("Gitea-Actions"));
    post(&sandbox, &told, &[]).exits(0);
    let contexts: Vec<_> = posted(&told)
        .into_iter()
        .map(|(context, _, _)| context)
        .collect();
    assert_eq!(contexts, ["driftgate / empty", "driftgate / red"]);
    // A token that may not ask who it is has to be told.
    let untold = forge(there, None);
    let ran = post(&sandbox, &untold, &[]);
    assert_eq!(codes(ran.exits(3)), ["forge-refused"]);
    assert_eq!(posted(&untold), []);
    post(&sandbox, &untold, &["--login", "gitea-actions"]).exits(0);
}

#[test]
fn whom_the_token_belongs_to_is_not_what_somebody_says() {
    let sandbox = run();
    let mut foreign = status(3, "driftgate / red", "success", "");
    foreign["creator"] = json!({"login": "eve"});
    let forge = forge(vec![foreign], Some("gitea-actions"));
    let ran = post(&sandbox, &forge, &["--login", "eve"]);
    assert_eq!(codes(ran.exits(3)), ["status-of-another"]);
    assert_eq!(posted(&forge), []);
}

#[test]
fn an_older_status_of_somebody_else_under_the_same_name_is_not_covered() {
    let sandbox = run();
    let mut foreign = status(3, "driftgate / red", "failure", "");
    foreign["creator"] = json!({"login": "eve"});
    let own = status(4, "driftgate / red", "success", "");
    let forge = forge(vec![foreign, own], Some("gitea-actions"));
    assert_eq!(
        codes(post(&sandbox, &forge, &[]).exits(3)),
        ["status-of-another"]
    );
    assert_eq!(posted(&forge), []);
}

#[test]
fn a_report_that_no_run_writes_sets_nothing() {
    let sandbox = run();
    let forge = forge(vec![], None);
    let gate = |id: &str, verdict: &str, inspected: u64, findings: Value| json!({"id": id, "severity": "blocking", "verdict": verdict, "inspected": inspected, "findings": findings});
    let red = || json!([{"code": "content-differs", "level": "block"}]);
    for gates in [
        // The second would hide the first.
        json!([gate("a", "fail", 1, red()), gate("a", "pass", 1, json!([]))]),
        json!([gate("a", "pass", 0, json!([]))]),
        json!([gate("a", "pass", 1, red())]),
        json!([gate("CI / test", "pass", 1, json!([]))]),
    ] {
        let report = json!({"schema": "driftgate.report.v1", "gates": gates});
        sandbox.write("report.json", report.to_string());
        let ran = post(&sandbox, &forge, &[]);
        assert_eq!(codes(ran.exits(3)), ["statuses-malformed"], "{report}");
    }
    assert_eq!(posted(&forge), []);
    let short = sandbox.run(&[
        "statuses",
        "--post",
        "report.json",
        "--forge",
        "gitea",
        "--url",
        &forge.url,
        "--repo",
        "o/r",
        "--sha",
        &HEAD[..10],
    ]);
    short.exits(2);
}

#[test]
fn a_forge_that_sets_something_else_is_not_believed() {
    let sandbox = run();
    let house = House::new(vec![]);
    let forge = Forge::start(move |asked: &Asked| match asked.method.as_str() {
        "POST" => Reply::Json(
            201,
            json!({"id": 1, "context": asked.body["context"], "status": "success"}),
        ),
        _ => house.answer(asked),
    });
    let ran = post(&sandbox, &forge, &[]);
    assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
}

#[test]
fn what_is_no_report_of_a_run_is_not_posted() {
    let sandbox = run();
    let forge = forge(vec![], None);
    for text in ["", "{}", r#"{"schema": "driftgate.prove.v1", "gates": []}"#] {
        sandbox.write("report.json", text);
        assert_eq!(
            codes(post(&sandbox, &forge, &[]).exits(3)),
            ["statuses-malformed"]
        );
    }
    sandbox.write(
        "report.json",
        r#"{"schema": "driftgate.report.v1", "gates": []}"#,
    );
    let none = post(&sandbox, &forge, &[]);
    none.exits(3);
    assert_eq!(none.json()["verdict"], "vacuous");
    assert_eq!(posted(&forge), []);
}

#[test]
fn a_forge_that_takes_no_status_is_told_with_how_far_it_went() {
    let sandbox = run();
    let house = House::new(vec![]);
    let forge = Forge::start(move |asked: &Asked| match asked.method.as_str() {
        "POST" if asked.body["context"] == "driftgate / green" => {
            Reply::Json(403, json!({"message": "read only"}))
        }
        "POST" => Reply::Json(201, json!({"id": 1})),
        _ => house.answer(asked),
    });
    let ran = post(&sandbox, &forge, &[]);
    assert_eq!(codes(ran.exits(3)), ["forge-refused"]);
    let told = super::support::messages(&ran);
    assert!(
        told.contains("403 (read only); 1 statuses were set before"),
        "{told}"
    );
}
