//! Gates with several deliveries: which of them drifted, in one look.

use serde_json::{Value, json};

use crate::support::Sandbox;

const GATE: &str = "id: copies\nabout: All copies equal the source.\nkind: delivery\nsource: { path: source }\n\
    deliveries:\n  - { name: first, directory: one }\n  - { name: second, directory: two, rename: { a.md: renamed.md } }\n\
    \x20 - { name: third, directory: three, include: [config.yaml] }\n";

/// Three copies of a source, each as it should be.
fn world() -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox.write("gates/copies.yaml", GATE);
    for folder in ["source", "one"] {
        sandbox
            .write(&format!("{folder}/config.yaml"), "name: one\n")
            .write(&format!("{folder}/a.md"), "a\nb\n");
    }
    sandbox
        .write("two/config.yaml", "name: one\n")
        .write("two/renamed.md", "a\nb\n")
        .write("three/config.yaml", "name: one\n");
    sandbox
}

/// The gate, and the exit code that it is to end with.
#[track_caller]
fn gate(sandbox: &Sandbox, exit_code: i32) -> Value {
    let ran = sandbox.run(&["run", "--offline", "--output", "json"]);
    ran.exits(exit_code);
    ran.json()["gates"][0].clone()
}

#[test]
fn a_gate_that_agrees_has_a_matrix_without_rows_and_one_delivery_has_none() {
    let sandbox = world();
    let green = gate(&sandbox, 0);
    let column = |name: &str| json!({ "name": name, "state": "agrees" });
    assert_eq!(
        green["facts"]["matrix"],
        json!({ "deliveries": [column("first"), column("second"), column("third")], "files": [] })
    );
    let shown = sandbox.run(&["run", "--offline"]).stdout;
    assert!(!shown.contains("by delivery"), "{shown}");
    let one = "id: copies\nabout: A copy.\nkind: delivery\nsource: { path: source }\n\
        deliveries: [{ directory: one }]\n";
    sandbox.write("gates/copies.yaml", one);
    sandbox.write("one/a.md", "other\n");
    assert_eq!(gate(&sandbox, 1)["facts"]["matrix"], Value::Null);
}

#[test]
fn each_file_that_differs_is_a_row_with_a_cell_for_each_delivery() {
    let sandbox = world();
    sandbox
        .write("one/a.md", "a\nB\n")
        .write("two/config.yaml", "name: two\n")
        .write("two/more.md", "more\n");
    std::fs::remove_file(sandbox.root().join("two/renamed.md")).expect("removed");
    let red = gate(&sandbox, 1);
    let agrees = || json!({ "state": "agrees" });
    let not_compared = || json!({ "state": "not-compared" });
    let differs = |code: &str| json!({ "state": "differs", "codes": [code] });
    assert_eq!(
        red["facts"]["matrix"],
        json!({
            "deliveries": [
                { "name": "first", "state": "differs" },
                { "name": "second", "state": "differs" },
                { "name": "third", "state": "agrees" },
            ],
            "files": [
                { "file": "a.md", "cells": [differs("content-differs"), differs("not-delivered"), not_compared()] },
                { "file": "config.yaml", "cells": [agrees(), differs("content-differs"), agrees()] },
                { "file": "more.md", "cells": [not_compared(), differs("not-in-source"), not_compared()] },
            ],
        })
    );
    let cells: Vec<_> = red["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| (finding["subject"].as_str(), finding["part"].as_str()))
        .collect();
    assert_eq!(
        cells,
        [
            (Some("a.md"), Some("first")),
            (Some("config.yaml"), Some("second")),
            (Some("more.md"), Some("second")),
            (Some("a.md"), Some("second")),
        ]
    );
}

#[test]
fn a_delivery_that_is_gone_and_one_that_cannot_be_read_are_told_from_one_that_differs() {
    let sandbox = world();
    std::fs::remove_dir_all(sandbox.root().join("one")).expect("removed");
    sandbox.write("three/config.yaml", "name: two\n");
    let text = GATE.replace(
        "directory: two, rename: { a.md: renamed.md }",
        "image: { archive: none.tar }, dest: /opt",
    );
    sandbox.write("gates/copies.yaml", &text);
    sandbox.write("none.tar", "no archive\n");
    let red = gate(&sandbox, 1);
    let matrix = &red["facts"]["matrix"];
    assert_eq!(
        matrix["deliveries"],
        json!([
            { "name": "first", "state": "differs", "codes": ["subject-missing"] },
            { "name": "second", "state": "unknown", "codes": ["image-malformed"] },
            { "name": "third", "state": "differs" },
        ])
    );
    assert_eq!(
        matrix["files"],
        json!([{ "file": "config.yaml", "cells": [
            { "state": "not-compared" },
            { "state": "unknown" },
            { "state": "differs", "codes": ["content-differs"] },
        ] }])
    );
}

#[test]
fn a_report_for_people_shows_which_delivery_drifted() {
    let sandbox = world();
    sandbox
        .write("one/a.md", "a\nB\n")
        .write("two/config.yaml", "name: two\n");
    let ran = sandbox.run(&["run", "--offline"]);
    ran.exits(1);
    let shown: Vec<_> = ran
        .stdout
        .lines()
        .skip_while(|line| !line.contains("by delivery"))
        .take_while(|line| !line.starts_with("error"))
        .collect();
    assert_eq!(
        shown,
        [
            "  by delivery (= agrees, x differs, . not compared):",
            "    x 1  first",
            "    x 2  second",
            "    = 3  third",
            "    1 2 3",
            "    x = .  a.md",
            "    = x =  config.yaml",
        ]
    );
}

#[test]
fn a_diff_shows_each_cell_file_by_file() {
    let sandbox = world();
    let long: String = (0..200).map(|number| format!("line {number}\n")).collect();
    sandbox
        .write("one/a.md", &long)
        .write("one/config.yaml", "name: two\n")
        .write("two/config.yaml", "name: three\n");
    std::fs::remove_dir_all(sandbox.root().join("three")).expect("removed");
    let ran = sandbox.run(&["diff", "copies", "--offline"]);
    ran.exits(1);
    let heads: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("== "))
        .collect();
    assert_eq!(
        heads,
        [
            "== a.md in first",
            "== config.yaml in first",
            "== config.yaml in second",
            "== third",
        ]
    );
    for line in ["+line 199", "+name: two", "+name: three"] {
        assert!(ran.stdout.contains(line), "{line}");
    }
    // With one delivery there is nothing to tell apart.
    let one = GATE.split("  - { name: second").next().expect("a part");
    sandbox.write("gates/copies.yaml", one);
    let ran = sandbox.run(&["diff", "copies", "--offline"]);
    assert!(!ran.stdout.contains("== "), "{}", ran.stdout);
}
