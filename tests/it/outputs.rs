//! Reports: formats, places, several at once.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::support::Sandbox;

#[test]
fn several_reports_of_one_run_tell_the_same() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "").failing("two", "");
    let ran = sandbox.run(&[
        "run",
        "--output",
        "human",
        "--output",
        "json=report.json",
        "--output",
        "junit=report.xml",
    ]);
    ran.exits(1);
    assert!(
        ran.stdout.contains("2 gates: 1 pass, 1 fail;"),
        "{}",
        ran.stdout
    );
    let read = |name: &str| std::fs::read_to_string(sandbox.root().join(name)).expect("a report");
    let json: serde_json::Value = serde_json::from_str(&read("report.json")).expect("JSON");
    assert_eq!(json["summary"]["fail"], 1);
    let junit = quick_junit::Report::deserialize_from_str(&read("report.xml")).expect("JUnit");
    assert_eq!((junit.tests, junit.failures), (2, 1));
}

#[test]
fn an_advisory_gate_is_no_failure_in_junit_and_tells_its_verdict_all_the_same() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .failing("advice", "severity: advisory\n")
        .passing("one", "");
    let ran = sandbox.run(&["run", "--output", "junit"]);
    ran.exits(0);
    let junit = quick_junit::Report::deserialize_from_str(&ran.stdout).expect("JUnit");
    assert_eq!((junit.tests, junit.failures, junit.errors), (2, 0, 0));
    let suite = &junit.test_suites[0];
    assert!(suite.timestamp.is_some(), "{}", ran.stdout);
    let advice = &suite.test_cases[0];
    let properties: Vec<_> = advice
        .properties
        .iter()
        .map(|property| (property.name.as_str(), property.value.as_str()))
        .collect();
    assert_eq!(properties, [("severity", "advisory"), ("verdict", "fail")]);
    let said = advice.system_out.as_ref().expect("what was found").as_str();
    assert!(said.contains("error[content-differs]"), "{said}");
}

#[test]
fn a_json_report_of_a_real_run_is_valid_by_the_schema_that_the_binary_prints() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("one", "")
        .failing("two", "")
        .vacuous("void", "")
        .passing("night", "lanes: [nightly]\n");
    let schema = sandbox.run(&["schema", "report"]).exits(0).json();
    let report = sandbox.run(&["run", "--output", "json"]).exits(1).json();
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let problems: Vec<_> = validator
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn two_reports_to_one_place_are_a_usage_error() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let ran = sandbox.run(&["run", "--output", "human", "--output", "json"]);
    ran.exits(2);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "error: two reports go to standard output\n  help: give one of them a path: --output json=report.json\n"
    );
    let ran = sandbox.run(&["run", "--output", "json=r", "--output", "junit=r"]);
    ran.exits(2);
    assert!(
        ran.stderr.starts_with("error: two reports go to r\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_report_that_cannot_be_created_stops_the_run_before_it_begins() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let ran = sandbox.run(&["run", "--output", "json=missing/report.json"]);
    ran.exits(2);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .starts_with("error: failed to create report missing/report.json: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_report_replaces_the_one_before_and_leaves_nothing_beside_it() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "").write("out/report.json", "old");
    sandbox
        .run(&["run", "--output", "json=out/report.json"])
        .exits(0);
    let names: Vec<_> = std::fs::read_dir(sandbox.root().join("out"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["report.json"]);
    let report = sandbox.root().join("out/report.json");
    let mode = report.metadata().expect("a report").permissions().mode();
    assert_eq!(mode & 0o600, 0o600);
    assert!(
        std::fs::read_to_string(report)
            .expect("a report")
            .contains("driftgate.report.v1")
    );
}

#[test]
fn a_device_is_written_to_and_never_replaced() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    sandbox.run(&["run", "--output", "json=/dev/null"]).exits(0);
    assert!(!std::path::Path::new("/dev/null").is_file());
}

#[test]
fn a_full_disk_never_turns_into_green() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let full = || {
        OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("the device")
    };
    for format in ["human", "json", "junit"] {
        let output = sandbox
            .command(&["run", "--output", format])
            .stdout(full())
            .output()
            .expect("the binary starts");
        assert_eq!(output.status.code(), Some(2), "{format}");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            stderr.starts_with("error: failed to write the report to standard output: "),
            "{stderr}"
        );
    }
}

#[test]
fn a_reader_that_went_away_changes_no_exit_code_and_no_other_report() {
    let sandbox = Sandbox::with_settings();
    sandbox.failing("one", "");
    for format in ["human", "json", "junit"] {
        let mut child = sandbox
            .command(&["run", "--output", format, "--output", "json=kept.json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
        File::open(sandbox.root().join("kept.json")).expect("the other report");
    }
}

#[test]
fn colours_follow_the_option_and_the_environment() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let coloured = |args: &[&str], variables: &[(&str, &str)]| {
        let output = sandbox
            .command(args)
            .envs(variables.iter().copied())
            .output()
            .expect("the binary starts");
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&["run"], &[]));
    assert!(coloured(&["run", "--color", "always"], &[]));
    assert!(coloured(
        &["run", "--color", "always"],
        &[("NO_COLOR", "1")]
    ));
    assert!(coloured(&["run"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(
        &["run", "--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    assert!(!coloured(
        &["run", "--color", "always", "--output", "json"],
        &[]
    ));
}

#[test]
fn quiet_shows_only_what_is_not_green() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "").failing("two", "");
    let ran = sandbox.run(&["run", "--quiet"]);
    ran.exits(1);
    assert!(!ran.stdout.contains("one"), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("fail"), "{}", ran.stdout);
}
