use super::support::{is_missing, refusal, spans, values, without};
use crate::kinds::constants::extract::TypeScriptShape;
use crate::kinds::constants::selector::Selector;

fn ts(shape: TypeScriptShape) -> Selector {
    Selector::TypeScript(shape, "X".to_owned())
}

#[test]
fn an_object_is_read_through_as_const_satisfies_and_freeze() {
    for text in [
        "export const X = { A: \"a\", 'b-b': 'b' } as const;",
        "const X = { A: \"a\", 'b-b': 'b' } as const satisfies Record<string, string>;",
        "export const X = Object.freeze({ A: \"a\", 'b-b': `b`, });",
        "// const X = { A: 'no' }\nexport const X: R = ({ A: \"a\", /* C: 'c', */ 'b-b': 'b' });",
    ] {
        assert_eq!(
            values(&ts(TypeScriptShape::Object), "x.ts", text),
            ["a", "b"]
        );
        assert_eq!(
            values(&ts(TypeScriptShape::KeysOf), "x.ts", text),
            ["A", "b-b"]
        );
    }
}

#[test]
fn what_an_object_takes_from_elsewhere_is_refused() {
    for text in [
        "const X = {\n  ...other };",
        "const X = {\n  a: f() };",
        "const X = {\n  a() {} };",
    ] {
        assert_eq!(
            refusal(&ts(TypeScriptShape::KeysOf), "x.ts", "const X =\n f();").0,
            2
        );
        let (line, _) = refusal(&ts(TypeScriptShape::Object), "x.ts", text);
        assert_eq!(line, 2, "{text}");
    }
    for text in ["const X = {\n  [key]: 'a' };", "const X =\n f();"] {
        let (line, _) = refusal(&ts(TypeScriptShape::KeysOf), "x.ts", text);
        assert_eq!(line, 2, "{text}");
    }
}

#[test]
fn a_union_is_read_through_brackets_aliases_and_null() {
    let text = "type Y = 'c' | 'd';\nexport type X =\n  | \"a\"\n  | ('b' | 2) // | 'no'\n  | Y | null | undefined;";
    assert_eq!(
        values(&ts(TypeScriptShape::Union), "x.ts", text),
        ["a", "b", "2", "c", "d"]
    );
}

#[test]
fn a_union_with_a_type_that_is_no_literal_is_refused() {
    let text = "type X = 'a' |\n string;";
    assert_eq!(refusal(&ts(TypeScriptShape::Union), "x.ts", text).0, 2);
    assert!(values(&ts(TypeScriptShape::Union), "x.ts", "type X = never").is_empty());
}

#[test]
fn a_type_that_names_itself_is_refused() {
    let (_, message) = refusal(&ts(TypeScriptShape::Union), "x.ts", "type X = 'a' | X;");
    assert!(message.contains("deeply"), "{message}");
}

#[test]
fn an_enum_counts_on_from_the_last_number() {
    let text = "export const enum X { A, B = 5, C, D = 'd', E = 1 << 3 }";
    assert_eq!(
        values(&ts(TypeScriptShape::Enum), "x.ts", text),
        ["0", "5", "6", "d", "8"]
    );
    let text = "enum X { A = 'a',\n B }";
    assert_eq!(refusal(&ts(TypeScriptShape::Enum), "x.ts", text).0, 2);
}

#[test]
fn an_array_is_read_also_in_a_set() {
    for text in [
        "const X = ['a', \"b\"] as const;",
        "export const X: ReadonlySet<string> = new Set<string>(['a', 'b',]);",
        "const A = 'a';\nconst X = [A, `b`];",
        "const K = { a: 'a' } as const; const X = [K.a, 'b'];",
    ] {
        assert_eq!(
            values(&ts(TypeScriptShape::Array), "x.ts", text),
            ["a", "b"],
            "{text}"
        );
    }
    assert_eq!(
        refusal(&ts(TypeScriptShape::Array), "x.ts", "const X = [\n...y]").0,
        2
    );
}

#[test]
fn jsx_is_read_in_tsx_files() {
    let text = "const X = ['a'] as const;\nexport const C = () => <div class=\"b\">{'c'}</div>;";
    assert_eq!(values(&ts(TypeScriptShape::Array), "x.tsx", text), ["a"]);
}

#[test]
fn escapes_mean_what_they_mean_in_javascript() {
    let text = r#"const X = ["\x41\u00e9\u{1F600}\ud83d\ude00\n\'\q"];"#;
    assert_eq!(
        values(&ts(TypeScriptShape::Array), "x.ts", text),
        ["Aé😀😀\n'q"]
    );
    assert_eq!(spans(&ts(TypeScriptShape::Array), "x.ts", text).len(), 1);
}

#[test]
fn a_syntax_error_inside_is_refused() {
    let text = "const X = {\n a: 'a'\n b: 'b' }";
    let (line, _) = refusal(&ts(TypeScriptShape::Object), "x.ts", text);
    assert!(line >= 2);
}

#[test]
fn a_name_that_is_not_there_is_missing() {
    assert!(is_missing(&ts(TypeScriptShape::Enum), "x.ts", "enum Y {}").contains("enum X"));
}

#[test]
fn cutting_a_member_leaves_the_others() {
    let text = "type X = 'a' | 'b' | 'c';";
    for (index, left) in [["b", "c"], ["a", "c"], ["a", "b"]].iter().enumerate() {
        let cut = without(&ts(TypeScriptShape::Union), "x.ts", text, index);
        assert_eq!(values(&ts(TypeScriptShape::Union), "x.ts", &cut), *left);
    }
    let text = "type X =\n  | 'a' // first\n  | 'b';";
    let cut = without(&ts(TypeScriptShape::Union), "x.ts", text, 0);
    assert_eq!(values(&ts(TypeScriptShape::Union), "x.ts", &cut), ["b"]);
}
