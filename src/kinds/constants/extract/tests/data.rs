use super::support::{is_missing, refusal, spans, values, without};
use crate::kinds::constants::extract::{DataPath, DataQuery};
use crate::kinds::constants::selector::Selector;

fn query(path: &str, keys: bool) -> DataQuery {
    DataQuery {
        path: DataPath::dotted(path).expect("a path"),
        keys,
        separator: None,
    }
}

fn separated(path: &str) -> DataQuery {
    DataQuery {
        separator: Some(",".to_owned()),
        ..query(path, false)
    }
}

#[test]
fn a_json_pointer_leads_to_arrays_values_and_keys() {
    let text = "{\"a/b\": {\"c~\": [\"x\", 2, \"\\u00e9\"]}, \"k\": {\"p\": null, \"q\": {}}}";
    let json = |path, keys| Selector::Json(query(path, keys));
    assert_eq!(
        values(&json("/a~1b/c~0", false), "x.json", text),
        ["x", "2", "é"]
    );
    assert_eq!(values(&json("/a~1b/c~0/0", false), "x.json", text), ["x"]);
    assert_eq!(values(&json("/k", true), "x.json", text), ["p", "q"]);
    assert!(is_missing(&json("/k/none", false), "x.json", text).contains("/k/none"));
    assert!(
        refusal(&json("/k", false), "x.json", text)
            .1
            .contains("keys: true")
    );
}

#[test]
fn json_that_is_not_strict_is_refused_with_its_line() {
    let json = Selector::Json(query("/a", false));
    for text in [
        "{\n// no\n\"a\": [\"x\"]}",
        "{\"a\":\n[\"x\",]}",
        "{\"a\": [],\n\"a\": [\"x\"]}",
        "\n",
    ] {
        let (line, _) = refusal(&json, "x.json", text);
        assert!(line <= 2, "{text}");
    }
}

#[test]
fn a_json_document_nested_without_end_is_refused() {
    let text = "[".repeat(200_000);
    refusal(&Selector::Json(query("/a", false)), "x.json", &text);
}

#[test]
fn yaml_is_read_in_blocks_and_in_flow() {
    let yaml = |path, keys| Selector::Yaml(query(path, keys));
    let text = "a:\n  b:\n    - x # no\n    - 'y'\n    - \"z\"\n  c: [x, 'y', \"z\"]\nk:\n  p: 1\n  q:\n    r: 2\n";
    assert_eq!(values(&yaml("a.b", false), "x.yaml", text), ["x", "y", "z"]);
    assert_eq!(
        spans(&yaml("a.b", false), "x.yaml", text),
        ["x", "'y'", "\"z\""]
    );
    assert_eq!(values(&yaml("a.c", false), "x.yaml", text), ["x", "y", "z"]);
    assert_eq!(values(&yaml("k", true), "x.yaml", text), ["p", "q"]);
    assert_eq!(values(&yaml("a.c.1", false), "x.yaml", text), ["y"]);
    for path in ["a.b", "a.c"] {
        for (index, left) in [["y", "z"], ["x", "z"], ["x", "y"]].iter().enumerate() {
            let cut = without(&yaml(path, false), "x.yaml", text, index);
            assert_eq!(values(&yaml(path, false), "x.yaml", &cut), *left, "{cut}");
        }
    }
}

#[test]
fn yaml_with_a_duplicate_key_is_refused() {
    let text = "a: [x]\nb: 1\nb: 2\n";
    assert_eq!(
        refusal(&Selector::Yaml(query("a", false)), "x.yaml", text).0,
        3
    );
}

#[test]
fn toml_is_read_in_tables_and_arrays() {
    let toml = |path, keys| Selector::Toml(query(path, keys));
    let text = "[a]\nb = [ \"x\", 'y', # no\n 3 ]\nv = \"p,q\"\n[k]\nm = 1\n\"n o\" = { z = 1 }\n";
    assert_eq!(values(&toml("a.b", false), "x.toml", text), ["x", "y", "3"]);
    assert_eq!(values(&toml("k", true), "x.toml", text), ["m", "n o"]);
    let parts = Selector::Toml(separated("a.v"));
    assert_eq!(values(&parts, "x.toml", text), ["p", "q"]);
    assert_eq!(spans(&parts, "x.toml", text), ["p", "q"]);
    let cut = without(&toml("k", true), "x.toml", text, 0);
    assert_eq!(values(&toml("k", true), "x.toml", &cut), ["n o"], "{cut}");
    assert_eq!(refusal(&toml("a", true), "x.toml", "[a]\nb = \n").0, 2);
}
