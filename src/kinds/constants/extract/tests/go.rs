use super::support::{is_missing, read, refusal, spans, values, without};
use crate::kinds::constants::extract::{Failure, SourceText, extract};
use crate::kinds::constants::selector::{GoSelector, Selector};

fn consts(names: &[&str]) -> Selector {
    GoSelector::Consts(names.iter().map(|name| (*name).to_owned()).collect()).into()
}

fn of_type(name: &str) -> Selector {
    GoSelector::Type(name.to_owned()).into()
}

fn block(name: &str) -> Selector {
    GoSelector::Block(name.to_owned()).into()
}

fn slice(name: &str) -> Selector {
    GoSelector::Slice(name.to_owned()).into()
}

fn keys(name: &str) -> Selector {
    GoSelector::MapKeys(name.to_owned()).into()
}

#[test]
fn a_block_is_read_without_the_comments_that_look_like_it() {
    let text = "package p\r\n// const ( A = \"no\" )\r\nconst (\r\n\tA = \"a\" // B = \"no\"\r\n\t/* C = \"no\" */\r\n\tB = `b{}\"`\r\n)\r\nconst D = \"d\"\r\n";
    assert_eq!(values(&block("A"), "p.go", text), ["a", "b{}\""]);
    assert_eq!(spans(&block("A"), "p.go", text), ["\"a\"", "`b{}\"`"]);
}

#[test]
fn escapes_mean_what_they_mean_in_go() {
    let text = r#"package p
const A = "\x41\u00e9\U0001F600\t\"\\\101"
"#;
    assert_eq!(values(&consts(&["A"]), "p.go", text), ["Aé😀\t\"\\A"]);
}

#[test]
fn an_escape_that_makes_no_text_is_refused() {
    let text = "package p\n\nconst A = \"\\xff\"\n";
    assert_eq!(refusal(&consts(&["A"]), "p.go", text).0, 3);
}

#[test]
fn iota_counts_the_lines_of_its_block_and_repeats_the_expression() {
    let text = "package p\nconst X = 9\nconst (\n\t_ = iota\n\tA = 1 << (iota + 1)\n\tB\n\t_\n\tD\n\tE = 0x10 | 0b1\n\tF\n)\n";
    assert_eq!(
        values(&block("B"), "p.go", text),
        ["4", "8", "32", "17", "17"]
    );
}

#[test]
fn constants_of_a_type_are_found_in_all_blocks_with_their_implied_type() {
    let text = "package p\ntype K string\nconst (\n\tA K = \"a\"\n\tB\n\tOther string = \"o\"\n)\nconst C = K(\"c\")\nconst D K = (\"d\")\nfunc f() { const E K = \"local\" }\n";
    assert_eq!(values(&of_type("K"), "p.go", text), ["a", "a", "c", "d"]);
}

#[test]
fn a_type_without_constants_is_empty_and_one_that_is_not_declared_is_missing() {
    assert!(values(&of_type("K"), "p.go", "package p\ntype K string\n").is_empty());
    assert!(is_missing(&of_type("K"), "p.go", "package p\n").contains("type K"));
}

#[test]
fn a_slice_is_resolved_through_constants_of_the_package() {
    let sources = [
        SourceText::of(
            "a.go",
            "package p\nvar (\n\tAll = []K{A, \"b\", K(\"c\"),}\n)\n",
        ),
        SourceText::of("b.go", "package p\nconst A K = \"a\"\n"),
    ];
    let extraction = extract(&slice("All"), &sources).expect("a set");
    assert_eq!(super::support::of(&extraction), ["a", "b", "c"]);
    let refers = extraction.members[0].refers.as_ref().expect("a reference");
    assert_eq!((refers.file, extraction.members[0].at.file), (1, 0));
}

#[test]
fn a_slice_that_names_a_constant_that_is_gone_is_missing_it() {
    let text = "package p\nvar All = []string{Gone}\n";
    assert!(is_missing(&slice("All"), "p.go", text).contains("Gone"));
}

#[test]
fn the_keys_of_a_map_are_read_whatever_its_values_are() {
    let text = "package p\nconst A = \"a\"\nvar M = map[string]struct{}{\n\tA: {},\n\t\"b\": {}, // \"c\": {}\n}\n";
    assert_eq!(values(&keys("M"), "p.go", text), ["a", "b"]);
    assert!(refusal(&slice("M"), "p.go", text).1.contains("not a slice"));
}

#[test]
fn what_only_running_would_tell_is_refused_with_its_line() {
    for (line, text) in [
        (3, "package p\n\nvar All = load()\n"),
        (3, "package p\nvar All = []string{\n\tload(),\n}\n"),
        (2, "package p\nvar All = []string{0: \"a\"}\n"),
    ] {
        assert_eq!(refusal(&slice("All"), "p.go", text).0, line, "{text}");
    }
    let text = "package p\nconst A = pkg.B\n";
    assert_eq!(refusal(&consts(&["A"]), "p.go", text).0, 2);
}

#[test]
fn constants_that_refer_to_each_other_in_a_circle_are_refused() {
    let text = "package p\nconst A = B\nconst B = A\n";
    let (_, message) = refusal(&consts(&["A"]), "p.go", text);
    assert!(
        message.contains("circle") || message.contains("deeply"),
        "{message}"
    );
}

#[test]
fn a_syntax_error_inside_is_refused_and_one_elsewhere_is_not() {
    let text = "package p\nconst (\n\tA = \"a\"\n\tB = = \"b\"\n)\n";
    assert_eq!(refusal(&block("A"), "p.go", text).0, 4);
    let text = "package p\nconst A = \"a\"\nfunc broken( { }\n";
    assert_eq!(values(&consts(&["A"]), "p.go", text), ["a"]);
}

#[test]
fn a_symbol_that_a_syntax_error_may_hide_is_not_called_missing() {
    let text = "package p\nfunc broken( { const\n";
    assert!(matches!(
        read(&consts(&["A"]), "p.go", text),
        Err(Failure::Unreadable { .. })
    ));
}

#[test]
fn a_byte_order_mark_does_not_matter() {
    let text = "\u{feff}package p\nconst A = \"ä\"\n";
    assert_eq!(values(&consts(&["A"]), "p.go", text), ["ä"]);
}

#[test]
fn cutting_a_member_leaves_the_others() {
    let text = "package p\nconst (\n\tA = \"a\" // first\n\tB = \"b\"\n)\nvar S = []string{A, \"x\", \"y\"}\n";
    let cut = without(&block("A"), "p.go", text, 1);
    assert_eq!(values(&block("A"), "p.go", &cut), ["a"]);
    for (index, left) in [["x", "y"], ["a", "y"], ["a", "x"]].iter().enumerate() {
        let cut = without(&slice("S"), "p.go", text, index);
        assert_eq!(values(&slice("S"), "p.go", &cut), *left);
    }
}

#[test]
fn a_deeply_nested_expression_is_refused_and_does_not_overflow() {
    let text = format!(
        "package p\nconst A = {}1{}\n",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    assert!(matches!(
        read(&consts(&["A"]), "p.go", &text),
        Err(Failure::Unreadable { .. })
    ));
}
