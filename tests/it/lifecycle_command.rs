//! A server that is a command of the checkout's own, and the gate for the real one.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Sandbox;

/// What a server of the reference's kind is told as a command.
const ENV: &str = "DATABASE_URL: \"{{postgres.url}}\", PORT: \"{{port}}\", ADMIN_TOKEN: \"{{admin_token}}\", \
                   PROVISIONER_DRIVER: process, PROVISIONER_STATE_DIR: \"{{state}}\", SEEN: \"{{root}}/seen\"";

/// A gate with one check on a server that is `./serve` in the folder `server`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox.write(
        "gates/life.yaml",
        format!(
            "id: life\nabout: A server answers.\nkind: lifecycle\nbackend: process\nchecks: [health-answers]\n\
             system:\n  folder: server\n  command: [./serve]\n  env: {{ {ENV} }}\n"
        ),
    );
    sandbox
}

/// Makes `server/serve` a script with this text.
fn script(sandbox: &Sandbox, text: &str) {
    sandbox.write("server/serve", text);
    let path = sandbox.root().join("server/serve");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, mode).expect("a mode");
}

fn run(sandbox: &Sandbox) -> (Option<i32>, Value) {
    let ran = sandbox.run_with_server(&["run", "life", "--retries", "0", "--output", "json"]);
    (ran.code, ran.json()["gates"][0].clone())
}

/// The only finding's message and help.
fn finding(gate: &Value) -> (String, String) {
    let finding = &gate["findings"][0];
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    (text("message"), text("help"))
}

#[test]
fn a_command_is_found_and_started_in_its_folder_of_the_checkout() {
    let sandbox = sandbox();
    let binary = env!("CARGO_BIN_EXE_driftgate");
    script(
        &sandbox,
        &format!("#!/bin/sh\npwd > \"$SEEN\"\nexec {binary} reference-provisioner\n"),
    );
    let (code, gate) = run(&sandbox);
    assert_eq!(code, Some(0), "{gate:#}");
    let seen = std::fs::read_to_string(sandbox.root().join("seen")).expect("the script ran");
    let expected = sandbox.root().join("server").canonicalize();
    assert_eq!(Path::new(seen.trim()), expected.expect("a folder"));
}

#[test]
fn a_command_that_is_not_built_yet_is_refused_by_its_whole_name() {
    let sandbox = sandbox();
    let (code, gate) = run(&sandbox);
    assert_eq!((code, gate["verdict"].as_str()), (Some(3), Some("refused")));
    let (message, help) = finding(&gate);
    assert!(message.contains("there is no folder "), "{message}");
    assert!(help.contains("`folder` is relative to the root"), "{help}");
    sandbox.write("server/README.md", "Nothing is built.\n");
    let (code, gate) = run(&sandbox);
    assert_eq!((code, gate["verdict"].as_str()), (Some(3), Some("refused")));
    let (message, help) = finding(&gate);
    assert!(message.contains("there is no program "), "{message}");
    assert!(message.ends_with("/server/serve"), "{message}");
    assert!(help.contains("build it first"), "{help}");
}

/// The folder with the gates for the real repository.
fn real() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/real/enteros-core")
}

#[test]
fn the_gate_for_the_real_server_says_what_is_missing_where_nothing_is_built() {
    let sandbox = Sandbox::with_settings();
    sandbox.write("core/workspace-server/go.mod", "module server\n");
    let here = real();
    let (config, gates) = (here.join("driftgate.yaml"), here.join("gates"));
    let place = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let ran = sandbox.run_with_server(&[
        "run",
        "concierge-life",
        "--lane",
        "nightly",
        "--root",
        "core",
        "--config",
        &place(&config),
        "--gates",
        &place(&gates),
        "--retries",
        "0",
        "--output",
        "json",
    ]);
    let report = ran.exits(3).json();
    let gate = &report["gates"][0];
    assert_eq!(gate["verdict"], "refused", "{gate:#}");
    let (message, help) = finding(gate);
    // The first of what is missing here, in the order in which it is needed.
    let is_told = message.contains("`redis-server` is not on PATH") && help.contains("install it")
        || message.contains("CORE_CONFIGS_DIR is not set");
    assert!(is_told, "{message} / {help}");
}
