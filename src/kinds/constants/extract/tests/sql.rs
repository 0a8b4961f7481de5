use super::support::of;
use crate::kinds::constants::extract::{Extraction, Failure, SourceText, SqlWanted, extract};
use crate::kinds::constants::selector::Selector;

fn check(name: &str) -> Selector {
    Selector::Sql(SqlWanted::Check {
        table: None,
        name: name.to_owned(),
    })
}

fn column(table: &str, column: &str) -> Selector {
    Selector::Sql(SqlWanted::Column {
        table: table.to_owned(),
        column: column.to_owned(),
    })
}

fn an_enum(name: &str) -> Selector {
    Selector::Sql(SqlWanted::Enum(name.to_owned()))
}

fn migrations(texts: &[&str]) -> Vec<SourceText> {
    texts
        .iter()
        .enumerate()
        .map(|(index, text)| SourceText::of(&format!("{index:03}_m.up.sql"), text))
        .collect()
}

fn read(selector: &Selector, texts: &[&str]) -> Result<Extraction, Failure> {
    extract(selector, &migrations(texts))
}

#[track_caller]
fn values(selector: &Selector, texts: &[&str]) -> Vec<String> {
    let extraction = match read(selector, texts) {
        Ok(extraction) => extraction,
        Err(failure) => panic!("{failure:?}"),
    };
    // Each literal stands where the extraction says.
    for member in &extraction.members {
        let written = &texts[member.at.file][member.at.span.clone()];
        assert!(
            written.contains(&member.value),
            "{written} for {}",
            member.value
        );
    }
    of(&extraction)
}

/// The file, the line and the message of a refusal.
#[track_caller]
fn refusal(selector: &Selector, texts: &[&str]) -> (usize, u32, String) {
    match read(selector, texts) {
        Err(Failure::Unreadable { message, at }) => {
            let (line, _) = migrations(texts)[at.file].line_and_column(at.span.start);
            (at.file, line, message)
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[track_caller]
fn missing(selector: &Selector, texts: &[&str]) -> String {
    match read(selector, texts) {
        Err(Failure::Missing { what, .. }) => what,
        other => panic!("expected it to be missing, got {other:?}"),
    }
}

const TABLE: &str = "CREATE TABLE t (\n  id int PRIMARY KEY, -- CHECK (kind IN ('no'))\n  kind TEXT NOT NULL DEFAULT 'a' CHECK (kind IN ('a', 'b')),\n  n int CHECK (n > 0)\n);\n";

#[test]
fn an_inline_check_is_found_by_its_column_and_by_its_implied_name() {
    assert_eq!(values(&column("t", "kind"), &[TABLE]), ["a", "b"]);
    assert_eq!(values(&check("t_kind_check"), &[TABLE]), ["a", "b"]);
}

#[test]
fn a_constraint_is_what_the_last_migration_makes_of_it() {
    let later = "ALTER TABLE IF EXISTS public.t DROP CONSTRAINT IF EXISTS t_kind_check;\nALTER TABLE ONLY t ADD CONSTRAINT t_kind_check CHECK ((kind = ANY (ARRAY['a'::text, 'c'::text])));\n";
    assert_eq!(values(&check("t_kind_check"), &[TABLE, later]), ["a", "c"]);
    assert_eq!(values(&column("t", "kind"), &[TABLE, later]), ["a", "c"]);
}

#[test]
fn alternatives_null_and_casts_are_read() {
    let text = "CREATE TABLE t (k text, CONSTRAINT c CHECK (k IS NULL OR (k)::text = 'a'::text OR t.k IN ('b', E'c')));";
    assert_eq!(values(&check("c"), &[text]), ["a", "b", "c"]);
}

#[test]
fn a_check_of_two_columns_is_no_list_of_values() {
    let text = "CREATE TABLE t (k text, l text,\n CONSTRAINT c CHECK (k = 'a' OR l = 'b'));";
    assert_eq!(refusal(&check("c"), &[text]).1, 2);
    let text = "CREATE TABLE t (k text CONSTRAINT c CHECK (k NOT IN ('a')));";
    assert!(
        refusal(&check("c"), &[text])
            .2
            .contains("not a list of values")
    );
}

#[test]
fn a_guarded_constraint_in_a_do_block_is_found_where_it_stands() {
    let text = "DO $body$\nDECLARE n int;\nBEGIN\n  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'c') THEN\n    ALTER TABLE t\n      ADD CONSTRAINT c CHECK (k IN ('ä', 'b')) NOT VALID;\n    ALTER TABLE t VALIDATE CONSTRAINT c;\n  END IF;\nEXCEPTION WHEN duplicate_object THEN NULL;\nEND $body$;\n";
    assert_eq!(values(&check("c"), &[text]), ["ä", "b"]);
}

#[test]
fn a_branch_that_may_not_happen_is_refused() {
    let text = "DO $$ BEGIN\n IF x THEN\n  ALTER TABLE t ADD CONSTRAINT c CHECK (k IN ('a'));\n ELSE\n  ALTER TABLE t ADD CONSTRAINT c CHECK (k IN ('b'));\n END IF;\nEND $$;";
    let (_, line, message) = refusal(&check("c"), &[text]);
    assert_eq!(line, 3);
    assert!(message.contains("only running"), "{message}");
    // Whether the constraint was there before is known; what stands behind `ELSE` is not.
    let text = text.replace("IF x", "IF to_regclass('t') IS NULL");
    assert_eq!(refusal(&check("c"), &[&text]).1, 5);
}

#[test]
fn a_statement_put_together_at_run_time_is_refused_only_if_it_names_the_set() {
    let text = "DO $$ BEGIN\n EXECUTE 'ALTER TABLE t DROP CONSTRAINT t_kind_check';\nEND $$;";
    assert_eq!(refusal(&check("t_kind_check"), &[TABLE, text]).0, 1);
    let other = "DO $$ BEGIN EXECUTE 'VACUUM u'; END $$;";
    assert_eq!(values(&check("t_kind_check"), &[TABLE, other]), ["a", "b"]);
}

#[test]
fn a_statement_that_is_not_understood_is_refused_only_if_it_may_concern_the_set() {
    let odd = "ALTER TABLE u FROBNICATE THE COLUMN;";
    let extraction = read(&check("t_kind_check"), &[TABLE, odd]).expect("a set");
    assert_eq!(extraction.passed_over, 1);
    let ours = "\nALTER TABLE t FROBNICATE CONSTRAINT t_kind_check;";
    let (file, line, message) = refusal(&check("t_kind_check"), &[TABLE, ours]);
    assert_eq!((file, line), (1, 2));
    assert!(message.contains("t_kind_check"), "{message}");
}

#[test]
fn a_constraint_that_was_dropped_is_missing_with_the_place_of_the_drop() {
    for gone in [
        "ALTER TABLE t DROP CONSTRAINT t_kind_check;",
        "ALTER TABLE t DROP COLUMN kind;",
        "DROP TABLE t;",
    ] {
        missing(&check("t_kind_check"), &[TABLE, gone]);
        missing(&column("t", "kind"), &[TABLE, gone]);
    }
    let gone = "ALTER TABLE t DROP CONSTRAINT t_kind_check;";
    assert!(missing(&check("t_kind_check"), &[TABLE, gone]).contains("dropped here"));
}

#[test]
fn renamed_tables_columns_and_constraints_are_followed() {
    let text = "ALTER TABLE t RENAME TO u;\nALTER TABLE u RENAME COLUMN kind TO sort;\nALTER TABLE u RENAME CONSTRAINT t_kind_check TO sorts;";
    assert_eq!(values(&column("u", "sort"), &[TABLE, text]), ["a", "b"]);
    assert_eq!(values(&check("sorts"), &[TABLE, text]), ["a", "b"]);
}

#[test]
fn a_constraint_that_is_added_twice_with_other_values_is_refused() {
    let again = "ALTER TABLE t ADD CONSTRAINT t_kind_check CHECK (kind IN ('z'));";
    assert!(
        refusal(&check("t_kind_check"), &[TABLE, again])
            .2
            .contains("added again")
    );
}

#[test]
fn one_name_on_two_tables_is_refused_until_the_table_is_named() {
    let text = "CREATE TABLE a (k text CONSTRAINT c CHECK (k IN ('x')));\nCREATE TABLE b (k text CONSTRAINT c CHECK (k IN ('y')));";
    assert!(refusal(&check("c"), &[text]).2.contains("several tables"));
    let named = Selector::Sql(SqlWanted::Check {
        table: Some("b".to_owned()),
        name: "c".to_owned(),
    });
    assert_eq!(values(&named, &[text]), ["y"]);
}

#[test]
fn an_enum_grows_renames_and_shrinks_over_migrations() {
    let first = "CREATE TYPE public.s AS ENUM ('a', 'b''b', 'c');";
    let second = "ALTER TYPE s ADD VALUE IF NOT EXISTS 'd' AFTER 'a';\nALTER TYPE s ADD VALUE IF NOT EXISTS 'a';\nALTER TYPE s RENAME VALUE 'c' TO 'e';";
    let extraction = read(&an_enum("s"), &[first, second]).expect("a set");
    assert_eq!(of(&extraction), ["a", "b'b", "e", "d"]);
    let again =
        "ALTER TYPE s RENAME TO s_old;\nCREATE TYPE s AS ENUM ('x', 'y');\nDROP TYPE s_old;";
    assert_eq!(values(&an_enum("s"), &[first, second, again]), ["x", "y"]);
    assert!(missing(&an_enum("s"), &[first, "DROP TYPE IF EXISTS s;"]).contains("enum s"));
}

#[test]
fn a_label_that_is_added_twice_is_there_twice() {
    let text = "CREATE TYPE s AS ENUM ('a');\nALTER TYPE s ADD VALUE 'a';";
    assert_eq!(values(&an_enum("s"), &[text]), ["a", "a"]);
}

#[test]
fn a_guarded_type_in_a_do_block_is_found() {
    let text = "DO $$ BEGIN\n  CREATE TYPE s AS ENUM ('a', 'b');\nEXCEPTION\n  WHEN duplicate_object THEN null;\nEND $$;";
    assert_eq!(values(&an_enum("s"), &[text]), ["a", "b"]);
}

#[test]
fn strings_comments_and_functions_hide_nothing_and_add_nothing() {
    let text = "/* CREATE TYPE s AS ENUM ('no'); */\nINSERT INTO x VALUES ('CREATE TYPE s AS ENUM (''no'');');\nCREATE FUNCTION f() RETURNS void AS $$ BEGIN CREATE TYPE s AS ENUM ('no'); END $$ LANGUAGE plpgsql;\n\u{feff}";
    let text = text.trim_end_matches('\u{feff}');
    let real = "\u{feff}CREATE TYPE s AS ENUM ('a');\r\n";
    assert_eq!(values(&an_enum("s"), &[text, real]), ["a"]);
}

#[test]
fn a_script_that_cannot_be_split_is_refused_if_it_names_the_set() {
    let broken = "\nCREATE TYPE s AS ENUM ('a;\n";
    assert_eq!(refusal(&an_enum("s"), &[broken]).0, 0);
    let other = "SELECT 'unterminated;\n";
    let fine = "CREATE TYPE s AS ENUM ('a');";
    let extraction = read(&an_enum("s"), &[fine, other]).expect("a set");
    assert_eq!(
        (of(&extraction), extraction.passed_over),
        (vec!["a".to_owned()], 1)
    );
}

#[test]
fn an_endless_chain_of_alternatives_is_refused_and_does_not_overflow() {
    let chain = vec!["k = 'a'"; 100_000].join(" OR ");
    let text = format!("CREATE TABLE t (k text CONSTRAINT c CHECK ({chain}));");
    assert!(refusal(&check("c"), &[&text]).2.contains("words"));
}

const KINDS: &str =
    "CREATE TABLE w (kind text CONSTRAINT w_kind_check CHECK (kind IN ('a','b')));\n";

#[test]
fn what_undoes_a_migration_in_the_same_file_is_not_applied() {
    let change = |values: &str| {
        format!(
            "ALTER TABLE w DROP CONSTRAINT w_kind_check;\nALTER TABLE w ADD CONSTRAINT w_kind_check CHECK (kind IN ({values}));\n"
        )
    };
    for (up, down) in [
        ("-- +goose Up", "-- +goose Down"),
        ("-- migrate:up", "-- migrate:down"),
        ("-- +migrate Up", "-- +migrate Down"),
    ] {
        let text = format!("{up}\n{}{down}\n{}", change("'a','c'"), change("'a','b'"));
        assert_eq!(values(&check("w_kind_check"), &[KINDS, &text]), ["a", "c"]);
    }
}

#[test]
fn tables_and_types_of_other_schemas_are_others() {
    let table = SqlWanted::Check {
        table: Some("w".to_owned()),
        name: "w_kind_check".to_owned(),
    };
    let other = "CREATE TABLE audit.w (kind text CONSTRAINT w_kind_check CHECK (kind IN ('z')));";
    let texts = [KINDS, other];
    assert_eq!(values(&Selector::Sql(table.clone()), &texts), ["a", "b"]);
    assert!(
        refusal(&check("w_kind_check"), &texts)
            .2
            .contains("several tables")
    );
    let change = "ALTER TABLE audit.w DROP CONSTRAINT w_kind_check;";
    let texts = [KINDS, other, change];
    assert_eq!(values(&Selector::Sql(table), &texts), ["a", "b"]);
    let texts = [
        "CREATE TYPE public.k AS ENUM ('a');",
        "ALTER TYPE audit.k ADD VALUE 'z';",
    ];
    assert_eq!(values(&an_enum("k"), &texts), ["a"]);
}

#[test]
fn what_goes_with_its_schema_is_gone() {
    let gone = read(
        &check("w_kind_check"),
        &[KINDS, "DROP SCHEMA public CASCADE;"],
    );
    assert!(matches!(gone, Err(Failure::Missing { .. })), "{gone:?}");
    let kept = [KINDS, "DROP SCHEMA audit CASCADE;"];
    assert_eq!(values(&check("w_kind_check"), &kept), ["a", "b"]);
}

#[test]
fn the_data_of_a_copy_hides_no_statement() {
    let data = "COPY notes (t) FROM stdin;\nit's\n\\.\n";
    let text = format!("{data}ALTER TABLE w DROP CONSTRAINT w_kind_check;\n{data}");
    let gone = read(&check("w_kind_check"), &[KINDS, &text]);
    assert!(matches!(gone, Err(Failure::Missing { .. })), "{gone:?}");
}

#[test]
fn statements_whose_effect_only_running_tells_are_refused() {
    for statement in [
        "\\ir other.sql",
        "DO $$ BEGIN EXECUTE 'ALTER TABLE w DROP CONSTRAINT ' || name; END $$;",
        "DO $$ BEGIN EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', t, c); END $$;",
        "DO $$ BEGIN IF current_setting('x') = 'y' THEN ALTER TABLE w DROP CONSTRAINT w_kind_check; END IF; END $$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE w DROP CONSTRAINT w_kind_check; END $$;",
        "DELETE FROM pg_catalog.pg_constraint WHERE conname LIKE 'w%';",
        "DROP OWNED BY somebody;",
        "ROLLBACK;",
        "ALTER TABLE w DROP COLUMN kind; SELECT 'open",
    ] {
        assert_eq!(
            refusal(&check("w_kind_check"), &[KINDS, statement]).0,
            1,
            "{statement}"
        );
    }
}

#[test]
fn statements_that_cannot_change_the_set_are_passed_over() {
    for statement in [
        "DO $$ BEGIN EXECUTE 'CREATE INDEX i ON w (kind)'; END $$;",
        "DO $$ BEGIN EXECUTE format('GRANT SELECT ON %I TO r', t); END $$;",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE w SET kind = 'a'; RETURN NEW; END $$;",
        "INSERT INTO notes SELECT conname FROM pg_constraint;",
        "ROLLBACK TO SAVEPOINT s;",
        "\\set ON_ERROR_STOP on",
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'x') THEN ALTER TABLE w ADD COLUMN x int; END IF; END $$;",
    ] {
        let texts = [KINDS, statement];
        assert_eq!(
            values(&check("w_kind_check"), &texts),
            ["a", "b"],
            "{statement}"
        );
    }
}

#[test]
fn a_second_check_that_takes_a_value_away_is_refused() {
    let table = |other: &str| {
        format!("CREATE TABLE w (kind text CHECK (kind IN ('a','b')), CHECK ({other}));\n")
    };
    let fits = table("length(kind) < 9");
    assert_eq!(values(&column("w", "kind"), &[&fits]), ["a", "b"]);
    let takes = table("kind <> 'b'");
    assert_eq!(refusal(&column("w", "kind"), &[&takes]).0, 0);
}

#[test]
fn a_constraint_that_nobody_enforces_is_refused() {
    let text = "CREATE TABLE t (kind TEXT CONSTRAINT k CHECK (kind IN ('a', 'b')) NOT ENFORCED);\n";
    let (_, line, message) = refusal(&check("k"), &[text]);
    assert_eq!(line, 1);
    assert_eq!(
        message,
        "constraint k is NOT ENFORCED, and keeps no value out"
    );
    let moved = [
        "CREATE TABLE t (kind TEXT CONSTRAINT k CHECK (kind IN ('a', 'b')));\n",
        "ALTER TABLE t DROP CONSTRAINT k;\nALTER TABLE t ADD CONSTRAINT k CHECK (kind IN ('a', 'b')) NOT ENFORCED;\n",
    ];
    assert_eq!(refusal(&check("k"), &moved).0, 1);
}

#[test]
fn a_constraint_that_moves_to_another_column_or_table_under_its_old_name_is_refused() {
    let first = "CREATE TABLE t (kind TEXT CONSTRAINT k CHECK (kind IN ('a', 'b')), name TEXT);\n";
    let drop = "ALTER TABLE t DROP CONSTRAINT k;\n";
    for (again, now) in [
        (
            "ALTER TABLE t ADD CONSTRAINT k CHECK (name IN ('a', 'b'));\n",
            "t.name",
        ),
        (
            "CREATE TABLE u (kind TEXT, CONSTRAINT k CHECK (kind IN ('a', 'b')));\n",
            "u.kind",
        ),
    ] {
        let (file, _, message) = refusal(&check("k"), &[first, drop, again]);
        assert_eq!(file, 2);
        assert_eq!(
            message,
            format!(
                "constraint k was about t.kind, and is about {now} here; name the column with `check_column`"
            )
        );
    }
    for again in [
        "ALTER TABLE t ADD CONSTRAINT k CHECK (kind IN ('a', 'c'));\n",
        "ALTER TABLE t RENAME COLUMN kind TO sort;\nALTER TABLE t ADD CONSTRAINT k CHECK (sort IN ('a', 'c'));\n",
        "ALTER TABLE t RENAME TO u;\nALTER TABLE u ADD CONSTRAINT k CHECK (kind IN ('a', 'c'));\n",
    ] {
        assert_eq!(values(&check("k"), &[first, drop, again]), ["a", "c"]);
    }
}
