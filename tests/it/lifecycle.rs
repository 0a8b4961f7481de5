//! The kind `lifecycle`, on the embedded reference with the machine's own PostgreSQL.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, Sandbox};

/// A gate of this kind on processes; `extra` are further lines of the file.
fn sandbox(extra: &str) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    let template =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/provisioner/templates/platform-agent");
    for name in ["config.yaml", "system-prompt.md", "prompts/concierge.md"] {
        let content = std::fs::read(template.join(name)).expect("a file of the template");
        sandbox.write(&format!("identity/{name}"), content);
    }
    sandbox.write(
        "gates/life.yaml",
        format!("id: life\nabout: A concierge lives.\nkind: lifecycle\n{extra}"),
    );
    sandbox
}

const PROCESS: &str = "backend: process\nidentity: { path: identity }\n";

const CONTAINERS: &str = "backend: docker\ndeadlines: 3\nidentity: { path: identity }\npostgres: { image: \"driftgate-fixtures/postgres:latest\" }\n";

fn lived(extra: &str, code: i32) -> Value {
    let sandbox = sandbox(extra);
    let ran = sandbox.run(&["run", "life", "--retries", "0", "--output", "json"]);
    let report = ran.json();
    assert_eq!(ran.code, Some(code), "{}", shown(&report));
    report["gates"][0].clone()
}

/// The findings of a report, short enough to read.
fn shown(report: &Value) -> String {
    let gate = &report["gates"][0];
    let findings = gate["findings"].as_array().into_iter().flatten();
    findings
        .map(|finding| format!("{}\n{}\n", finding["message"], finding["diff"]))
        .collect::<String>()
        + &gate["facts"]["outcomes"].to_string()
}

fn codes(gate: &Value) -> Vec<&str> {
    let findings = gate["findings"].as_array().into_iter().flatten();
    findings
        .filter_map(|finding| finding["code"].as_str())
        .filter(|code| *code != "check-not-reached")
        .collect()
}

fn left_out(gate: &Value) -> Vec<&str> {
    let checks = gate["facts"]["checks"].as_array().expect("checks");
    checks
        .iter()
        .filter(|check| check["outcome"] == "left-out")
        .filter_map(|check| check["id"].as_str())
        .collect()
}

#[test]
fn a_whole_life_on_the_reference_passes_every_check_of_the_hardened_profile() {
    let gate = lived(PROCESS, 0);
    assert_eq!(gate["verdict"], "pass");
    let outcomes = &gate["facts"]["outcomes"];
    for none in ["failed", "could-not-look", "not-reached"] {
        assert_eq!(outcomes[none], 0, "{none}");
    }
    // Processes have no daemon that could fail.
    assert_eq!(left_out(&gate), ["daemon-error-is-no-death"]);
    let passed = outcomes["passed"].as_u64().expect("a number");
    assert!(passed > 130, "{passed}");
    assert_eq!(gate["inspected"], passed);
    for check in gate["facts"]["checks"].as_array().expect("checks") {
        if check["outcome"] == "left-out" {
            continue;
        }
        assert!(
            check["evidence"]
                .as_array()
                .is_some_and(|steps| !steps.is_empty()),
            "{} saw nothing",
            check["id"]
        );
    }
    assert!(gate["facts"]["times"]["floor_ms"].as_f64() > Some(0.0));
}

#[test]
fn the_reference_passes_the_core_as_well_and_what_it_is_without_is_listed() {
    let gate = lived(
        &format!(
            "{PROCESS}profile: core\nwithout: [second-instance]\n\
             management_tool: mcp__molecule-platform__provision_workspace\n"
        ),
        0,
    );
    let facts = &gate["facts"];
    assert_eq!(facts["profile"], "core");
    assert_eq!(facts["without"], serde_json::json!(["second-instance"]));
    assert_eq!(
        left_out(&gate),
        [
            "neighbour-comes-online",
            "neighbour-is-labelled-apart",
            "daemon-error-is-no-death",
            "sweep-spares-the-neighbour",
        ]
    );
}

#[test]
fn a_smoke_lane_names_a_few_checks_and_gets_what_they_rest_on() {
    let gate = lived("backend: process\nchecks: [one-platform-root]\n", 0);
    assert_eq!(gate["inspected"], 3);
    assert_eq!(
        gate["facts"]["added"],
        serde_json::json!(["health-answers", "migrations-applied"])
    );
}

/// Runs one check on a runtime that tells one lie.
fn caught(lie: &str, check: &str) {
    let gate = lived(
        &format!(
            "{PROCESS}deadlines: 0.1\nchecks: [{check}]\nsystem:\n  env:\n    \
             PROVISIONER_RUNTIME_ENV: STUB_HEARTBEAT_MS=50,STUB_LIE={lie}\n"
        ),
        1,
    );
    assert_eq!(codes(&gate), [check], "{lie}");
}

/// Runs one check on a server with one fault: it is red by its own code, and by no other.
fn caught_in_server(fault: &str, check: &str) {
    let gate = lived(
        &format!(
            "{PROCESS}deadlines: 0.1\nchecks: [{check}]\nsystem:\n  env: {{ PROVISIONER_FAULT: {fault} }}\n"
        ),
        1,
    );
    assert_eq!(codes(&gate), [check], "{fault}");
}

#[test]
fn a_server_that_loses_the_volume_on_a_restart_is_caught() {
    caught_in_server("restart-drops-config-volume", "restart-keeps-the-volume");
}

#[test]
fn a_runtime_that_wires_its_tools_into_another_file_is_caught() {
    caught("wrong-mcp-file", "wiring-is-additive");
}

#[test]
fn a_runtime_that_throws_away_a_users_entries_is_caught() {
    caught("clobber-user-entries", "wiring-is-additive");
}

#[test]
fn a_runtime_that_promises_a_reply_instead_of_giving_one_is_caught() {
    caught("queued-reply", "agent-replies");
}

#[test]
fn a_runtime_that_does_not_listen_is_caught() {
    caught("deaf-reply", "reply-is-to-the-message");
}

#[test]
fn a_concierge_that_only_says_that_it_used_its_tool_is_caught() {
    caught("pretend-tool-call", "concierge-creates-a-workspace");
}

#[test]
fn a_concierge_with_almost_the_right_tool_never_comes_online() {
    caught("near-miss-tool", "ensure-repairs-the-root");
}

#[test]
fn an_identity_that_differs_by_a_byte_is_caught_with_the_difference() {
    let sandbox = sandbox(&format!("{PROCESS}checks: [identity-is-delivered]\n"));
    sandbox.write("identity/prompts/concierge.md", "Be somebody else.\n");
    let ran = sandbox.run(&["run", "life", "--retries", "0", "--output", "json"]);
    let report = ran.json();
    assert_eq!(ran.code, Some(1), "{}", shown(&report));
    let finding = &report["gates"][0]["findings"][0];
    assert_eq!(finding["code"], "identity-is-delivered");
    let diff = finding["diff"].as_str().expect("evidence");
    assert!(diff.contains("-Be somebody else."), "{diff}");
}

/// Answers every request with the same bytes.
fn parrot(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            // Who hangs up early gets nothing.
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn a_server_that_answers_with_a_page_is_refused() {
    let url = parrot("HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>");
    let gate = lived(&format!("system: {{ url: \"{url}\" }}\n"), 3);
    assert_eq!(gate["verdict"], "refused");
    assert_eq!(codes(&gate), ["answer-malformed"]);
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let gate = lived(
        &format!("system: {{ url: \"http://127.0.0.1:{port}\", ready: {{ within: 1s }} }}\n"),
        4,
    );
    assert_eq!(gate["verdict"], "unreachable");
}

/// What `prove` says of a gate with these checks.
fn proved(checks: &str) -> Value {
    let sandbox = sandbox(&format!("{PROCESS}checks: [{checks}]\n"));
    let ran = sandbox.run(&["prove", "life", "--output", "json"]);
    let report = ran.json();
    assert_eq!(ran.code, Some(0), "{report:#}");
    report
}

#[test]
fn prove_breaks_the_reference_for_a_check_and_for_what_it_rests_on() {
    let report = proved("one-platform-root");
    let protections = report["gates"][0]["protections"]
        .as_array()
        .expect("protections");
    let names: Vec<&str> = protections
        .iter()
        .filter_map(|protection| protection["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "health-answers: unhealthy-health",
            "migrations-applied: migration-forgotten",
            "migrations-applied: migrations-unrecorded",
            "one-platform-root: second-root-allowed",
        ]
    );
    for protection in protections {
        assert_eq!(protection["planted"], true);
        assert_eq!(
            protection["got"],
            serde_json::json!([protection["expected"]])
        );
    }
}

#[test]
fn prove_breaks_what_runtimes_do_and_what_a_restart_keeps() {
    let report = proved("plugin-is-present, restart-keeps-the-volume");
    assert_eq!(report["proved"], report["of"]);
    assert!(report["of"].as_u64() > Some(15), "{report:#}");
}

#[test]
fn prove_says_that_a_system_of_ones_own_cannot_be_broken() {
    let sandbox = sandbox(&format!(
        "{PROCESS}checks: [health-answers]\nsystem:\n  command: [{}, reference-provisioner]\n  env: {{ DATABASE_URL: \"{{{{postgres.url}}}}\", PORT: \"{{{{port}}}}\", PROVISIONER_DRIVER: process, PROVISIONER_STATE_DIR: \"{{{{state}}}}\" }}\n",
        env!("CARGO_BIN_EXE_driftgate")
    ));
    let ran = sandbox.run(&["prove", "life", "--output", "json"]);
    let report = ran.json();
    assert_eq!(ran.code, Some(1), "{report:#}");
    assert_eq!(report["gates"][0]["baseline"], "pass", "{report:#}");
    assert_eq!(report["gates"][0]["protections"][0]["planted"], false);
}

#[test]
fn a_whole_life_in_containers_passes_every_check_that_can_be_made_there() {
    let gate = lived(CONTAINERS, 0);
    let outcomes = &gate["facts"]["outcomes"];
    assert_eq!(
        outcomes["left-out"], 3,
        "only what needs a loopback address"
    );
    assert!(outcomes["passed"].as_u64() > Some(130));
}

#[test]
fn what_a_life_in_containers_only_can_show_is_proved_in_containers() {
    let sandbox = sandbox(&format!("{CONTAINERS}checks: [daemon-error-is-no-death]\n"));
    let only = "--only=daemon-error-is-no-death: ";
    let ran = sandbox.run(&["prove", "life", only, "--output", "json"]);
    let report = ran.json();
    assert_eq!(ran.code, Some(0), "{report:#}");
    assert_eq!(
        (&report["proved"], &report["of"]),
        (&1.into(), &1.into()),
        "{report:#}"
    );
}

#[test]
fn offline_no_image_is_asked_for_anywhere() {
    let registry = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let image = format!(
        "{}/nobody/nothing:1",
        registry.local_addr().expect("an address")
    );
    let sandbox = sandbox(&format!(
        "backend: docker\npostgres: {{ image: \"{image}\" }}\n"
    ));
    let ran = sandbox.run(&[
        "run",
        "life",
        "--offline",
        "--retries",
        "0",
        "--output",
        "json",
    ]);
    let report = ran.exits(4).json();
    assert_eq!(codes(&report["gates"][0]), ["image-missing"]);
    let message = report["gates"][0]["findings"][0]["message"].to_string();
    assert!(message.contains("--offline forbids it"), "{message}");
    registry.set_nonblocking(true).expect("a setting");
    assert!(registry.accept().is_err(), "somebody asked the registry");
}

/// So many lives side by side, each in a sandbox of its own: all green, and none saw another.
fn side_by_side(lives: usize, extra: &str) {
    let sandboxes: Vec<Sandbox> = (0..lives).map(|_| sandbox(extra)).collect();
    let children: Vec<_> = sandboxes
        .iter()
        .map(|sandbox| {
            sandbox
                .command_with_server(&["run", "life", "--retries", "0", "--output", "json"])
                .stdout(std::process::Stdio::piped())
                .spawn()
                .expect("the binary starts")
        })
        .collect();
    let ends: Vec<_> = children
        .into_iter()
        .map(|child| Ran::from(child.wait_with_output().expect("an end")))
        .collect();
    let concierge = |report: &Value| {
        let checks = report["gates"][0]["facts"]["checks"].to_string();
        let (_, name) = checks.split_once("container ws-").expect("a container");
        name[..36].to_owned()
    };
    let reports: Vec<Value> = ends.iter().map(Ran::json).collect();
    for (ran, report) in ends.iter().zip(&reports) {
        assert_eq!(ran.code, Some(0), "{}", shown(report));
        let text = report.to_string();
        let of_others = reports.iter().filter(|other| *other != report);
        for other in of_others.map(concierge) {
            assert!(!text.contains(&other), "{other} was seen by another life");
        }
    }
}

#[test]
fn three_lives_at_once_do_not_see_each_other() {
    side_by_side(3, &format!("{PROCESS}deadlines: 3\n"));
}

#[test]
fn two_lives_at_once_in_containers_do_not_see_each_other() {
    side_by_side(2, CONTAINERS);
}

#[test]
fn a_misspelt_check_is_an_error_of_the_gate_file() {
    let sandbox = sandbox("checks: [one-platform-rot]\n");
    let ran = sandbox.run(&["run"]);
    ran.exits(2);
    assert!(
        ran.stderr.contains("did you mean `one-platform-root`?"),
        "{}",
        ran.stderr
    );
}
