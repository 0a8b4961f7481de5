//! The command line itself.

use crate::support::Sandbox;

#[test]
fn every_option_can_be_set_by_the_environment() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("one", "")
        .failing("two", "lanes: [nightly]\n");
    let output = sandbox
        .command(&["run"])
        .env("DRIFTGATE_LANE", "nightly")
        .env("DRIFTGATE_OUTPUT", "json,junit=report.xml")
        .env("DRIFTGATE_JOBS", "1")
        .env("DRIFTGATE_FAIL_FAST", "1")
        .env("DRIFTGATE_PARTITION", "slice:2/2")
        .env("DRIFTGATE_ROOT", sandbox.root())
        .current_dir("/")
        .output()
        .expect("the binary starts");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["lane"], "nightly");
    assert_eq!(report["partition"], "slice:2/2");
    assert_eq!(report["gates"][0]["id"], "two");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let output = sandbox
        .command(&["run"])
        .env("DRIFTGATE_ROOT", "")
        .env("DRIFTGATE_LANE", "")
        .env("DRIFTGATE_OUTPUT", "")
        .env("DRIFTGATE_OFFLINE", "")
        .env("DRIFTGATE_TIMEOUT", "")
        .output()
        .expect("the binary starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let ran = sandbox
        .command(&["run"])
        .env("DRIFTGATE_LANE", "nigthly")
        .output();
    let ran = ran.expect("the binary starts");
    assert_eq!(ran.status.code(), Some(2));
}

#[test]
fn the_command_line_outranks_the_environment() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let output = sandbox
        .command(&["run", "--lane", "pr", "--output", "json"])
        .env("DRIFTGATE_LANE", "nightly")
        .env("DRIFTGATE_OUTPUT", "junit")
        .output()
        .expect("the binary starts");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["lane"], "pr");
}

#[test]
fn help_and_version_go_to_standard_output_and_exit_0() {
    let sandbox = Sandbox::new();
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["version"],
        &["run", "--help"],
    ] {
        let ran = sandbox.run(args);
        ran.exits(0);
        assert!(ran.stdout.contains("driftgate"), "{args:?}: {}", ran.stdout);
        assert_eq!(ran.stderr, "", "{args:?}");
    }
    assert_eq!(
        sandbox.run(&["version"]).stdout,
        sandbox.run(&["--version"]).stdout
    );
}

#[test]
fn a_call_without_a_command_is_a_usage_error() {
    let ran = Sandbox::new().run(&[]);
    ran.exits(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("Usage: driftgate"), "{}", ran.stderr);
}

#[test]
fn a_closed_pipe_is_no_error_for_any_command() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    for args in [
        &["list"][..],
        &["explain"],
        &["schema"],
        &["man"],
        &["completions", "bash"],
        &["doctor"],
        &["--help"],
        &["version"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = sandbox
            .command(args)
            .stdout(writer)
            .output()
            .expect("the binary starts");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn completions_of_every_shell_name_the_commands_and_options() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = sandbox.run(&["completions", shell]);
        ran.exits(0);
        for word in ["explain", "fail-fast", "partition"] {
            assert!(ran.stdout.contains(word), "{shell}: {word}");
        }
    }
    sandbox.run(&["completions", "tcsh"]).exits(2);
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let sandbox = Sandbox::new();
    sandbox.run(&["man", "--dir", "pages"]).exits(0);
    for page in ["driftgate.1", "driftgate-run.1", "driftgate-explain.1"] {
        let text = std::fs::read_to_string(sandbox.root().join("pages").join(page))
            .unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(sandbox.run(&["man"]).stdout.contains(".TH driftgate 1"));
}

/// The commands that the help names.
fn commands(sandbox: &Sandbox) -> Vec<String> {
    let help = sandbox.run(&["--help"]).stdout;
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_help_fits_a_terminal_of_80_columns() {
    let sandbox = Sandbox::new();
    let mut calls = vec![vec!["--help".to_owned()], vec!["-h".to_owned()]];
    for command in commands(&sandbox) {
        for flag in ["--help", "-h"] {
            calls.push(vec![command.clone(), flag.to_owned()]);
        }
    }
    assert!(calls.len() > 20, "{calls:?}");
    for call in calls {
        let output = sandbox
            .command(&[])
            .args(&call)
            .env("COLUMNS", "80")
            .output()
            .expect("the binary starts");
        assert_eq!(output.status.code(), Some(0), "{call:?}");
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            assert!(line.chars().count() <= 80, "{call:?}: {line}");
        }
    }
}

#[test]
fn a_report_may_have_a_comma_in_its_name() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    sandbox
        .run(&["run", "--output", "human,json=a,b.json,junit=c.xml"])
        .exits(0);
    for name in ["a,b.json", "c.xml"] {
        assert!(sandbox.root().join(name).is_file(), "{name}");
    }
}
