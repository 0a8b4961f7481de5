use super::*;
use crate::config::ForgeVersion;
use crate::context::ChangedPaths;
use crate::gate::Location;
use crate::kinds::workflows::forge::Forge;
use crate::kinds::workflows::model::{Folder, WorkflowFile, parse_workflow};

const GITEA_26: Forge = Forge::Gitea(ForgeVersion::new(1, 26));
const GITEA_27: Forge = Forge::Gitea(ForgeVersion::new(1, 27));

fn file(name: &str, text: &str) -> WorkflowFile {
    let path = format!(".gitea/workflows/{name}");
    parse_workflow(&path, Folder::Gitea, text.as_bytes()).expect("a workflow")
}

fn names(files: &[WorkflowFile], forge: Forge, event: &Event<'_>) -> Vec<String> {
    derive(files, forge, event)
        .iter()
        .map(|context| {
            let sure = match context.certainty {
                Certainty::Certain => "",
                Certainty::OnlyIf(_) => "?",
                Certainty::NotDerivable(_) => "!",
            };
            format!("{}{sure}", context.name)
        })
        .collect()
}

fn of(forge: Forge, text: &str) -> Vec<String> {
    names(
        &[file("ci.yml", text)],
        forge,
        &Event::pull_request(Some("main"), None),
    )
}

fn job(body: &str) -> String {
    format!(
        "name: CI\non: pull_request\njobs:\n  a:\n    runs-on: x\n    steps: [{{run: y}}]\n{body}"
    )
}

#[test]
fn a_context_is_the_jobs_name_on_github_and_has_workflow_and_event_on_gitea() {
    let text = "name: CI — all\non: [push, pull_request, pull_request_target]\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n  b: {name: 'Canvas (Next.js)', runs-on: x, steps: [{run: y}]}\n";
    assert_eq!(of(Forge::GitHub, text), ["a", "Canvas (Next.js)"]);
    assert_eq!(
        of(GITEA_26, text),
        [
            "CI — all / a (pull_request)",
            "CI — all / Canvas (Next.js) (pull_request)"
        ]
    );
    let target = names(
        &[file("ci.yml", text)],
        GITEA_26,
        &Event::named("pull_request_target"),
    );
    assert_eq!(target[0], "CI — all / a (pull_request_target)");
}

#[test]
fn a_workflow_without_a_name_has_its_files_from_the_version_that_does_it() {
    let text = "on: pull_request\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n";
    assert_eq!(of(GITEA_27, text), ["ci.yml / a (pull_request)"]);
    assert_eq!(of(GITEA_26, text), ["/ a (pull_request)"]);
}

#[test]
fn events_for_which_gitea_posts_nothing_bring_no_context() {
    let files = [file(
        "n.yml",
        "name: N\non: {schedule: [{cron: '0 1 * * *'}], workflow_dispatch: }\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n",
    )];
    assert_eq!(
        names(&files, GITEA_27, &Event::named("schedule")),
        Vec::<String>::new()
    );
    assert_eq!(
        names(&files, Forge::GitHub, &Event::named("schedule")),
        ["a"]
    );
}

#[test]
fn a_matrix_makes_a_context_of_each_combination_in_the_order_of_the_file() {
    let text = job(
        "    strategy:\n      matrix:\n        os: [linux, windows]\n        node: [14, 16.10]\n        exclude: [{os: windows, node: 14}]\n        include:\n          - {os: linux, node: 14, extra: true}\n          - {os: macos, node: 18}\n",
    );
    assert_eq!(
        of(Forge::GitHub, &text),
        [
            "a (linux, 14, true)",
            "a (linux, 16.1)",
            "a (windows, 16.1)",
            "a (macos, 18)"
        ]
    );
    // Gitea sorts the values by their keys until 1.27.
    assert_eq!(
        of(GITEA_26, &text),
        [
            "CI / a (true, 14, linux) (pull_request)",
            "CI / a (16.1, linux) (pull_request)",
            "CI / a (16.1, windows) (pull_request)",
            "CI / a (18, macos) (pull_request)"
        ]
    );
}

#[test]
fn an_include_alone_is_a_list_of_jobs() {
    let text = job(
        "    name: Build ${{ matrix.name || matrix.os }}\n    strategy:\n      matrix:\n        include:\n          - {os: linux}\n          - {os: macos, name: 'Mac (arm)'}\n",
    );
    assert_eq!(of(Forge::GitHub, &text), ["Build linux", "Build Mac (arm)"]);
}

#[test]
fn an_include_that_fits_every_combination_is_added_to_all_of_them() {
    let text = job(
        "    strategy:\n      matrix:\n        fruit: [apple, pear]\n        animal: [cat, dog]\n        include:\n          - {color: green}\n          - {color: pink, animal: cat}\n          - {fruit: apple, shape: circle}\n          - {fruit: banana}\n          - {fruit: banana, animal: cat}\n",
    );
    // The example of GitHub's own documentation.
    assert_eq!(
        of(Forge::GitHub, &text),
        [
            "a (apple, cat, pink, circle)",
            "a (apple, dog, green, circle)",
            "a (pear, cat, pink)",
            "a (pear, dog, green)",
            "a (banana)",
            "a (banana, cat)"
        ]
    );
}

#[test]
fn what_only_the_run_knows_is_not_derivable_and_says_so() {
    let text = job("    strategy: {matrix: '${{ fromJSON(needs.x.outputs.m) }}'}\n");
    assert_eq!(of(Forge::GitHub, &text), ["a*!"]);
    let text = job("    name: On ${{ github.ref }} and more\n");
    let contexts = derive(
        &[file("ci.yml", &text)],
        Forge::GitHub,
        &Event::named("pull_request"),
    );
    assert!(contexts[0].name.may_be("On refs/x and more"));
    assert!(!contexts[0].name.may_be("On refs/x and"));
    assert!(!contexts[0].name.may_be("in refs/x and more"));
    assert_eq!(
        contexts[0].name.to_string(),
        "On ${{ github.ref }} and more"
    );
}

#[test]
fn a_called_workflow_has_its_jobs_behind_the_caller() {
    let caller = file(
        "ci.yml",
        "name: CI\non: pull_request\njobs:\n  call: {name: Tests, uses: ./.gitea/workflows/tests.yml}\n  far: {uses: o/r/.github/workflows/x.yml@v1}\n",
    );
    let called = file(
        "tests.yml",
        "name: T\non: workflow_call\njobs:\n  unit: {runs-on: x, steps: [{run: y}]}\n  e2e: {name: End to end, runs-on: x, steps: [{run: y}]}\n",
    );
    let files = [caller, called];
    let event = Event::named("pull_request");
    assert_eq!(
        names(&files, Forge::GitHub, &event),
        ["Tests / unit", "Tests / End to end", "far / *!"]
    );
    // Before 1.27 the called workflow runs inside of the job that calls it.
    assert_eq!(
        names(&files, GITEA_26, &event),
        ["CI / Tests (pull_request)", "CI / far (pull_request)"]
    );
}

#[test]
fn filters_decide_where_branch_and_paths_are_known_and_are_told_where_not() {
    let files = [file(
        "ci.yml",
        "name: CI\non:\n  pull_request:\n    branches: [main, 'release/**']\n    paths: ['src/**', '!src/docs/**']\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n",
    )];
    let at = |branch, changed: Option<&ChangedPaths>| {
        names(&files, Forge::GitHub, &Event::pull_request(branch, changed))
    };
    let paths = |paths: &[&str]| ChangedPaths {
        of_change: paths.iter().map(ToString::to_string).collect(),
        from_tip: Vec::new(),
    };
    assert_eq!(at(None, None), ["a?"]);
    assert_eq!(at(Some("main"), None), ["a?"]);
    assert_eq!(at(Some("main"), Some(&paths(&["src/a.rs"]))), ["a"]);
    assert_eq!(
        at(Some("release/1/x"), Some(&paths(&["src/a.rs", "b"]))),
        ["a"]
    );
    assert_eq!(
        at(Some("main"), Some(&paths(&["src/docs/a.md"]))),
        Vec::<String>::new()
    );
    assert_eq!(
        at(Some("other"), Some(&paths(&["src/a.rs"]))),
        Vec::<String>::new()
    );
}

#[test]
fn names_that_a_forge_shortens_are_shortened() {
    let long = "x".repeat(120);
    let text = |keys: &str, name: &str| {
        format!(
            "name: CI\non: pull_request\njobs:\n  a: {{name: {name}, runs-on: x, {keys}steps: [{{run: y}}]}}\n"
        )
    };
    let matrix = [file(
        "ci.yml",
        &text("strategy: {matrix: {v: [1]}}, ", &long),
    )];
    let event = Event::named("pull_request");
    assert_eq!(
        names(&matrix, Forge::GitHub, &event),
        [format!("{}...", "x".repeat(97))]
    );
    assert_eq!(
        names(&matrix, GITEA_27, &event),
        [format!("CI / {long} (1) (pull_request)")]
    );
    // Of a plain job nothing is known to be cut.
    let plain = [file("ci.yml", &text("", &long))];
    assert_eq!(names(&plain, Forge::GitHub, &event), [long]);
    let longer = [file("ci.yml", &text("", &"y".repeat(256)))];
    let all = derive(&longer, GITEA_27, &event);
    assert!(!all[0].name.is_known(), "{all:?}");
    assert!(
        all[0]
            .name
            .may_be(&format!("CI / {}… (pull_request)", "y".repeat(252)))
    );
    assert!(!all[0].name.may_be("CI / z (pull_request)"));
}

#[test]
fn types_and_tags_decide_as_well() {
    let files = [file(
        "ci.yml",
        "name: CI\non:\n  pull_request: {types: [labeled]}\n  push: {tags: ['v*']}\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n",
    )];
    assert_eq!(
        names(&files, Forge::GitHub, &Event::pull_request(None, None)),
        Vec::<String>::new()
    );
    assert_eq!(
        names(&files, Forge::GitHub, &Event::named("pull_request")),
        ["a?"]
    );
    let push = Event {
        branch: Some("main"),
        ..Event::named("push")
    };
    assert_eq!(names(&files, Forge::GitHub, &push), Vec::<String>::new());
}

#[test]
fn nothing_comes_of_a_file_that_the_forge_refuses() {
    let files = [file(
        "ci.yml",
        "name: CI\non: pull_request\njobs:\n  a:\n    runs-on: x\n    env: {A: 1}\n    env: {A: 2}\n    steps: [{run: y}]\n",
    )];
    assert_eq!(
        names(&files, GITEA_26, &Event::named("pull_request")),
        Vec::<String>::new()
    );
}

#[test]
fn an_event_is_stripped_only_where_it_is_one() {
    assert_eq!(strip_event("CI / a (push)"), ("CI / a", Some("push")));
    assert_eq!(
        strip_event("CI / Canvas (Next.js)"),
        ("CI / Canvas (Next.js)", None)
    );
    assert_eq!(
        strip_event("CI / Canvas (Next.js) (pull_request_target)"),
        ("CI / Canvas (Next.js)", Some("pull_request_target"))
    );
    assert_eq!(strip_event("(push)"), ("(push)", None));
}

const REQUIRED: &str = "\u{feff}# what must be green\r\n\r\nCI / all-required\r\nE2E / Peer (literal MCP)   # why\r\n# re-enabled once pending\r\ntemplate / delivery (fresh — seo)\r\nC#-build / a#b\r\n\r\n# pending-#3159 (not yet enforced) ──\r\nStaging / Boot\r\n# pending-#4000\r\nStaging / Create\r\n";

#[test]
fn the_file_of_required_contexts_ends_at_its_first_pending_marker() {
    let file = read_required("required.txt", REQUIRED.as_bytes()).expect("a file");
    let enforced: Vec<_> = file.enforced.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(
        enforced,
        [
            "CI / all-required",
            "E2E / Peer (literal MCP)",
            "template / delivery (fresh — seo)",
            "C#-build / a#b"
        ]
    );
    let pending: Vec<_> = file.pending.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(pending, ["Staging / Boot", "Staging / Create"]);
    assert_eq!(file.marker, Some(Location::at("required.txt", 9, 1)));
    assert_eq!(file.enforced[1].at, Location::at("required.txt", 4, 1));
    assert_eq!(file.faults, []);
}

#[test]
fn an_entry_is_placed_by_characters_whatever_it_is_indented_with() {
    let read = read_required("r.txt", "\u{3000}\tCI / test\n".as_bytes()).expect("read");
    assert_eq!(read.enforced[0].at, Location::at("r.txt", 1, 3));
}

#[test]
fn a_marker_that_only_some_readers_know_is_told_and_enforces_on() {
    for line in [
        "# Pending-#12",
        "# PENDING-#1",
        "# pending #12",
        "# pending-12",
        "#pending: #9",
    ] {
        let text = format!("a\n{line}\nb\n");
        let file = read_required("r", text.as_bytes()).expect("a file");
        assert_eq!(file.enforced.len(), 2, "{line}");
        assert_eq!(file.faults.len(), 1, "{line}");
    }
    for line in [
        "# RE-ENABLED, was pending",
        "# pending review of all",
        "#pending-#1x is fine",
        "# depending-#1",
    ] {
        let text = format!("a\n{line}\nb\n");
        let file = read_required("r", text.as_bytes()).expect("a file");
        assert_eq!(file.faults, [], "{line}");
    }
    let twice = read_required("r", b"a\nb\na\n").expect("a file");
    assert_eq!(twice.faults[0].1, Location::at("r", 3, 1));
    assert!(read_required("r", b"\xff\xfea").is_err());
}

fn demands(json: &str, branch: Option<&str>) -> Result<Vec<String>, String> {
    read_protection("p.json", json.as_bytes(), branch).map(|p| {
        p.demands
            .into_iter()
            .map(|d| format!("{}:{}", d.name, d.at.line.unwrap_or(0)))
            .collect()
    })
}

#[test]
fn calls_in_circles_end_and_many_calls_are_cut_off() {
    let calls = |other: &str| {
        let jobs: String = (0..30)
            .map(|n| format!("  j{n}: {{uses: ./.gitea/workflows/{other}}}\n"))
            .collect();
        format!("name: N\non: [pull_request, workflow_call]\njobs:\n{jobs}")
    };
    let event = Event::pull_request(Some("main"), None);
    let circle = [
        file("a.yml", &calls("b.yml")),
        file("b.yml", &calls("a.yml")),
    ];
    let found = names(&circle, GITEA_27, &event);
    assert_eq!(found.len(), 2 * 30 * 30);
    assert!(found.iter().all(|name| name.ends_with('!')));
    let leaf = "on: workflow_call\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n";
    let called = |other: &str| calls(other).replace("pull_request, ", "");
    let deep = [
        file("a.yml", &calls("b.yml")),
        file("b.yml", &called("c.yml")),
        file("c.yml", &called("d.yml")),
        file("d.yml", &called("e.yml")),
        file("e.yml", leaf),
    ];
    let found = names(&deep, GITEA_27, &event);
    assert_eq!(found.len(), 30 * (1024 + 1));
    assert_eq!(found.iter().filter(|name| name.ends_with('!')).count(), 30);
}

#[test]
fn branch_protection_is_read_in_every_shape_that_forges_give() {
    let classic = r#"{"required_status_checks": {"strict": true,
 "contexts": ["Test"],
 "checks": [{"context": "Test", "app_id": 1}, {"context": "Lint", "app_id": null}]},
 "required_pull_request_reviews": {"required_approving_review_count": 2, "dismiss_stale_reviews": true}}"#;
    assert_eq!(
        demands(classic, None),
        Ok(vec!["Test:2".to_owned(), "Lint:3".to_owned()])
    );
    let protection = read_protection("p.json", classic.as_bytes(), None).expect("one");
    assert_eq!(
        (protection.approvals, protection.dismiss_stale),
        (Some(2), Some(true))
    );
    let of_branch = format!("{{\"name\": \"main\", \"protection\": {classic}}}");
    assert!(demands(&of_branch, None).is_ok_and(|all| all.len() == 2));
    let ruleset = r#"{"name": "main", "rules": [{"type": "merge_queue"},
{"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "Test", "integration_id": 1}]}}]}"#;
    assert_eq!(demands(ruleset, None), Ok(vec!["Test:2".to_owned()]));
    assert_eq!(
        read_protection("p", ruleset.as_bytes(), None)
            .expect("one")
            .merge_queue,
        Some(true)
    );
    for trial in ["disabled", "evaluate"] {
        let text = ruleset.replacen('{', &format!("{{\"enforcement\": \"{trial}\", "), 1);
        let read = read_protection("p", text.as_bytes(), None).expect("one");
        assert!(!read.enabled && read.demands.is_empty(), "{trial}");
    }
    let active = ruleset.replacen('{', "{\"enforcement\": \"active\", ", 1);
    assert_eq!(demands(&active, None), Ok(vec!["Test:2".to_owned()]));
    let gitea = r#"[{"rule_name": "main", "enable_status_check": true, "status_check_contexts": ["*"]},
{"rule_name": "rel/*", "enable_status_check": false, "status_check_contexts": null}]"#;
    assert_eq!(demands(gitea, Some("main")), Ok(vec!["*:1".to_owned()]));
    assert!(demands(gitea, None).is_err_and(|error| error.contains("2 rules")));
    assert!(
        !read_protection("p", gitea.as_bytes(), Some("rel/*"))
            .expect("one")
            .enabled
    );
}

#[test]
fn what_is_no_branch_protection_is_refused_with_its_place() {
    for text in [
        "",
        "[1]",
        "{\"a\": 1}",
        "{\"message\": \"Not Found\"}",
        "{\"a\": 1, \"a\": 2}",
        "3",
    ] {
        assert!(
            read_protection("p.json", text.as_bytes(), None).is_err(),
            "{text}"
        );
    }
    let error = read_protection("p.json", b"{\n\"x\": 1,\n}", None).expect_err("refused");
    assert!(error.starts_with("p.json:2"), "{error}");
}

#[test]
fn a_pattern_of_gitea_stands_for_slashes_too_and_an_event_may_be_left_away() {
    let demand = |name: &str, is_glob| Demand {
        name: name.to_owned(),
        is_glob,
        at: Location::file("x"),
    };
    assert!(demand("*", true).is_met_by("CI / a (push)", GITEA_26));
    assert!(demand("CI / * (pull_request)", true).is_met_by("CI / a (x) (pull_request)", GITEA_26));
    assert!(!demand("CI / * (pull_request)", true).is_met_by("CI / a (push)", GITEA_26));
    assert!(demand("CI / a", false).is_met_by("CI / a (push)", GITEA_26));
    assert!(demand("CI / a (push)", false).is_met_by("CI / a (push)", GITEA_26));
    assert!(!demand("CI / a (push)", false).is_met_by("CI / a (pull_request)", GITEA_26));
    // GitHub writes no event: these are two names.
    assert!(!demand("a", false).is_met_by("a (push)", Forge::GitHub));
    assert!(!demand("a (push)", false).is_met_by("a", Forge::GitHub));
    assert!(!demand("CI / *", false).is_met_by("CI / a", GITEA_26));
}

#[test]
fn two_lists_are_compared_both_ways() {
    let file = read_required("r.txt", b"A\nB\n# pending-#1\nC\n").expect("a file");
    let protection = read_protection(
        "p.json",
        br#"{"required_status_checks": {"contexts": ["A", "C", "D"]}}"#,
        None,
    )
    .expect("one");
    let all: Vec<_> = disagreements(&file, &protection, Forge::GitHub)
        .into_iter()
        .map(|d| (d.demand.name, d.lacking, d.is_pending))
        .collect();
    let line = |name: &str, lacking: &str, pending| (name.to_owned(), lacking.to_owned(), pending);
    assert_eq!(
        all,
        [
            line("B", "p.json", false),
            line("C", "r.txt", true),
            line("D", "r.txt", false)
        ]
    );
    let every = read_protection("p", br#"{"status_check_contexts": ["*"]}"#, None).expect("one");
    assert_eq!(disagreements(&file, &every, GITEA_26), []);
}
