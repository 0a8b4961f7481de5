use super::house::{FOLDER, Said, W, sandbox, with};
use crate::support::Sandbox;

/// A gate over `w` with one probe.
fn probe(lines: &str) -> Sandbox {
    sandbox(&format!("{FOLDER}probes:\n  - name: p\n{lines}"), &W)
}

#[test]
fn other_rows_are_found_with_a_diff() {
    let said = Said::of(
        &probe(
            "    sql: SELECT g AS n, 'x' AS t FROM generate_series(1, 3) AS g\n    expect: [[1, x], { n: 7 }, [3, x]]\n",
        ),
        1,
    );
    assert_eq!(said.findings(), ["probe-rows-differ gates/db.yaml:7:11"]);
    assert_eq!(
        said.first("message"),
        "probe `p` was answered otherwise: row 2 is another"
    );
    assert_eq!(
        said.first("diff"),
        "--- expected\n+++ answered\n@@ -1,3 +1,3 @@\n [\"1\",\"x\"]\n-{\"n\":7}\n+{\"n\":\"2\"}\n [\"3\",\"x\"]\n"
    );
}

#[test]
fn a_constraint_that_does_not_fire_is_found() {
    let said = Said::of(
        &probe(
            "    sql: INSERT INTO w (id, kind) VALUES (1, 'b')\n    expect_error: { sqlstate: \"23514\", constraint: w_kind }\n",
        ),
        1,
    );
    assert_eq!(said.findings(), ["probe-not-refused gates/db.yaml:7:11"]);
    assert_eq!(
        said.first("message"),
        "probe `p` was accepted, and must be refused with SQLSTATE 23514 of w_kind"
    );
}

#[test]
fn another_error_than_the_expected_one_is_found() {
    for (expected, said) in [
        ("sqlstate: \"23505\"", "SQLSTATE 23505"),
        (
            "sqlstate: \"23514\", constraint: w_check",
            "SQLSTATE 23514 of w_check",
        ),
        ("sqlstate: \"23514\", table: v", "SQLSTATE 23514 on table v"),
    ] {
        let found = Said::of(
            &probe(&format!(
                "    sql: INSERT INTO w (id, kind) VALUES (1, 'x')\n    expect_error: {{ {expected} }}\n"
            )),
            1,
        );
        assert_eq!(
            found.findings(),
            ["probe-refused-otherwise gates/db.yaml:7:11"]
        );
        let message = found.first("message");
        let start = format!(
            "probe `p` must be refused with {said}, and was refused by w_kind on table w: "
        );
        assert!(message.starts_with(&start), "{message}");
    }
}

#[test]
fn a_cast_that_fails_when_it_is_parsed_is_found_as_a_mock_would_not() {
    let sandbox =
        probe("    sql: |\n      SELECT\n        COALESCE(s, '') FROM k\n    expect: []\n");
    sandbox
        .write(
            "migrations/002_k.up.sql",
            "CREATE TYPE status AS ENUM ('on', 'off');\nCREATE TABLE k (s status);",
        )
        .write(
            "migrations/002_k.down.sql",
            "DROP TABLE k; DROP TYPE status;",
        );
    let said = Said::of(&sandbox, 1);
    assert_eq!(said.findings(), ["probe-fails gates/db.yaml:7:11"]);
    assert_eq!(
        said.first("message"),
        "probe `p` was refused: invalid input value for enum status: \"\" [SQLSTATE 22P02]"
    );
    assert_eq!(
        said.first("help"),
        "at column 15 of `COALESCE(s, '') FROM k`"
    );
}

#[test]
fn a_probe_that_cannot_be_set_up_is_found() {
    let said = Said::of(
        &probe("    setup: INSERT INTO v VALUES (1)\n    sql: SELECT 1\n    expect: [[1]]\n"),
        1,
    );
    assert_eq!(said.findings(), ["probe-setup-fails gates/db.yaml:7:11"]);
}

#[test]
fn a_constraint_that_waits_for_the_commit_fires_in_a_probe() {
    let sandbox = probe(
        "    sql: INSERT INTO c VALUES (1, 2)\n    expect_error: { sqlstate: \"23503\", constraint: c_up, table: c }\n",
    );
    sandbox
        .write(
            "migrations/002_c.up.sql",
            "CREATE TABLE c (id int PRIMARY KEY, up int CONSTRAINT c_up REFERENCES c DEFERRABLE INITIALLY DEFERRED);",
        )
        .write("migrations/002_c.down.sql", "DROP TABLE c;");
    Said::of(&sandbox, 0);
}

#[test]
fn a_probe_that_hangs_ends_at_its_time_limit() {
    let said = Said::of(
        &probe("    sql: SELECT pg_sleep(600)\n    expect: [['']]\n    timeout: 50ms\n"),
        1,
    );
    assert_eq!(said.findings(), ["probe-too-slow gates/db.yaml:7:11"]);
    assert_eq!(
        said.first("message"),
        "probe `p` was not answered within 50ms"
    );
}

#[test]
fn a_probe_that_hangs_ends_at_the_time_limit_of_the_gate() {
    let sandbox = probe("    sql: SELECT pg_sleep(600)\n    expect: [['']]\n    timeout: 10m\n");
    let text = std::fs::read_to_string(sandbox.root().join("gates/db.yaml")).expect("the gate");
    sandbox.write("gates/db.yaml", text.replace("kind:", "timeout: 4s\nkind:"));
    let said = Said::of(&sandbox, 4);
    assert_eq!(said.verdict(), "unreachable");
}

#[test]
fn an_answer_of_many_rows_is_cut_short() {
    let said = Said::of(
        &probe("    sql: SELECT generate_series(1, 100000000)\n    expect: [[2]]\n"),
        1,
    );
    assert_eq!(said.findings(), ["probe-rows-differ gates/db.yaml:7:11"]);
    assert_eq!(
        said.first("message"),
        "probe `p` was answered otherwise: 1 row expected, more than 21 rows answered"
    );
    assert!(said.first("diff").len() < 10_000);
}

#[test]
fn probes_need_no_migrations() {
    let sandbox = sandbox(
        "probes:\n  - name: p\n    sql: SELECT 1\n    expect: [[1]]\n",
        &[],
    );
    assert_eq!(Said::of(&sandbox, 0).0["inspected"], 1);
}

#[test]
fn without_migrations_the_gate_is_not_green() {
    let sandbox = sandbox(FOLDER, &[("notes.txt", "")]);
    let said = Said::of(&sandbox, 3);
    assert_eq!(said.verdict(), "vacuous");
    assert_eq!(said.findings(), ["migrations-too-few migrations"]);
    assert_eq!(
        said.first("message"),
        "migrations has no migration named `*.up.sql`, at least 1 expected"
    );
    let sandbox = self::sandbox("migrations: { folder: migrations, min: 2 }\n", &W);
    let said = Said::of(&sandbox, 3);
    assert_eq!(
        said.first("message"),
        "migrations has 1 migration named `*.up.sql`, at least 2 expected"
    );
}

#[test]
fn without_its_folder_the_gate_is_red() {
    let said = Said::of(&sandbox("migrations: { folder: db/migrations }\n", &W), 1);
    assert_eq!(said.findings(), ["subject-missing db/migrations"]);
}

#[test]
fn a_file_that_is_no_text_is_red() {
    for (bytes, why) in [
        (&b"SELECT 'a\0b';"[..], "it has a NUL byte"),
        (&b"SELECT 1; -- \xff"[..], "it is not UTF-8 from byte 13 on"),
    ] {
        let sandbox = sandbox(FOLDER, &W);
        sandbox.write("migrations/001_w.up.sql", bytes);
        let said = Said::of(&sandbox, 1);
        assert_eq!(
            said.findings(),
            ["migration-unreadable migrations/001_w.up.sql"]
        );
        assert_eq!(
            said.first("message"),
            format!("migrations/001_w.up.sql cannot be sent to the server: {why}")
        );
    }
}

#[test]
fn data_for_a_copy_is_not_waited_for() {
    let said = Said::of(&with("COPY w FROM stdin;\n1\ta\n\\.\n", "SELECT 1;"), 1);
    assert_eq!(said.verdict(), "fail");
    assert!(said.findings()[0].starts_with("migration-fails migrations/002_x.up.sql"));
}

#[test]
fn every_promise_of_a_gate_is_proved() {
    let sandbox = sandbox(
        "migrations:
  folder: migrations
  consecutive: true
  repeatable: true
  min: 3
probes:
  - name: an unknown kind
    sql: INSERT INTO w (id, kind) VALUES (1, 'x')
    expect_error: { sqlstate: \"23514\", constraint: w_kind, table: w }
  - name: one kind twice
    setup: INSERT INTO w (id, kind) VALUES (1, 'a')
    sql: INSERT INTO w (id, kind) VALUES (2, 'a')
    expect_error: { sqlstate: \"23505\", constraint: w_kind_i }
  - name: labels in their order
    sql: SELECT unnest(enum_range(NULL::k))
    expect: [[a], [b]]
    violation: ALTER TYPE k ADD VALUE 'c'
",
        &[
            (
                "001_w.up.sql",
                "CREATE TABLE IF NOT EXISTS w (id int PRIMARY KEY, kind text CONSTRAINT w_kind CHECK (kind IN ('a', 'b')));",
            ),
            ("001_w.down.sql", "DROP TABLE w;"),
            (
                "002_i.up.sql",
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS w_kind_i ON w (kind);",
            ),
            ("002_i.down.sql", "DROP INDEX w_kind_i;"),
            (
                "003_k.up.sql",
                "DO $$ BEGIN CREATE TYPE k AS ENUM ('a', 'b'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
            ),
            ("003_k.down.sql", "DROP TYPE k;"),
        ],
    );
    let report = sandbox
        .run_with_server(&["prove", "--retries", "0", "--output", "json"])
        .exits(0)
        .json();
    let names: Vec<&str> = report["gates"][0]["protections"]
        .as_array()
        .expect("protections")
        .iter()
        .map(|protection| protection["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        names,
        [
            "vanished folder: migrations",
            "emptied folder: migrations",
            "removed migration: 003_k.up.sql",
            "number used twice: 003",
            "missing number: 4",
            "broken migration: 003_k.up.sql",
            "migration that is no text: 003_k.up.sql",
            "down without its migration",
            "removed down: 003_k.down.sql",
            "broken down: 003_k.down.sql",
            "down that does nothing: 003_k.down.sql",
            "migration that cannot be applied again",
            "migration that cannot be repeated",
            "probe: an unknown kind",
            "probe: one kind twice",
            "probe: labels in their order",
        ]
    );
}

#[test]
fn a_probe_that_nothing_tells_how_to_break_is_not_proved() {
    let sandbox = probe("    sql: SELECT 1\n    expect: [[1]]\n");
    let report = sandbox
        .run_with_server(&["prove", "--retries", "0", "--output", "json"])
        .exits(1)
        .json();
    let protections = report["gates"][0]["protections"]
        .as_array()
        .expect("protections");
    let last = protections.last().expect("the probe");
    assert_eq!(last["name"], "probe: p");
    assert_eq!(last["planted"], false);
    assert!(
        protections
            .iter()
            .rev()
            .skip(1)
            .all(|one| one["proved"] == true),
        "{protections:#?}"
    );
}

#[test]
fn wrong_gate_files_are_refused_with_a_place_and_a_reason() {
    let cases = [
        (
            "",
            "neither `migrations` nor `probes` is there; the gate would check nothing",
        ),
        ("migrations: {}\n", "key `folder` is missing"),
        (
            "migrations: { folder: ../x }\n",
            "path `../x` leads out of the tree with `..`",
        ),
        (
            "migrations: { folder: m, up: a/*.sql }\n",
            "`a/*.sql` is no pattern of file names: it has a `/`",
        ),
        (
            "migrations: { folder: m, undo: \"[\" }\n",
            "`[` is not a pattern: ",
        ),
        (
            "migrations: { folder: m, order: name }\n",
            "unknown value `name`",
        ),
        (
            "migrations: { folder: m, transactions: file }\n",
            "unknown key `transactions`",
        ),
        (
            "migrations: { folder: m, min: 0 }\n",
            "`min` is 0; a gate over no migration is never green",
        ),
        (
            "migrations: { folder: m, irreversible: [{ file: x, reason: ' ' }] }\n",
            "`reason` is empty; say why it cannot be undone",
        ),
        (
            "migrations: { folder: m, down: false, irreversible: [{ file: x, reason: y }] }\n",
            "nothing has to be undone, for `down` is false",
        ),
        (
            "probes: [{ name: ' ', sql: SELECT 1, expect: [] }]\n",
            "`name` is empty; findings call the probe by it",
        ),
        (
            "probes: [{ name: a, sql: '', expect: [] }]\n",
            "`sql` has no statement",
        ),
        (
            "probes: [{ name: a, sql: SELECT 1; SELECT 2, expect: [] }]\n",
            "`sql` is one statement; what must run before it goes into `setup`",
        ),
        (
            "probes: [{ name: a, sql: SELECT 1 }]\n",
            "probe `a` expects nothing",
        ),
        (
            "probes: [{ name: a, sql: SELECT 1, expect: [], expect_error: { sqlstate: \"23505\" } }]\n",
            "`expect` and `expect_error` exclude each other; give one",
        ),
        (
            "probes: [{ name: a, sql: SELECT 1, expect: [[]] }]\n",
            "a row without values says nothing",
        ),
        (
            "probes: [{ name: a, sql: SELECT 1, expect: [1] }]\n",
            "expected a row: a list of values, or a map by column",
        ),
        (
            "probes: [{ name: a, sql: SELECT 1, expect_error: { sqlstate: \"2350\" } }]\n",
            "`2350` is no SQLSTATE",
        ),
        (
            "probes: [{ name: a, sql: COMMIT, expect: [] }]\n",
            "`sql` has COMMIT; a probe runs in a transaction that is rolled back",
        ),
        (
            "probes: [{ name: a, setup: BEGIN; SELECT 1, sql: SELECT 1, expect: [] }]\n",
            "`setup` has BEGIN; a probe runs in a transaction that is rolled back",
        ),
        (
            "probes: [{ name: a, sql: SELECT 1, expect: [], timeout: soon }]\n",
            "`soon`",
        ),
        (
            "probes: [{ name: a, sql: SELECT 1, expect: [] }, { name: a, sql: SELECT 1, expect: [] }]\n",
            "two probes are called `a`",
        ),
    ];
    for (body, message) in cases {
        let sandbox = sandbox(body, &[]);
        let ran = sandbox.run_with_server(&["run"]);
        ran.exits(2);
        assert!(ran.stderr.contains(message), "{body}\n{}", ran.stderr);
        assert!(
            ran.stderr.contains("gates/db.yaml:"),
            "{body}\n{}",
            ran.stderr
        );
    }
}
