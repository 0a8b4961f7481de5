use super::*;

fn read(text: &str) -> Document {
    read_document(text.as_bytes())
}

fn root(text: &str) -> Node {
    let document = read(text);
    assert_eq!(document.faults, Vec::new(), "{text}");
    document.root.expect("a root")
}

fn faults(bytes: &[u8]) -> Vec<(FaultKind, u32, u32)> {
    read_document(bytes)
        .faults
        .iter()
        .map(|fault| (fault.kind, fault.span.line, fault.span.column))
        .collect()
}

#[test]
fn every_value_knows_its_line_and_column() {
    let root = root("name: CI\non:\n  push:\n    branches: [main, 'a b']\n");
    assert_eq!(
        root.text("name").map(|t| (t.span.line, t.span.column)),
        Some((1, 7))
    );
    let branches = root
        .get("on")
        .and_then(|on| on.get("push"))
        .and_then(|push| push.get("branches"))
        .expect("branches");
    let places: Vec<_> = branches
        .texts()
        .iter()
        .map(|text| (text.value.as_str(), text.span.line, text.span.column))
        .collect();
    assert_eq!(places, [("main", 4, 16), ("a b", 4, 22)]);
    assert_eq!((branches.span.line, branches.span.column), (4, 15));
}

#[test]
fn a_line_of_a_literal_block_is_a_line_of_the_file() {
    let text = "run: |\n\n  first\n    second\n  third\n";
    let root = root(text);
    let run = root.text("run").expect("a text");
    assert_eq!(run.value, "\nfirst\n  second\nthird\n");
    let at = |what: &str| run.place(run.value.find(what).expect("it is there"));
    assert_eq!(at("first"), (3, 3));
    assert_eq!(at("second"), (4, 5));
    assert_eq!(at("third"), (5, 3));
}

#[test]
fn a_byte_of_a_quoted_text_has_its_column() {
    let root = root("run: \"one two\"\nplain: one two\n");
    let quoted = root.text("run").expect("a text");
    assert_eq!(quoted.place(4), (1, 11));
    let plain = root.text("plain").expect("a text");
    assert_eq!(plain.place(4), (2, 12));
}

#[test]
fn spans_give_back_what_is_written() {
    let text = "a: {x: [1, 2]}\nb: 'q'\nc:\n  - d: e\n    f: g\nlast: 1\n";
    let root = root(text);
    let written = |key: &str| {
        let span = root.get(key).expect("a value").span;
        text[span.start..span.end].trim_end().to_owned()
    };
    assert_eq!(written("a"), "{x: [1, 2]}");
    assert_eq!(written("b"), "'q'");
    assert_eq!(written("c"), "- d: e\n    f: g");
    assert_eq!(written("last"), "1");
}

#[test]
fn a_duplicate_key_is_a_fault_at_any_depth_and_the_first_one_counts() {
    let text =
        "jobs:\n  a:\n    steps:\n      - env: {A: 1}\n        run: x\n        env: {B: 2}\n";
    let document = read(text);
    let [fault] = document.faults.as_slice() else {
        panic!("{:?}", document.faults);
    };
    assert_eq!(fault.kind, FaultKind::DuplicateKey);
    assert_eq!((fault.span.line, fault.span.column), (6, 9));
    assert_eq!(fault.other.map(|span| span.line), Some(4));
    assert_eq!(fault.message, "duplicate key `env`");
    let root = document.root.expect("a root");
    let values: Vec<_> = root.scalars().iter().map(|t| t.value.clone()).collect();
    assert_eq!(values, ["1", "x"]);
    assert_eq!(
        faults(b"{a: 1, \"a\": 2}"),
        [(FaultKind::DuplicateKey, 1, 8)]
    );
}

#[test]
fn keys_that_differ_in_case_alone_are_told_apart_from_equal_ones() {
    assert_eq!(faults(b"Path: 1\nPATH: 2\n"), [(FaultKind::KeyCase, 2, 1)]);
    let root = read("Path: 1\nPATH: 2\n").root.expect("a root");
    assert_eq!(root.as_map().map(<[_]>::len), Some(2));
}

#[test]
fn a_mapping_of_many_keys_is_read_in_time() {
    let text: String = (0..100_000).map(|n| format!("k{n}: 1\n")).collect();
    assert_eq!(root(&text).as_map().map(<[_]>::len), Some(100_000));
}

#[test]
fn bare_and_quoted_on_are_the_same_key() {
    for text in ["on: push\n", "'on': push\n", "\"on\": push\n"] {
        assert!(root(text).get("on").is_some(), "{text}");
    }
    assert_eq!(
        faults(b"on: push\n'on': push\n"),
        [(FaultKind::DuplicateKey, 2, 1)]
    );
}

#[test]
fn an_alias_stands_for_its_anchor_and_a_merge_key_brings_its_entries() {
    let text = "x: &x\n  a: 1\n  b: 2\ny: *x\nz:\n  <<: *x\n  b: 3\n";
    let document = read(text);
    let kinds: Vec<_> = document.faults.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [FaultKind::Anchor, FaultKind::MergeKey]);
    let root = document.root.expect("a root");
    let y = root.get("y").expect("y");
    assert_eq!(y.text("a").map(Text::as_str), Some("1"));
    assert_eq!(y.alias.map(|span| (span.line, span.column)), Some((4, 4)));
    let z = root.get("z").expect("z");
    assert_eq!(z.text("b").map(Text::as_str), Some("3"));
    assert!(z.entry("a").is_some_and(|entry| entry.merged));
}

#[test]
fn what_cannot_be_read_is_a_fault_with_its_place() {
    for text in [
        "a: [1",
        "a:\n\tb: 1\n",
        "a: &x [*x]",
        "a: *nowhere",
        "? [a]\n: b\n",
        "a: 'open",
    ] {
        let document = read(text);
        assert!(document.root.is_none(), "{text}");
        assert!(
            document
                .faults
                .iter()
                .any(|fault| fault.kind == FaultKind::Unreadable),
            "{text}: {:?}",
            document.faults
        );
    }
    assert_eq!(
        faults(b"a: 1\nb:\n\tc: 1\n"),
        [(FaultKind::Unreadable, 3, 2)]
    );
}

#[test]
fn a_second_document_and_a_tag_are_faults() {
    assert_eq!(
        faults(b"a: 1\n---\nb: 2\n"),
        [(FaultKind::SecondDocument, 2, 1)]
    );
    assert_eq!(
        faults(b"a: !include x\n").first().map(|f| f.0),
        Some(FaultKind::Tag)
    );
    assert_eq!(faults(b"a: !!str 1\n"), []);
}

#[test]
fn encodings_are_decoded_and_told() {
    let utf16 = |le: bool| {
        let mut bytes = if le {
            vec![0xff, 0xfe]
        } else {
            vec![0xfe, 0xff]
        };
        for unit in "name: Ä\n".encode_utf16() {
            bytes.extend(if le {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            });
        }
        bytes
    };
    for bytes in [
        utf16(true),
        utf16(false),
        b"\xef\xbb\xbfname: \xc3\x84\n".to_vec(),
    ] {
        let document = read_document(&bytes);
        let kinds: Vec<_> = document.faults.iter().map(|fault| fault.kind).collect();
        assert_eq!(kinds, [FaultKind::Encoding]);
        let name = document.root.and_then(|root| root.text("name").cloned());
        assert_eq!(
            name.map(|name| (name.value, name.span.column)),
            Some(("Ä".to_owned(), 7))
        );
    }
    assert_eq!(faults(b"a: 1\nb: \xff\n"), [(FaultKind::Unreadable, 2, 4)]);
    assert_eq!(faults(&[0xff, 0xfe, 0x00])[0].0, FaultKind::Unreadable);
}

#[test]
fn line_ends_make_no_difference() {
    let unix = "run: |\n  a\n  b\nlast: x\n";
    let dos = unix.replace('\n', "\r\n");
    let values = |text: &str| {
        root(text)
            .scalars()
            .iter()
            .map(|text| (text.value.clone(), text.span.line))
            .collect::<Vec<_>>()
    };
    assert_eq!(values(unix), values(&dos));
}

#[test]
fn comments_are_kept_however_many_there_are() {
    let many = "# one\n".repeat(300);
    let text = format!("a:\n{many}  b: 1 # behind\n{many}  c: 2\n");
    let document = read(&text);
    assert_eq!(document.faults, Vec::new());
    assert_eq!(document.comments.len(), 601);
    let behind = document
        .comments
        .iter()
        .find(|comment| comment.text.trim() == "behind")
        .expect("it is there");
    assert_eq!((behind.span.line, behind.span.column), (302, 8));
}

#[test]
fn a_bomb_of_aliases_is_refused_and_costs_no_more_than_its_text() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..60 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let document = read(&bomb);
    assert!(document.root.is_none());
    assert!(
        document
            .faults
            .iter()
            .any(|f| f.kind == FaultKind::Unreadable)
    );
    assert!(read(&"[".repeat(100_000)).root.is_none());
    assert!(read(&"- ".repeat(100_000)).root.is_none());
}

#[test]
fn only_plain_words_are_null_and_booleans() {
    let root = root("a: true\nb: 'true'\nc: ~\nd:\ne: ''\nf: yes\n");
    let text = |key: &str| root.get(key).and_then(Node::as_text).expect("a text");
    assert_eq!(text("a").as_bool(), Some(true));
    assert_eq!(text("b").as_bool(), None);
    assert!(text("c").is_null() && text("d").is_null());
    assert!(!text("e").is_null());
    assert_eq!(text("f").as_bool(), None);
}

#[test]
fn merges_and_aliases_without_end_are_refused_before_they_are_made() {
    let keys: String = (0..1000).map(|key| format!("  k{key}: x\n")).collect();
    let merges = "- {<<: *a}\n".repeat(100_000);
    let long = "x".repeat(1 << 20);
    let aliases = "- *a\n".repeat(100_000);
    for text in [
        format!("m: &a\n{keys}l:\n{merges}"),
        format!("m: &a {long}\nl:\n{aliases}"),
    ] {
        let document = read(&text);
        assert!(document.root.is_none());
        let refused = document
            .faults
            .iter()
            .filter(|fault| fault.message.contains("too large"));
        assert_eq!(refused.count(), 1);
    }
}

#[test]
fn a_key_without_end_is_told_a_hundred_times_and_hides_no_other_fault() {
    let document = read(&format!("A: 1\n{}b: 1\nb: 2\n", "a: 1\n".repeat(200_000)));
    let of = |kind| {
        let all = document.faults.iter().filter(|fault| fault.kind == kind);
        all.count()
    };
    assert_eq!(of(FaultKind::DuplicateKey), 100);
    assert_eq!(of(FaultKind::KeyCase), 1);
}
