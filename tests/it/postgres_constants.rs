//! Gates of kind `constants` with a side that a real server of this machine is asked for.

use crate::support::{Ran, Sandbox};

/// Two enums and two checks, made and changed in ways that only a server works out.
const MIGRATIONS: &[(&str, &str)] = &[
    (
        "001_w.up.sql",
        "CREATE TYPE status AS ENUM ('on', 'gone');\nCREATE TABLE w (kind varchar(9) CONSTRAINT w_kind CHECK (kind IN ('a', 'x')), size int CHECK (size IN (1, 2)), s status);\n",
    ),
    ("001_w.down.sql", "DROP TABLE w;\n"),
    (
        "002_x.up.sql",
        "ALTER TYPE status RENAME VALUE 'gone' TO 'off';\nDO $$ BEGIN EXECUTE 'ALTER TYPE status ADD VALUE ' || quote_literal('lost'); END $$;\n",
    ),
    (
        "003_x.up.sql",
        "ALTER TABLE w DROP CONSTRAINT w_kind;\nALTER TABLE w ADD CONSTRAINT w_kind CHECK (kind IN ('a', 'b'));\n",
    ),
];

const DATABASE: &str = "backend: process, migrations: { folder: migrations }";

/// A gate that compares a JSON list with a side of the database.
fn sandbox(list: &str, wanted: &str) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox
        .write(
            "gates/live.yaml",
            format!(
                "id: live\nabout: The copies agree.\nkind: constants\n\
                 canonical: {{ name: list, json: list.json, pointer: '' }}\n\
                 mirrors:\n  - {{ name: database, postgres: {{ {DATABASE} }}, {wanted} }}\n"
            ),
        )
        .write("list.json", list);
    for (name, text) in MIGRATIONS {
        sandbox.write(&format!("migrations/{name}"), text);
    }
    sandbox
}

fn run(sandbox: &Sandbox) -> Ran {
    sandbox.run_with_server(&["run", "--retries", "0", "--output", "json"])
}

#[test]
fn a_live_side_says_what_the_database_has_in_the_end() {
    for (list, wanted, place) in [
        (
            r#"["on", "off", "lost"]"#,
            "enum: status",
            "migrations/001_w.up.sql",
        ),
        (r#"["a", "b"]"#, "check: w_kind", "migrations/003_x.up.sql"),
        (
            r#"["a", "b"]"#,
            "check: w.w_kind",
            "migrations/003_x.up.sql",
        ),
        (
            r#"["a", "b"]"#,
            "check_column: w.kind",
            "migrations/003_x.up.sql",
        ),
        ("[1, 2]", "check_column: w.size", "migrations/001_w.up.sql"),
    ] {
        let report = run(&sandbox(list, wanted)).exits(0).json();
        let side = &report["gates"][0]["facts"]["sides"][1];
        let files = side["files"].as_array().expect("files");
        assert!(files.iter().any(|file| file == place), "{wanted}: {side}");
    }
}

#[test]
fn a_live_side_that_differs_is_found_where_its_migrations_say_it() {
    let report = run(&sandbox(r#"["a", "b", "c"]"#, "check: w_kind"))
        .exits(1)
        .json();
    let finding = &report["gates"][0]["findings"][0];
    assert_eq!(finding["code"], "constants-missing");
    let message = finding["message"].as_str().expect("a message");
    assert!(
        message.starts_with("database (constraint w_kind) lacks `c`"),
        "{message}"
    );
    assert_eq!(finding["locations"][0]["path"], "migrations/003_x.up.sql");
}

#[test]
fn what_the_database_does_not_have_is_a_missing_subject() {
    let report = run(&sandbox(r#"["a"]"#, "enum: state")).exits(1).json();
    let finding = &report["gates"][0]["findings"][0];
    assert_eq!(finding["code"], "subject-missing");
    assert_eq!(
        finding["message"],
        "database: enum state is not in the migrated database"
    );
}

#[test]
fn a_check_that_lists_nothing_is_refused() {
    let sandbox = sandbox(r#"["a"]"#, "check: w_long");
    sandbox.write(
        "migrations/004_l.up.sql",
        "ALTER TABLE w ADD CONSTRAINT w_long CHECK (length(kind) < 5);",
    );
    let report = run(&sandbox).exits(3).json();
    let finding = &report["gates"][0]["findings"][0];
    let message = finding["message"].as_str().expect("a message");
    assert!(
        message.contains("w_long is not a list of values"),
        "{message}"
    );
}

#[test]
fn migrations_that_do_not_apply_make_a_live_side_red() {
    let sandbox = sandbox(r#"["a"]"#, "enum: status");
    sandbox.write("migrations/004_l.up.sql", "SELECT 1;\nDROP TABLE v;");
    let report = run(&sandbox).exits(1).json();
    let finding = &report["gates"][0]["findings"][0];
    assert_eq!(finding["code"], "migration-fails");
    assert_eq!(finding["locations"][0]["path"], "migrations/004_l.up.sql");
    assert_eq!(finding["locations"][0]["line"], 2);
}

#[test]
fn every_promise_of_a_live_side_is_proved() {
    for (list, wanted, live) in [
        (
            r#"["on", "off", "lost"]"#,
            "enum: status",
            &[
                "vanished migrations",
                "renamed constant",
                "changed member",
                "added member",
            ][..],
        ),
        (
            r#"["a", "b"]"#,
            "check: w_kind",
            &[
                "vanished migrations",
                "renamed constant",
                "changed member",
                "added member",
                "removed member",
            ],
        ),
        (
            "[1, 2]",
            "check_column: w.size",
            &[
                "vanished migrations",
                "renamed constant",
                "changed member",
                "added member",
                "removed member",
            ],
        ),
    ] {
        let report = sandbox(list, wanted)
            .run_with_server(&["prove", "--retries", "0", "--output", "json"])
            .exits(0)
            .json();
        let protections = report["gates"][0]["protections"].as_array().expect("some");
        let names: Vec<&str> = protections
            .iter()
            .filter_map(|one| one["name"].as_str()?.strip_suffix(": database"))
            .collect();
        assert_eq!(names, live, "{wanted}");
    }
}

#[test]
fn a_live_side_that_is_written_wrongly_is_refused() {
    for (side, message) in [
        (
            "postgres: { migrations: { folder: m } }",
            "does not say what to read",
        ),
        (
            "postgres: { migrations: { folder: m } }, object: X",
            "`object` does not go with `postgres`",
        ),
        (
            "postgres: { migrations: { folder: m, down: true } }, enum: e",
            "unknown key `down`",
        ),
        ("postgres: { folder: m }, enum: e", "unknown key `folder`"),
        (
            "postgres: { migrations: { folder: ../m } }, enum: e",
            "leads out of the tree",
        ),
        (
            "postgres: { migrations: { folder: m } }, sql: m/*.sql, enum: e",
            "`postgres` is a second file; a side reads one",
        ),
    ] {
        let sandbox = Sandbox::with_settings();
        sandbox.write(
            "gates/live.yaml",
            format!(
                "id: live\nabout: The copies agree.\nkind: constants\n\
                 canonical: {{ name: list, json: list.json, pointer: '' }}\n\
                 mirrors:\n  - {{ name: database, {side} }}\n"
            ),
        );
        let ran = sandbox.run_with_server(&["run"]);
        ran.exits(2);
        assert!(ran.stderr.contains(message), "{side}\n{}", ran.stderr);
    }
}
