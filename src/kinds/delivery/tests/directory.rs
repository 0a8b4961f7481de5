use crate::gate::{Finding, Inspection};
use crate::kinds::delivery::testing::{Bench, codes};

const GATE: &str = "source: { template: sample }\ndeliveries: [{ directory: copy }]\n";

const NONE: [&str; 0] = [];

fn same() -> Bench {
    Bench::new(&[
        ("source/config.yaml", "name: sample\n"),
        ("source/prompts/a.md", "one\ntwo\nthree\n"),
        ("root/copy/config.yaml", "name: sample\n"),
        ("root/copy/prompts/a.md", "one\ntwo\nthree\n"),
    ])
}

#[track_caller]
fn only(inspection: &Inspection) -> &Finding {
    assert_eq!(inspection.findings.len(), 1, "{:#?}", inspection.findings);
    assert!(inspection.obstacles.is_empty());
    &inspection.findings[0]
}

fn places(finding: &Finding) -> Vec<String> {
    finding.locations.iter().map(ToString::to_string).collect()
}

#[test]
fn equal_folders_have_no_findings_and_each_file_counts() {
    let inspection = same().inspect(GATE);
    assert_eq!(codes(&inspection), NONE);
    assert_eq!(inspection.inspected(), 2);
    assert_eq!(inspection.facts["source"]["commit"], "c0");
    assert_eq!(inspection.facts["deliveries"][0]["compared"], 2);
}

#[test]
fn a_changed_byte_is_shown_with_both_digests_and_a_diff_from_source_to_copy() {
    let bench = same();
    bench.write("root/copy/prompts/a.md", "one\n2\nthree\n");
    let inspection = bench.inspect(GATE);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "content-differs");
    assert_eq!(
        places(finding),
        ["copy/prompts/a.md", "sample@c0:prompts/a.md"]
    );
    assert_eq!(
        finding.diff.as_deref(),
        Some(
            "--- sample@c0:prompts/a.md\n+++ copy/prompts/a.md\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
        )
    );
    let digests = finding.digests.as_ref().unwrap();
    use sha2::Digest;
    let sha256 = |text: &str| Some(hex::encode(sha2::Sha256::digest(text)));
    assert_eq!(digests.source, sha256("one\ntwo\nthree\n"));
    assert_eq!(digests.delivered, sha256("one\n2\nthree\n"));
}

#[test]
fn both_directions_are_looked_at() {
    let bench = same();
    bench.remove("root/copy/config.yaml");
    bench.write("root/copy/more.md", "more");
    let inspection = bench.inspect(GATE);
    assert_eq!(codes(&inspection), ["not-delivered", "not-in-source"]);
    let missing = &inspection.findings[0];
    assert_eq!(
        places(missing),
        ["copy/config.yaml", "sample@c0:config.yaml"]
    );
    assert_eq!(places(&inspection.findings[1]), ["copy/more.md"]);
}

#[test]
fn a_subset_may_lack_files_and_may_not_add_or_change_any() {
    let gate = "source: { template: sample }\ndeliveries: [{ directory: copy, mode: subset }]\n";
    let bench = same();
    bench.remove("root/copy/config.yaml");
    assert_eq!(bench.codes(gate), NONE);
    bench.write("root/copy/prompts/a.md", "changed");
    bench.write("root/copy/more.md", "more");
    assert_eq!(bench.codes(gate), ["content-differs", "not-in-source"]);
}

#[test]
fn a_changed_mode_is_a_finding_unless_modes_do_not_count() {
    let bench = same();
    bench.executable("root/copy/config.yaml");
    let inspection = bench.inspect(GATE);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "mode-differs");
    assert!(finding.message.contains("delivered executable"));
    let without = "source: { template: sample }\ndeliveries: [{ directory: copy, modes: false }]\n";
    assert_eq!(bench.codes(without), NONE);
}

#[test]
fn an_emptied_file_is_empty_and_nothing_else() {
    let bench = same();
    bench.write("root/copy/config.yaml", "");
    assert_eq!(bench.codes(GATE), ["empty-file"]);
    bench.write("source/config.yaml", "");
    assert_eq!(bench.codes(GATE), ["empty-file"]);
    let allowed =
        "source: { template: sample, non_empty: false }\ndeliveries: [{ directory: copy }]\n";
    assert_eq!(bench.codes(allowed), NONE);
}

#[test]
fn a_symlink_is_neither_a_file_nor_followed() {
    let bench = same();
    bench.remove("root/copy/config.yaml");
    bench.write("root/elsewhere.yaml", "name: sample\n");
    bench.link("root/copy/config.yaml", "../elsewhere.yaml");
    assert_eq!(bench.codes(GATE), ["type-differs"]);
    bench.remove("source/config.yaml");
    bench.link("source/config.yaml", "other.yaml");
    assert_eq!(bench.codes(GATE), ["link-differs"]);
}

#[test]
fn a_symlink_in_the_place_of_a_folder_is_one_finding() {
    let bench = same();
    bench.remove("root/copy/prompts");
    bench.link("root/copy/prompts", "../../source/prompts");
    let inspection = bench.inspect(GATE);
    assert_eq!(only(&inspection).code.name, "type-differs");
}

#[test]
fn a_folder_that_is_gone_is_a_missing_subject_and_a_linked_one_is_not_followed() {
    let bench = same();
    std::fs::rename(bench.path("root/copy"), bench.path("root/moved")).unwrap();
    let inspection = bench.inspect(GATE);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "subject-missing");
    assert!(finding.help.as_deref().unwrap().contains("retire the gate"));
    bench.link("root/copy", "moved");
    let inspection = bench.inspect(GATE);
    assert_eq!(only(&inspection).code.name, "type-differs");
}

#[test]
fn a_pre_cloned_folder_is_compared_without_its_git_folder() {
    let bench = same();
    bench.write("root/copy/.git/HEAD", "ref: refs/heads/main\n");
    assert_eq!(bench.codes(GATE), NONE);
    bench.write("root/copy/prompts/a.md", "stale\n");
    assert_eq!(bench.codes(GATE), ["content-differs"]);
}

#[test]
fn names_that_are_not_utf8_are_compared_and_reported_exactly() {
    use std::os::unix::ffi::OsStrExt;
    let bench = same();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.md");
    std::fs::write(bench.path("source").join(name), "x").unwrap();
    let inspection = bench.inspect(GATE);
    assert_eq!(places(only(&inspection))[0], "copy/caf\\xe9.md");
    std::fs::write(bench.path("root/copy").join(name), "x").unwrap();
    assert_eq!(bench.codes(GATE), NONE);
}

#[test]
fn a_name_that_differs_in_case_is_one_finding() {
    let bench = same();
    std::fs::rename(
        bench.path("root/copy/config.yaml"),
        bench.path("root/copy/Config.yaml"),
    )
    .unwrap();
    assert_eq!(bench.codes(GATE), ["case-differs"]);
}

#[test]
fn text_ignores_line_ends_and_nothing_else() {
    let gate = "source: { template: sample }\ndeliveries: [{ directory: copy, compare: text }]\n";
    let bench = same();
    bench.write("root/copy/prompts/a.md", "one\r\ntwo\r\nthree\r\n");
    assert_eq!(bench.codes(GATE), ["content-differs"]);
    assert_eq!(bench.codes(gate), NONE);
    for changed in [
        "one\rtwo\nthree\n",
        "one\ntwo\nthree",
        "one\n\r\ntwo\nthree\n",
    ] {
        bench.write("root/copy/prompts/a.md", changed);
        assert_eq!(bench.codes(gate), ["content-differs"], "{changed:?}");
    }
}

#[test]
fn files_are_compared_as_their_first_rule_says() {
    let gate = "source: { template: sample }\ndeliveries:\n  - directory: copy\n    compare: [{ glob: '*.yaml', as: yaml }, { glob: '**/*.json', as: json }]\n";
    let bench = same();
    bench.write("source/data/x.json", "{\"a\":1,\"b\":2}");
    bench.write("root/copy/data/x.json", "{ \"b\": 2, \"a\": 1 }\n");
    bench.write("root/copy/config.yaml", "# comment\n{ name: sample }\n");
    assert_eq!(bench.codes(gate), NONE);
    bench.write(
        "root/copy/data/x.json",
        "{ \"b\": 2, \"a\": 1, \"a\": 1 }\n",
    );
    let inspection = bench.inspect(gate);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "malformed-content");
    assert_eq!(places(finding), ["copy/data/x.json:1:19"]);
    bench.write("root/copy/data/x.json", "{ \"b\": 2, \"a\": 3 }\n");
    assert_eq!(bench.codes(gate), ["content-differs"]);
}

#[test]
fn renames_lead_files_and_folders_to_their_delivered_names() {
    let gate = "source: { template: sample }\ndeliveries:\n  - directory: copy\n    rename: { prompts: texts, config.yaml: settings.yaml }\n";
    let bench = same();
    for (from, to) in [("config.yaml", "settings.yaml"), ("prompts", "texts")] {
        std::fs::rename(
            bench.path("root/copy").join(from),
            bench.path("root/copy").join(to),
        )
        .unwrap();
    }
    assert_eq!(bench.codes(gate), NONE);
    bench.remove("source/config.yaml");
    assert_eq!(bench.codes(gate), ["allowance-unused", "not-in-source"]);
}

#[test]
fn two_renames_to_one_path_clash() {
    let gate = "source: { template: sample }\ndeliveries:\n  - directory: copy\n    rename: { prompts/a.md: config.yaml }\n";
    let bench = same();
    bench.remove("root/copy/prompts");
    assert_eq!(bench.codes(gate), ["rename-clash"]);
}

#[test]
fn an_include_that_matches_nothing_is_the_one_finding_about_a_lost_file() {
    let gate = "source: { template: sample, include: [config.yaml, 'prompts/**'] }\ndeliveries: [{ directory: copy }]\n";
    let bench = same();
    assert_eq!(bench.codes(gate), NONE);
    bench.remove("source/config.yaml");
    let inspection = bench.inspect(gate);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "include-unmatched");
    assert!(places(finding)[0].starts_with("gates/sample.yaml:4:"));
}

#[test]
fn a_file_that_the_selection_leaves_out_is_extra_where_it_is_delivered() {
    let gate =
        "source: { template: sample, exclude: ['*.yaml'] }\ndeliveries: [{ directory: copy }]\n";
    let bench = same();
    let inspection = bench.inspect(gate);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "not-in-source");
    assert!(finding.message.contains("left out of the source"));
    let excluded = "source: { template: sample, exclude: ['*.yaml'] }\ndeliveries: [{ directory: copy, exclude: ['*.yaml'] }]\n";
    assert_eq!(bench.codes(excluded), NONE);
}

#[test]
fn an_allowed_extra_file_is_allowed_and_an_unused_allowance_is_not() {
    let gate =
        "source: { template: sample }\ndeliveries: [{ directory: copy, allow_extra: [MARKER] }]\n";
    let bench = same();
    assert_eq!(bench.codes(gate), ["allowance-unused"]);
    bench.write("root/copy/MARKER", "x");
    assert_eq!(bench.codes(gate), NONE);
}

#[test]
fn a_star_in_a_pattern_stops_at_a_slash() {
    let gate =
        "source: { template: sample, exclude: ['*.md'] }\ndeliveries: [{ directory: copy }]\n";
    assert_eq!(same().codes(gate), NONE);
    assert_eq!(same().inspect(gate).inspected(), 2);
}

#[test]
fn a_source_that_is_gone_is_refused() {
    let gate = "source: { path: template }\ndeliveries: [{ directory: copy }]\n";
    let inspection = same().inspect(gate);
    assert_eq!(codes(&inspection), ["source-missing"]);
    let gate = "source: { template: sample, subdir: nowhere }\ndeliveries: [{ directory: copy }]\n";
    assert_eq!(same().codes(gate), ["source-missing"]);
    let gate = "source: { plugin: other }\ndeliveries: [{ directory: copy }]\n";
    assert_eq!(same().codes(gate), ["source-unknown"]);
}

#[test]
fn a_folder_of_the_root_can_be_the_source() {
    let gate = "source: { path: copy }\ndeliveries: [{ directory: other }]\n";
    let bench = same();
    bench.write("root/other/config.yaml", "name: sample\n");
    let inspection = bench.inspect(gate);
    assert_eq!(
        places(only(&inspection)),
        ["other/prompts/a.md", "copy/prompts/a.md"]
    );
}

#[test]
fn a_binary_difference_is_told_by_sizes_and_digests() {
    let bench = same();
    bench.write("source/x.bin", b"\0\x01");
    bench.write("root/copy/x.bin", b"\0\x01\x02");
    let inspection = bench.inspect(GATE);
    let finding = only(&inspection);
    assert_eq!(finding.diff, None);
    assert!(finding.message.contains("2 bytes there, 3 delivered"));
    assert!(finding.digests.as_ref().unwrap().source.is_some());
}

#[test]
fn every_delivery_is_a_part_of_its_own() {
    let gate = "source: { template: sample }\ndeliveries: [{ directory: copy }, { directory: b, name: second }]\n";
    let bench = same();
    bench.write("root/b/config.yaml", "name: sample\n");
    let inspection = bench.inspect(gate);
    let parts: Vec<_> = inspection
        .parts()
        .iter()
        .map(|part| (part.name().to_owned(), part.inspected()))
        .collect();
    assert_eq!(parts, [("copy".to_owned(), 2), ("second".to_owned(), 2)]);
    assert_eq!(codes(&inspection), ["not-delivered"]);
}

#[test]
fn a_subset_of_nothing_is_not_looked_at() {
    let bench = same();
    let gate = "source: { template: sample }\ndeliveries: [{ directory: copy, mode: subset }]\n";
    assert!(bench.inspect(gate).inspected() > 0);
    bench.remove("root/copy");
    std::fs::create_dir(bench.path("root/copy")).unwrap();
    assert_eq!(bench.inspect(gate).inspected(), 0);
}
