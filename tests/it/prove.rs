//! `driftgate prove` on the sample organisation, whole and sabotaged.

use std::path::PathBuf;

use driftgate::context::Environment;
use driftgate::demo::Organisation;
use serde_json::Value;

use crate::support::{Ran, Sandbox};

/// The sample organisation, synced, in a sandbox of its own.
struct World {
    sandbox: Sandbox,
    core: PathBuf,
}

impl World {
    fn new() -> Self {
        let world = Self::without_sync();
        world.run(&["sync"]).exits(0);
        world
    }

    fn without_sync() -> Self {
        let sandbox = Sandbox::new();
        let base = sandbox.path().join("organisation");
        std::fs::create_dir(&base).expect("a folder");
        let core = Organisation::make(&base, &Environment::of_process())
            .expect("made")
            .core;
        Self { sandbox, core }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let output = self
            .sandbox
            .command(args)
            .current_dir(&self.core)
            .output()
            .expect("the binary starts");
        Ran::from(output)
    }

    /// Replaces text in a file of the core, which must be there.
    fn edit(&self, path: &str, from: &str, to: &str) {
        let path = self.core.join(path);
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{from:?} is not in {text}");
        std::fs::write(&path, text.replacen(from, to, 1)).expect("written");
    }

    fn append(&self, path: &str, more: &str) {
        let path = self.core.join(path);
        let text = std::fs::read_to_string(&path).expect("a file");
        std::fs::write(&path, text + more).expect("written");
    }
}

fn gate<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["gates"]
        .as_array()
        .expect("gates")
        .iter()
        .find(|gate| gate["id"] == id)
        .unwrap_or_else(|| panic!("no gate {id} in {report:#}"))
}

fn protections(gate: &Value) -> &[Value] {
    gate["protections"].as_array().expect("protections")
}

fn unproved(gate: &Value) -> Vec<&str> {
    protections(gate)
        .iter()
        .filter(|protection| protection["proved"] == false)
        .map(|protection| protection["name"].as_str().expect("a name"))
        .collect()
}

#[test]
fn every_protection_of_the_sample_organisation_is_proved() {
    let world = World::new();
    let ran = world.run(&["prove", "--offline", "--output", "json"]);
    let report = ran.json();
    let gates = report["gates"].as_array().expect("gates");
    assert_eq!(gates.len(), 6);
    for gate in gates {
        assert_eq!(gate["baseline"], "pass", "{gate:#}");
        assert!(!protections(gate).is_empty(), "{gate:#}");
        assert_eq!(unproved(gate), Vec::<&str>::new(), "{gate:#}");
        for protection in protections(gate) {
            assert_eq!(protection["planted"], true);
            assert_eq!(
                protection["got"],
                serde_json::json!([protection["expected"]])
            );
        }
    }
    assert_eq!(report["proved"], report["of"]);
    ran.exits(0);
}

#[test]
fn the_report_fits_its_published_schema() {
    let world = World::new();
    let ran = world.run(&["prove", "--offline", "--output=json"]);
    let schema = world.run(&["schema", "prove"]).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&ran.json())
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn proving_touches_nothing() {
    let world = World::new();
    let before = crate::support::git(&world.core, &["status", "--porcelain"]);
    world.run(&["prove", "--offline"]).exits(0);
    let after = crate::support::git(&world.core, &["status", "--porcelain"]);
    assert_eq!(after, before);
}

#[test]
fn people_read_a_line_a_gate() {
    let world = World::new();
    let ran = world.run(&["prove", "--offline", "vendored-prompts"]);
    ran.exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let [gate, total] = lines.as_slice() else {
        panic!("{}", ran.stdout);
    };
    let (_, counts) = gate
        .split_once("vendored-prompts  proved ")
        .expect("a line about the gate");
    let (proved, of) = counts.split_once(" of ").expect("two numbers");
    assert_eq!(proved, of);
    assert_eq!(
        *total,
        format!("{of} of {of} protections proved; 1 of 1 gates can fail as they promise")
    );
}

#[test]
fn a_waiver_that_hides_a_code_leaves_its_protections_unproved() {
    let world = World::new();
    let prompts = "workspace-server/assets/concierge/prompts";
    world.append(&format!("{prompts}/handover.md"), "\nAnd be quick.\n");
    world.append(
        "gates/vendored-prompts.yaml",
        "waivers:\n  - { code: content-differs, reason: being mended, until: \"2999-12-31\" }\n",
    );
    let ran = world.run(&["prove", "--offline", "vendored-prompts", "--output=json"]);
    ran.exits(1);
    let report = ran.json();
    let gate = gate(&report, "vendored-prompts");
    assert_eq!(gate["baseline"], "pass");
    let hidden: Vec<&Value> = protections(gate)
        .iter()
        .filter(|protection| protection["expected"] == "content-differs")
        .collect();
    assert!(!hidden.is_empty());
    for protection in hidden {
        assert_eq!(protection["proved"], false, "{protection:#}");
        assert_eq!(protection["got"], serde_json::json!([]));
        assert_eq!(
            protection["reason"],
            "still green: expected content-differs, got nothing"
        );
    }
}

#[test]
fn a_red_gate_is_reported_as_it_stands_and_nothing_is_planted() {
    let world = World::new();
    world.edit(
        "canvas/src/lib/workspace-kind.ts",
        "\"platform\"",
        "\"concierge\"",
    );
    let ran = world.run(&["prove", "--offline", "--output=json"]);
    ran.exits(1);
    let report = ran.json();
    let red = gate(&report, "workspace-kind");
    assert_eq!(red["baseline"], "fail");
    assert_eq!(protections(red), &[] as &[Value]);
    let reason = red["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("red as it stands: "), "{reason}");
    assert!(
        reason.contains("canvas/src/lib/workspace-kind.ts"),
        "{reason}"
    );
    // The others are proved all the same.
    assert_eq!(
        unproved(gate(&report, "vendored-prompts")),
        Vec::<&str>::new()
    );
}

#[test]
fn a_gate_without_its_source_is_refused_and_not_proved() {
    let world = World::without_sync();
    std::fs::remove_dir_all(world.core.parent().expect("a base").join("repositories"))
        .expect("removed");
    let ran = world.run(&["prove", "--offline", "vendored-prompts", "--output=json"]);
    ran.exits(3);
    assert_eq!(gate(&ran.json(), "vendored-prompts")["baseline"], "refused");
}

#[test]
fn a_gate_that_leaves_a_delivered_file_out_is_red_before_anything_is_planted() {
    let world = World::new();
    world.edit(
        "gates/concierge-identity.yaml",
        " identity-fallback.sh,",
        "",
    );
    let ran = world.run(&["prove", "--offline", "concierge-identity", "--output=json"]);
    ran.exits(1);
    let report = ran.json();
    let gate = gate(&report, "concierge-identity");
    assert_eq!(gate["baseline"], "fail");
    let reason = gate["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("not-in-source") && reason.contains("identity-fallback.sh"),
        "{reason}"
    );
}

#[test]
fn constants_are_proved_in_the_alphabet_that_their_pattern_reads() {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "")
        .write("package.toml", "[package]\nversion = \"1.2.3\"\n")
        .write("guide.md", "This is version 1.2.3\nv1.2.3!\n")
        .write(
            "gates/version.yaml",
            r#"id: version
about: The guide names the version of the package.
kind: constants
canonical: { name: package, toml: package.toml, path: package.version }
mirrors:
  - { name: prose, regex: guide.md, pattern: "version ([0-9.]+)" }
  - { name: banner, regex: guide.md, pattern: 'v([0-9]+\.[0-9]+\.[0-9]+)!' }
"#,
        );
    let ran = sandbox.run(&["prove", "--output=json"]);
    let report = ran.json();
    let gate = gate(&report, "version");
    assert_eq!(unproved(gate), Vec::<&str>::new(), "{gate:#}");
    for side in ["package", "prose", "banner"] {
        let name = format!("changed member: {side}");
        assert!(protections(gate).iter().any(|p| p["name"] == *name));
    }
    ran.exits(0);
}

#[test]
fn a_member_lost_to_a_subset_or_a_superset_is_found_by_its_old_value() {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "")
        .write(
            "kinds.ts",
            "export const KINDS = [\"workspace\", \"platform\"];\n",
        )
        .write(
            "more.ts",
            "export const MORE = [\"workspace\", \"platform\", \"mock\"];\n",
        );
    for (id, relation, canonical, mirror) in [
        (
            "wider",
            "superset",
            "kinds.ts, array: KINDS",
            "more.ts, array: MORE",
        ),
        (
            "narrower",
            "subset",
            "more.ts, array: MORE",
            "kinds.ts, array: KINDS",
        ),
    ] {
        let gate = format!(
            "id: {id}\nabout: One holds the other.\nkind: constants\n\
             canonical: {{ name: one, typescript: {canonical} }}\n\
             mirrors:\n  - {{ name: other, typescript: {mirror}, relation: {relation} }}\n"
        );
        sandbox.write(&format!("gates/{id}.yaml"), gate);
    }
    let ran = sandbox.run(&["prove", "--output=json"]);
    let report = ran.json();
    for (id, changed, code) in [
        ("wider", "changed member: other", "constants-missing"),
        ("narrower", "changed member: one", "constants-unexpected"),
    ] {
        let gate = gate(&report, id);
        assert_eq!(unproved(gate), Vec::<&str>::new(), "{gate:#}");
        let found = protections(gate).iter().find(|p| p["name"] == changed);
        assert_eq!(found.expect("a protection")["expected"], code);
    }
    ran.exits(0);
}

#[test]
fn a_new_file_that_the_ignore_file_would_keep_out_is_promised_as_ignored() {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "")
        .write("template/config.yaml", "a: 1\n")
        .write("template/GUIDE.md", "Read me.\n")
        .write(".dockerignore", "**/*.md\n!**/GUIDE.md\n")
        .write("Dockerfile", "FROM scratch\nCOPY bundle/ /opt/t/\n")
        .write(
            "gates/image.yaml",
            "id: image\nabout: The image has the template.\nkind: delivery\n\
             source: { path: template }\ndeliveries:\n  \
             - { dockerfile: Dockerfile, source_path: bundle, dest: /opt/t }\n",
        );
    let ran = sandbox.run(&["prove", "--output=json"]);
    let report = ran.json();
    let gate = gate(&report, "image");
    assert_eq!(unproved(gate), Vec::<&str>::new(), "{gate:#}");
    let extra = protections(gate)
        .iter()
        .find(|p| p["name"] == "extra file in the source: driftgate-planted.md")
        .unwrap_or_else(|| panic!("{gate:#}"));
    assert_eq!(extra["expected"], "ignored");
    ran.exits(0);
}

#[test]
fn a_source_that_comes_through_another_stage_is_proved_as_well() {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "")
        .write("template/config.yaml", "a: 1\n")
        .write(
            "Dockerfile",
            "FROM alpine AS files\nARG TEMPLATE=bundle\nCOPY ${TEMPLATE} /out/t/\n\
             FROM scratch\nCOPY --from=files /out/t /opt/t\n",
        )
        .write(
            "gates/image.yaml",
            "id: image\nabout: The image has the template.\nkind: delivery\n\
             source: { path: template }\ndeliveries:\n  \
             - { dockerfile: Dockerfile, source_arg: TEMPLATE, dest: /opt/t }\n",
        );
    let ran = sandbox.run(&["prove", "--output=json"]);
    let report = ran.json();
    let gate = gate(&report, "image");
    assert_eq!(unproved(gate), Vec::<&str>::new(), "{gate:#}");
    let dropped = protections(gate).iter().find(|p| {
        p["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("dropped COPY"))
    });
    assert_eq!(dropped.expect("a protection")["expected"], "pin");
    ran.exits(0);
}

#[test]
fn two_shares_prove_together_what_one_run_proves() {
    let world = World::new();
    let proved = |partition: &[&str]| {
        let args = [&["prove", "--offline", "--output=json"], partition].concat();
        let report = world.run(&args).exits(0).json();
        let gates = report["gates"].as_array().expect("gates");
        let ids: Vec<String> = gates.iter().map(|gate| gate["id"].to_string()).collect();
        ids
    };
    let mut shares = proved(&["--partition", "slice:1/2"]);
    shares.extend(proved(&["--partition", "slice:2/2"]));
    shares.sort_unstable();
    assert_eq!(shares, proved(&[]));
}

#[test]
fn a_gate_of_another_lane_is_named_as_skipped_and_proves_nothing() {
    let world = World::new();
    for gate in ["delivery-mode", "workspace-kind"] {
        world.edit(
            &format!("gates/{gate}.yaml"),
            "kind: constants",
            "kind: constants\nlanes: [nightly]",
        );
    }
    let ran = world.run(&["prove", "--offline", "--lane=pr", "--output=json"]);
    ran.exits(0);
    let report = ran.json();
    let skipped = gate(&report, "delivery-mode");
    assert_eq!(skipped["baseline"], "skipped");
    assert_eq!(skipped["reason"], "skipped: not in lane pr");
    // Named, it is proved whatever its lane.
    let named = world.run(&["prove", "--offline", "--lane=pr", "delivery-mode"]);
    named.exits(0);
}

#[test]
fn no_gates_prove_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("driftgate.yaml", "");
    let ran = sandbox.run(&["prove"]);
    ran.exits(3);
    assert_eq!(
        ran.stdout,
        "nothing was proved: there was no gate to prove\n"
    );
}

#[test]
fn a_gate_that_does_not_exist_is_a_usage_error() {
    let world = World::without_sync();
    let ran = world.run(&["prove", "vendored-prompt"]);
    ran.exits(2);
    assert!(
        ran.stderr.contains("did you mean `vendored-prompts`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_format_without_proofs_is_a_usage_error_that_runs_nothing() {
    let world = World::without_sync();
    let ran = world.run(&["prove", "--output=junit"]);
    ran.exits(2);
    assert_eq!(
        ran.stderr,
        "error: proofs are not written as junit\n  help: one of: human, json\n"
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn the_human_report_and_the_json_file_come_from_one_run() {
    let world = World::new();
    let ran = world.run(&[
        "prove",
        "--offline",
        "delivery-mode",
        "--output=human",
        "--output=json=proofs.json",
    ]);
    ran.exits(0);
    let json = std::fs::read_to_string(world.core.join("proofs.json")).expect("a report");
    let report: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(report["schema"], "driftgate.prove.v1");
    assert!(
        ran.stdout
            .contains(&format!("proved {} of {}", report["proved"], report["of"])),
        "{}",
        ran.stdout
    );
}
