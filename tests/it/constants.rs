//! Gates of kind `constants`: each language against a JSON list, what is found, and where.

use serde_json::Value;

use crate::support::{Ran, Sandbox};

/// A gate with these sides below the common keys.
fn gate(id: &str, body: &str) -> String {
    format!("id: {id}\nabout: The copies agree.\nkind: constants\n{body}")
}

/// A root with one gate, `kinds`, and these files.
fn sandbox(body: &str, files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox.write("gates/kinds.yaml", gate("kinds", body));
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox
}

fn run(sandbox: &Sandbox) -> Ran {
    sandbox.run(&["run", "--output", "json"])
}

/// The verdict, and the code, message and places of each finding.
#[track_caller]
fn outcome(sandbox: &Sandbox, exit: i32) -> (String, Vec<(String, String, Vec<String>)>) {
    let report = run(sandbox).exits(exit).json();
    let gate = &report["gates"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = gate["findings"].as_array().expect("findings");
    let findings = findings
        .iter()
        .map(|finding| {
            let places = finding["locations"].as_array().expect("locations");
            let places = places
                .iter()
                .map(|at| match at["line"].as_u64() {
                    Some(line) => format!("{}:{line}", text(&at["path"])),
                    None => text(&at["path"]),
                })
                .collect();
            (text(&finding["code"]), text(&finding["message"]), places)
        })
        .collect();
    (text(&gate["verdict"]), findings)
}

const LIST: (&str, &str) = ("list.json", "{\"kinds\": [\"one\", \"two\", \"three\"]}\n");

/// Every way of writing the three members of `LIST` down: the side, the file, its text.
const COPIES: &[(&str, &str, &str)] = &[
    (
        "go: p/a.go, consts: [One, Two, Three]",
        "p/a.go",
        "package p\n\nconst (\n\tOne = \"one\"\n\tTwo = \"two\" // the second\n\tOther = \"x\"\n)\n\nconst Three = `three`\n",
    ),
    (
        "go: \"q/*.go\", type: Kind",
        "q/a.go",
        "package q\n\ntype Kind string\n\nconst (\n\tOne Kind = \"one\"\n\tTwo Kind = \"two\"\n)\n\nconst Three = Kind(\"three\")\n",
    ),
    (
        "go: r/a.go, block: Two",
        "r/a.go",
        "package r\n\nconst (\n\tOne = \"one\"\n\tTwo = \"two\"\n\tThree = \"three\"\n)\n",
    ),
    (
        "go: s/a.go, slice: All",
        "s/a.go",
        "package s\n\nconst One = \"one\"\n\nvar All = []string{\n\tOne,\n\t\"two\",\n\t\"three\",\n}\n",
    ),
    (
        "go: t/a.go, map_keys: All",
        "t/a.go",
        "package t\n\nvar All = map[string]bool{\"one\": true, \"two\": true, \"three\": true}\n",
    ),
    (
        "typescript: a.ts, object: KIND",
        "a.ts",
        "export const KIND = {\n  One: \"one\",\n  Two: \"two\",\n  Three: 'three',\n} as const;\n",
    ),
    (
        "typescript: b.ts, keys_of: KIND",
        "b.ts",
        "export const KIND = { one: 1, \"two\": 2, three: 3 } satisfies Record<string, number>;\n",
    ),
    (
        "typescript: c.ts, union: Kind",
        "c.ts",
        "export type Kind =\n  | 'one'\n  | 'two'\n  | 'three';\n",
    ),
    (
        "typescript: d.ts, enum: Kind",
        "d.ts",
        "export enum Kind { One = 'one', Two = 'two', Three = 'three' }\n",
    ),
    (
        "typescript: e.tsx, array: KINDS",
        "e.tsx",
        "export const KINDS = new Set(['one', 'two', 'three']);\nexport const C = () => <b>x</b>;\n",
    ),
    (
        "python: a.py, constants: [ONE, TWO, THREE]",
        "a.py",
        "ONE = 'one'\nTWO: str = \"two\"\nTHREE = 'th' 'ree'\n",
    ),
    (
        "python: b.py, enum: Kind",
        "b.py",
        "class Kind(str, Enum):\n    ONE = 'one'\n    TWO = 'two'\n    THREE = 'three'\n",
    ),
    (
        "python: c.py, literal: Kind",
        "c.py",
        "Kind = Literal['one', 'two', 'three']\n",
    ),
    (
        "python: d.py, sequence: KINDS",
        "d.py",
        "KINDS = frozenset({'one', 'two', 'three'})\n",
    ),
    (
        "python: e.py, dict_keys: KINDS",
        "e.py",
        "KINDS = {\n    'one': 1,\n    'two': 2,\n    'three': 3,\n}\n",
    ),
    (
        "sql: \"m/*.up.sql\", check: t_kind_check",
        "m/001_a.up.sql",
        "CREATE TABLE t (kind text CHECK (kind IN ('one', 'two', 'three')));\n",
    ),
    (
        "sql: \"n/*.up.sql\", check_column: t.kind",
        "n/001_a.up.sql",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'one'\n  CHECK (kind = ANY (ARRAY['one'::text, 'two'::text, 'three'::text]));\n",
    ),
    (
        "sql: \"o/*.up.sql\", enum: kinds",
        "o/001_a.up.sql",
        "CREATE TYPE kinds AS ENUM ('one', 'two');\nALTER TYPE kinds ADD VALUE 'three';\n",
    ),
    (
        "yaml: a.yaml, path: a.kinds",
        "a.yaml",
        "a:\n  kinds:\n    - one\n    - 'two'\n    - three # the last\n",
    ),
    (
        "yaml: b.yaml, path: kinds, keys: true",
        "b.yaml",
        "kinds:\n  one: 1\n  two: 2\n  three: 3\n",
    ),
    (
        "toml: a.toml, path: a.kinds",
        "a.toml",
        "[a]\nkinds = [\"one\", \"two\", \"three\"]\n",
    ),
    (
        "json: a.json, pointer: /kinds, keys: true",
        "a.json",
        "{\"kinds\": {\"one\": 1, \"two\": 2, \"three\": 3}}\n",
    ),
    (
        "dockerfile: Dockerfile, arg: KINDS, separator: \",\"",
        "Dockerfile",
        "ARG KINDS=one,two,three\nFROM scratch\n",
    ),
    (
        "env_file: sample.env, key: KINDS, separator: \",\"",
        "sample.env",
        "export KINDS=\"one, two, three\"\n",
    ),
    (
        "shell: a.sh, array: KINDS",
        "a.sh",
        "KINDS=(\n  one\n  'two'\n  \"three\"\n)\n",
    ),
    (
        "shell: b.sh, words: KINDS",
        "b.sh",
        "KINDS=\"one two three\"\n",
    ),
    (
        "regex: a.txt, pattern: \"^kind: (.+)$\"",
        "a.txt",
        "kind: one\nkind: two\nkind: three\n",
    ),
];

/// A root with a gate for each of the copies.
fn all_copies() -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox.write(LIST.0, LIST.1);
    for (index, (side, path, text)) in COPIES.iter().enumerate() {
        let id = format!("kinds-{index}");
        let body = format!(
            "canonical: {{ name: original, json: list.json, pointer: /kinds }}\nmirrors:\n  - {{ name: copy, {side} }}\n"
        );
        sandbox.write(&format!("gates/{id}.yaml"), gate(&id, &body));
        sandbox.write(path, text);
    }
    sandbox
}

#[test]
fn every_way_of_writing_a_set_down_is_read() {
    let report = run(&all_copies()).exits(0).json();
    let gates = report["gates"].as_array().expect("gates");
    assert_eq!(gates.len(), COPIES.len());
    for gate in gates {
        assert_eq!(gate["verdict"], "pass", "{gate}");
        assert_eq!(gate["inspected"], 6, "{gate}");
    }
}

#[test]
fn every_way_of_writing_a_set_down_turns_red_when_it_drifts() {
    let ran = all_copies().run(&["prove", "--output", "json"]);
    let report = ran.exits(0).json();
    assert_eq!(report["proved"], report["of"], "{report}");
    for gate in report["gates"].as_array().expect("gates") {
        let side = &gate["id"];
        let names: Vec<&str> = gate["protections"]
            .as_array()
            .expect("protections")
            .iter()
            .filter_map(|protection| protection["name"].as_str())
            .collect();
        assert!(names.contains(&"changed member: copy"), "{side}: {names:?}");
        assert!(names.contains(&"vanished file: copy"), "{side}: {names:?}");
        assert!(
            names.contains(&"removed member: original"),
            "{side}: {names:?}"
        );
    }
}

const MIRROR: &str = "canonical: { name: original, json: list.json, pointer: /kinds }\nmirrors:\n  - { name: copy, yaml: copy.yaml, path: kinds";

fn mirrored(keys: &str, copy: &str) -> Sandbox {
    sandbox(
        &format!("{MIRROR}{keys} }}\n"),
        &[LIST, ("copy.yaml", copy)],
    )
}

#[test]
fn a_member_that_the_copy_lacks_is_missing_there() {
    let (verdict, findings) = outcome(&mirrored("", "kinds:\n  - one\n  - two\n"), 1);
    assert_eq!(verdict, "fail");
    let (code, message, places) = &findings[0];
    assert_eq!(code, "constants-missing");
    assert_eq!(
        message,
        "copy (`kinds`) lacks `three`, which original (`/kinds`) has"
    );
    assert_eq!(*places, ["copy.yaml:1", "list.json:1"]);
}

#[test]
fn a_member_that_only_the_copy_has_is_unexpected() {
    let copy = "kinds:\n  - one\n  - two\n  - three\n  - four\n";
    let (_, findings) = outcome(&mirrored("", copy), 1);
    assert_eq!(findings[0].0, "constants-unexpected");
    assert_eq!(findings[0].2, ["copy.yaml:5", "list.json:1"]);
}

#[test]
fn a_member_that_was_changed_is_one_finding_with_both_places() {
    let (_, findings) = outcome(&mirrored("", "kinds:\n  - one\n  - too\n  - three\n"), 1);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].0, "constants-changed");
    assert_eq!(
        findings[0].1,
        "copy (`kinds`) lacks `two`, which original (`/kinds`) has, and has `too` instead"
    );
    assert_eq!(findings[0].2, ["copy.yaml:3", "list.json:1"]);
}

#[test]
fn a_subset_may_lack_and_a_superset_may_add() {
    outcome(&mirrored(", relation: subset", "kinds: [one]\n"), 0);
    let (_, findings) = outcome(&mirrored(", relation: subset", "kinds: [one, x]\n"), 1);
    assert_eq!(findings[0].0, "constants-unexpected");
    let more = "kinds: [one, two, three, four]\n";
    outcome(&mirrored(", relation: superset", more), 0);
    let (_, findings) = outcome(&mirrored(", relation: superset", "kinds: [one, four]\n"), 1);
    assert_eq!(findings[0].0, "constants-missing");
}

#[test]
fn disjoint_sets_share_nothing() {
    outcome(&mirrored(", relation: disjoint", "kinds: [four]\n"), 0);
    let (_, findings) = outcome(&mirrored(", relation: disjoint", "kinds: [four, two]\n"), 1);
    assert_eq!(findings[0].0, "constants-shared");
}

#[test]
fn a_value_that_stands_twice_is_a_finding_at_both_places() {
    let copy = "kinds:\n  - one\n  - two\n  - three\n  - two\n";
    let (_, findings) = outcome(&mirrored("", copy), 1);
    assert_eq!(findings[0].0, "constants-duplicate");
    assert_eq!(findings[0].2, ["copy.yaml:5", "copy.yaml:3"]);
}

#[test]
fn two_empty_sets_are_never_equal() {
    let files = [
        ("list.json", "{\"kinds\": []}"),
        ("copy.yaml", "kinds: []\n"),
    ];
    let (verdict, findings) = outcome(&sandbox(&format!("{MIRROR} }}\n"), &files), 3);
    assert_eq!(verdict, "vacuous");
    let codes: Vec<&str> = findings.iter().map(|finding| finding.0.as_str()).collect();
    assert_eq!(codes, ["constants-empty", "constants-empty"]);
}

#[test]
fn a_set_below_its_minimum_size_is_vacuous() {
    let copy = "kinds: [one, two, three]\n";
    outcome(&mirrored(", min_size: 3", copy), 0);
    let (verdict, findings) = outcome(&mirrored(", min_size: 4", copy), 3);
    assert_eq!(verdict, "vacuous");
    assert!(
        findings[0].1.contains("at least 4 expected"),
        "{findings:?}"
    );
}

#[test]
fn transforms_happen_in_the_order_in_which_they_are_written() {
    let copy = "kinds: [K_ONE, K_TWO, K_X, THREE_S]\n";
    let keys = ", strip_prefix: K_, lower: true, strip_suffix: _s, remove: [x]";
    outcome(&mirrored(keys, copy), 0);
    // In lower case first, the prefix fits no more.
    let keys = ", lower: true, strip_prefix: K_, strip_suffix: _s, remove: [x]";
    let (_, findings) = outcome(&mirrored(keys, copy), 1);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.0.as_str()).collect();
    assert!(codes.contains(&"constants-dead-transform"), "{codes:?}");
}

#[test]
fn transforms_are_proved_together_with_what_they_stand_for() {
    let copy = "kinds: [k_one, k_zwei, k_drei, k_other]\n";
    let keys = ", strip_prefix: k_, map: { zwei: two }, remove: [other, drei], add: [three]";
    let sandbox = mirrored(keys, copy);
    outcome(&sandbox, 0);
    sandbox.run(&["prove"]).exits(0);
}

#[test]
fn an_entry_of_a_transform_that_fits_nothing_is_a_finding() {
    let copy = "kinds: [one, two, three]\n";
    for (keys, said) in [
        (", map: { four: five }", "`map` names `four`"),
        (", remove: [four]", "`remove` names `four`"),
        (", add: [two]", "`add` names `two`"),
        (", strip_suffix: _x", "`strip_suffix: _x` fits no member"),
        (", lower: true", "`lower` changes no member"),
    ] {
        let (_, findings) = outcome(&mirrored(keys, copy), 1);
        assert_eq!(findings[0].0, "constants-dead-transform", "{keys}");
        assert!(findings[0].1.contains(said), "{findings:?}");
    }
}

#[test]
fn a_file_or_a_symbol_that_is_gone_is_a_finding_that_says_how_to_retire() {
    let body = format!("{MIRROR} }}\n");
    let gone = sandbox(&body, &[LIST]);
    let renamed = sandbox(&body, &[LIST, ("copy.yaml", "sorts: [one]\n")]);
    for sandbox in [gone, renamed] {
        let report = run(&sandbox).exits(1).json();
        let finding = &report["gates"][0]["findings"][0];
        assert_eq!(finding["code"], "subject-missing");
        assert_eq!(finding["locations"][0]["path"], "copy.yaml");
        let help = finding["help"].as_str().expect("help");
        assert!(help.contains("in the same commit"), "{help}");
    }
}

#[test]
fn a_pattern_that_matches_no_file_is_a_finding() {
    let body = "canonical: { name: original, json: list.json, pointer: /kinds }\nmirrors:\n  - { name: database, sql: \"m/*.up.sql\", enum: kinds }\n";
    let undone = ("m/1_a.down.sql", "CREATE TYPE kinds AS ENUM ('one');\n");
    let (_, findings) = outcome(&sandbox(body, &[LIST, undone]), 1);
    assert_eq!(findings[0].0, "subject-missing");
    assert!(findings[0].1.contains("no file matches `m/*.up.sql`"));
}

#[test]
fn migrations_that_undo_others_are_not_applied() {
    let body = "canonical: { name: original, json: list.json, pointer: /kinds }\nmirrors:\n  - { name: database, sql: \"m/*.sql\", enum: kinds }\n";
    let up = (
        "m/1_a.up.sql",
        "CREATE TYPE kinds AS ENUM ('one', 'two', 'three');\n",
    );
    let down = ("m/1_a.down.sql", "DROP TYPE kinds;\n");
    outcome(&sandbox(body, &[LIST, up, down]), 0);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line() {
    let copy = "kinds:\n  - one\n  - [nested]\n";
    let (verdict, findings) = outcome(&mirrored("", copy), 3);
    assert_eq!(verdict, "refused");
    assert_eq!(findings[0].0, "constants-unreadable");
    assert!(findings[0].2[0].starts_with("copy.yaml:3"), "{findings:?}");
    let sandbox = mirrored("", "");
    sandbox.write("copy.yaml", b"kinds: [\xff]\n");
    let (verdict, findings) = outcome(&sandbox, 3);
    assert_eq!(verdict, "refused");
    assert!(findings[0].1.contains("not UTF-8"), "{findings:?}");
}

#[test]
fn a_folder_or_a_symlink_in_the_place_of_the_file_is_refused() {
    let sandbox = sandbox(&format!("{MIRROR} }}\n"), &[LIST, ("copy.yaml/x", "")]);
    let (verdict, findings) = outcome(&sandbox, 3);
    assert_eq!(
        (verdict.as_str(), findings[0].0.as_str()),
        ("refused", "tree-wrong-type")
    );
}

#[test]
fn a_difference_between_two_mirrors_and_a_missing_one_are_all_told() {
    let body = format!(
        "{MIRROR} }}\n  - {{ name: other, json: other.json, pointer: /k }}\n  - {{ name: third, json: none.json, pointer: /k }}\n"
    );
    let files = [
        LIST,
        ("copy.yaml", "kinds: [one, two]\n"),
        (
            "other.json",
            "{\"k\": [\"one\", \"two\", \"three\", \"x\"]}",
        ),
    ];
    let (_, findings) = outcome(&sandbox(&body, &files), 1);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.0.as_str()).collect();
    assert_eq!(
        codes,
        [
            "constants-missing",
            "constants-unexpected",
            "subject-missing"
        ]
    );
}

#[test]
fn a_side_that_is_declared_wrongly_is_refused_with_its_place() {
    for (side, said) in [
        ("yaml: a.yaml", "does not say what to read in the file"),
        ("path: kinds", "does not say what file to read"),
        ("yaml: a.yaml, json: b.json, path: x", "is a second file"),
        ("yaml: a.yaml, check: x", "`check` does not go with `yaml`"),
        ("go: a.go, type: A, block: B", "each say what to read"),
        ("yaml: \"*.yaml\", path: x", "reads one file"),
        ("go: ../a.go, type: A", "leads out of the tree"),
        ("go: a.go, consts: [A, A]", "names `A` twice"),
        ("regex: a, pattern: \"a(b)(c)\"", "it needs exactly one"),
        ("regex: a, pattern: \"(\"", "not a regular expression"),
        ("json: a, pointer: x", "not a JSON pointer"),
        ("sql: a, check_column: x", "is not `table.column`"),
        ("go: a.go, type: A, min_size: 0", "`min_size` is 0"),
        ("go: a.go, type: A, remove: []", "an empty transform"),
        ("go: a.go, type: A, relation: same", "same"),
    ] {
        let body = format!(
            "canonical: {{ name: original, json: list.json, pointer: /kinds }}\nmirrors:\n  - {{ name: copy, {side} }}\n"
        );
        let ran = run(&sandbox(&body, &[LIST]));
        ran.exits(2);
        assert!(ran.stderr.contains(said), "{side}:\n{}", ran.stderr);
        let place = "gates/kinds.yaml:6:";
        assert!(ran.stderr.contains(place), "{side}:\n{}", ran.stderr);
    }
}

#[test]
fn a_relation_at_the_canonical_side_and_one_name_for_two_sides_are_refused() {
    let body = "canonical: { name: copy, json: list.json, pointer: /kinds, relation: equal }\nmirrors:\n  - { name: copy, json: list.json, pointer: /kinds }\n";
    let ran = run(&sandbox(body, &[LIST]));
    ran.exits(2);
    assert!(
        ran.stderr.contains("`relation` stands at a mirror"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("two sides are called `copy`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_canonical_side_is_read_at_its_locked_commit_and_proved_there() {
    let sandbox = Sandbox::new();
    sandbox.repository("repos/o/one", &[("kinds.json", "[\"a\", \"b\"]\n")]);
    let locked = sandbox.commit("repos/o/one", &[]);
    sandbox
        .write(
            "driftgate.yaml",
            "providers: { local: { url: '../repos/{repo}' } }\n",
        )
        .write(
            "manifest.json",
            format!(
                "{{\"workspace_templates\": [{{\"name\": \"one\", \"repo\": \"o/one\", \"ref\": \"{locked}\"}}]}}\n"
            ),
        )
        .write(
            "gates/kinds.yaml",
            gate(
                "kinds",
                "canonical: { name: template, source: { template: one }, json: kinds.json, pointer: \"\" }\nmirrors:\n  - { name: copy, python: k.py, sequence: K }\n",
            ),
        )
        .write("k.py", "K = (\"a\", \"b\")\n");
    sandbox.run(&["sync"]).exits(0);
    // What the template says later does not count.
    sandbox.commit("repos/o/one", &[("kinds.json", "[\"a\", \"z\"]\n")]);
    assert_eq!(outcome(&sandbox, 0).0, "pass");
    let proof = sandbox.run(&["prove", "--offline", "--output", "json"]);
    let proof = proof.exits(0).json();
    assert_eq!(proof["proved"], proof["of"], "{proof:#}");
    sandbox.write("k.py", "K = (\"a\", \"z\")\n");
    let (verdict, findings) = outcome(&sandbox, 1);
    assert_eq!(verdict, "fail");
    assert_eq!(findings[0].0, "constants-changed");
    let place = format!("one@{}:kinds.json:1", &locked[..12]);
    assert!(findings[0].2.contains(&place), "{:?}", findings[0].2);
}
