//! Gates of kind `statuses`, and that they can fail.

use serde_json::{Value, json};

use super::forge::{Forge, HEAD, House, Reply, green, status};
use crate::support::{Ran, Sandbox};

const RECORDED: &str = "\
id: mergeable
about: The recorded head is mergeable.
kind: statuses
required_contexts: required.txt
contexts: ['Lint / *']
statuses: statuses.json
commit: 8b33b67e098c8b9daebe9b8e1b9d704c02b66c3e
reviews: { approvals: 1, roster: [bob], file: reviews.json, author: ann }
";

fn recorded() -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox
        .write("gates/mergeable.yaml", RECORDED)
        .write("required.txt", "CI / test\n")
        .record(&green(&["CI / test (push)", "Lint / lint (push)"]))
        .write(
            "reviews.json",
            json!([{"id": 1, "user": {"login": "bob"}, "state": "APPROVED", "commit_id": HEAD}])
                .to_string(),
        );
    sandbox
}

#[track_caller]
fn unproved(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    report["gates"]
        .as_array()
        .expect("gates")
        .iter()
        .flat_map(|gate| gate["protections"].as_array().expect("protections"))
        .filter(|protection| protection["proved"] != true)
        .map(Value::to_string)
        .collect()
}

#[track_caller]
fn names(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    report["gates"][0]["protections"]
        .as_array()
        .expect("protections")
        .iter()
        .map(|protection| protection["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn a_recorded_head_is_gated_and_each_promise_is_proved() {
    let sandbox = recorded();
    let ran = sandbox.run(&["run", "--output", "json"]);
    ran.exits(0);
    let gate = &ran.json()["gates"][0];
    assert_eq!(gate["facts"]["required"]["green"], 2);
    assert_eq!(gate["facts"]["approved_by"], json!(["bob"]));
    let proved = sandbox.run(&["prove", "--output", "json"]);
    assert_eq!(unproved(&proved), [""; 0]);
    proved.exits(0);
    let names = names(&proved);
    for name in [
        "red: CI / test",
        "cancelled: CI / test",
        "pending: CI / test",
        "skipped: CI / test",
        "skipped and posted as a success: CI / test",
        "of another commit: CI / test",
        "never posted: CI / test",
        "newer and red: CI / test",
        "red under a second event: CI / test",
        "red under a pattern: Lint / *",
        "skipped under a pattern: Lint / *",
        "red in another run: CI / test",
        "removed list: required.txt",
        "emptied list: required.txt",
        "parked list: required.txt",
        "cut-off statuses",
        "statuses of another commit",
        "vanished record",
        "approvals of another commit",
        "dismissed approvals",
        "an objection",
    ] {
        assert!(
            names.iter().any(|known| known == name),
            "{name}: {names:#?}"
        );
    }
}

#[test]
fn a_head_that_the_forge_knows_is_gated_and_each_promise_is_proved() {
    let mut house = House::new(green(&[
        "CI / test (pull_request)",
        "CI / lint (pull_request)",
    ]));
    house.branch = json!({
        "name": "main", "protected": true, "enable_status_check": true,
        "status_check_contexts": ["CI / test (pull_request)"],
    });
    house.reviews = json!([{"id": 1, "user": {"login": "bob"}, "state": "APPROVED", "commit_id": HEAD, "official": true}]);
    let sandbox = Sandbox::new();
    sandbox
        .write(
            ".gitea/workflows/ci.yml",
            "name: CI\non: { pull_request: {} }\njobs:\n  test: { runs-on: x, steps: [{ run: make }] }\n  lint: { runs-on: x, steps: [{ run: make }] }\n",
        )
        .write(
            "gates/mergeable.yaml",
            "id: mergeable\nabout: The head is mergeable.\nkind: statuses\nprotection: { branch: main }\n\
             repository_env: REPOSITORY\npull_env: CHANGE\nexpect: {}\nreviews: { approvals: 1 }\n\
             own: ['driftgate / gates (pull_request)']\n",
        );
    let head = sandbox.record_of_commit(&[]);
    // The house speaks of the commit that is there.
    let forge = Forge::start(move |asked| {
        let mut asked = asked.clone();
        asked.path = asked.path.replace(&head, HEAD);
        match house.answer(&asked) {
            Reply::Json(status, value) => {
                let text = value.to_string().replace(HEAD, &head);
                Reply::Json(status, serde_json::from_str(&text).expect("JSON"))
            }
            other => other,
        }
    });
    sandbox.write(
        "driftgate.yaml",
        format!(
            "forge: {{ name: gitea, version: '1.26', url: '{}', token_env: FORGE_TOKEN }}\n",
            forge.url
        ),
    );
    let call = |args: &[&str], change: &str| {
        let mut command = sandbox.command(args);
        command
            .env("REPOSITORY", "o/r")
            .env("CHANGE", change)
            .env("FORGE_TOKEN", "tok-1234567");
        Ran::from(command.output().expect("the binary starts"))
    };
    call(&["run", "--output", "json"], "7").exits(0);
    assert!(
        forge
            .asked()
            .iter()
            .all(|asked| asked.authorization.as_deref() == Some("Bearer tok-1234567"))
    );
    let proved = call(&["prove", "--output", "json"], "7");
    assert_eq!(unproved(&proved), [""; 0]);
    proved.exits(0);
    let names = names(&proved);
    for name in [
        "vanished lane: CI / lint (pull_request)",
        "red on the second page: CI / test",
        "statuses that the forge refuses",
        "a forge that is not able to answer",
        "a second page that is refused",
        "a second page that is not there",
        "rules of main that the forge refuses",
        "vanished branch: main",
        "branch without protection: main",
        "a rule of main that nobody satisfies",
        "approvals of strangers",
    ] {
        assert!(names.contains(&name.to_owned()), "{name}: {names:#?}");
    }
    // A change that is not there, and a variable that holds none.
    let gone = call(&["run", "--output", "json"], "8");
    gone.exits(1);
    assert_eq!(
        gone.json()["gates"][0]["findings"][0]["code"],
        "subject-missing"
    );
    let word = call(&["run", "--output", "json"], "seven");
    word.exits(3);
    assert_eq!(
        word.json()["gates"][0]["findings"][0]["code"],
        "variable-missing"
    );
}

#[test]
fn a_red_head_fails_its_gate_and_a_waiver_can_take_that() {
    let sandbox = recorded();
    sandbox.record(&[
        status(1, "CI / test (push)", "failure", "Failing after 1s"),
        status(2, "Lint / lint (push)", "success", ""),
    ]);
    let ran = sandbox.run(&["run"]);
    ran.exits(1);
    assert!(
        ran.stdout.contains("error[context-red]: `CI / test` is red: Failing after 1s (as `CI / test (push)`)\n  --> required.txt:1:1"),
        "{}",
        ran.stdout
    );
    let waived =
        format!("{RECORDED}waivers: [{{ code: context-red, reason: a try, until: 2099-01-01 }}]\n");
    sandbox.write("gates/mergeable.yaml", waived);
    sandbox.run(&["run"]).exits(0);
}

#[test]
fn a_gate_file_that_cannot_be_meant_is_refused_with_its_place() {
    let head = "id: mergeable\nabout: x\nkind: statuses\n";
    for (keys, message) in [
        (
            "statuses: s.json\n",
            "nothing is required; the gate would check nothing",
        ),
        (
            "contexts: [a]\n",
            "the forge is to be asked, and no repository is named",
        ),
        (
            "contexts: [a]\nrepository: o/r\n",
            "the forge is to be asked, and no commit is named",
        ),
        (
            "contexts: [a]\nrepository: o\ncommit_env: X\n",
            "`o` is not a repository such as owner/name\n --> gates/mergeable.yaml:5:13",
        ),
        (
            "contexts: [a]\nrepository: o/r\ncommit: main\n",
            "`main` is not the id of a commit",
        ),
        (
            "contexts: [a]\nstatuses: s.json\ncommit: abcdef1\ncommit_env: X\n",
            "say the same thing twice",
        ),
        (
            "contexts: ['a[']\nstatuses: s.json\n",
            "`a[` is not a pattern",
        ),
        (
            "contexts: [a]\nstatuses: s.json\nprotection: {}\n",
            "it is not said which branch is protected",
        ),
        (
            "contexts: [a]\nstatuses: s.json\nreviews: { approvals: 0 }\n",
            "`approvals` is 0",
        ),
        (
            "contexts: [a]\nstatuses: s.json\nreviews: { approvals: 1, file: r.json }\n",
            "name the `author`",
        ),
        (
            "contexts: [a]\nstatuses: s.json\nexpect: { events: [] }\n",
            "`events` is empty",
        ),
        ("contexts: [a]\nstatuses: ../s.json\n", "../s.json"),
    ] {
        let sandbox = Sandbox::with_settings();
        sandbox.write("gates/mergeable.yaml", format!("{head}{keys}"));
        let ran = sandbox.run(&["run"]);
        ran.exits(2);
        assert!(ran.stderr.contains(message), "{keys}: {}", ran.stderr);
    }
}
