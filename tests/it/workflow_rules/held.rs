//! What filters on paths make of the very change that `--base` names.

use serde_json::json;

use super::support::{Repo, job_file};
use crate::support::git;

const FILTER: &str = "on:\n  pull_request:\n    paths: ['src/**', '!src/docs/**']\n";

/// A change of these files, on a branch whose target goes on with `main.txt`.
fn change(repo: &Repo, triggers: &str, files: &[&str]) {
    let text = job_file("", "- run: ./test").replace("on:\n  pull_request:\n", triggers);
    repo.file("ci.yml", &text);
    let root = repo.sandbox.root();
    let commit = |message: &str| {
        git(&root, &["add", "--all"]);
        git(&root, &["commit", "--quiet", "-m", message]);
    };
    git(&root, &["init", "--quiet", "--initial-branch=main"]);
    commit("first");
    git(&root, &["checkout", "--quiet", "-b", "change"]);
    for file in files {
        repo.sandbox.write(file, "changed\n");
    }
    commit("change");
    git(&root, &["checkout", "--quiet", "main"]);
    repo.sandbox.write("src/main.txt", "changed\n");
    commit("second");
    git(&root, &["checkout", "--quiet", "change"]);
}

/// The blocking codes, and the gate's facts about the change.
fn judged(repo: &Repo) -> (Vec<String>, serde_json::Value) {
    let ran = repo
        .sandbox
        .run(&["run", "--base", "main", "--output", "json"]);
    let report = ran.json();
    let gate = &report["gates"][0];
    let blocking = gate["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["level"] == "block")
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect();
    (blocking, gate["facts"]["change"].clone())
}

#[test]
fn a_required_context_that_the_change_does_not_bring_is_told_with_the_filter_and_the_paths() {
    let repo = Repo::github(&["test"]);
    change(&repo, FILTER, &["README.md", "src/docs/a.md"]);
    assert_eq!(
        judged(&repo),
        (
            vec!["context-held-back".to_owned()],
            json!({"paths": 2, "started": [], "held_back": ["test"], "unsure": []})
        )
    );
    let out = repo.sandbox.run(&["run", "--base", "main"]).stdout.clone();
    assert!(
        out.contains("of the 2 paths that change since main ("),
        "{out}"
    );
    assert!(
        out.contains("none passes `paths` of `pull_request`: the required `test` is not posted"),
        "{out}"
    );
    assert!(out.contains("changed: README.md, src/docs/a.md"), "{out}");
    assert!(out.contains(".github/workflows/ci.yml:4"), "{out}");
}

#[test]
fn a_change_that_passes_the_filter_brings_the_context_and_the_filter_stays_wrong() {
    let repo = Repo::github(&["test"]);
    change(&repo, FILTER, &["README.md", "src/a.rs"]);
    assert_eq!(
        judged(&repo),
        (
            vec!["trigger-filtered".to_owned()],
            json!({"paths": 2, "started": ["test"], "held_back": [], "unsure": []})
        )
    );
}

#[test]
fn paths_that_are_all_ignored_hold_a_change_back_and_one_that_is_not_lets_it_pass() {
    let ignore = "on:\n  pull_request:\n    paths-ignore: ['docs/**', '*.md']\n";
    for (files, code) in [
        (&["docs/a.md", "b.md"][..], "context-held-back"),
        (&["docs/a.md", "a/b.md"][..], "trigger-filtered"),
    ] {
        let repo = Repo::github(&["test"]);
        change(&repo, ignore, files);
        assert_eq!(judged(&repo).0, [code], "{files:?}");
    }
}

#[test]
fn on_gitea_what_came_to_the_target_since_counts_as_well() {
    // `src/main.txt` differs from the tip of main, so that Gitea starts the workflow.
    let repo = Repo::gitea("1.27", &["CI / test"]);
    change(&repo, FILTER, &["README.md"]);
    let (codes, facts) = judged(&repo);
    assert_eq!(codes, ["trigger-filtered"]);
    assert_eq!(facts["unsure"], json!(["CI / test (pull_request)"]));

    let repo = Repo::gitea("1.27", &["CI / test"]);
    change(&repo, &FILTER.replace("src/**", "lib/**"), &["README.md"]);
    assert_eq!(judged(&repo).0, ["context-held-back"]);
    let out = repo.sandbox.run(&["run", "--base", "main"]).stdout.clone();
    assert!(
        out.contains("is posted as skipped, which satisfies it"),
        "{out}"
    );
}

#[test]
fn of_more_than_three_hundred_paths_github_looks_at_the_first_alone() {
    let many: Vec<String> = (0..301).map(|n| format!("docs/{n}.md")).collect();
    let mut files: Vec<&str> = many.iter().map(String::as_str).collect();
    let held = Repo::github(&["test"]);
    change(&held, FILTER, &files);
    assert_eq!(judged(&held).0, ["context-held-back"]);
    // Whether the one that passes is among the first nobody says.
    files.push("src/a.rs");
    let unsure = Repo::github(&["test"]);
    change(&unsure, FILTER, &files);
    assert_eq!(
        judged(&unsure).0,
        ["trigger-filtered"],
        "it is not known to be held back"
    );
}

#[test]
fn a_context_that_another_event_brings_is_not_held_back() {
    let repo = Repo::github(&["test"]);
    let both = format!("{FILTER}  pull_request_target:\n");
    change(&repo, &both, &["README.md"]);
    assert_eq!(judged(&repo).0, ["trigger-filtered"]);
}

#[test]
fn a_waiver_for_the_filter_does_not_cover_a_change_that_it_holds_back() {
    let waiver = "waivers:\n  - { code: trigger-filtered, reason: docs need no test, until: 2027-01-01, tracker: '#1' }\n";
    for (file, code) in [("src/a.rs", None), ("README.md", Some("context-held-back"))] {
        let repo = Repo::github(&["test"]);
        repo.gate(waiver);
        change(&repo, FILTER, &[file]);
        assert_eq!(judged(&repo).0.first().map(String::as_str), code, "{file}");
    }
}

#[test]
fn a_file_that_is_moved_away_from_the_filters_paths_passes_it() {
    let repo = Repo::github(&["test"]);
    repo.sandbox.write("src/old.rs", "here\n");
    change(&repo, FILTER, &["README.md"]);
    let root = repo.sandbox.root();
    git(&root, &["mv", "src/old.rs", "old.rs"]);
    git(&root, &["commit", "--quiet", "-m", "move"]);
    assert_eq!(
        judged(&repo).1,
        json!({"paths": 3, "started": ["test"], "held_back": [], "unsure": []})
    );
}

#[test]
fn both_promises_about_filters_are_proved_for_a_change() {
    let repo = Repo::github(&["test"]);
    change(&repo, "on:\n  pull_request:\n", &["README.md"]);
    let ran = repo
        .sandbox
        .run(&["prove", "--base", "main", "--output", "json"]);
    ran.exits(0);
    let text = ran.json().to_string();
    for name in [
        "path filter that holds this change back: ci.yml",
        "path filter on a required context: ci.yml",
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
}
