//! A root with a source, and a gate over what a server gives.

use std::io::Write as _;

use serde_json::Value;

use crate::support::{Ran, Sandbox};

pub const CONFIG: &str = "name: one\nmodel: large\n";
pub const PROMPT: &str = "a\nb\n";

/// A gate over assets; `assets` are keys of `assets`, `delivery` of the delivery.
pub fn gate(assets: &str, delivery: &str) -> String {
    format!(
        "id: assets\nabout: The assets equal their template.\nkind: delivery\nsource: {{ path: source }}\n\
         deliveries:\n  - name: served\n    assets:\n      allow: [config.yaml, \"prompts/**\"]\n{assets}{delivery}"
    )
}

/// A root whose source has a config and a prompt, with a gate.
pub fn world(assets: &str) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox
        .write("source/config.yaml", CONFIG)
        .write("source/prompts/a.md", PROMPT)
        .write("gates/assets.yaml", gate(assets, ""));
    sandbox
}

/// Settles as fast as a test likes, and within a time that no machine needs.
pub const FAST: &str = "      settle: { every: 20ms, within: 60s }\n";
/// The first look counts.
pub const ONCE: &str = "      settle: { looks: 1 }\n";

/// Keys for an archive at this URL.
pub fn bundle(url: &str) -> String {
    format!("      bundle: \"{url}\"\n")
}

/// Keys for the list at `/list` of a server, whose files are below `/files`.
pub fn listing(url: &str) -> String {
    format!("      listing: {{ url: \"{url}/list\", files: \"files/{{path}}\" }}\n")
}

/// A tar archive of these files.
pub fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, content.as_bytes())
            .expect("written");
    }
    builder.into_inner().expect("written")
}

/// What the source has, as an archive.
pub fn right() -> Vec<u8> {
    tar(&[("config.yaml", CONFIG), ("prompts/a.md", PROMPT)])
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("written")
}

pub fn report(ran: &Ran) -> Value {
    ran.json()["gates"][0].clone()
}

pub fn codes(gate: &Value) -> Vec<&str> {
    let findings = gate["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

/// Runs the gate without trying again.
pub fn run(sandbox: &Sandbox) -> Ran {
    sandbox.run(&["run", "assets", "--retries", "0", "--output", "json"])
}

/// Runs the gate, and demands exactly these findings.
#[track_caller]
pub fn finds(sandbox: &Sandbox, expected: &[&str]) -> Value {
    let ran = run(sandbox);
    let gate = report(&ran);
    assert_eq!(codes(&gate), expected, "{gate:#}");
    ran.exits(i32::from(!expected.is_empty()));
    gate
}

/// Runs the gate, and demands that it ends so, with this code alone; returns the message.
#[track_caller]
pub fn ends(sandbox: &Sandbox, verdict: &str, code: &str) -> String {
    let ran = run(sandbox);
    let gate = report(&ran);
    assert_eq!(gate["verdict"], verdict, "{gate:#}");
    assert_eq!(codes(&gate), [code], "{gate:#}");
    ran.exits(if verdict == "unreachable" { 4 } else { 3 });
    gate["findings"][0]["message"]
        .as_str()
        .expect("a message")
        .to_owned()
}
