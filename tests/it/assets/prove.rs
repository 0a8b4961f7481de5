//! Every promise of a gate over assets is proved, without the server being told to be wrong.

use serde_json::{Value, json};

use super::server::{Reply, Server};
use super::support::{CONFIG, FAST, ONCE, bundle, gate, gzip, listing, right, tar, world};
use crate::support::Sandbox;

#[track_caller]
fn proved(sandbox: &Sandbox) -> Vec<String> {
    let ran = sandbox.run(&["prove", "assets", "--retries", "0", "--output", "json"]);
    let report = ran.json();
    let gate = &report["gates"][0];
    assert_eq!(gate["baseline"], "pass", "{gate:#}");
    let protections = gate["protections"].as_array().expect("protections");
    let unproved: Vec<&Value> = protections
        .iter()
        .filter(|protection| protection["proved"] != true)
        .collect();
    assert!(unproved.is_empty(), "{unproved:#?}");
    ran.exits(0);
    let name = |protection: &Value| protection["name"].as_str().expect("a name").to_owned();
    protections.iter().map(name).collect()
}

/// Serves a list and its files, each with a tag.
fn tagged(files: &'static [(&str, &str)]) -> Server {
    Server::start(move |asked| {
        let names: Vec<_> = files.iter().map(|(name, _)| name).collect();
        let path = asked.path.trim_start_matches("/files/");
        let reply = match files.iter().find(|(name, _)| *name == path) {
            Some((_, content)) => Reply::ok(content),
            None if path == "/list" => Reply::json(&json!({ "assets": names })),
            None => Reply::status(404),
        };
        reply.header("etag", format!("\"{}\"", asked.path))
    })
}

#[test]
fn every_promise_of_a_gate_over_a_list_is_proved_and_the_server_is_asked_no_more_than_for_a_run() {
    const FILES: &[(&str, &str)] = &[
        ("config.yaml", CONFIG),
        ("prompts/a.md", "You are Atlas.\n"),
        ("prompts/b.md", "b\n"),
    ];
    let server = tagged(FILES);
    let keys =
        listing(&server.url()) + FAST + "      substitutions: { \"{{CONCIERGE_NAME}}\": Atlas }\n";
    let sandbox = world(&keys);
    sandbox
        .write("source/prompts/a.md", "You are {{CONCIERGE_NAME}}.\n")
        .write("source/prompts/b.md", "b\n");
    let names = proved(&sandbox);
    insta::assert_debug_snapshot!(names);
    assert_eq!(
        server.asked().len(),
        8,
        "two looks at a list and three files"
    );
}

#[test]
fn every_promise_of_a_gate_over_a_bundle_is_proved() {
    let archive = gzip(&right());
    let server = Server::start(move |_| Reply::ok(&archive));
    let names = proved(&world(&(bundle(&server.url()) + FAST)));
    insta::assert_debug_snapshot!(names);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn every_promise_of_a_gate_over_an_archive_on_disk_is_proved() {
    let sandbox = world("      archive: a.tar\n");
    sandbox.write("a.tar", right());
    let names = proved(&sandbox);
    insta::assert_debug_snapshot!(names);
    // It is the same from elsewhere.
    let root = sandbox.root();
    let mut command = sandbox.command(&["prove", "assets", "--output", "json", "--root"]);
    let ran = command.arg(&root).current_dir("/").output();
    let ran = crate::support::Ran::from(ran.expect("the binary starts"));
    let report = ran.exits(0).json();
    let elsewhere = report["gates"][0]["protections"].as_array();
    let elsewhere = elsewhere.expect("protections").iter();
    let elsewhere: Vec<_> = elsewhere.filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(elsewhere, names);
}

#[test]
fn other_comparisons_and_a_gate_that_looks_once_are_proved_as_well() {
    let archive = tar(&[("config.yaml", CONFIG), ("prompts/system.md", "a\nb\n")]);
    let server = Server::start(move |_| Reply::ok(&archive));
    let sandbox = world("");
    let delivery = "    compare: [{ glob: '*.yaml', as: yaml }, { glob: '**', as: text }]\n    modes: false\n    rename: { prompts/a.md: prompts/system.md }\n";
    sandbox.write(
        "gates/assets.yaml",
        gate(&(bundle(&server.url()) + ONCE), delivery),
    );
    let names = proved(&sandbox);
    assert!(
        names.iter().any(|name| name.starts_with("duplicate key")),
        "{names:?}"
    );
    assert!(
        !names
            .iter()
            .any(|name| name.contains("comes to rest") || name.contains("mode")),
        "{names:?}"
    );
    sandbox.write(
        "gates/assets.yaml",
        gate(
            &(bundle(&server.url()) + ONCE),
            &format!("{delivery}    mode: subset\n"),
        ),
    );
    let names = proved(&sandbox);
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with("missing file in served")),
        "{names:?}"
    );
}

#[test]
fn two_deliveries_of_one_source_are_proved_together() {
    let archive = right();
    let server = Server::start(move |_| Reply::ok(&archive));
    let sandbox = world("");
    sandbox
        .write("copy/config.yaml", CONFIG)
        .write("copy/prompts/a.md", "a\nb\n")
        .write(
            "gates/assets.yaml",
            gate(&(bundle(&server.url()) + ONCE), "  - directory: copy\n"),
        );
    let names = proved(&sandbox);
    assert!(
        names.iter().any(|name| name == "status 403 in served"),
        "{names:?}"
    );
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("symlink for the folder in copy")),
        "{names:?}"
    );
}
