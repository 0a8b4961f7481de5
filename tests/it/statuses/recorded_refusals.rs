//! Records that are no answer, and questions that cannot be meant.

use serde_json::json;

use super::forge::{HEAD, green};
use super::support::{codes, folder, messages};

#[test]
fn a_key_that_stands_twice_is_no_answer() {
    let sandbox = folder("CI / test\n");
    let twice =
        r#"{"id": 1, "context": "CI / test (push)", "status": "failure", "status": "success"}"#;
    for text in [
        format!(r#"{{"statuses": [{twice}]}}"#),
        format!("[{twice}]"),
        r#"{"statuses": [], "statuses": [{"id": 1, "context": "CI / test (push)", "status": "success"}]}"#
            .to_owned(),
    ] {
        sandbox.write("statuses.json", &text);
        let ran = sandbox.judge(&[]);
        assert_eq!(codes(ran.exits(3)), ["statuses-malformed"], "{text}");
        assert!(messages(&ran).contains("stands twice"), "{}", messages(&ran));
    }
    sandbox.record(&green(&["CI / test (push)"]));
    let twice = format!(
        r#"[{{"id": 1, "user": {{"login": "bob"}}, "state": "APPROVED", "commit_id": "{}", "commit_id": "{HEAD}"}}]"#,
        "0".repeat(40)
    );
    sandbox.write("reviews.json", twice);
    let ran = sandbox.judge(&[
        "--approvals",
        "1",
        "--roster",
        "bob",
        "--reviews",
        "reviews.json",
        "--author",
        "ann",
        "--sha",
        HEAD,
    ]);
    assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
}

#[test]
fn the_first_page_of_several_is_no_record() {
    let sandbox = folder("CI / test\n");
    let statuses = green(&["CI / test (push)"]);
    let record = json!({"sha": HEAD, "total_count": 53, "statuses": statuses});
    sandbox.write("statuses.json", record.to_string());
    let ran = sandbox.judge(&[]);
    assert_eq!(codes(ran.exits(3)), ["statuses-incomplete"]);
}

#[test]
fn nothing_required_and_nothing_readable_is_never_green() {
    let sandbox = folder("# nothing\n# pending-#12\nCI / test\n");
    sandbox.record(&green(&["CI / test (push)"]));
    let parked = sandbox.judge(&[]);
    parked.exits(3);
    assert_eq!(codes(&parked), ["required-empty"]);
    assert!(
        messages(&parked).contains("all 1 entries stand below the pending marker"),
        "{}",
        messages(&parked)
    );
    let sandbox = folder("CI / test\n");
    for text in [
        "",
        "{",
        "<html>Bad gateway</html>",
        "{}",
        "null",
        r#"{"message": "not found"}"#,
        r#"{"statuses": 7}"#,
        r#"{"statuses": [{"context": "CI / test", "status": "success"}]}"#,
        r#"{"statuses": [{"id": 1, "context": "CI / test"}]}"#,
        r#"{"sha": "0000000000000000000000000000000000000000", "statuses": []}"#,
    ] {
        sandbox.write("statuses.json", text);
        let ran = sandbox.judge(&["--sha", HEAD]);
        ran.exits(3);
        assert_eq!(ran.json()["verdict"], "refused", "{text}");
        assert_eq!(ran.json()["mergeable"], false, "{text}");
    }
    std::fs::remove_file(sandbox.root().join("statuses.json")).expect("it is there");
    let gone = sandbox.judge(&[]);
    gone.exits(3);
    assert!(
        gone.stderr.contains("failed to read statuses.json"),
        "{}",
        gone.stderr
    );
}

#[test]
fn what_cannot_be_meant_is_a_wrong_command_line() {
    let sandbox = folder("CI / test\n");
    for args in [
        &["statuses"][..],
        &["statuses", "--required", "required.txt"],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "gitea",
            "--sha",
            HEAD,
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "gitea",
            "--sha",
            HEAD,
            "--repo",
            "o/r",
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "gitlab",
            "--sha",
            HEAD,
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "github",
            "--repo",
            "o",
            "--sha",
            HEAD,
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "github",
            "--repo",
            "o/r",
            "--sha",
            "main",
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "github",
            "--repo",
            "o/r",
        ],
        &[
            "statuses",
            "--context",
            "a",
            "--statuses",
            "x.json",
            "--approvals",
            "1",
        ],
        &[
            "statuses",
            "--post",
            "report.json",
            "--forge",
            "github",
            "--repo",
            "o/r",
        ],
    ] {
        sandbox.run(args).exits(2);
    }
}
