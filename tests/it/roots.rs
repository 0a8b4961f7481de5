//! Where the root, the settings and the gates are looked for.

use crate::support::{Sandbox, gate, write};

#[test]
fn the_root_is_found_from_any_folder_below_it() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "").write("deep/er/still/file", "");
    let output = sandbox
        .command(&["run", "--output", "json"])
        .current_dir(sandbox.root().join("deep/er/still"))
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_first_root_upwards_is_the_one() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .failing("outer", "")
        .write("inner/driftgate.yaml", "")
        .write("inner/gates/one.yaml", gate("one", ""))
        .write("inner/one/source/a", "x")
        .write("inner/one/copy/a", "x");
    let output = sandbox
        .command(&["run"])
        .current_dir(sandbox.root().join("inner/one"))
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn settings_and_gates_may_stand_apart_from_a_root_that_knows_nothing_of_them() {
    let sandbox = Sandbox::new();
    sandbox.write("one/source/a", "x").write("one/copy/a", "x");
    let apart = sandbox.path().join("apart");
    write(&apart.join("settings.yaml"), "");
    write(&apart.join("gates/one.yaml"), gate("one", ""));
    let apart = apart.to_str().expect("UTF-8").to_owned();
    let root = sandbox.root();
    let args = [
        "run",
        "--root",
        root.to_str().expect("UTF-8"),
        "--config",
        &format!("{apart}/settings.yaml"),
        "--gates",
        &format!("{apart}/gates"),
    ];
    let output = sandbox
        .command(&args)
        .current_dir(sandbox.path())
        .output()
        .expect("the binary starts");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let left: Vec<_> = std::fs::read_dir(sandbox.root())
        .expect("the root")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left, ["one"], "the checkout is left as it was");
}

#[test]
fn a_named_root_without_settings_says_what_to_do() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["run", "--root", "."]);
    ran.exits(2);
    assert!(
        ran.stderr.contains("has no driftgate.yaml\n"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--config"), "{}", ran.stderr);
}

#[test]
fn a_gate_file_that_would_not_be_read_is_an_error() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("one", "")
        .write("gates/two.yml", gate("two", ""))
        .write("gates/more/three.yaml", gate("three", ""));
    let ran = sandbox.run(&["run"]);
    ran.exits(2);
    assert_eq!(ran.stdout, "");
    for part in ["gates/two.yml", "gates/more", "2 errors in gate files"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

#[test]
fn a_readme_and_hidden_files_among_the_gates_are_left_alone() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("one", "")
        .write("gates/README.md", "About these gates.")
        .write("gates/.one.yaml.swp", [0xff, 0xfe]);
    sandbox.run(&["run"]).exits(0);
}
