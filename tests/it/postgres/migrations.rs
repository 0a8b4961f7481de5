use super::house::{FOLDER, Said, W, gate, sandbox, with};
use crate::support::Sandbox;

#[test]
fn migrations_that_apply_and_are_undone_pass_with_their_evidence() {
    let sandbox = sandbox(
        "migrations: { folder: migrations, repeatable: true }
probes:
  - name: an unknown kind is refused
    sql: INSERT INTO w (id, kind) VALUES (1, 'x')
    expect_error: { sqlstate: \"23514\", constraint: w_kind, table: w }
  - name: a kind of its own accord
    sql: INSERT INTO w (id) VALUES (1) RETURNING id, kind, id > 0, NULL
    expect: [[1, a, true, null]]
  - name: nothing is left of the probe before
    sql: SELECT id FROM w
    expect: []
",
        &[
            (
                "001_w.up.sql",
                "CREATE TABLE IF NOT EXISTS w (id int PRIMARY KEY, kind text NOT NULL DEFAULT 'a' CONSTRAINT w_kind CHECK (kind IN ('a', 'b')));",
            ),
            ("001_w.down.sql", "DROP TABLE w;"),
            ("notes.txt", "no migration"),
        ],
    );
    let said = Said::of(&sandbox, 0);
    assert_eq!(said.verdict(), "pass");
    // A migration, what undoes it, and three probes.
    assert_eq!(said.0["inspected"], 5);
    for (key, value) in [
        ("migrations", 1),
        ("applied", 1),
        ("undone", 1),
        ("probes", 3),
    ] {
        assert_eq!(said.fact(key), value, "{key}");
    }
    assert_eq!(said.fact("schema")["table"], 1);
    assert_eq!(said.fact("schema_digest").as_str().map(str::len), Some(64));
    assert!(
        said.fact("server_version")
            .as_str()
            .is_some_and(|v| !v.is_empty())
    );
    assert!(said.fact("milliseconds")["own"].is_u64());
}

#[test]
fn the_schema_digest_follows_the_schema_and_nothing_else() {
    let digest = |text: &str| {
        let sandbox = sandbox(
            "migrations: { folder: migrations, down: false }\n",
            &[("001_w.up.sql", text)],
        );
        let said = Said::of(&sandbox, 0);
        said.fact("schema_digest")
            .as_str()
            .expect("a digest")
            .to_owned()
    };
    let plain = digest("CREATE TABLE w (id int);");
    assert_eq!(
        plain,
        digest("CREATE TABLE w (id integer); INSERT INTO w VALUES (1);")
    );
    assert_ne!(plain, digest("CREATE TABLE w (id bigint);"));
}

#[test]
fn a_migration_that_fails_is_found_at_the_character_the_server_names() {
    let sandbox = with(
        "-- é\nSELECT 1;\n  ALTER TABLE missing ADD x int;\n",
        "SELECT 1;",
    );
    sandbox.write("migrations/003_y.up.sql", "SELECT 1;");
    sandbox.write("migrations/003_y.down.sql", "SELECT 1;");
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        ["migration-fails migrations/002_x.up.sql:3:3"]
    );
    assert_eq!(
        said.first("message"),
        "`002_x.up.sql` does not apply: relation \"missing\" does not exist [SQLSTATE 42P01]"
    );
    assert_eq!(said.fact("applied"), 1);
}

#[test]
fn a_syntax_error_is_found_at_its_line_and_column() {
    let said = Said::of(&with("SELECT 1;\nSELECT é, FROM w;\n", "SELECT 1;"), 1);
    assert_eq!(
        said.findings(),
        ["migration-fails migrations/002_x.up.sql:2:11"]
    );
}

#[test]
fn an_error_without_a_position_is_found_at_its_statement() {
    let said = Said::of(
        &with(
            "INSERT INTO w VALUES (1);\n-- once more\nINSERT INTO w\n  VALUES (1);\n",
            "SELECT 1;",
        ),
        1,
    );
    assert_eq!(
        said.findings(),
        ["migration-fails migrations/002_x.up.sql:3:1"]
    );
    assert_eq!(
        said.first("message"),
        "`002_x.up.sql` does not apply: duplicate key value violates unique constraint \"w_pkey\" (Key (id)=(1) already exists.) [SQLSTATE 23505]"
    );
}

#[test]
fn an_error_inside_of_a_function_tells_where_it_was_raised() {
    let said = Said::of(
        &with(
            "DO $$ BEGIN\n  RAISE EXCEPTION 'no such luck' USING HINT = 'try later';\nEND $$;",
            "SELECT 1;",
        ),
        1,
    );
    assert_eq!(
        said.findings(),
        ["migration-fails migrations/002_x.up.sql:1:1"]
    );
    assert!(
        said.first("message")
            .contains("no such luck [SQLSTATE P0001]")
    );
    let help = said.first("help");
    assert!(
        help.contains("try later") && help.contains("line 2 at RAISE"),
        "{help}"
    );
}

#[test]
fn a_file_that_fails_half_way_with_commits_of_its_own_is_found() {
    let said = Said::of(
        &with(
            "BEGIN;\nCREATE TABLE kept ();\nCOMMIT;\nBEGIN;\nCREATE TABLE w ();\nCOMMIT;\n",
            "SELECT 1;",
        ),
        1,
    );
    assert_eq!(
        said.findings(),
        ["migration-fails migrations/002_x.up.sql:5:1"]
    );
}

#[test]
fn a_transaction_that_is_left_open_is_found() {
    let said = Said::of(&with("BEGIN;\nCREATE TABLE x ();\n", "DROP TABLE x;"), 1);
    assert_eq!(said.findings(), ["migration-fails migrations/002_x.up.sql"]);
    assert_eq!(
        said.first("message"),
        "`002_x.up.sql` begins a transaction and does not end it"
    );
}

#[test]
fn a_concurrent_index_must_stand_alone_in_its_file() {
    let alone = "CREATE INDEX CONCURRENTLY w_kind_i ON w (kind);";
    let said = Said::of(&with(alone, "DROP INDEX CONCURRENTLY w_kind_i;"), 0);
    assert_eq!(said.fact("undone"), 2);
    let said = Said::of(
        &with(&format!("SELECT 1;\n{alone}"), "DROP INDEX w_kind_i;"),
        1,
    );
    assert_eq!(
        said.findings(),
        ["migration-fails migrations/002_x.up.sql:2:1"]
    );
    assert!(said.first("message").contains("SQLSTATE 25001"));
}

#[test]
fn a_concurrent_index_fails_where_each_file_runs_in_a_transaction() {
    let sandbox = with(
        "CREATE INDEX CONCURRENTLY w_kind_i ON w (kind);",
        "DROP INDEX w_kind_i;",
    );
    sandbox.write(
        "gates/db.yaml",
        gate("migrations: { folder: migrations, transaction: file }\n"),
    );
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        ["migration-fails migrations/002_x.up.sql:1:1"]
    );
}

#[test]
fn files_with_transactions_of_their_own_are_applied_and_undone() {
    for up in [
        "BEGIN;\nSET LOCAL lock_timeout = '5s';\nALTER TABLE w ADD x int;\nCOMMIT;\n",
        "BEGIN; ALTER TABLE w ADD x int; COMMIT;\nBEGIN; ALTER TABLE w ALTER x SET DEFAULT 1; COMMIT;",
    ] {
        let said = Said::of(&with(up, "BEGIN; ALTER TABLE w DROP x; END;"), 0);
        assert_eq!(said.fact("undone"), 2, "{up}");
    }
}

#[test]
fn what_a_file_sets_for_its_session_is_not_there_for_the_next_one() {
    let sandbox = with("SET search_path = pg_catalog;", "SELECT 1;");
    sandbox
        .write("migrations/003_y.up.sql", "ALTER TABLE w ADD y int;")
        .write("migrations/003_y.down.sql", "ALTER TABLE w DROP y;");
    Said::of(&sandbox, 0);
}

#[test]
fn one_number_for_two_migrations_is_found() {
    let sandbox = sandbox(FOLDER, &W);
    for name in ["1_other", "2_x"] {
        sandbox
            .write(&format!("migrations/{name}.up.sql"), "SELECT 1;")
            .write(&format!("migrations/{name}.down.sql"), "SELECT 1;");
    }
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        ["migration-number-twice migrations/1_other.up.sql"]
    );
    assert_eq!(
        said.first("message"),
        "number 1 is that of `001_w.up.sql` and of `1_other.up.sql`"
    );
}

#[test]
fn a_smaller_number_that_sorts_last_is_found_unless_numbers_are_the_order() {
    let sandbox = sandbox(
        "migrations: { folder: migrations, down: false }\n",
        &[
            ("10_b.up.sql", "CREATE TABLE b ();"),
            ("9_a.up.sql", "DROP TABLE b;"),
        ],
    );
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        ["migration-order-differs migrations/9_a.up.sql"]
    );
    sandbox.write(
        "gates/db.yaml",
        gate("migrations: { folder: migrations, down: false, order: number }\n"),
    );
    // Now the table is dropped before it is made.
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        ["migration-fails migrations/9_a.up.sql:1:1"]
    );
}

#[test]
fn a_gap_is_found_where_numbers_must_follow_each_other() {
    let sandbox = sandbox(
        "migrations: { folder: migrations, down: false, consecutive: true }\n",
        &[
            ("001_a.up.sql", "SELECT 1;"),
            ("002_b.up.sql", "SELECT 1;"),
            ("004_d.up.sql", "SELECT 1;"),
            ("x.up.sql", "SELECT 1;"),
        ],
    );
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        [
            "migration-number-missing migrations/004_d.up.sql",
            "migration-number-missing migrations/x.up.sql"
        ]
    );
    assert_eq!(
        said.first("message"),
        "after `002_b.up.sql` comes `004_d.up.sql`: 3 is missing"
    );
}

#[test]
fn migrations_and_what_undoes_them_come_in_pairs() {
    let sandbox = sandbox(FOLDER, &W);
    sandbox
        .write("migrations/002_x.up.sql", "SELECT 1;")
        .write("migrations/003_y.down.sql", "SELECT 1;");
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        [
            "migration-without-down migrations/002_x.up.sql",
            "down-without-migration migrations/003_y.down.sql"
        ]
    );
}

#[test]
fn what_is_called_irreversible_need_not_be_undone_and_must_be_there() {
    let sandbox = sandbox(
        "migrations:
  folder: migrations
  irreversible:
    - { file: \"002_*\", reason: it drops what nobody can bring back }
    - { file: \"009_*\", reason: it was planned once }
",
        &W,
    );
    sandbox.write("migrations/002_x.up.sql", "DROP TABLE w;");
    let said = Said::of(&sandbox, 1);
    assert_eq!(said.findings(), ["irreversible-unused gates/db.yaml:9:15"]);
    assert_eq!(said.first("message"), "no migration is named `009_*`");
}

#[test]
fn a_down_that_fails_is_found_where_it_fails() {
    let said = Said::of(
        &with(
            "ALTER TABLE w ADD x int;",
            "ALTER TABLE w\n  DROP COLUMN y;",
        ),
        1,
    );
    assert_eq!(
        said.findings(),
        ["down-fails migrations/002_x.down.sql:1:1"]
    );
    assert_eq!(
        said.first("message"),
        "`002_x.down.sql` does not apply right after its migration: column \"y\" of relation \"w\" does not exist [SQLSTATE 42703]"
    );
}

#[test]
fn a_down_that_leaves_something_is_found_with_a_diff() {
    let up = "ALTER TABLE w ADD x int DEFAULT 7;\nCREATE INDEX w_x ON w (x);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\nALTER TABLE w ALTER kind DROP NOT NULL;";
    let said = Said::of(&with(up, "DROP INDEX w_x;"), 1);
    assert_eq!(
        said.findings(),
        ["down-incomplete migrations/002_x.down.sql"]
    );
    assert_eq!(
        said.first("message"),
        "`002_x.down.sql` leaves another schema than the one before the migration: column public.w.kind is another, column public.w.x is left, function public.f() is left"
    );
    let diff = said.first("diff");
    for line in [
        "--- schema before the migration\n+++ schema after it was undone\n",
        "\n-column public.w.kind text NOT NULL DEFAULT 'a'::text\n",
        "\n+column public.w.kind text DEFAULT 'a'::text\n",
        "\n+column public.w.x integer DEFAULT 7\n",
        "\n+function public.f() CREATE OR REPLACE FUNCTION",
    ] {
        assert!(diff.contains(line), "{line}\n{diff}");
    }
}

/// Each thing that a migration can make and a down can forget.
#[test]
fn no_sort_of_thing_is_left_behind_unseen() {
    let things = [
        ("CREATE TABLE t ();", "table public.t"),
        ("CREATE VIEW v AS SELECT 1 AS one;", "view public.v"),
        (
            "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;",
            "materialized view public.m",
        ),
        ("CREATE SEQUENCE s;", "sequence public.s"),
        ("CREATE TYPE e AS ENUM ('a');", "enum public.e"),
        ("CREATE TYPE c AS (a int);", "column public.c.a"),
        ("CREATE DOMAIN d AS int;", "domain public.d"),
        (
            "CREATE DOMAIN d AS int CONSTRAINT p CHECK (VALUE > 0);",
            "constraint public.d.p",
        ),
        (
            "CREATE TYPE r AS RANGE (SUBTYPE = int);",
            "range type public.r",
        ),
        ("CREATE SCHEMA other;", "schema other"),
        ("CREATE UNIQUE INDEX i ON w (kind);", "index public.i"),
        (
            "ALTER TABLE w ADD CONSTRAINT u UNIQUE (kind);",
            "constraint public.w.u",
        ),
        (
            "ALTER TABLE w ALTER kind SET DEFAULT 'b';",
            "column public.w.kind",
        ),
        (
            "ALTER TABLE w ALTER kind TYPE varchar(9);",
            "column public.w.kind",
        ),
        ("ALTER TABLE w ENABLE ROW LEVEL SECURITY;", "table public.w"),
        ("CREATE POLICY p ON w USING (id > 0);", "policy public.w.p"),
        (
            "CREATE RULE r AS ON DELETE TO w DO INSTEAD NOTHING;",
            "rule public.w.r",
        ),
        (
            "CREATE STATISTICS x ON id, kind FROM w;",
            "statistics public.x",
        ),
        (
            "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';",
            "procedure public.p()",
        ),
        (
            "CREATE AGGREGATE a(int) (SFUNC = int4pl, STYPE = int);",
            "aggregate public.a(integer)",
        ),
        (
            "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON w FOR EACH ROW EXECUTE FUNCTION g();",
            "trigger public.w.t",
        ),
        (
            "ALTER TABLE w ALTER id ADD GENERATED ALWAYS AS IDENTITY;",
            "column public.w.id",
        ),
    ];
    let sandbox = Sandbox::with_settings();
    for (number, (up, _)) in things.iter().enumerate() {
        let folder = format!("m{number}");
        sandbox.write(
            &format!("gates/db-{number}.yaml"),
            gate(&format!("migrations: {{ folder: {folder} }}\n"))
                .replace("id: db", &format!("id: db-{number}")),
        );
        for (name, text) in [
            W[0],
            W[1],
            ("002_x.up.sql", *up),
            ("002_x.down.sql", "SELECT 1;"),
        ] {
            sandbox.write(&format!("{folder}/{name}"), text);
        }
    }
    let report = sandbox
        .run_with_server(&["run", "--retries", "0", "--output", "json"])
        .exits(1)
        .json();
    for (number, (up, thing)) in things.iter().enumerate() {
        let id = format!("db-{number}");
        let gates = report["gates"].as_array().expect("gates");
        let gate = gates
            .iter()
            .find(|gate| gate["id"] == id.as_str())
            .expect("the gate");
        let findings = gate["findings"].as_array().expect("findings");
        let [finding] = findings.as_slice() else {
            panic!("{up}: {findings:#?}");
        };
        assert_eq!(finding["code"], "down-incomplete", "{up}");
        let diff = finding["diff"].as_str().expect("a diff");
        assert!(diff.contains(&format!("\n+{thing}")), "{up}\n{diff}");
    }
}

#[test]
fn an_enum_label_that_stays_is_told_plainly() {
    let sandbox = sandbox(
        FOLDER,
        &[
            ("001_k.up.sql", "CREATE TYPE kind AS ENUM ('a', 'c');"),
            ("001_k.down.sql", "DROP TYPE kind;"),
            (
                "002_x.up.sql",
                "ALTER TYPE kind ADD VALUE IF NOT EXISTS 'b' BEFORE 'c';",
            ),
            ("002_x.down.sql", "-- a label cannot be dropped\n"),
        ],
    );
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        ["enum-label-stays migrations/002_x.down.sql"]
    );
    assert_eq!(
        said.first("message"),
        "`002_x.down.sql` leaves 'b' in enum public.kind"
    );
}

#[test]
fn a_migration_that_cannot_be_applied_again_is_found() {
    // The schema is undone, the data is not.
    let said = Said::of(
        &with(
            "INSERT INTO w VALUES (1, 'a');\nALTER TABLE w ADD x int;",
            "ALTER TABLE w DROP x;",
        ),
        1,
    );
    assert_eq!(
        said.findings(),
        ["migration-fails-again migrations/002_x.up.sql:1:1"]
    );
    assert!(said.first("message").starts_with(
        "`002_x.up.sql` does not apply again after it was undone: duplicate key value"
    ));
}

#[test]
fn a_migration_that_cannot_be_repeated_is_found_where_that_is_asked_for() {
    let sandbox = with("ALTER TABLE w ADD x int;", "ALTER TABLE w DROP x;");
    Said::of(&sandbox, 0);
    sandbox
        .write(
            "gates/db.yaml",
            gate("migrations: { folder: migrations, repeatable: true }\n"),
        )
        .write(
            "migrations/001_w.up.sql",
            W[0].1.replace("TABLE w", "TABLE IF NOT EXISTS w"),
        );
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        ["migration-not-repeatable migrations/002_x.up.sql:1:1"]
    );
}

#[test]
fn all_that_can_be_found_is_found_in_one_run() {
    let sandbox = sandbox(
        &format!(
            "{FOLDER}probes:
  - name: no kind
    sql: INSERT INTO w (id, kind) VALUES (1, 'b')
    expect_error: {{ sqlstate: \"23514\" }}
"
        ),
        &W,
    );
    sandbox
        .write("migrations/002_x.up.sql", "CREATE TABLE x ();")
        .write("migrations/002_x.down.sql", "SELECT 1;")
        .write("migrations/002_y.up.sql", "CREATE TABLE y ();")
        .write("migrations/002_y.down.sql", "DROP TABLE z;");
    let said = Said::of(&sandbox, 1);
    assert_eq!(
        said.findings(),
        [
            "migration-number-twice migrations/002_y.up.sql",
            "down-incomplete migrations/002_x.down.sql",
            "down-fails migrations/002_y.down.sql:1:1",
            "probe-not-refused gates/db.yaml:7:11",
        ]
    );
}
