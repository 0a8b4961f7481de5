use proptest::prelude::*;

use super::*;

fn findings(text: &str) -> Vec<String> {
    Manifest::read("manifest.json", text)
        .findings()
        .iter()
        .map(|finding| {
            format!(
                "{} {}: {}",
                finding.locations[0], finding.code, finding.message
            )
        })
        .collect()
}

#[test]
fn a_full_entry_is_read_with_its_places() {
    let manifest = Manifest::read(
        "m.json",
        r#"{"_comment": "é", "version": 1,
 "workspace_templates": [
  {"name": "seo", "_why": 1, "repo": "a/b", "ref": "main", "runtime": "x", "provider": "p", "private": true}
 ]}"#,
    );
    assert!(manifest.findings().is_empty(), "{:?}", manifest.findings());
    let [entry] = manifest.entries.as_slice() else {
        panic!("{:?}", manifest.entries)
    };
    assert_eq!(entry.source().to_string(), "template seo");
    assert_eq!(
        (
            entry.repo.value.as_str(),
            entry.reference.value.as_str(),
            entry.private
        ),
        ("a/b", "main", true)
    );
    assert_eq!(entry.provider.as_ref().map(|p| p.value.as_str()), Some("p"));
    assert_eq!(
        manifest.location(&entry.reference.span).to_string(),
        "m.json:3:52"
    );
    assert_eq!(manifest.lists.len(), 1);
}

#[test]
fn every_wrong_thing_is_named_with_line_and_column() {
    assert_eq!(
        findings(
            r#"{"version": 2, "plugin": [],
"plugins": [{"name": "a", "repo": "x/a", "reff": "main"},
  {"name": "b", "repo": 3, "ref": "main"},
  {"name": "c", "repo": "x/c"},
  {"name": "../c", "repo": "x/c", "ref": "main"},
  {"name": "d", "repo": "x/c", "ref": "", "private": "yes"},
  7],
"org_templates": {}}"#
        ),
        [
            "manifest.json:1:13 manifest-shape: version 2 of the manifest is not known, only 1",
            "manifest.json:1:16 manifest-shape: unknown key `plugin`",
            "manifest.json:2:42 manifest-shape: unknown key `reff`",
            "manifest.json:3:25 manifest-shape: `repo` is a number, expected a string",
            "manifest.json:4:3 manifest-shape: an entry lacks the key `ref`",
            "manifest.json:5:12 manifest-shape: `../c` is not a name: letters, digits, `.`, `_` and `-`, at most 100 of them, the first a letter or digit",
            "manifest.json:6:39 manifest-shape: `ref` is empty",
            "manifest.json:6:54 manifest-shape: `private` is a string, expected true or false",
            "manifest.json:7:3 manifest-shape: an entry is a number, expected an object",
            "manifest.json:8:18 manifest-shape: `org_templates` is an object, expected a list",
        ]
    );
}

#[test]
fn the_same_name_twice_in_one_list_is_found_and_in_two_lists_is_not() {
    assert_eq!(
        findings(
            r#"{"plugins": [{"name": "a", "repo": "x/a", "ref": "1"},
{"name": "a", "repo": "x/b", "ref": "2"}],
"org_templates": [{"name": "a", "repo": "x/a", "ref": "1"}]}"#
        ),
        [
            "manifest.json:2:10 name-duplicate: plugin a stands here a second time (x/b at 2), first on line 1 (x/a at 1)"
        ]
    );
}

#[test]
fn a_manifest_with_comments_is_still_read_to_its_end() {
    let manifest = Manifest::read(
        "m",
        "{\"plugins\": [{\"name\": \"a\", \"repo\": \"x/a\", \"ref\": \"1\"},]}\n// bot",
    );
    assert_eq!(manifest.entries.len(), 1);
    assert_eq!(manifest.findings().len(), 2);
}

proptest! {
    #[test]
    fn any_text_is_read_and_places_lie_within_it(text in "[\\[\\]{},:\"\\\\a1/\\n é]{0,64}|.{0,64}") {
        let manifest = Manifest::read("m", &text);
        for finding in manifest.findings() {
            let line = finding.locations[0].line.unwrap_or_default() as usize;
            prop_assert!(line >= 1 && line <= text.split('\n').count());
        }
    }

    #[test]
    fn the_place_of_a_ref_is_where_its_text_stands(
        before in "[a-zé\u{1F600}]{0,8}", lines in 0usize..4, reference in "[a-z0-9/]{1,12}"
    ) {
        let text = format!(
            "{{\"_c\": \"{before}\",{}\"plugins\": [{{\"name\": \"a\", \"_\": \"{before}\", \"repo\": \"x/a\", \"ref\": \"{reference}\"}}]}}",
            "\n".repeat(lines)
        );
        let manifest = Manifest::read("m", &text);
        let span = &manifest.entries[0].reference.span;
        prop_assert_eq!(&text[span.bytes.clone()], format!("\"{reference}\""));
        let line = text.split('\n').nth(span.start.line as usize - 1).unwrap_or_default();
        let found: String = line.chars().skip(span.start.column as usize - 1).take(reference.chars().count() + 2).collect();
        prop_assert_eq!(found, format!("\"{reference}\""));
    }
}
