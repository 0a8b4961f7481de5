//! What is not as its definition says is refused: values that change at run time, and names that
//! have several definitions.

use super::support::{of, refusal, values};
use crate::kinds::constants::extract::{
    Failure, PythonShape, SourceText, TypeScriptShape, extract,
};
use crate::kinds::constants::selector::{GoSelector, Selector};

fn slice() -> Selector {
    GoSelector::Slice("K".to_owned()).into()
}

fn keys() -> Selector {
    GoSelector::MapKeys("K".to_owned()).into()
}

fn kind() -> Selector {
    GoSelector::Type("K".to_owned()).into()
}

fn array() -> Selector {
    Selector::TypeScript(TypeScriptShape::Array, "K".to_owned())
}

fn object() -> Selector {
    Selector::TypeScript(TypeScriptShape::Object, "K".to_owned())
}

fn sequence() -> Selector {
    Selector::Python(PythonShape::Sequence("K".to_owned()))
}

fn constants() -> Selector {
    Selector::Python(PythonShape::Constants(vec!["K".to_owned()]))
}

fn python_enum() -> Selector {
    Selector::Python(PythonShape::Enum("K".to_owned()))
}

#[test]
fn a_go_variable_that_is_changed_in_a_function_is_refused_there() {
    let slices = [
        "K = append(K, \"c\")",
        "K[0] = \"z\"",
        "fill(&K)",
        "for _, K[0] = range x {}",
        "copy(K, x)",
    ];
    for change in slices {
        let text = format!("package p\nvar K = []string{{\"a\"}}\nfunc init() {{ {change} }}\n");
        assert_eq!(refusal(&slice(), "p.go", &text).0, 3, "{change}");
    }
    for change in ["K[\"c\"] = true", "delete(K, \"a\")", "clear(K)"] {
        let text = format!(
            "package p\nvar K = map[string]bool{{\"a\": true}}\nfunc init() {{ {change} }}\n"
        );
        assert_eq!(refusal(&keys(), "p.go", &text).0, 3, "{change}");
    }
}

#[test]
fn a_go_variable_of_the_same_name_inside_a_function_is_another() {
    for local in ["K := x", "var K []string", "for K := range x {}"] {
        let text = format!(
            "package p\nvar K = []string{{\"a\"}}\nfunc f() {{ {local}; K = append(K, \"c\") }}\n"
        );
        assert_eq!(values(&slice(), "p.go", &text), ["a"], "{local}");
    }
    let text = "package p\nvar K = []string{\"a\"}\nfunc f(K []string) { K[0] = \"z\" }\n";
    assert_eq!(values(&slice(), "p.go", text), ["a"]);
}

#[test]
fn a_change_in_another_file_of_the_package_counts() {
    let sources = [
        SourceText::of("a.go", "package p\nvar K = []string{\"a\"}\n"),
        SourceText::of("b.go", "package p\nfunc init() {\n\tK = nil\n}\n"),
    ];
    match extract(&slice(), &sources) {
        Err(Failure::Unreadable { at, .. }) => assert_eq!(at.file, 1),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_go_constant_that_two_files_declare_is_refused() {
    let sources = [
        SourceText::of("a_linux.go", "package p\nconst A = \"x\"\n"),
        SourceText::of("a_other.go", "package p\nconst A = \"a\"\n"),
    ];
    let named = GoSelector::Consts(vec!["A".to_owned()]).into();
    match extract(&named, &sources) {
        Err(Failure::Unreadable { message, .. }) => {
            assert!(message.contains("declared more than once"), "{message}");
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn files_of_two_go_packages_are_not_read_as_one() {
    let sources = [
        SourceText::of("a.go", "package p\nconst A = \"a\"\n"),
        SourceText::of("b.go", "package q\n"),
    ];
    let named = GoSelector::Consts(vec!["A".to_owned()]).into();
    match extract(&named, &sources) {
        Err(Failure::Unreadable { message, .. }) => {
            assert_eq!(message, "package q beside package p");
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_go_constant_has_the_type_of_what_it_is_made_of() {
    let text = "package p\ntype K string\ntype L = K\nconst (\n\tA K = \"a\"\n\tB L = \"b\"\n)\nconst C = A + \"c\"\nconst D = (K)(\"d\")\nconst E = \"e\"\n";
    assert_eq!(values(&kind(), "p.go", text), ["a", "b", "ac", "d"]);
}

#[test]
fn another_name_for_a_go_constant_is_not_another_member() {
    let text =
        "package p\ntype K string\nconst Default = A\nconst Other K = A\nconst A K = \"a\"\n";
    assert_eq!(values(&kind(), "p.go", text), ["a"]);
}

#[test]
fn a_go_conversion_that_makes_another_value_is_refused() {
    for value in ["string(97)", "^uint8(0)"] {
        let text = format!("package p\nconst A = {value}\n");
        let named = GoSelector::Consts(vec!["A".to_owned()]).into();
        assert_eq!(refusal(&named, "p.go", &text).0, 2, "{value}");
    }
}

#[test]
fn constants_that_double_each_other_are_refused_in_good_time() {
    let mut text = "package p\nconst A0 = 1\n".to_owned();
    for n in 1..20 {
        text += &format!("const A{n} = A{m} + A{m}\n", m = n - 1);
    }
    let named = GoSelector::Consts(vec!["A19".to_owned()]).into();
    assert_eq!(refusal(&named, "p.go", &text).1, "too much to work out");
}

#[test]
fn a_typescript_value_that_is_changed_is_refused_there() {
    for change in [
        "K.push(\"c\");",
        "(K as any).push(\"c\");",
        "K = [];",
        "K[0] = \"z\";",
        "delete K[0];",
        "function f() { K.length = 0; }",
        "var K = [\"z\"];",
    ] {
        let text = format!("export let K = [\"a\"];\n{change}\n");
        assert_eq!(refusal(&array(), "k.ts", &text).0, 2, "{change}");
    }
    for change in ["K.C = \"c\";", "Object.assign(K, x);", "K.A += \"c\";"] {
        let text = format!("const K = {{ A: \"a\" }};\n{change}\n");
        assert_eq!(refusal(&object(), "k.ts", &text).0, 2, "{change}");
    }
}

#[test]
fn a_typescript_variable_of_the_same_name_inside_a_function_is_another() {
    for function in [
        "function f() { const K: string[] = []; K.push(\"c\"); }",
        "const f = (K: string[]) => { K.push(\"c\"); };",
        "export function f(K: string[]) { K[0] = \"c\"; }",
    ] {
        let text = format!("export const K = [\"a\"];\n{function}\n");
        assert_eq!(values(&array(), "k.ts", &text), ["a"], "{function}");
    }
}

#[test]
fn an_enum_that_is_merged_of_two_is_refused() {
    let selector = Selector::TypeScript(TypeScriptShape::Enum, "K".to_owned());
    let text = "enum K { A = \"a\" }\nenum K { B = \"b\" }\n";
    assert_eq!(refusal(&selector, "k.ts", text).0, 2);
    let text = "const A = \"z\";\nenum K { A = \"a\", B = A }\n";
    assert_eq!(refusal(&selector, "k.ts", text).0, 2);
}

#[test]
fn bits_beyond_those_of_typescript_are_refused() {
    for value in ["1 << 31", "1 << 32", "2 ** 3", "9007199254740992 + 1"] {
        let text = format!("const K = {{ A: {value} }};\n");
        assert_eq!(refusal(&object(), "k.ts", &text).0, 1, "{value}");
    }
    assert_eq!(
        values(&object(), "k.ts", "const K = { A: 1 << 30 };"),
        ["1073741824"]
    );
}

#[test]
fn a_template_without_a_substitution_is_a_literal_type() {
    let selector = Selector::TypeScript(TypeScriptShape::Union, "K".to_owned());
    assert_eq!(
        values(&selector, "k.ts", "type K = \"a\" | `b`;"),
        ["a", "b"]
    );
    let text = "type K = \"a\" | `x-${string}`;";
    assert_eq!(refusal(&selector, "k.ts", text).0, 1);
}

#[test]
fn a_property_that_a_spread_may_override_is_refused() {
    let text = "const O = { Z: \"a\", ...X };\nconst K = [O.Z];\n";
    assert_eq!(refusal(&array(), "k.ts", text).0, 2);
}

#[test]
fn a_python_value_that_is_changed_is_refused_there() {
    for change in [
        "if x: K += [\"c\"]",
        "K.append(\"c\")",
        "K[0] = \"z\"",
        "del K[0]",
        "def f(): K.append(\"c\")",
        "def f(): K[:] = []",
        "K, L = x",
        "from x import *",
    ] {
        let text = format!("K = [\"a\"]\n{change}\n");
        assert_eq!(refusal(&sequence(), "k.py", &text).0, 2, "{change}");
    }
    for change in [
        "try: K = \"z\"\nexcept E: pass",
        "from x import y as K",
        "import K",
        "for K in x: pass",
        "with x as K: pass",
        "print(K := \"z\")",
        "def K(): pass",
        "class K: pass",
        "def f():\n    global K\n    K = \"z\"",
    ] {
        let text = format!("K = \"a\"\n{change}\n");
        let (line, _) = refusal(&constants(), "k.py", &text);
        assert!(line >= 2, "{change}");
    }
}

#[test]
fn a_python_name_that_means_something_else_in_a_function_is_another() {
    for function in [
        "def f():\n    K = []\n    K.append(\"c\")",
        "def f(K): K.append(\"c\")",
        "class C:\n    K = \"z\"",
    ] {
        let text = format!("from x import *\nK = [\"a\"]\n{function}\n");
        assert_eq!(values(&sequence(), "k.py", &text), ["a"], "{function}");
    }
}

#[test]
fn all_members_of_a_python_enum_are_seen() {
    let text =
        "class K(Enum):\n    _ignore_ = []\n    __secret = 1\n    A = \"a\"\n    _B = \"b\"\n";
    assert_eq!(values(&python_enum(), "k.py", text), ["a", "b"]);
}

#[test]
fn a_python_enum_whose_body_does_more_than_define_is_refused() {
    for statement in [
        "if x: B = \"b\"",
        "B, C = \"b\", \"c\"",
        "vars()[\"B\"] = \"b\"",
        "vars().update(x)",
        "for x in y: pass",
    ] {
        let text = format!("class K(Enum):\n    A = \"a\"\n    {statement}\n");
        assert_eq!(refusal(&python_enum(), "k.py", &text).0, 3, "{statement}");
    }
    let twice = "class K(Enum):\n    A = \"a\"\nclass K(Enum):\n    A = \"b\"\n";
    assert_eq!(refusal(&python_enum(), "k.py", twice).0, 3);
}

#[test]
fn what_a_reference_leads_to_must_be_settled_too() {
    let text = "A = \"a\"\nK = (A,)\nif x:\n    A = \"b\"\n";
    assert_eq!(refusal(&sequence(), "k.py", text).0, 4);
    let extraction = extract(
        &sequence(),
        &[SourceText::of("k.py", "A = \"a\"\nK = (A,)\n")],
    );
    assert_eq!(of(&extraction.expect("a set")), ["a"]);
}

#[test]
fn a_python_enum_whose_values_only_running_tells_is_refused() {
    let members = "class K(str, Enum):\n    A = \"a\"\n    B = \"b\"\n";
    assert_eq!(values(&python_enum(), "k.py", members), ["a", "b"]);
    for (more, line) in [
        ("    _ignore_ = [\"B\"]\n", 4),
        (
            "    def __new__(cls, v):\n        return str.__new__(cls, v.upper())\n",
            4,
        ),
        (
            "    def __init__(self, v):\n        self._value_ = v.upper()\n",
            4,
        ),
        ("\nK = Enum(\"K\", \"A B\")\n", 5),
        ("\nK: type = other\n", 5),
    ] {
        let text = format!("{members}{more}");
        assert_eq!(refusal(&python_enum(), "k.py", &text).0, line, "{more}");
    }
    // Reading a value decides nothing.
    let text = format!("{members}    def __str__(self):\n        return self._value_\n");
    assert_eq!(values(&python_enum(), "k.py", &text), ["a", "b"]);
}

#[test]
fn a_go_file_that_build_tags_may_keep_from_the_compiler_is_refused() {
    let text = "package p\ntype K string\nconst A K = \"a\"\n";
    for tag in [
        "//go:build ignore\n\n",
        "// +build linux\n\n",
        "// About.\n\n//go:build !x\n\n",
    ] {
        let (line, message) = refusal(&kind(), "k.go", &format!("{tag}{text}"));
        assert_eq!(line as usize, tag.lines().count() - 1, "{tag}");
        assert_eq!(
            message,
            "only the build tags tell whether this file is compiled"
        );
    }
    for comment in ["// go:build is a comment here\n\n", "// About +build.\n"] {
        assert_eq!(values(&kind(), "k.go", &format!("{comment}{text}")), ["a"]);
    }
    let below = format!("{text}//go:build ignore\n");
    assert_eq!(values(&kind(), "k.go", &below), ["a"]);
}
