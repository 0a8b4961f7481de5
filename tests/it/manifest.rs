use crate::support::{Sandbox, git};

const GATE: &str = "\
id: sources
about: Every source is pinned and complete at its pin.
kind: manifest
categories: [plugins, workspace_templates]
required_files:
  plugins: [plugin.yaml]
  workspace_templates: [config.yaml]
forbidden:
  - category: workspace_templates
    path: config.yaml
    pattern: '^schedules:'
    reason: schedules moved into plugins
consumers:
  - { name: cloner, dialect: strip-line-comments }
  - { name: registry, dialect: strict-json-last-key }
";

/// A sandbox with a template and a plugin, pinned and synced, and their commits.
fn pinned() -> (Sandbox, String, String) {
    let sandbox = Sandbox::new();
    let plugin = sandbox.repository("repos/o/shell", &[("plugin.yaml", "name: shell\n")]);
    let template = sandbox.repository(
        "repos/o/hermes",
        &[(
            "config.yaml",
            "name: hermes\nplugins:\n  - config:\n      schedules: []\n",
        )],
    );
    sandbox
        .write(
            "driftgate.yaml",
            "providers:\n  local:\n    url: ../repos/{repo}\n",
        )
        .write("gates/sources.yaml", GATE)
        .write("manifest.json", manifest(&plugin, &template));
    sandbox.run(&["sync"]).exits(0);
    (sandbox, plugin, template)
}

fn manifest(plugin: &str, template: &str) -> String {
    format!(
        "{{\"version\": 1,\n\"plugins\": [\n{{\"name\": \"shell\", \"repo\": \"o/shell\", \"ref\": \"{plugin}\"}}],\n\"workspace_templates\": [\n{{\"name\": \"hermes\", \"repo\": \"o/hermes\", \"ref\": \"{template}\"}}]}}\n"
    )
}

/// The verdict of the only gate, and its findings as `code place`.
fn run(sandbox: &Sandbox, code: i32) -> (String, Vec<String>) {
    let report = sandbox
        .run(&["run", "--retries", "0", "--output", "json"])
        .exits(code)
        .json();
    let gate = &report["gates"][0];
    let findings = gate["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| {
            let place = &finding["locations"][0];
            let number = |key: &str| match place[key].as_u64() {
                Some(n) => format!(":{n}"),
                None => String::new(),
            };
            format!(
                "{} {}{}{}",
                finding["code"].as_str().unwrap_or_default(),
                place["path"].as_str().unwrap_or_default(),
                number("line"),
                number("column")
            )
        })
        .collect();
    (
        gate["verdict"].as_str().unwrap_or_default().to_owned(),
        findings,
    )
}

fn only(sandbox: &Sandbox, code: i32, verdict: &str, finding: &str) {
    let expected = if finding.is_empty() {
        vec![]
    } else {
        vec![finding.to_owned()]
    };
    assert_eq!(run(sandbox, code), (verdict.to_owned(), expected));
}

#[test]
fn a_sound_manifest_passes_and_tells_the_commits_it_looked_at() {
    let (sandbox, _, template) = pinned();
    let report = sandbox.run(&["run", "--output", "json"]).exits(0).json();
    let gate = &report["gates"][0];
    assert_eq!(gate["verdict"], "pass");
    // Two entries, a required file of each, and one file without forbidden content.
    assert_eq!(gate["inspected"], 5);
    assert_eq!(gate["facts"]["entries"]["plugins"], 1);
    assert_eq!(gate["facts"]["sources"][1]["commit"], template.as_str());
}

#[test]
fn every_protection_is_proved() {
    let (sandbox, _, _) = pinned();
    let report = sandbox.run(&["prove", "--output", "json"]).exits(0).json();
    assert_eq!(report["proved"], report["of"]);
    assert!(report["of"].as_u64() >= Some(24), "{}", report["of"]);
}

#[test]
fn a_branch_is_not_a_pin() {
    let (sandbox, plugin, _) = pinned();
    sandbox.write("manifest.json", manifest(&plugin, "main"));
    only(&sandbox, 1, "fail", "ref-not-pinned manifest.json:5:47");
}

#[test]
fn a_commit_in_capitals_is_not_what_readers_take_for_a_pin() {
    let (sandbox, plugin, template) = pinned();
    sandbox.write("manifest.json", manifest(&plugin, &template.to_uppercase()));
    only(&sandbox, 1, "fail", "ref-not-pinned manifest.json:5:47");
}

#[test]
fn a_comment_that_one_reader_strips_and_another_refuses_is_a_disagreement() {
    let (sandbox, plugin, template) = pinned();
    let text = manifest(&plugin, &template) + "// Triggered by a bot\n";
    sandbox.write("manifest.json", text);
    let (verdict, findings) = run(&sandbox, 1);
    assert_eq!(verdict, "fail");
    assert_eq!(findings[0], "consumers-disagree manifest.json:6:1");
    let said = sandbox.run(&["run"]).stdout;
    let expected =
        "cloner (strip-line-comments) reads 2 entries; registry (strict-json-last-key) refuses it";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn the_tree_at_the_pin_counts_and_not_the_main_branch() {
    let (sandbox, plugin, _) = pinned();
    let old = sandbox.commit(
        "repos/o/hermes",
        &[("config.yaml", "name: hermes\n\nschedules:\n  - name: x\n")],
    );
    sandbox.commit("repos/o/hermes", &[("config.yaml", "name: hermes\n")]);
    sandbox.write("manifest.json", manifest(&plugin, &old));
    sandbox.run(&["sync"]).exits(0);
    let place = format!("forbidden-content hermes@{}:config.yaml:3", &old[..12]);
    only(&sandbox, 1, "fail", &place);
}

#[test]
fn a_required_file_must_be_there_and_have_content_at_the_pin() {
    let (sandbox, _, template) = pinned();
    let empty = sandbox.commit("repos/o/shell", &[("plugin.yaml", "")]);
    sandbox.write("manifest.json", manifest(&empty, &template));
    sandbox.run(&["sync"]).exits(0);
    only(
        &sandbox,
        1,
        "fail",
        "required-file-empty manifest.json:3:45",
    );
    git(
        &sandbox.path().join("repos/o/shell"),
        &["rm", "--quiet", "plugin.yaml"],
    );
    let gone = sandbox.commit("repos/o/shell", &[("other", "x")]);
    sandbox.write("manifest.json", manifest(&gone, &template));
    sandbox.run(&["sync"]).exits(0);
    only(
        &sandbox,
        1,
        "fail",
        "required-file-missing manifest.json:3:45",
    );
}

#[test]
fn a_pin_that_was_moved_without_a_sync_is_refused() {
    let (sandbox, plugin, _) = pinned();
    let new = sandbox.commit("repos/o/hermes", &[("config.yaml", "name: new\n")]);
    sandbox.write("manifest.json", manifest(&plugin, &new));
    only(&sandbox, 3, "refused", "lock-stale manifest.json:5:47");
    std::fs::remove_file(sandbox.root().join("driftgate.lock")).expect("the lock goes");
    let (verdict, findings) = run(&sandbox, 3);
    assert_eq!(verdict, "refused");
    assert!(
        findings.iter().all(|f| f.starts_with("source-unlocked")),
        "{findings:?}"
    );
}

#[test]
fn a_commit_and_a_repository_that_are_gone_are_findings_and_a_dead_host_is_not() {
    let (sandbox, plugin, template) = pinned();
    std::fs::remove_dir_all(sandbox.cache().join("driftgate")).expect("the cache goes");
    let repo = sandbox.path().join("repos/o/hermes");
    std::fs::remove_dir_all(&repo).expect("the repository goes");
    only(
        &sandbox,
        1,
        "fail",
        "source-repository-missing manifest.json:5:47",
    );
    sandbox.repository("repos/o/hermes", &[("config.yaml", "another history\n")]);
    only(
        &sandbox,
        1,
        "fail",
        "source-commit-missing manifest.json:5:47",
    );
    sandbox.write(
        "driftgate.yaml",
        "providers:\n  local:\n    url: http://127.0.0.1:9/{repo}\n",
    );
    let lock = sandbox.root().join("driftgate.lock");
    assert!(
        std::fs::read_to_string(lock)
            .expect("a lock")
            .contains(&template)
    );
    let (verdict, findings) = run(&sandbox, 4);
    assert_eq!(
        (verdict.as_str(), findings.len()),
        ("unreachable", 2),
        "{findings:?} {plugin}"
    );
}

#[test]
fn a_vanished_manifest_and_an_emptied_list_are_findings() {
    let (sandbox, plugin, _) = pinned();
    let text = manifest(&plugin, "x");
    let start = text.find("{\"name\": \"hermes\"").expect("the entry");
    sandbox.write("manifest.json", format!("{}]}}\n", &text[..start]));
    only(&sandbox, 1, "fail", "list-empty manifest.json:4:1");
    std::fs::remove_file(sandbox.root().join("manifest.json")).expect("the manifest goes");
    only(&sandbox, 1, "fail", "subject-missing manifest.json");
}

#[test]
fn a_reader_that_clones_branches_cannot_take_commits() {
    let (sandbox, _, _) = pinned();
    let gate = GATE.replace(
        "strip-line-comments }",
        "strip-line-comments, clone: branch }",
    );
    sandbox.write("gates/sources.yaml", gate);
    only(&sandbox, 1, "fail", "ref-not-clonable manifest.json:3:45");
}

#[test]
fn a_rule_about_a_file_that_no_source_has_looks_at_nothing() {
    let (sandbox, _, _) = pinned();
    sandbox.write(
        "gates/sources.yaml",
        GATE.replace("path: config.yaml", "path: org.yaml"),
    );
    let report = sandbox.run(&["run", "--output", "json"]).exits(3).json();
    assert_eq!(report["gates"][0]["verdict"], "vacuous");
    assert_eq!(
        report["gates"][0]["reason"],
        "nothing was inspected in org.yaml in workspace_templates"
    );
}

#[test]
fn an_entry_that_cannot_be_read_is_named_and_an_exemption_for_nobody_is_a_finding() {
    let (sandbox, _, _) = pinned();
    std::fs::remove_dir_all(sandbox.cache().join("driftgate")).expect("the cache goes");
    std::fs::remove_dir_all(sandbox.path().join("repos/o/shell")).expect("it goes");
    let unread = |name: &str| {
        format!("{GATE}unread:\n  - {{ category: plugins, name: {name}, reason: it is private }}\n")
    };
    sandbox.write("gates/sources.yaml", unread("shell"));
    let report = sandbox.run(&["run", "--output", "json"]).exits(0).json();
    assert_eq!(
        report["gates"][0]["facts"]["not_read"],
        serde_json::json!([{"source": "plugin shell", "reason": "it is private"}])
    );
    sandbox.write("gates/sources.yaml", unread("shel"));
    let (verdict, findings) = run(&sandbox, 1);
    assert_eq!(verdict, "fail");
    assert!(
        findings.contains(&"exemption-unused gates/sources.yaml:17:32".to_owned()),
        "{findings:?}"
    );
}

#[test]
fn a_working_copy_stands_in_for_a_source() {
    let (sandbox, _, _) = pinned();
    sandbox.write("../copy/config.yaml", "schedules: []\n");
    let copy = format!("hermes={}", sandbox.path().join("copy").display());
    let ran = sandbox.run(&["run", "--source", &copy]);
    ran.exits(1);
    assert!(
        ran.stdout.contains("--> hermes@working-copy:config.yaml:1"),
        "{}",
        ran.stdout
    );
    let unknown = sandbox.run(&["run", "--source", "hermse=/nonexistent"]);
    unknown.exits(2);
    assert!(
        unknown.stderr.contains("did you mean `hermes`?"),
        "{}",
        unknown.stderr
    );
    let gone = sandbox.run(&["run", "--source", "hermes=/nonexistent"]);
    gone.exits(3);
    assert!(
        gone.stdout.contains("error[working-copy-missing]"),
        "{}",
        gone.stdout
    );
}

#[test]
fn wrong_gate_files_are_refused_with_their_place() {
    let (sandbox, _, _) = pinned();
    for (wrong, right, message) in [
        (
            "pattern: '^schedules:'",
            "pattern: '('",
            "`(` is not a pattern",
        ),
        (
            "pattern: '^schedules:'",
            "pattern: 'x*'",
            "matches the empty text",
        ),
        (
            "path: config.yaml",
            "path: '[z-a]'",
            "is not a path pattern",
        ),
        (
            "reason: schedules moved into plugins",
            "reason: ''",
            "`reason` is empty",
        ),
        (
            "    reason:",
            "    example: nothing\n    reason:",
            "does not match its own example",
        ),
        (
            "plugins: [plugin.yaml]",
            "plugins: [../x]",
            "leads out of the tree",
        ),
        (
            "plugins: [plugin.yaml]",
            "org_templates: [x]",
            "does not check the list `org_templates`",
        ),
        (
            "categories: [plugins, workspace_templates]",
            "categories: []",
            "`categories` is empty",
        ),
        (
            "categories:",
            "reachable: false\ncategories:",
            "the gate reads no sources",
        ),
        (
            "strict-json-last-key",
            "strict-jsn",
            "unknown value `strict-jsn`",
        ),
        ("name: registry", "name: cloner", "names a second consumer"),
    ] {
        sandbox.write("gates/sources.yaml", GATE.replacen(wrong, right, 1));
        let ran = sandbox.run(&["run"]);
        ran.exits(2);
        assert!(ran.stderr.contains(message), "{message}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("--> gates/sources.yaml:"),
            "{}",
            ran.stderr
        );
    }
}
