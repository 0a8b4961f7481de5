//! `driftgate run`: verdicts, exit codes, lanes, shares.

use std::collections::BTreeSet;

use crate::support::Sandbox;

/// The gates of a JSON report as `id verdict`.
fn verdicts(report: &serde_json::Value) -> Vec<String> {
    report["gates"]
        .as_array()
        .expect("gates")
        .iter()
        .map(|gate| {
            format!(
                "{} {}",
                gate["id"].as_str().expect("an id"),
                gate["verdict"].as_str().expect("a verdict")
            )
        })
        .collect()
}

#[test]
fn a_run_in_which_all_pass_exits_0() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "").passing("two", "");
    let ran = sandbox.run(&["run", "--output", "json"]);
    let report = ran.exits(0).json();
    assert_eq!(verdicts(&report), ["one pass", "two pass"]);
    assert_eq!(report["summary"]["exit_code"], 0);
    assert_eq!(report["summary"]["pass"], 2);
    assert!(report["summary"]["inspected"].as_u64() >= Some(4));
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_failure_exits_1_and_outranks_what_was_not_checked() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("one", "")
        .failing("two", "")
        .vacuous("void", "");
    let ran = sandbox.run(&["run", "--output", "json"]);
    let report = ran.exits(1).json();
    assert_eq!(verdicts(&report)[..2], ["one pass", "two fail"]);
    let finding = &report["gates"][1]["findings"][0];
    assert_eq!(finding["code"], "content-differs");
    assert_eq!(finding["level"], "block");
    assert_eq!(finding["locations"][0]["path"], "two/copy/b.txt");
    assert!(
        finding["diff"]
            .as_str()
            .is_some_and(|diff| diff.contains("-also same\n+changed\n")),
        "{finding}"
    );
}

#[test]
fn an_advisory_gate_reports_its_failure_and_the_run_exits_0() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("one", "")
        .failing("two", "severity: advisory\n");
    let ran = sandbox.run(&["run"]);
    ran.exits(0);
    assert!(
        ran.stdout.contains("error[content-differs]"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("note: 1 advisory gate is not green, which changes no exit code"),
        "{}",
        ran.stdout
    );
}

#[test]
fn gates_of_other_lanes_are_skipped_and_say_so() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("always", "")
        .failing("nightly", "lanes: [nightly]\nrequired: true\n");
    let ran = sandbox.run(&["run", "--lane", "pr", "--output", "json"]);
    let report = ran.exits(0).json();
    assert_eq!(verdicts(&report), ["always pass", "nightly skipped"]);
    assert_eq!(report["gates"][1]["reason"], "not in lane pr");
    assert_eq!(report["lane"], "pr");
    sandbox.run(&["run", "--lane", "nightly"]).exits(1);
}

#[test]
fn a_lane_without_gates_is_not_green() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("nightly", "lanes: [nightly]\n");
    let ran = sandbox.run(&["run", "--lane", "pr"]);
    ran.exits(3);
    assert!(
        ran.stdout
            .contains("note: nothing was checked: no gate runs in lane pr"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_gate_that_is_named_runs_whatever_its_lane_and_the_others_do_not() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("nightly", "lanes: [nightly]\n")
        .failing("other", "");
    let ran = sandbox.run(&["run", "nightly", "--output", "json"]);
    assert_eq!(verdicts(&ran.exits(0).json()), ["nightly pass"]);
}

#[test]
fn a_gate_that_is_not_there_is_a_usage_error_with_the_nearest_name() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("workspace-kind", "");
    let ran = sandbox.run(&["run", "workspace-kinds"]);
    ran.exits(2);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "error: no gate is named `workspace-kinds`\n  help: did you mean `workspace-kind`?\n"
    );
}

#[test]
fn shares_hold_every_gate_exactly_once_and_an_empty_share_is_green() {
    let sandbox = Sandbox::with_settings();
    for id in ["one", "two", "three"] {
        sandbox.passing(id, "");
    }
    sandbox.passing("four", "lanes: [nightly]\n");
    for how in ["slice", "hash"] {
        let mut seen = Vec::new();
        for share in 1..=5 {
            let ran = sandbox.run(&[
                "run",
                "--output",
                "json",
                "--partition",
                &format!("{how}:{share}/5"),
            ]);
            let report = ran.exits(0).json();
            assert_eq!(report["partition"], format!("{how}:{share}/5"));
            seen.extend(verdicts(&report));
        }
        let once: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!(seen.len(), 4, "{seen:?}");
        assert_eq!(
            once.into_iter().collect::<Vec<_>>(),
            ["four skipped", "one pass", "three pass", "two pass"]
        );
    }
}

#[test]
fn an_empty_share_says_that_others_have_the_work() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let ran = sandbox.run(&["run", "--partition", "slice:2/2"]);
    ran.exits(0);
    assert!(
        ran.stdout
            .contains("note: no gate falls into slice:2/2; 1 run in other shares"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_share_of_nothing_is_not_green() {
    let sandbox = Sandbox::with_settings();
    sandbox.run(&["run", "--partition", "slice:2/2"]).exits(3);
}

#[test]
fn any_number_of_jobs_reports_the_same_in_the_same_order() {
    let sandbox = Sandbox::with_settings();
    for n in 0..12 {
        let id = format!("gate-{n:02}");
        if n % 5 == 2 {
            sandbox.failing(&id, "");
        } else {
            sandbox.passing(&id, "");
        }
    }
    let run = |jobs| {
        let ran = sandbox.run(&["run", "--jobs", jobs, "--output", "json"]);
        let mut report = ran.exits(1).json();
        for gate in report["gates"].as_array_mut().expect("gates") {
            gate["duration_ms"] = 0.into();
        }
        report["gates"].take()
    };
    let alone = run("1");
    assert_eq!(run("2"), alone);
    assert_eq!(run("12"), alone);
}

#[test]
fn fail_fast_with_one_job_starts_nothing_after_the_first_failure() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .failing("a", "")
        .passing("b", "")
        .passing("c", "required: true\n");
    let ran = sandbox.run(&["run", "--fail-fast", "--jobs", "1", "--output", "json"]);
    let report = ran.exits(1).json();
    assert_eq!(verdicts(&report), ["a fail", "b skipped", "c refused"]);
}

#[test]
fn a_shortened_diff_tells_where_the_rest_is_and_diff_shows_it() {
    let sandbox = Sandbox::with_settings();
    let lines = |prefix: &str| -> String { (0..60).map(|n| format!("{prefix} {n}\n")).collect() };
    sandbox
        .passing("long", "")
        .write("long/source/a.txt", lines("old"))
        .write("long/copy/a.txt", lines("new"));
    let ran = sandbox.run(&["run"]);
    ran.exits(1);
    assert!(
        ran.stdout.contains("more lines: driftgate diff long"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("+new 59"), "{}", ran.stdout);
    let ran = sandbox.run(&["diff", "long"]);
    ran.exits(1);
    assert!(ran.stdout.contains("-old 0\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("+new 59\n"), "{}", ran.stdout);
}

#[test]
fn the_diff_of_a_green_gate_says_that_there_is_none() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let ran = sandbox.run(&["diff", "one"]);
    ran.exits(0);
    assert!(ran.stdout.starts_with("one: pass, "), "{}", ran.stdout);
    assert!(
        ran.stdout.ends_with("inspected, no differences\n"),
        "{}",
        ran.stdout
    );
}
