//! Settings and gate files that are wrong: nothing is run, the exit code is 2, and the message
//! points at the place.

use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::support::Sandbox;

/// A sandbox whose root has settings and no gates.
fn root() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("driftgate.yaml", "");
    sandbox
}

/// Asserts that this content of this file is refused with exactly this message, at this place.
#[track_caller]
fn refused(path: &str, content: impl AsRef<[u8]>, message: &str, place: &str) {
    let sandbox = root();
    sandbox.write(path, content);
    refuses(&sandbox, message, place);
}

#[track_caller]
fn refuses(sandbox: &Sandbox, message: &str, place: &str) {
    let ran = sandbox.run(&["run"]);
    ran.exits(2);
    assert_eq!(ran.stdout, "", "nothing is reported of a run that was none");
    let mut lines = ran.stderr.lines();
    assert_eq!(lines.next(), Some(format!("error: {message}").as_str()));
    let shown = lines.next().unwrap_or_default().trim_start();
    assert_eq!(shown, format!("--> {place}"), "stderr:\n{}", ran.stderr);
    assert_eq!(
        ran.stderr.lines().last(),
        Some("error: 1 error in gate files or settings; nothing was run")
    );
}

#[test]
fn an_unknown_key_in_the_settings_is_refused_with_the_keys_that_are_known() {
    let sandbox = root();
    sandbox.write("driftgate.yaml", "manifest: m.json\nprovider: {}\n");
    refuses(&sandbox, "unknown key `provider`", "driftgate.yaml:2:1");
    let stderr = sandbox.run(&["run"]).stderr;
    assert!(
        stderr.contains("help: did you mean `providers`? known here: forge, manifest, providers"),
        "{stderr}"
    );
}

#[test]
fn a_list_in_the_place_of_keys_is_refused() {
    refused(
        "driftgate.yaml",
        "lanes: [pr]\n",
        "expected keys and values (`key: value`)",
        "driftgate.yaml:1:8",
    );
}

#[test]
fn a_word_in_the_place_of_a_number_is_refused() {
    refused(
        "driftgate.yaml",
        "lanes:\n  pr: { retries: many }\n",
        "expected a whole number, 0 or more",
        "driftgate.yaml:2:18",
    );
}

#[test]
fn a_duplicate_key_in_the_settings_is_refused() {
    refused(
        "driftgate.yaml",
        "manifest: a\ncache: b\nmanifest: c\n",
        "duplicate key `manifest`",
        "driftgate.yaml:3:1",
    );
}

#[test]
fn a_duplicate_key_in_a_gate_file_is_refused_before_its_kind_is_known() {
    refused(
        "gates/a.yaml",
        "id: a\nabout: first\nabout: second\n",
        "duplicate key `about`",
        "gates/a.yaml:3:1",
    );
}

#[test]
fn an_empty_gate_file_is_refused() {
    refused(
        "gates/a.yaml",
        "",
        "the file is empty; nothing in it says what to do",
        "gates/a.yaml",
    );
}

#[test]
fn a_gate_file_of_comments_alone_is_refused() {
    refused(
        "gates/a.yaml",
        "# later\n---\n# still nothing\n",
        "the file is empty; nothing in it says what to do",
        "gates/a.yaml",
    );
}

#[test]
fn a_second_document_is_refused() {
    refused(
        "gates/a.yaml",
        "id: a\n---\nid: b\n",
        "a second document begins here; one file holds one document",
        "gates/a.yaml:3:1",
    );
}

#[test]
fn a_gate_file_without_a_kind_is_refused() {
    refused(
        "gates/a.yaml",
        "id: a\n",
        "key `kind` is missing",
        "gates/a.yaml",
    );
}

#[test]
fn an_unknown_kind_is_refused() {
    refused(
        "gates/a.yaml",
        "id: a\nkind: constance\n",
        "unknown kind `constance`",
        "gates/a.yaml:2:7",
    );
}

#[test]
fn a_bomb_of_aliases_is_refused_before_it_goes_off() {
    let mut bomb = String::from("id: a\nkind: constants\nk0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let inner = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!(
            "k{level}: &a{level} [{}]\n",
            inner.trim_end_matches(", ")
        ));
    }
    refused(
        "gates/a.yaml",
        bomb,
        "the document is too large once its aliases are expanded",
        "gates/a.yaml:3:34",
    );
}

#[test]
fn an_anchor_that_contains_itself_is_refused() {
    refused(
        "driftgate.yaml",
        "lanes: &all { pr: *all }\n",
        "an anchor contains itself",
        "driftgate.yaml:1:19",
    );
}

#[test]
fn an_alias_without_its_anchor_is_refused() {
    refused(
        "driftgate.yaml",
        "manifest: *elsewhere\n",
        "no anchor of this name comes before",
        "driftgate.yaml:1:11",
    );
}

#[test]
fn a_merge_key_is_refused() {
    refused(
        "driftgate.yaml",
        "lanes:\n  pr: &pr { retries: 1 }\n  local:\n    <<: *pr\n",
        "merge keys (`<<`) are not read",
        "driftgate.yaml:4:5",
    );
}

#[test]
fn brackets_nested_ten_thousand_deep_are_refused() {
    refused(
        "gates/a.yaml",
        format!("kind: a\nkeys: {}", "[".repeat(10_000)),
        "recursion limit exceeded",
        "gates/a.yaml:2:262",
    );
}

#[test]
fn settings_that_are_not_utf8_are_refused_with_the_byte() {
    refused(
        "driftgate.yaml",
        b"manifest: caf\xe9.json\n",
        "the file is not UTF-8 (at byte 13)",
        "driftgate.yaml",
    );
}

#[test]
fn a_gate_file_that_is_not_utf8_is_refused_with_the_byte() {
    refused(
        "gates/a.yaml",
        b"id: \xff\n",
        "the file is not UTF-8 (at byte 4)",
        "gates/a.yaml",
    );
}

#[test]
fn a_folder_with_the_name_of_a_gate_file_is_refused() {
    let sandbox = root();
    sandbox.write("gates/a.yaml/inner", "");
    refuses(&sandbox, "expected a file, found a folder", "gates/a.yaml");
}

#[test]
fn a_loop_of_symlinks_among_the_gates_is_refused() {
    let sandbox = root();
    sandbox.write("gates/.keep", "");
    let gates = sandbox.root().join("gates");
    symlink("b.yaml", gates.join("a.yaml")).expect("a symlink");
    symlink("a.yaml", gates.join("b.yaml")).expect("a symlink");
    let ran = sandbox.run(&["run"]);
    ran.exits(2);
    for gate in ["gates/a.yaml", "gates/b.yaml"] {
        assert!(
            ran.stderr.contains(&format!("--> {gate}\n")),
            "{}",
            ran.stderr
        );
    }
    assert!(
        ran.stderr
            .ends_with("error: 2 errors in gate files or settings; nothing was run\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn all_wrong_gate_files_are_reported_at_once() {
    let sandbox = root();
    sandbox.write("gates/a.yaml", "kind: nope\n");
    sandbox.write("gates/b.yaml", "");
    sandbox.write("gates/c.yaml", "id: [\n");
    let ran = sandbox.run(&["run"]);
    ran.exits(2);
    for gate in ["gates/a.yaml:1:7", "gates/b.yaml", "gates/c.yaml:"] {
        assert!(
            ran.stderr.contains(&format!("--> {gate}")),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_folder_without_settings_above_it_is_refused_with_what_to_do() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["run"]);
    ran.exits(2);
    let root = sandbox.root();
    assert_eq!(
        ran.stderr.lines().next(),
        Some(
            format!(
                "error: no driftgate.yaml in {} or any folder above it",
                root.display()
            )
            .as_str()
        )
    );
    assert!(
        ran.stderr.contains("help: create driftgate.yaml"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_root_that_is_not_there_is_refused() {
    let sandbox = root();
    let ran = sandbox.run(&["run", "--root", "absent"]);
    ran.exits(2);
    let root = sandbox.root().canonicalize().expect("the root");
    assert_eq!(
        ran.stderr,
        format!(
            "error: root {}/absent is not a folder\n  help: name the checkout that is to be gated with --root\n",
            root.display()
        )
    );
}

#[test]
fn settings_that_are_a_folder_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("driftgate.yaml/inner", "");
    let ran = sandbox.run(&["run", "--root", "."]);
    ran.exits(2);
    assert!(
        ran.stderr
            .starts_with("error: expected a file, found a folder\n--> driftgate.yaml\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_folder_of_gates_that_is_named_and_not_there_is_refused() {
    let sandbox = root();
    let ran = sandbox.run(&["run", "--gates", "absent"]);
    ran.exits(2);
    assert_eq!(
        ran.stderr,
        "error: failed to read the folder of gates: No such file or directory (os error 2)\n--> absent\n\nerror: 1 error in gate files or settings; nothing was run\n"
    );
}

#[test]
fn a_root_without_gates_is_not_green() {
    let sandbox = root();
    let ran = sandbox.run(&["run"]);
    ran.exits(3);
    assert!(
        format!("{}{}", ran.stdout, ran.stderr).contains("nothing was checked: there are no gates"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_unknown_option_is_refused() {
    let sandbox = root();
    let ran = sandbox.run(&["run", "--lokal"]);
    ran.exits(2);
    assert!(
        ran.stderr.contains("unexpected argument '--lokal'"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_closed_standard_output_does_not_change_the_exit_code() {
    let sandbox = root();
    let mut child = sandbox
        .command(&["run"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

/// A gate of kind `constants` with these further lines.
fn gate(id: &str, more: &str) -> String {
    format!(
        "id: {id}\nabout: Two lists agree.\nkind: constants\n\
         canonical: {{ name: one, json: one.json, pointer: /list }}\n\
         mirrors: [{{ name: two, json: two.json, pointer: /list }}]\n{more}"
    )
}

#[test]
fn an_unknown_key_in_a_gate_file_is_refused() {
    refused(
        "gates/a.yaml",
        gate("a", "severty: advisory\n"),
        "unknown key `severty`",
        "gates/a.yaml:6:1",
    );
}

#[test]
fn a_wrong_type_in_a_gate_file_is_refused() {
    refused(
        "gates/a.yaml",
        gate("a", "min_inspected: several\n"),
        "expected a whole number, 0 or more",
        "gates/a.yaml:6:16",
    );
}

#[test]
fn a_gate_that_would_pass_on_nothing_is_refused() {
    refused(
        "gates/a.yaml",
        gate("a", "min_inspected: 0\n"),
        "`min_inspected` is 0; a gate that inspected nothing is never green",
        "gates/a.yaml:6:16",
    );
}

#[test]
fn a_gate_id_that_another_file_has_is_refused_by_its_own_file_name() {
    let sandbox = root();
    sandbox.write("gates/a.yaml", gate("a", ""));
    sandbox.write("gates/b.yaml", gate("a", ""));
    refuses(
        &sandbox,
        "gate id `a` differs from its file name `b`",
        "gates/b.yaml:1:5",
    );
}

#[test]
fn ten_thousand_gates_are_listed_and_run() {
    let sandbox = root();
    for number in 0..10_000 {
        let id = format!("gate-{number}");
        sandbox.write(&format!("gates/{id}.yaml"), gate(&id, ""));
    }
    let ran = sandbox.run(&["list", "--output", "json"]);
    ran.exits(0);
    let listed = ran.json();
    assert_eq!(listed["gates"].as_array().map(Vec::len), Some(10_000));
    sandbox
        .write("one.json", r#"{"list": ["a"]}"#)
        .write("two.json", r#"{"list": ["a"]}"#);
    let report = sandbox.run(&["run", "--output", "json"]).exits(0).json();
    assert_eq!(report["summary"]["pass"], 10_000);
}

#[test]
fn a_folder_of_gates_that_is_none_is_refused() {
    let sandbox = root();
    sandbox.write("gates", "");
    refuses(
        &sandbox,
        "failed to read the folder of gates: Not a directory (os error 20)",
        "gates",
    );
    std::fs::remove_file(sandbox.root().join("gates")).expect("removed");
    symlink("gates", sandbox.root().join("gates")).expect("a symlink");
    refuses(
        &sandbox,
        "failed to read the folder of gates: Too many levels of symbolic links (os error 40)",
        "gates",
    );
}

#[test]
fn gate_files_and_settings_outside_of_the_root_are_called_as_the_command_line_calls_them() {
    let sandbox = root();
    crate::support::write(&sandbox.path().join("apart/a.yaml"), "kind: nope\n");
    let ran = sandbox.run(&["run", "--gates", "../apart"]);
    ran.exits(2);
    assert!(
        ran.stderr.contains("--> ../apart/a.yaml:1:7\n"),
        "{}",
        ran.stderr
    );
    crate::support::write(&sandbox.path().join("apart/settings"), "no: 1\n");
    let ran = sandbox.run(&["run", "--config", "../apart/settings"]);
    ran.exits(2);
    assert!(
        ran.stderr.contains("--> ../apart/settings:1:1\n"),
        "{}",
        ran.stderr
    );
}
