//! Files that are there and are not what they should be: without read permission, endless, huge, a
//! folder, a loop. Each is refused by name, in bounded time and memory, whatever reads it.

use std::fs::{File, Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{Ran, Sandbox};

/// What the files are that gates read, by what reads them.
const READ_BY_GATES: [&str; 4] = ["one.json", "manifest.json", "Dockerfile", "driftgate.lock"];

/// A root with a gate for each reader of [`READ_BY_GATES`], all of them sound.
fn readers() -> Sandbox {
    let sandbox = Sandbox::new();
    let commit = "1".repeat(40);
    sandbox
        .write("driftgate.yaml", "default_provider: none\nproviders:\n  none: {url: \"file:///nonexistent/{repo}\"}\n")
        .write(
            "gates/one-json.yaml",
            "id: one-json\nabout: Two lists agree.\nkind: constants\n\
             canonical: { name: one, json: one.json, pointer: /list }\n\
             mirrors: [{ name: two, json: two.json, pointer: /list }]\n",
        )
        .write("one.json", r#"{"list": ["a", "b"]}"#)
        .write("two.json", r#"{"list": ["a", "b"]}"#)
        .write(
            "gates/manifest-json.yaml",
            "id: manifest-json\nabout: Every ref is a commit.\nkind: manifest\n",
        )
        .write(
            "manifest.json",
            format!(r#"{{"workspace_templates": [{{"name": "agent", "repo": "org/agent", "ref": "{commit}"}}]}}"#),
        )
        .write(
            "gates/dockerfile.yaml",
            "id: dockerfile\nabout: The image holds the source.\nkind: delivery\n\
             source: { path: source }\n\
             deliveries: [{ dockerfile: Dockerfile, source_path: source, dest: /opt/source }]\n",
        )
        .write("Dockerfile", "FROM scratch\nCOPY source /opt/source\n")
        .write("source/a.txt", "a\n")
        .write(
            "gates/driftgate-lock.yaml",
            "id: driftgate-lock\nabout: The copy equals its template.\nkind: delivery\n\
             source: { template: agent }\ndeliveries: [{ directory: source }]\n",
        )
        .write(
            "driftgate.lock",
            format!(
                r#"{{"version": 1, "workspace_templates": {{"agent": {{"repo": "org/agent", "provider": "none", "ref": "{commit}", "commit": "{commit}", "tree": "{commit}"}}}}}}"#
            ),
        );
    sandbox
}

/// The gate that reads a file.
fn gate_of(file: &str) -> String {
    file.to_lowercase().replace('.', "-")
}

/// The first finding of the gate that reads `file`, as `verdict code: message`.
fn finding(ran: &Ran, file: &str) -> String {
    let report = ran.json();
    let gate = &report["gates"][0];
    assert_eq!(gate["id"], gate_of(file).as_str());
    let finding = &gate["findings"][0];
    format!(
        "{} {}: {}",
        gate["verdict"].as_str().expect("a verdict"),
        finding["code"].as_str().unwrap_or("no finding"),
        finding["message"].as_str().unwrap_or_default()
    )
}

/// Spoils each file that gates read, and demands exactly these findings, with their exit code.
fn finds(spoil: impl Fn(&Sandbox, &str), expected: [&str; 4]) {
    for (file, expected) in READ_BY_GATES.into_iter().zip(expected) {
        let sandbox = readers();
        std::fs::remove_file(sandbox.root().join(file)).expect("removed");
        spoil(&sandbox, file);
        let args = ["run", &gate_of(file), "--offline", "--output", "json"];
        let ran = sandbox.run_within("-v 1000000", &args);
        ran.exits(if expected.starts_with("fail ") { 1 } else { 3 });
        assert_eq!(finding(&ran, file), expected);
    }
}

/// Asserts that settings and gate files that were spoilt like this are refused with this message.
fn refuses_what_people_write(spoil: impl Fn(&Sandbox, &str), message: &str) {
    for file in ["driftgate.yaml", "gates/one-json.yaml"] {
        let sandbox = readers();
        std::fs::remove_file(sandbox.root().join(file)).expect("removed");
        spoil(&sandbox, file);
        let ran = sandbox.run_within("-v 1000000", &["run", "one-json"]);
        ran.exits(2);
        assert_eq!(ran.stdout, "");
        assert_eq!(
            ran.stderr,
            format!(
                "error: {message}\n--> {file}\n\nerror: 1 error in gate files or settings; nothing was run\n"
            )
        );
    }
}

fn huge(sandbox: &Sandbox, file: &str) {
    let file = File::create(sandbox.root().join(file)).expect("a file");
    file.set_len(2 << 30).expect("a sparse file of 2 GiB");
}

fn folder(sandbox: &Sandbox, file: &str) {
    std::fs::create_dir(sandbox.root().join(file)).expect("a folder");
}

fn endless_loop(sandbox: &Sandbox, file: &str) {
    let file = sandbox.root().join(file);
    symlink(file.file_name().expect("a name"), &file).expect("a symlink");
}

/// A file that may be opened and not be read, by root as little as by anybody else.
fn unreadable_even_by_root(sandbox: &Sandbox, file: &str) {
    symlink("/proc/self/mem", sandbox.root().join(file)).expect("a symlink");
}

#[test]
fn sound_files_are_read_within_the_same_limits() {
    let sandbox = readers();
    sandbox
        .run_within("-v 1000000", &["run", "one-json", "dockerfile"])
        .exits(0);
}

#[test]
fn files_of_two_gigabytes_are_refused_without_reading_them() {
    let limit = "is larger than 8388608 bytes, the limit for files that are read as a whole";
    finds(
        huge,
        [
            &format!("refused tree-too-large: one.json {limit}"),
            &format!("refused tree-too-large: manifest.json {limit}"),
            &format!("refused tree-too-large: Dockerfile {limit}"),
            "refused lock-malformed: driftgate.lock cannot be read: it is larger than 8388608 bytes",
        ],
    );
}

#[test]
fn settings_and_gate_files_of_two_gigabytes_are_refused_without_reading_them() {
    refuses_what_people_write(
        huge,
        "the file is larger than 1048576 bytes; what people write here is a page at the most",
    );
}

#[test]
fn a_folder_where_a_file_is_expected_is_refused() {
    finds(
        folder,
        [
            "refused tree-wrong-type: one.json is a folder, expected a file",
            "refused tree-wrong-type: manifest.json is a folder, expected a file",
            "fail type-differs: Dockerfile is a folder, expected a file",
            "refused lock-malformed: driftgate.lock cannot be read: it is no file",
        ],
    );
    refuses_what_people_write(folder, "expected a file, found a folder");
}

#[test]
fn a_symlink_that_leads_to_itself_is_refused() {
    finds(
        endless_loop,
        [
            "refused tree-wrong-type: one.json is a symlink, expected a file",
            "refused tree-wrong-type: manifest.json is a symlink, expected a file",
            "fail type-differs: Dockerfile is a symlink, expected a file",
            "refused lock-malformed: driftgate.lock cannot be read: Too many levels of symbolic links (os error 40)",
        ],
    );
    refuses_what_people_write(
        endless_loop,
        "failed to read: Too many levels of symbolic links (os error 40)",
    );
}

#[test]
fn settings_and_gate_files_that_fail_while_they_are_read_are_refused() {
    refuses_what_people_write(
        unreadable_even_by_root,
        "failed to read: Input/output error (os error 5)",
    );
}

#[test]
fn files_without_read_permission_are_refused_by_name() {
    let denied = "Permission denied (os error 13)";
    for (file, expected) in [
        (
            "one.json",
            format!("refused tree-unreadable: failed to read one.json: {denied}"),
        ),
        (
            "source/a.txt",
            format!("refused tree-unreadable: failed to read source/a.txt: {denied}"),
        ),
        (
            "manifest.json",
            format!("refused tree-unreadable: failed to read manifest.json: {denied}"),
        ),
    ] {
        let sandbox = readers();
        let gate = match file {
            "source/a.txt" => "Dockerfile",
            file => file,
        };
        let path = sandbox.root().join(file);
        set_permissions(&path, Permissions::from_mode(0o000)).expect("a mode");
        let ran =
            sandbox.run_bound_by_modes(&["run", &gate_of(gate), "--offline", "--output", "json"]);
        ran.exits(3);
        assert_eq!(finding(&ran, gate), expected);
    }
    for file in ["driftgate.yaml", "gates/one-json.yaml"] {
        let sandbox = readers();
        let path = sandbox.root().join(file);
        set_permissions(&path, Permissions::from_mode(0o000)).expect("a mode");
        let ran = sandbox.run_bound_by_modes(&["run", "one-json"]);
        ran.exits(2);
        assert_eq!(
            ran.stderr,
            format!(
                "error: failed to read: {denied}\n--> {file}\n\nerror: 1 error in gate files or settings; nothing was run\n"
            )
        );
    }
}

#[test]
fn a_manifest_that_is_missing_is_named_whoever_needs_it() {
    let sandbox = readers();
    std::fs::remove_file(sandbox.root().join("manifest.json")).expect("removed");
    let run = |gate: &str| sandbox.run(&["run", gate, "--offline", "--output", "json"]);
    let ran = run("driftgate-lock");
    ran.exits(3);
    assert_eq!(
        finding(&ran, "driftgate.lock"),
        "refused manifest-missing: there is no manifest manifest.json"
    );
    let ran = run("manifest-json");
    ran.exits(1);
    assert_eq!(
        finding(&ran, "manifest.json"),
        "fail subject-missing: the manifest manifest.json is not there"
    );
    let ran = sandbox.run(&["sync"]);
    ran.exits(3);
    assert!(
        ran.stdout
            .starts_with("error[manifest-missing]: there is no manifest manifest.json\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn settings_that_cannot_be_read_do_not_give_way_to_those_of_a_folder_further_up() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("outer", "").write("inner/.keep", "");
    let inner = sandbox.root().join("inner");
    symlink("nowhere.yaml", inner.join("driftgate.yaml")).expect("a symlink");
    let output = sandbox
        .command(&["run"])
        .current_dir(&inner)
        .output()
        .expect("the binary starts");
    let ran = Ran::from(output);
    ran.exits(2);
    assert_eq!(
        ran.stderr,
        "error: failed to read: No such file or directory (os error 2)\n--> driftgate.yaml\n\nerror: 1 error in gate files or settings; nothing was run\n"
    );
}

#[test]
fn a_report_larger_than_files_may_be_is_an_error_and_leaves_no_half_of_it() {
    let sandbox = Sandbox::with_settings();
    for id in ["one", "two", "three", "four", "five", "six"] {
        sandbox.passing(id, "");
    }
    sandbox.write("report.json", "old");
    let ran = sandbox.run_within("-f 1", &["run", "--output", "json=report.json"]);
    ran.exits(2);
    assert_eq!(
        ran.stderr,
        "error: failed to write the report to report.json: File too large (os error 27)\n"
    );
    let left = std::fs::read_to_string(sandbox.root().join("report.json"));
    assert_eq!(left.expect("the report before"), "old");
    let hidden = std::fs::read_dir(sandbox.root())
        .expect("the root")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.as_encoded_bytes().starts_with(b"."))
        .count();
    assert_eq!(hidden, 0);
}

/// A root with a gate that reads a set of YAML, and this in the place of it.
fn yaml_set(content: &[u8]) -> Ran {
    let sandbox = readers();
    sandbox
        .write(
            "gates/one-json.yaml",
            "id: one-json\nabout: Two lists agree.\nkind: constants\n\
             canonical: { name: one, yaml: one.yaml, path: list }\n\
             mirrors: [{ name: two, json: two.json, pointer: /list }]\n",
        )
        .write("one.yaml", content);
    sandbox.run_within("-v 1000000", &["run", "one-json", "--output", "json"])
}

#[test]
fn yaml_that_is_checked_is_refused_with_its_place_like_yaml_that_is_written_for_driftgate() {
    let mut bomb = String::from("k0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("k{level}: &a{level} [{inner}]\n"));
    }
    bomb.push_str("list: [a, b]\n");
    let deep = format!("list: {}", "[".repeat(20_000));
    for (content, message, line, column) in [
        (
            b"list: [a, b]\n---\nlist: [c]\n".as_slice(),
            "a second document begins here; one file holds one document",
            3,
            1,
        ),
        (b"list: [a]\nlist: [b]\n", "duplicate key `list`", 2, 1),
        (b"list: &x [a, *x]\n", "an anchor contains itself", 1, 14),
        (
            bomb.as_bytes(),
            "the document is too large once its aliases are expanded",
            1,
            13,
        ),
        (deep.as_bytes(), "recursion limit exceeded", 1, 262),
    ] {
        let ran = yaml_set(content);
        ran.exits(3);
        assert_eq!(
            finding(&ran, "one.json"),
            format!("refused constants-unreadable: one: {message}")
        );
        let location = &ran.json()["gates"][0]["findings"][0]["locations"][0];
        assert_eq!(
            (&location["path"], &location["line"], &location["column"]),
            (&"one.yaml".into(), &line.into(), &column.into()),
            "{message}"
        );
    }
    let ran = yaml_set(b"list: [caf\xe9]\n");
    ran.exits(3);
    assert_eq!(
        finding(&ran, "one.json"),
        "refused constants-unreadable: one: one.yaml is not UTF-8: invalid utf-8 sequence of 1 bytes from index 10"
    );
}

#[test]
fn a_manifest_and_a_lock_that_say_nothing_are_refused_as_such() {
    for (content, message) in [
        (b"".as_slice(), "the file is empty"),
        (b" \n", "the file is empty"),
        (
            b"\xef\xbb\xbf{}",
            "a byte order mark stands before the text; RFC 8259 forbids it",
        ),
        (b"{} {}", "text cannot contain more than one JSON value"),
    ] {
        let sandbox = readers();
        sandbox.write("manifest.json", content);
        let run = |gate: &str| sandbox.run(&["run", gate, "--offline", "--output", "json"]);
        let ran = run("manifest-json");
        ran.exits(1);
        assert_eq!(
            finding(&ran, "manifest.json"),
            format!("fail json-syntax: {message}")
        );
        let ran = sandbox.run(&["sync"]);
        ran.exits(1);
        assert!(
            ran.stdout
                .ends_with("nothing was synced: the manifest is not sound\n"),
            "{}",
            ran.stdout
        );
        let sandbox = readers();
        sandbox.write("driftgate.lock", content);
        let ran = sandbox.run(&["run", "driftgate-lock", "--offline", "--output", "json"]);
        ran.exits(3);
        assert_eq!(
            finding(&ran, "driftgate.lock"),
            format!("refused lock-malformed: driftgate.lock is not a lock: {message}")
        );
    }
    let sandbox = readers();
    sandbox.write("manifest.json", b"{\"plugins\": [\"caf\xe9\"]}");
    let ran = sandbox.run(&["sync"]);
    ran.exits(3);
    assert_eq!(
        ran.stdout,
        "error[json-syntax]: manifest.json is not UTF-8 (byte 17)\n  --> manifest.json\n   = help: Mend the text at the place named.\nnothing was synced\n"
    );
}

#[test]
fn a_source_folder_that_is_none_is_named_with_what_stands_there() {
    let put: [(&str, fn(&Sandbox)); 3] = [
        ("folder source does not exist", |_| {}),
        ("folder source is a file, expected a folder", |sandbox| {
            sandbox.write("source", "");
        }),
        ("folder source is a symlink, expected a folder", |sandbox| {
            endless_loop(sandbox, "source");
        }),
    ];
    for (message, put) in put {
        let sandbox = readers();
        std::fs::remove_dir_all(sandbox.root().join("source")).expect("removed");
        sandbox
            .write(
                "gates/dockerfile.yaml",
                crate::support::gate("copy", "")
                    .replace("id: copy", "id: dockerfile")
                    .replace("copy/source", "source"),
            )
            .write("copy/copy/a", "x");
        put(&sandbox);
        let ran = sandbox.run(&["run", "dockerfile", "--output", "json"]);
        ran.exits(3);
        assert_eq!(
            finding(&ran, "Dockerfile"),
            format!("refused source-missing: {message}")
        );
        assert_eq!(
            ran.json()["gates"][0]["findings"][0]["help"],
            "name the folder that the copies come from in `path` of `source`; if it was removed on purpose, retire the gate in the same commit"
        );
    }
}
