//! Every promise of a gate over an image is proved, without Docker.

use serde_json::Value;

use super::support::{Image, Layer, Packed, archive, gate, oci, pack, world};

#[track_caller]
fn proved(image: &[u8], keys: &str, delivery: &str) -> Vec<String> {
    let sandbox = world(image);
    sandbox.write("gates/image.yaml", gate(keys, delivery));
    let ran = sandbox.run(&["prove", "image", "--offline", "--output", "json"]);
    let report = ran.json();
    let gate = &report["gates"][0];
    let protections = gate["protections"].as_array().expect("protections");
    let unproved: Vec<&Value> = protections
        .iter()
        .filter(|protection| protection["proved"] != true)
        .collect();
    assert!(unproved.is_empty(), "{unproved:#?}");
    ran.exits(0);
    protections
        .iter()
        .map(|protection| protection["name"].as_str().expect("a name").to_owned())
        .collect()
}

const ALL: &str = "archive: image.tar, owner: '0:0', \
    permissions: { files: \"0644\", executables: \"0755\" }, labels: { org.example.owner: platform }, \
    entrypoint: [/opt/app/start.sh], cmd: [--serve], env: { MODE: production }, user: app, \
    workdir: /opt/app, forbidden_files: [\"**/.env\"], forbidden_env: [\"*_TOKEN\"]";

#[test]
fn every_promise_of_a_gate_over_an_archive_is_proved() {
    let names = proved(&archive(&oci(&[&Image::right()])), ALL, "");
    let what: Vec<_> = names
        .iter()
        .map(|name| name.split(" in ").next().expect("a name"))
        .collect();
    insta::assert_debug_snapshot!(what);
}

#[test]
fn the_same_holds_for_packed_archives_and_layouts_and_other_comparisons() {
    let image = Image::right().packed(Packed::Zstd);
    let packed = pack(&archive(&oci(&[&image])), Packed::Gzip);
    proved(&packed, "archive: image.tar", "");
    let keys = "    compare: [{ glob: \"*.yaml\", as: yaml }, { glob: \"**/*.md\", as: text }]\n";
    proved(&packed, "archive: image.tar", keys);
    proved(
        &packed,
        "archive: image.tar",
        "    mode: subset\n    modes: false\n",
    );
}

#[test]
fn a_gate_whose_dest_is_a_symlink_is_proved() {
    let layers = [
        Layer::new()
            .folder("srv/v1")
            .file("srv/v1/config.yaml", "name: one\n")
            .file("srv/v1/prompts/a.md", "a\nb\n")
            .script("srv/v1/start.sh", "#!/bin/sh\n")
            .symlink("srv/v1/latest", "prompts/a.md"),
        Layer::new().symlink("opt/app", "../srv/v1"),
    ];
    let image = archive(&oci(&[&Image::new(&layers)]));
    let names = proved(&image, "archive: image.tar", "");
    assert!(names.len() > 10, "{names:?}");
}

#[test]
fn a_gate_over_a_layout_is_proved() {
    let sandbox = world(b"");
    for (name, bytes) in oci(&[&Image::right()]) {
        sandbox.write(&format!("layout/{name}"), bytes);
    }
    sandbox.write("gates/image.yaml", gate("layout: layout", ""));
    sandbox.run(&["prove", "image", "--offline"]).exits(0);
}
