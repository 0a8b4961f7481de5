//! Required contexts as a forge has them.

use serde_json::{Value, json};

use super::support::Repo;
use crate::statuses::forge::{Asked, Forge, Reply};
use crate::support::Ran;

const GITEA: &str = "/repos/o/r/branches/main";

/// The answer to a question about the branch `main`.
fn branch(contexts: &[&str]) -> Value {
    json!({
        "name": "main", "protected": true, "enable_status_check": true,
        "status_check_contexts": contexts,
    })
}

fn gitea(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Forge {
    Forge::start(answer)
}

/// A sound repository on a forge whose protection is asked for; `more` are lines of the gate.
fn repo(name: &str, forge: &Forge, required: &[&str], more: &str) -> Repo {
    let repo = match name {
        "github" => Repo::github(required),
        _ => Repo::gitea("1.27", required),
    };
    repo.sandbox.write(
        "driftgate.yaml",
        format!(
            "forge: {{ name: {name}, url: '{}', token_env: FORGE_TOKEN }}\n",
            forge.url
        ),
    );
    repo.job("", "- run: ./test");
    repo.gate(more);
    repo
}

fn call(repo: &Repo, args: &[&str]) -> Ran {
    let mut command = repo.sandbox.command(args);
    command.env("FORGE_TOKEN", "tok-1234567");
    Ran::from(command.output().expect("the binary starts"))
}

/// The codes of all findings that block.
fn codes(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let findings = report["gates"][0]["findings"].as_array().expect("findings");
    let blocking = findings
        .iter()
        .filter(|finding| finding["level"] == "block");
    blocking
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect()
}

const ASKS: &str = "protection: { repository: o/r }\n";

#[test]
fn what_the_forge_requires_is_looked_for_in_the_workflows() {
    let forge = gitea(|asked| {
        assert_eq!(asked.path, GITEA);
        Reply::Json(200, branch(&["CI / test (pull_request)"]))
    });
    let repo = repo("gitea", &forge, &[], ASKS);
    let ran = call(&repo, &["run", "--output", "json"]);
    ran.exits(0);
    assert_eq!(ran.json()["gates"][0]["facts"]["required"], 1);
    let asked = forge.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].authorization.as_deref(),
        Some("Bearer tok-1234567")
    );
    assert!(!ran.stdout.contains("tok-1234567"));
    // A job that is renamed is missed by the forge.
    repo.file(
        "ci.yml",
        &super::support::job_file("name: other", "- run: ./test"),
    );
    let ran = call(&repo, &["run", "--output", "json"]);
    assert_eq!(codes(&ran), ["context-without-producer"]);
}

#[test]
fn a_list_and_a_copy_that_the_forge_does_not_share_are_told() {
    let forge = gitea(|_| {
        Reply::Json(
            200,
            branch(&["CI / test (pull_request)", "CI / lint (pull_request)"]),
        )
    });
    let two = "protection: { repository: o/r, snapshot: rule.json }\n";
    let repo = repo("gitea", &forge, &["CI / test"], two);
    repo.file(
        "lint.yml",
        &super::support::job_file("name: lint", "- run: ./lint"),
    );
    repo.sandbox.write(
        "rule.json",
        json!({"enable_status_check": true, "status_check_contexts": ["CI / test (pull_request)"]})
            .to_string(),
    );
    let ran = call(&repo, &["run", "--output", "json"]);
    assert_eq!(
        codes(&ran),
        ["required-contexts-disagree", "required-contexts-disagree"]
    );
    let report = ran.json().to_string();
    for lacking in ["not in required.txt", "not in rule.json"] {
        assert!(report.contains(lacking), "{lacking}: {report}");
    }
}

#[test]
fn a_name_without_the_event_that_gitea_posts_is_waited_for_for_ever() {
    for (contexts, expected) in [
        (["CI / test"], vec!["context-without-event"]),
        // A pattern is held against the whole name as well.
        (["CI / tes?"], vec!["context-without-event"]),
        (["CI / *"], vec![]),
        (["CI / test (pull_request)"], vec![]),
    ] {
        let forge = gitea(move |_| Reply::Json(200, branch(&contexts)));
        let repo = repo("gitea", &forge, &["CI / test"], ASKS);
        let ran = call(&repo, &["run", "--output", "json"]);
        assert_eq!(codes(&ran), expected, "{contexts:?}");
        if !expected.is_empty() {
            let report = ran.json();
            let finding = &report["gates"][0]["findings"][0];
            let message = finding["message"].as_str().expect("a message");
            assert!(
                message.contains("posts `CI / test (pull_request)`"),
                "{message}"
            );
        }
    }
    // A list that people keep has no events, and a committed copy is what the forge compares with.
    let forge = gitea(|_| Reply::Json(404, json!({})));
    let copied = repo(
        "gitea",
        &forge,
        &["CI / test"],
        "protection: { snapshot: rule.json }\n",
    );
    copied.sandbox.write(
        "rule.json",
        json!({"enable_status_check": true, "status_check_contexts": ["CI / test"]}).to_string(),
    );
    let ran = call(&copied, &["run", "--output", "json"]);
    assert_eq!(codes(&ran), ["context-without-event"]);
}

#[test]
fn on_github_what_looks_like_an_event_belongs_to_the_name() {
    let repo = Repo::github(&["test (pull_request)"]);
    repo.job("", "- run: ./test");
    assert_eq!(
        repo.findings(),
        ["block context-without-producer required.txt:1"]
    );
}

#[test]
fn a_branch_without_protection_requires_nothing_and_is_told() {
    let forge = gitea(|_| {
        Reply::Json(
            200,
            json!({"name": "main", "protected": false, "enable_status_check": false, "status_check_contexts": []}),
        )
    });
    let listed = repo("gitea", &forge, &["CI / test"], ASKS);
    let ran = call(&listed, &["run", "--output", "json"]);
    assert_eq!(codes(&ran), ["required-contexts-disagree"]);
    // Without a list there is nothing that could be looked for.
    let bare = repo("gitea", &forge, &[], ASKS);
    call(&bare, &["run"]).exits(3);
}

#[test]
fn github_is_asked_for_its_rules_as_well_and_a_queue_is_one_of_them() {
    let forge = Forge::start(|asked| match asked.path.as_str() {
        "/repos/o/r/branches/main" => Reply::Json(
            200,
            json!({"name": "main", "protected": true, "protection": {
                "required_status_checks": {"contexts": ["test"], "checks": [{"context": "test"}]}}}),
        ),
        "/repos/o/r/rules/branches/main" => Reply::Json(200, json!([{"type": "merge_queue"}])),
        _ => Reply::Json(404, json!({})),
    });
    let repo = repo("github", &forge, &[], ASKS);
    let ran = call(&repo, &["run", "--output", "json"]);
    assert_eq!(codes(&ran), ["merge-group-missing"]);
}

#[test]
fn a_copy_that_binds_a_context_to_another_app_is_told() {
    let judge = |asked: Value, copied: Value| {
        let forge = Forge::start(move |request| match request.path.as_str() {
            "/repos/o/r/branches/main" => Reply::Json(
                200,
                json!({"name": "main", "protected": true, "protection": {
                    "required_status_checks": {"contexts": ["test"], "checks": asked}}}),
            ),
            "/repos/o/r/rules/branches/main" => Reply::Json(200, json!([])),
            _ => Reply::Json(404, json!({})),
        });
        let repo = repo(
            "github",
            &forge,
            &[],
            "protection: { repository: o/r, snapshot: rule.json }\n",
        );
        repo.sandbox.write(
            "rule.json",
            json!({"required_status_checks": copied}).to_string(),
        );
        let ran = call(&repo, &["run", "--output", "json"]);
        (codes(&ran), ran.json().to_string())
    };
    let of = |app: Value| json!([{"context": "test", "app_id": app}]);
    let bound = |app: Value| json!({"contexts": ["test"], "checks": of(app)});
    assert_eq!(judge(of(json!(15368)), bound(json!(15368))).0, [""; 0]);
    assert_eq!(judge(of(Value::Null), bound(json!(-1))).0, [""; 0]);
    // A list of names tells of no apps.
    assert_eq!(
        judge(of(json!(15368)), json!({"contexts": ["test"]})).0,
        [""; 0]
    );
    for (asked, copied, told) in [
        (
            json!(99),
            json!(15368),
            "by the app 15368 alone here, and by the app 99 alone",
        ),
        (
            Value::Null,
            json!(15368),
            "by the app 15368 alone here, and by anybody",
        ),
        (
            json!(15368),
            Value::Null,
            "by anybody here, and by the app 15368 alone",
        ),
    ] {
        let (codes, report) = judge(of(asked), bound(copied));
        assert_eq!(codes, ["required-contexts-disagree"]);
        assert!(report.contains(told), "{told}: {report}");
    }
}

#[test]
fn a_ruleset_counts_for_the_branches_that_its_conditions_take() {
    let judge = |rulesets: Value| {
        let repo = Repo::github(&[]);
        repo.job("", "- run: ./test");
        repo.gate("protection: { snapshot: rules.json }\n");
        repo.sandbox.write("rules.json", rulesets.to_string());
        repo.findings()
    };
    let ruleset = |context: &str, include: &[&str], exclude: &[&str]| {
        json!({
            "name": context, "target": "branch", "enforcement": "active",
            "conditions": {"ref_name": {"include": include, "exclude": exclude}},
            "rules": [{"type": "required_status_checks", "parameters": {
                "required_status_checks": [{"context": context}]}}],
        })
    };
    let missing = ["block context-without-producer rules.json:1"];
    for (include, exclude, counts) in [
        (vec!["~ALL"], vec![], true),
        (vec!["~DEFAULT_BRANCH"], vec![], true),
        (vec!["refs/heads/ma*"], vec![], true),
        (vec!["refs/heads/release/*"], vec![], false),
        (vec!["~ALL"], vec!["refs/heads/main"], false),
        (vec![], vec![], false),
    ] {
        let all = json!([
            ruleset("test", &["~ALL"], &[]),
            ruleset("gone", &include, &exclude)
        ]);
        let expected: &[&str] = if counts { &missing } else { &[] };
        assert_eq!(judge(all), expected, "{include:?} {exclude:?}");
    }
    // One of tags is about no branch, and one on trial holds nobody back.
    for (key, value) in [("target", "tag"), ("enforcement", "evaluate")] {
        let mut other = ruleset("gone", &["~ALL"], &[]);
        other[key] = json!(value);
        assert_eq!(
            judge(json!([ruleset("test", &["~ALL"], &[]), other])),
            [""; 0]
        );
    }
    // One ruleset by itself, as its own address has it.
    assert_eq!(judge(ruleset("gone", &["~ALL"], &[])), missing);
    // The list of all leaves the rules away.
    let bare = json!([{"name": "x", "enforcement": "active", "target": "branch"}]);
    assert_eq!(
        judge(bare),
        ["block required-contexts-unreadable rules.json:null"]
    );
}

#[test]
fn a_forge_that_does_not_tell_is_refused_at_once_and_one_that_does_not_answer_is_asked_again() {
    for (status, repository, exit, code) in [
        (403, 200, 3, "forge-refused"),
        (401, 200, 3, "forge-refused"),
        (404, 404, 3, "forge-refused"),
        (404, 200, 1, "subject-missing"),
        (500, 200, 4, "forge-unreachable"),
    ] {
        let forge = gitea(move |asked| match asked.path.as_str() {
            GITEA => Reply::Json(status, json!({})),
            _ => Reply::Json(repository, json!({"full_name": "o/r"})),
        });
        let repo = repo("gitea", &forge, &["CI / test"], ASKS);
        let ran = call(&repo, &["run", "--output", "json", "--retries", "0"]);
        ran.exits(exit);
        let report = ran.json();
        assert_eq!(
            report["gates"][0]["findings"][0]["code"], code,
            "{status}: {report:#}"
        );
        let times = forge.asked().iter().filter(|a| a.path == GITEA).count();
        assert_eq!(times, if status == 500 { 3 } else { 1 }, "{status}");
    }
}

#[test]
fn an_answer_that_says_too_little_is_no_absence_of_rules() {
    for answer in [
        json!({"name": "main"}),
        json!([]),
        json!({"protected": true}),
    ] {
        let forge = gitea(move |_| Reply::Json(200, answer.clone()));
        let repo = repo("gitea", &forge, &["CI / test"], ASKS);
        let ran = call(&repo, &["run", "--output", "json"]);
        ran.exits(3);
        assert_eq!(
            ran.json()["gates"][0]["findings"][0]["code"],
            "statuses-malformed"
        );
    }
}

#[test]
fn offline_a_forge_elsewhere_is_not_asked() {
    let forge = gitea(|_| Reply::Json(200, branch(&["CI / test (pull_request)"])));
    let repo = repo("gitea", &forge, &["CI / test"], ASKS);
    call(&repo, &["run", "--offline"]).exits(0);
    repo.sandbox.write(
        "driftgate.yaml",
        "forge: { name: gitea, url: 'https://git.example.org' }\n",
    );
    let ran = call(&repo, &["run", "--offline", "--output", "json"]);
    ran.exits(4);
    assert_eq!(
        ran.json()["gates"][0]["findings"][0]["code"],
        "forge-unreachable"
    );
}

#[test]
fn every_promise_of_a_gate_that_asks_is_proved_and_the_forge_is_asked_little() {
    let forge = gitea(|_| Reply::Json(200, branch(&["CI / test (pull_request)"])));
    let repo = repo("gitea", &forge, &["CI / test"], ASKS);
    let ran = call(&repo, &["prove", "--output", "json"]);
    ran.exits(0);
    assert!(
        ran.json()
            .to_string()
            .contains("context parked in required.txt")
    );
    let report = ran.json().to_string();
    for name in [
        "context that no workflow posts, required of branch main",
        "context that branch main requires no more: CI / test (pull_request)",
        "context without its event, required of branch main: CI / test",
    ] {
        assert!(report.contains(name), "{name}: {report}");
    }
    assert!(forge.asked().len() <= 2, "{:?}", forge.asked());
}

#[test]
fn on_github_a_violation_is_planted_in_the_branch_or_in_its_rules() {
    let forge = Forge::start(|asked| match asked.path.as_str() {
        "/repos/o/r/branches/main" => Reply::Json(200, json!({"name": "main", "protected": true})),
        "/repos/o/r/rules/branches/main" => Reply::Json(
            200,
            json!([
                {"type": "required_status_checks", "parameters": {
                    "required_status_checks": [{"context": "test", "integration_id": 15368}]}},
            ]),
        ),
        _ => Reply::Json(404, json!({})),
    });
    let repo = repo("github", &forge, &["test"], ASKS);
    let ran = call(&repo, &["prove", "--output", "json"]);
    ran.exits(0);
    let report = ran.json().to_string();
    for name in [
        "context that no workflow posts, required of branch main",
        "context that branch main requires no more: test",
    ] {
        assert!(report.contains(name), "{name}: {report}");
    }
}

#[test]
fn a_gate_file_says_where_the_protection_is_to_be_had() {
    let forge = gitea(|_| Reply::Json(200, branch(&[])));
    for (lines, told) in [
        (
            "protection: { branch: main }\n",
            "it is not said where the protection is to be had",
        ),
        (
            "protection: { repository: o }\n",
            "is not a repository such as owner/name",
        ),
        (
            "protection: { repository: o/r, repository_env: R }\n",
            "say the same thing twice",
        ),
        (
            "protection: { repository_env: 1R }\n",
            "is not the name of an environment variable",
        ),
    ] {
        let repo = repo("gitea", &forge, &["CI / test"], lines);
        let ran = call(&repo, &["run"]);
        ran.exits(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert_eq!(forge.asked().len(), 0);
}
