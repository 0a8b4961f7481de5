use proptest::collection::btree_set;
use proptest::prelude::*;

use super::support::{read, values};
use crate::kinds::constants::extract::{
    DataPath, DataQuery, PythonShape, SqlWanted, TypeScriptShape,
};
use crate::kinds::constants::selector::{GoSelector, Selector};

/// Any text that is no control character: quotes, backslashes, braces, comment signs and all.
fn members() -> impl Strategy<Value = Vec<String>> {
    btree_set("[ -~äß漢😀]{1,12}", 1..8).prop_map(|set| set.into_iter().collect())
}

/// Renders a set around its literals, each written by the extractor's own writer.
fn join(members: &[String], separator: &str, write: fn(&str) -> String) -> String {
    let literals: Vec<String> = members.iter().map(|value| write(value)).collect();
    literals.join(separator)
}

fn query(path: &str) -> DataQuery {
    DataQuery {
        path: DataPath::dotted(path).expect("a path"),
        keys: false,
        separator: None,
    }
}

fn json_string(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

fn sql_string(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn shell_string(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

proptest! {
    #[test]
    fn what_is_written_in_go_is_read_again(set in members()) {
        let text = format!("package p\nvar X = []string{{{}}}\n", join(&set, ", ", json_string));
        prop_assert_eq!(&values(&GoSelector::Slice("X".to_owned()).into(), "p.go", &text), &set);
        let specs: Vec<String> = set.iter().enumerate()
            .map(|(index, value)| format!("\tA{index} = {}\n", json_string(value))).collect();
        let text = format!("package p\nconst (\n{})\n", specs.concat());
        prop_assert_eq!(&values(&GoSelector::Block("A0".to_owned()).into(), "p.go", &text), &set);
    }

    #[test]
    fn what_is_written_in_typescript_is_read_again(set in members()) {
        let list = join(&set, ", ", json_string);
        let selector = Selector::TypeScript(TypeScriptShape::Array, "X".to_owned());
        let text = format!("export const X = [{list}] as const;\n");
        prop_assert_eq!(&values(&selector, "x.ts", &text), &set);
        let selector = Selector::TypeScript(TypeScriptShape::Union, "X".to_owned());
        let text = format!("export type X = {};\n", join(&set, " | ", json_string));
        prop_assert_eq!(&values(&selector, "x.ts", &text), &set);
    }

    #[test]
    fn what_is_written_in_python_is_read_again(set in members()) {
        let list = join(&set, ", ", json_string);
        let selector = Selector::Python(PythonShape::Sequence("X".to_owned()));
        prop_assert_eq!(&values(&selector, "x.py", &format!("X = ({list},)\n")), &set);
        let selector = Selector::Python(PythonShape::Literal("X".to_owned()));
        prop_assert_eq!(&values(&selector, "x.py", &format!("X = Literal[{list}]\n")), &set);
    }

    #[test]
    fn what_is_written_in_sql_is_read_again(set in members()) {
        let list = join(&set, ", ", sql_string);
        let selector = Selector::Sql(SqlWanted::Enum("s".to_owned()));
        let text = format!("CREATE TYPE s AS ENUM ({list});\n");
        prop_assert_eq!(&values(&selector, "1.sql", &text), &set);
        let selector = Selector::Sql(SqlWanted::Check { table: None, name: "c".to_owned() });
        let text = format!("CREATE TABLE t (k text CONSTRAINT c CHECK (k IN ({list})));\n");
        prop_assert_eq!(&values(&selector, "1.sql", &text), &set);
    }

    #[test]
    fn what_is_written_in_data_files_is_read_again(set in members()) {
        let list = join(&set, ", ", json_string);
        let json = Selector::Json(query("/x"));
        prop_assert_eq!(&values(&json, "x.json", &format!("{{\"x\": [{list}]}}")), &set);
        let yaml = Selector::Yaml(query("x"));
        prop_assert_eq!(&values(&yaml, "x.yaml", &format!("x: [{list}]\n")), &set);
        let block = join(&set, "\n- ", json_string);
        prop_assert_eq!(&values(&yaml, "x.yaml", &format!("x:\n- {block}\n")), &set);
        let toml = Selector::Toml(query("x"));
        prop_assert_eq!(&values(&toml, "x.toml", &format!("x = [{list}]\n")), &set);
    }

    #[test]
    fn what_is_written_in_shell_is_read_again(set in members()) {
        let text = format!("X=({})\n", join(&set, " ", shell_string));
        prop_assert_eq!(&values(&Selector::ShellArray("X".to_owned()), "x.sh", &text), &set);
    }

    #[test]
    fn no_text_whatever_makes_an_extractor_panic(text in "(?s).{0,200}") {
        for selector in every_selector() {
            let _ = read(&selector, "x.ts", &text);
        }
    }

    #[test]
    fn no_text_made_of_syntax_makes_an_extractor_panic(
        words in proptest::collection::vec(prop_oneof![
            Just("const"), Just("X"), Just("="), Just("("), Just(")"), Just("{"), Just("}"),
            Just("["), Just("]"), Just("\"a\""), Just("'b'"), Just(","), Just("\n"), Just("|"),
            Just("type"), Just("enum"), Just("class"), Just(":"), Just("iota"), Just("CHECK"),
            Just("IN"), Just("CREATE"), Just("TABLE"), Just("TYPE"), Just("AS"), Just("ENUM"),
            Just("DO"), Just("$$"), Just("BEGIN"), Just("END"), Just("IF"), Just("THEN"),
            Just(";"), Just("ARG"), Just("FROM"), Just("var"), Just("\\"), Just("ä"), Just("-"),
        ], 0..60)
    ) {
        let text = words.join(" ");
        for selector in every_selector() {
            let _ = read(&selector, "x.ts", &text);
        }
    }
}

fn every_selector() -> Vec<Selector> {
    let x = || "X".to_owned();
    let mut selectors: Vec<Selector> = vec![
        GoSelector::Consts(vec![x()]).into(),
        GoSelector::Type(x()).into(),
        GoSelector::Block(x()).into(),
        GoSelector::Slice(x()).into(),
        GoSelector::MapKeys(x()).into(),
        Selector::Python(PythonShape::Constants(vec![x()])),
        Selector::Python(PythonShape::Enum(x())),
        Selector::Python(PythonShape::Literal(x())),
        Selector::Python(PythonShape::Sequence(x())),
        Selector::Python(PythonShape::DictKeys(x())),
        Selector::Sql(SqlWanted::Enum("x".to_owned())),
        Selector::Sql(SqlWanted::Check {
            table: None,
            name: "x".to_owned(),
        }),
        Selector::Sql(SqlWanted::Column {
            table: "x".to_owned(),
            column: "b".to_owned(),
        }),
        Selector::Json(query("X")),
        Selector::Yaml(query("X")),
        Selector::Toml(query("X")),
        Selector::Dockerfile {
            arg: x(),
            separator: Some(",".to_owned()),
        },
        Selector::EnvFile {
            key: x(),
            separator: Some(",".to_owned()),
        },
        Selector::ShellArray(x()),
        Selector::ShellWords(x()),
    ];
    for shape in [
        TypeScriptShape::Object,
        TypeScriptShape::KeysOf,
        TypeScriptShape::Union,
        TypeScriptShape::Enum,
        TypeScriptShape::Array,
    ] {
        selectors.push(Selector::TypeScript(shape, x()));
    }
    selectors
}
