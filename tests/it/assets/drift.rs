//! What arrives is compared in both directions, as a folder would be.

use serde_json::json;

use super::server::{Reply, Server};
use super::support::{
    CONFIG, ONCE, PROMPT, bundle, codes, finds, gate, listing, report, right, run, tar, world,
};

/// A world whose archive comes over HTTP, once.
fn served(files: &[(&str, &str)]) -> (crate::support::Sandbox, Server) {
    let server = Server::of(&[("/b.tar", &tar(files))]);
    let sandbox = world(&(bundle(&format!("{}/b.tar", server.url())) + ONCE));
    (sandbox, server)
}

#[test]
fn a_bundle_that_equals_its_source_passes_and_tells_what_was_received() {
    let server = Server::of(&[("/b.tar", &right())]);
    let sandbox = world(&bundle(&format!("{}/b.tar", server.url())));
    let gate = finds(&sandbox, &[]);
    assert_eq!(gate["inspected"], 2);
    let facts = &gate["facts"]["deliveries"][0];
    assert_eq!(facts["channel"], "assets");
    assert_eq!(facts["from"], "bundle");
    assert_eq!(facts["received_files"], 2);
    assert_eq!(facts["received_bytes"], CONFIG.len() + PROMPT.len());
    assert_eq!(facts["compared"], 2);
    // It is looked at twice, for it may still be on its way.
    assert_eq!(facts["looks"], 2);
    assert_eq!(server.count("/b.tar"), 2);
}

#[test]
fn drift_in_either_direction_is_found_and_shown() {
    let (sandbox, server) = served(&[("config.yaml", CONFIG), ("prompts/b.md", "b\n")]);
    let gate = finds(&sandbox, &["not-delivered", "not-in-source"]);
    let here = format!("{}/b.tar:prompts/a.md", server.url());
    assert_eq!(gate["findings"][0]["locations"][0]["path"], here);
    assert_eq!(
        gate["findings"][0]["locations"][1]["path"],
        "source/prompts/a.md"
    );
    let (sandbox, _server) = served(&[("config.yaml", CONFIG), ("prompts/a.md", "a\nB\n")]);
    let gate = finds(&sandbox, &["content-differs"]);
    let diff = gate["findings"][0]["diff"].as_str().expect("a diff");
    assert!(diff.ends_with("@@ -1,2 +1,2 @@\n a\n-b\n+B\n"), "{diff}");
}

#[test]
fn diff_shows_what_a_server_changed() {
    let (sandbox, _server) = served(&[("config.yaml", CONFIG), ("prompts/a.md", "a\nB\n")]);
    let ran = sandbox.run(&["diff", "assets"]);
    assert!(ran.stdout.contains("-b\n   +B\n"), "{}", ran.stdout);
}

#[test]
fn an_emptied_file_is_found_though_it_is_there() {
    let (sandbox, _server) = served(&[("config.yaml", ""), ("prompts/a.md", PROMPT)]);
    finds(&sandbox, &["empty-file"]);
}

#[test]
fn a_file_beside_the_allow_list_is_found_and_the_sources_own_files_beside_it_are_not_missed() {
    let (sandbox, _server) = served(&[
        ("config.yaml", CONFIG),
        ("prompts/a.md", PROMPT),
        ("CLAUDE.md", "be kind\n"),
    ]);
    sandbox.write("source/Dockerfile", "FROM scratch\n");
    let gate = finds(&sandbox, &["asset-not-allowed"]);
    let message = gate["findings"][0]["message"].as_str().expect("a message");
    assert!(message.starts_with("CLAUDE.md is delivered"), "{message}");
}

#[test]
fn an_entry_of_the_allow_list_that_nothing_needs_is_found() {
    let (sandbox, server) = served(&[("config.yaml", CONFIG), ("prompts/a.md", PROMPT)]);
    let more = gate(&(bundle(&format!("{}/b.tar", server.url())) + ONCE), "")
        .replace("[config.yaml, ", "[config.yaml, agent-skills/, ");
    sandbox.write("gates/assets.yaml", more);
    finds(&sandbox, &["allowance-unused"]);
}

#[test]
fn names_that_differ_in_case_alone_are_found_unless_the_source_has_both() {
    let files = [
        ("config.yaml", CONFIG),
        ("prompts/A.md", PROMPT),
        ("prompts/a.md", PROMPT),
    ];
    let (sandbox, _server) = served(&files);
    finds(&sandbox, &["case-twins"]);
    sandbox.write("source/prompts/A.md", PROMPT);
    finds(&sandbox, &[]);
    let (sandbox, _server) = served(&[("config.yaml", CONFIG), ("prompts/A.md", PROMPT)]);
    finds(&sandbox, &["case-differs"]);
}

#[test]
fn renames_allowances_and_ways_of_comparing_hold_as_for_a_folder() {
    let server = Server::of(&[(
        "/b.tar",
        &tar(&[
            ("config.yaml", "model: large\nname: 'one'\n"),
            ("prompts/system.md", PROMPT),
            ("prompts/local.md", "local\n"),
        ]),
    )]);
    let sandbox = world("");
    let keys = bundle(&format!("{}/b.tar", server.url())) + ONCE;
    let delivery = "    compare: [{ glob: '*.yaml', as: yaml }]\n    rename: { prompts/a.md: prompts/system.md }\n    allow_extra: [prompts/local.md]\n";
    sandbox.write("gates/assets.yaml", gate(&keys, delivery));
    finds(&sandbox, &[]);
}

#[test]
fn the_executable_bit_counts_in_an_archive_and_not_in_a_list() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, _server) = served(&[("config.yaml", CONFIG), ("prompts/a.md", PROMPT)]);
    let prompt = sandbox.root().join("source/prompts/a.md");
    std::fs::set_permissions(&prompt, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    finds(&sandbox, &["mode-differs"]);
    let server = Server::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        "/files/config.yaml" => Reply::ok(CONFIG),
        _ => Reply::ok(PROMPT),
    });
    sandbox.write(
        "gates/assets.yaml",
        gate(&(listing(&server.url()) + ONCE), ""),
    );
    finds(&sandbox, &[]);
}

#[test]
fn a_broken_delivery_does_not_keep_the_gate_from_the_other_one() {
    let server = Server::of(&[("/b.tar", &right())]);
    let sandbox = world("");
    let both = gate(
        &(bundle(&format!("{}/b.tar", server.url())) + ONCE),
        "  - directory: copy\n",
    );
    sandbox.write("gates/assets.yaml", both);
    let gate = report(&run(&sandbox));
    assert_eq!(codes(&gate), ["subject-missing"], "{gate:#}");
    assert_eq!(gate["inspected"], 2);
}
