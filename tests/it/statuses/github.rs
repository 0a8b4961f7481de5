//! GitHub: check runs beside commit statuses.

use serde_json::{Value, json};

use super::forge::{Asked, Forge, HEAD, Reply};
use super::support::{codes, folder, messages, states};
use crate::support::{Ran, Sandbox};

fn run(id: u64, name: &str, status: &str, conclusion: impl Into<Value>) -> Value {
    let conclusion = conclusion.into();
    json!({
        "id": id, "name": name, "head_sha": HEAD, "status": status, "conclusion": conclusion,
        "check_suite": {"id": 70}, "app": {"id": 15368, "slug": "github-actions"}, "output": {"title": null},
    })
}

fn github(check_runs: Vec<Value>, statuses: Vec<Value>) -> Forge {
    Forge::start(move |asked| answer(asked, &check_runs, &statuses))
}

fn answer(asked: &Asked, check_runs: &[Value], statuses: &[Value]) -> Reply {
    let size: usize = asked
        .query
        .get("per_page")
        .and_then(|n| n.parse().ok())
        .unwrap_or(30);
    let page: usize = asked
        .query
        .get("page")
        .and_then(|n| n.parse().ok())
        .unwrap_or(1);
    let rows = |rows: &[Value]| -> Vec<Value> {
        rows.iter()
            .skip((page - 1) * size)
            .take(size)
            .cloned()
            .collect()
    };
    let path = asked.path.strip_prefix("/repos/o/r").unwrap_or("?");
    match path.strip_prefix(&format!("/commits/{HEAD}")) {
        Some("/status") => Reply::Json(
            200,
            json!({"state": "success", "sha": HEAD, "total_count": 0, "statuses": rows(statuses)}),
        ),
        Some("/check-runs") => Reply::Json(
            200,
            json!({"total_count": 0, "check_runs": rows(check_runs)}),
        ),
        _ => match path {
            "" => Reply::Json(200, json!({"full_name": "o/r"})),
            "/branches/main" => Reply::Json(
                200,
                json!({"name": "main", "protected": true, "protection": {
                    "enabled": true,
                    "required_status_checks": {"enforcement_level": "everyone", "contexts": ["test"], "checks": []},
                }}),
            ),
            "/rules/branches/main" => Reply::Json(
                200,
                json!([
                    {"type": "deletion"},
                    {"type": "required_status_checks", "parameters": {
                        "required_status_checks": [{"context": "lint [a]", "integration_id": 15368}],
                    }},
                ]),
            ),
            // So GitHub says that it has no such commit.
            _ if path.starts_with("/commits/") => {
                Reply::Json(422, json!({"message": "No commit found"}))
            }
            _ => Reply::Json(404, json!({"message": "Not Found"})),
        },
    }
}

fn ask(sandbox: &Sandbox, forge: &Forge, more: &[&str]) -> Ran {
    let mut args = vec![
        "statuses", "--forge", "github", "--url", &forge.url, "--repo", "o/r", "--output", "json",
    ];
    args.extend(more);
    sandbox.run(&args)
}

#[test]
fn check_runs_and_statuses_are_both_required() {
    let sandbox = folder("test\nlegacy/ci\n");
    let legacy = |state: &str| {
        json!({"id": 5, "context": "legacy/ci", "state": state, "description": null,
        "url": format!("https://api.github.com/repos/o/r/statuses/{HEAD}")})
    };
    let judge = |runs: Vec<Value>, state: &str| {
        ask(
            &sandbox,
            &github(runs, vec![legacy(state)]),
            &["--required", "required.txt", "--sha", HEAD],
        )
    };
    let green = || run(1, "test", "completed", json!("success"));
    judge(vec![green()], "success").exits(0);
    assert_eq!(
        codes(judge(vec![green()], "error").exits(1)),
        ["context-red"]
    );
    for (status, conclusion, code) in [
        ("completed", json!("failure"), "context-red"),
        ("completed", json!("timed_out"), "context-red"),
        ("completed", json!("action_required"), "context-red"),
        ("completed", json!("cancelled"), "context-cancelled"),
        ("completed", json!("skipped"), "context-skipped"),
        ("completed", json!("neutral"), "context-skipped"),
        ("completed", json!("stale"), "context-stale"),
        ("in_progress", Value::Null, "context-pending"),
        ("queued", Value::Null, "context-pending"),
    ] {
        let ran = judge(vec![run(1, "test", status, conclusion.clone())], "success");
        assert_eq!(codes(ran.exits(1)), [code], "{status} {conclusion}");
    }
    let mut elsewhere = green();
    elsewhere["head_sha"] = json!("0".repeat(40));
    assert_eq!(
        codes(judge(vec![elsewhere], "success").exits(1)),
        ["context-stale"]
    );
    assert_eq!(
        codes(judge(vec![], "success").exits(1)),
        ["context-missing"]
    );
}

#[test]
fn a_second_suite_does_not_take_the_place_of_the_first() {
    let sandbox = folder("test\n");
    let red = run(1, "test", "completed", json!("failure"));
    let mut green = run(2, "test", "completed", json!("success"));
    let judge = |runs: Vec<Value>| {
        ask(
            &sandbox,
            &github(runs, vec![]),
            &["--required", "required.txt", "--sha", HEAD],
        )
    };
    // Run again in its own suite, the newer one counts.
    judge(vec![green.clone(), red.clone()]).exits(0);
    green["check_suite"] = json!({"id": 71});
    assert_eq!(codes(judge(vec![green, red]).exits(1)), ["context-red"]);
}

#[test]
fn all_pages_of_check_runs_are_read() {
    let sandbox = folder("job 249\n");
    let runs = (0..250)
        .map(|n| run(n + 1, &format!("job {n}"), "completed", json!("success")))
        .collect();
    let ran = ask(
        &sandbox,
        &github(runs, vec![]),
        &["--required", "required.txt", "--sha", HEAD],
    );
    ran.exits(0);
    assert_eq!(states(&ran, "others").len(), 249);
}

#[test]
fn rules_of_the_branch_and_of_rulesets_count_together_and_are_names() {
    let sandbox = folder("");
    let both = vec![
        run(1, "test", "completed", json!("success")),
        run(2, "lint [a]", "completed", json!("success")),
    ];
    let ran = ask(
        &sandbox,
        &github(both.clone(), vec![]),
        &["--branch", "main", "--sha", HEAD],
    );
    ran.exits(0);
    assert_eq!(states(&ran, "required").len(), 2);
    let ran = ask(
        &sandbox,
        &github(both[..1].to_vec(), vec![]),
        &["--branch", "main", "--sha", HEAD],
    );
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
    assert!(messages(&ran).contains("`lint [a]`"), "{}", messages(&ran));
}

#[test]
fn a_check_that_is_bound_to_an_app_is_green_by_that_app_alone() {
    let sandbox = folder("");
    let judge = |runs: Vec<Value>, statuses: Vec<Value>| {
        ask(
            &sandbox,
            &github(runs, statuses),
            &["--branch", "main", "--sha", HEAD],
        )
    };
    let green = |id: u64, name: &str| run(id, name, "completed", json!("success"));
    let of_app = |app: Value| {
        let mut row = green(2, "lint [a]");
        row["app"] = app;
        row["check_suite"] = json!({"id": 71});
        row
    };
    judge(vec![green(1, "test"), green(2, "lint [a]")], vec![]).exits(0);
    for app in [json!({"id": 99, "slug": "eve"}), Value::Null] {
        let ran = judge(vec![green(1, "test"), of_app(app)], vec![]);
        assert_eq!(codes(ran.exits(1)), ["context-missing"]);
        assert!(
            messages(&ran).contains("`lint [a]` is required of the app 15368 and was not posted"),
            "{}",
            messages(&ran)
        );
    }
    // Beside the app's own it is no harm, and a status tells of no app.
    let both = vec![
        green(1, "test"),
        green(3, "lint [a]"),
        of_app(json!({"id": 99})),
    ];
    judge(both, vec![]).exits(0);
    let set =
        json!({"id": 5, "context": "lint [a]", "state": "success", "creator": {"login": "eve"}});
    let ran = judge(vec![green(1, "test")], vec![set]);
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
    // A snapshot of the rules binds as well.
    let snapshot = |checks: Value| {
        sandbox.write(
            "protection.json",
            json!({"required_status_checks": {"contexts": ["test"], "checks": checks}}).to_string(),
        );
        ask(
            &sandbox,
            &github(vec![green(1, "test")], vec![]),
            &["--protection", "protection.json", "--sha", HEAD],
        )
    };
    snapshot(json!([{"context": "test", "app_id": 15368}])).exits(0);
    snapshot(json!([{"context": "test", "app_id": -1}])).exits(0);
    let ran = snapshot(json!([{"context": "test", "app_id": 7}]));
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
}

#[test]
fn an_approval_counts_where_its_author_may_write() {
    let sandbox = folder("test\n");
    let judge = |permission: Reply, more: &[&str]| {
        let permission = std::sync::Mutex::new(Some(permission));
        let green = [run(1, "test", "completed", json!("success"))];
        let forge = Forge::start(move |asked| match asked.path.as_str() {
            "/repos/o/r/pulls/7" => Reply::Json(
                200,
                json!({
                    "number": 7, "state": "open", "draft": false, "user": {"login": "ann"},
                    "head": {"sha": HEAD, "ref": "topic"}, "base": {"sha": HEAD, "ref": "main"},
                }),
            ),
            "/repos/o/r/pulls/7/reviews" => Reply::Json(
                200,
                match asked.query["page"].as_str() {
                    "1" => {
                        json!([{"id": 1, "user": {"login": "bob"}, "state": "APPROVED", "commit_id": HEAD,
                    "author_association": "MEMBER"}])
                    }
                    _ => json!([]),
                },
            ),
            "/repos/o/r/collaborators/bob/permission" => permission
                .lock()
                .expect("a reply")
                .take()
                .expect("asked once"),
            _ => answer(asked, &green, &[]),
        });
        let mut args = vec![
            "--required",
            "required.txt",
            "--pull",
            "7",
            "--approvals",
            "1",
        ];
        args.extend(more);
        ask(&sandbox, &forge, &args)
    };
    let told = |permission: &str| Reply::Json(200, json!({"permission": permission}));
    judge(told("write"), &[]).exits(0);
    judge(told("admin"), &[]).exits(0);
    for (reply, why) in [
        (told("read"), "the permission is `read`"),
        (told("none"), "the permission is `none`"),
        (
            Reply::Json(403, json!({"message": "Must have push access"})),
            "does not tell whether the reviewer may write (403)",
        ),
        (Reply::Json(404, json!({"message": "Not Found"})), "(404)"),
    ] {
        let ran = judge(reply, &[]);
        assert_eq!(codes(ran.exits(1)), ["approvals-missing"]);
        assert!(messages(&ran).contains(why), "{}", messages(&ran));
    }
    // Whoever is on a roster is not asked about.
    judge(told("read"), &["--roster", "bob"]).exits(0);
    assert_eq!(
        codes(judge(Reply::Json(200, json!({})), &[]).exits(3)),
        ["statuses-malformed"]
    );
}

#[test]
fn what_looks_like_an_event_belongs_to_the_name() {
    let sandbox = folder("build\n");
    let runs = vec![run(1, "build (push)", "completed", json!("success"))];
    let ran = ask(
        &sandbox,
        &github(runs, vec![]),
        &["--required", "required.txt", "--sha", HEAD],
    );
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
}

#[test]
fn check_runs_that_are_not_to_be_had_are_not_none() {
    let sandbox = folder("");
    let set = json!({"id": 5, "context": "legacy/ci", "state": "success"});
    let forge = Forge::start(move |asked| match asked.path.ends_with("/check-runs") {
        true => Reply::Json(404, json!({"message": "Not Found"})),
        false => answer(asked, &[], std::slice::from_ref(&set)),
    });
    let ran = ask(&sandbox, &forge, &["--context", "*", "--sha", HEAD]);
    assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
}

#[test]
fn a_commit_that_github_does_not_have_is_missing() {
    let sandbox = folder("test\n");
    let forge = github(vec![], vec![]);
    let ran = ask(
        &sandbox,
        &forge,
        &["--required", "required.txt", "--sha", &"a".repeat(40)],
    );
    assert_eq!(codes(ran.exits(1)), ["subject-missing"]);
}

#[test]
fn a_gate_on_github_keeps_its_promises() {
    let forge = github(
        vec![
            run(1, "test", "completed", json!("success")),
            run(2, "lint [a]", "completed", json!("success")),
        ],
        vec![],
    );
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", format!("forge: {{ name: github, url: '{}' }}\n", forge.url))
        .write(
            "gates/mergeable.yaml",
            format!(
                "id: mergeable\nabout: The head is mergeable.\nkind: statuses\nprotection: {{ branch: main }}\n\
                 repository: o/r\ncommit: {HEAD}\n"
            ),
        );
    let proved = sandbox.run(&["prove", "--output", "json"]);
    proved.exits(0);
    let report = proved.json();
    let names = report["gates"][0]["protections"]
        .as_array()
        .expect("protections");
    let is_there = |name: &str| names.iter().any(|protection| protection["name"] == name);
    for name in [
        "cancelled: lint [a]",
        "of another commit: lint [a]",
        "never posted: lint [a]",
        "green by another app: lint [a]",
        "red on the second page: lint [a]",
        "a rule of main that nobody satisfies",
    ] {
        assert!(is_there(name), "{name}: {names:#?}");
    }
}
