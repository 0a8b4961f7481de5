//! `driftgate schema`.

use crate::support::{Sandbox, gate};

fn schema(what: &[&str]) -> serde_json::Value {
    let sandbox = Sandbox::new();
    let args: Vec<_> = ["schema"].iter().chain(what).copied().collect();
    sandbox.run(&args).exits(0).json()
}

/// A gate file as JSON, which is YAML as well.
fn gate_as_json() -> serde_json::Value {
    serde_json::json!({
        "id": "one",
        "about": "The copy equals its source.",
        "kind": "delivery",
        "source": {"path": "one/source"},
        "deliveries": [{"directory": "one/copy"}],
    })
}

#[test]
fn the_schema_of_gate_files_accepts_what_is_read_and_refuses_what_is_not() {
    let schema = schema(&[]);
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    assert!(validator.is_valid(&gate_as_json()));
    let mut unknown_key = gate_as_json();
    unknown_key["deliverys"] = serde_json::json!([]);
    assert!(!validator.is_valid(&unknown_key));
    let mut other_kind = gate_as_json();
    other_kind["kind"] = "manifest".into();
    assert!(!validator.is_valid(&other_kind));
    let mut no_id = gate_as_json();
    no_id.as_object_mut().expect("an object").remove("id");
    assert!(!validator.is_valid(&no_id));
}

#[test]
fn a_gate_file_with_the_schema_line_of_editors_is_read() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let line = "# yaml-language-server: $schema=../schema/gate.json\n";
    sandbox.write("gates/one.yaml", format!("{line}{}", gate("one", "")));
    sandbox.run(&["run"]).exits(0);
}

#[test]
fn every_schema_there_is_can_be_compiled() {
    let sandbox = Sandbox::with_settings();
    let list = sandbox.run(&["list", "--output", "json"]).exits(0).json();
    let kinds = list["kinds"].as_array().expect("kinds");
    assert!(!kinds.is_empty());
    let kinds = kinds
        .iter()
        .map(|kind| kind["name"].as_str().expect("a name"));
    for what in kinds.chain([
        "gate", "settings", "report", "prove", "sync", "list", "reap",
    ]) {
        jsonschema::draft202012::new(&schema(&[what]))
            .unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

#[test]
fn an_unknown_schema_is_a_usage_error_with_the_nearest_name() {
    let ran = Sandbox::new().run(&["schema", "deliver"]);
    ran.exits(2);
    assert_eq!(
        ran.stderr,
        "error: there is no schema of `deliver`\n  help: did you mean `delivery`?\n"
    );
}

#[test]
fn every_gate_file_of_this_project_is_valid_by_the_schema() {
    let validator = jsonschema::draft202012::new(&schema(&[])).expect("a schema");
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut dirs = vec![here.join("gates"), here.join("fixtures")];
    let mut seen = 0;
    while let Some(dir) = dirs.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                dirs.push(path);
            } else if dir.ends_with("gates") && path.extension().is_some_and(|e| e == "yaml") {
                let text = std::fs::read_to_string(&path).expect("a gate file");
                let gate: serde_json::Value =
                    serde_saphyr::from_str(&text).expect("a YAML document");
                let problems: Vec<_> = validator
                    .iter_errors(&gate)
                    .map(|error| error.to_string())
                    .collect();
                assert_eq!(problems, Vec::<String>::new(), "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "no gate file was found");
}
