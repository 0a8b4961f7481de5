use super::house::{NOBODY, SETTINGS, entry, lock, manifest, one, web};
use crate::support::http::Answer;
use crate::support::{Sandbox, git};

#[test]
fn commits_tags_and_branches_are_locked_and_a_second_sync_changes_nothing() {
    let sandbox = Sandbox::new();
    let first = sandbox.repository("repos/o/one", &[("a", "1")]);
    git(
        &sandbox.path().join("repos/o/one"),
        &["tag", "-a", "-m", "x", "v1"],
    );
    let second = sandbox.commit("repos/o/one", &[("a", "2")]);
    sandbox.write("driftgate.yaml", SETTINGS).write(
        "manifest.json",
        manifest(&[
            entry("pinned", "o/one", &first),
            entry("tag", "o/one", "v1"),
            entry("branch", "o/one", "main"),
            entry("head", "o/one", "HEAD"),
        ]),
    );
    let report = sandbox.run(&["sync", "--output", "json"]).exits(0).json();
    let commits: Vec<_> = report["sources"]
        .as_array()
        .expect("sources")
        .iter()
        .map(|source| source["commit"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(commits, [first.as_str(), &first, &second, &second]);
    let tree = git(
        &sandbox.path().join("repos/o/one"),
        &["rev-parse", &format!("{first}^{{tree}}")],
    );
    let before = lock(&sandbox);
    let locked: serde_json::Value = serde_json::from_str(&before).expect("the lock is JSON");
    assert_eq!(locked["workspace_templates"]["tag"]["tree"], tree.trim());
    assert_eq!(locked["workspace_templates"]["tag"]["ref"], "v1");
    let report = sandbox.run(&["sync", "--output", "json"]).exits(0).json();
    assert_eq!(report["lock_written"], false);
    assert_eq!(report["sources"][0]["state"], "cached");
    assert_eq!(lock(&sandbox), before);
}

#[test]
fn what_is_cached_needs_neither_git_nor_network() {
    let (sandbox, commit) = one();
    sandbox.run(&["sync"]).exits(0);
    std::fs::remove_dir_all(sandbox.path().join("repos")).expect("the repository goes");
    for args in [&["sync"][..], &["sync", "--offline"], &["sync", "--locked"]] {
        let output = sandbox
            .command(args)
            .env("PATH", "/nonexistent")
            .output()
            .expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(
            said.contains(&format!("cached       template one  {}", &commit[..12])),
            "{said}"
        );
    }
}

#[test]
fn a_repository_on_this_machine_is_copied_without_git() {
    let (sandbox, commit) = one();
    let output = sandbox
        .command(&["sync"])
        .env("PATH", "/nonexistent")
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let mirror = std::fs::read_dir(sandbox.cache().join("driftgate/mirrors"))
        .expect("mirrors")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.is_dir())
        .expect("a mirror");
    git(&mirror, &["fsck", "--strict", "--no-dangling", &commit]);
    // git goes on where the copy ended.
    let next = sandbox.commit("repos/o/one", &[("more", "x")]);
    sandbox.write("manifest.json", manifest(&[entry("one", "o/one", &next)]));
    sandbox.run(&["sync"]).exits(0);
    git(&mirror, &["fsck", "--strict", "--no-dangling", &next]);
}

#[test]
fn without_git_a_source_that_is_not_cached_is_refused() {
    let (sandbox, _server, _) = web(|_| Answer::Git);
    let output = sandbox
        .command(&["sync"])
        .env("PATH", "/nonexistent")
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("error[git-missing]: template one: git cannot be started"),
        "{said}"
    );
    let offline = sandbox.run(&["sync", "--offline"]);
    offline.exits(3);
    assert!(
        offline
            .stdout
            .contains("error[source-not-cached]: template one:"),
        "{}",
        offline.stdout
    );
}

#[test]
fn each_way_of_not_being_there_has_its_own_code_and_keeps_nobody_else_from_syncing() {
    let (sandbox, commit) = one();
    sandbox
        .write(
            "driftgate.yaml",
            format!(
                "{SETTINGS}  dead:\n    url: http://127.0.0.1:9/{{repo}}\ndefault_provider: local\n"
            ),
        )
        .write(
            "manifest.json",
            manifest(&[
                entry("gone", "o/gone", &commit),
                entry("typo", "o/one", NOBODY),
                entry("branch", "o/one", "nope"),
                entry("one", "o/one", &commit),
                entry("dead", "o/x", NOBODY).replace('}', ", \"provider\": \"dead\"}"),
                entry("option", "o/one", "--upload-pack=touch x"),
                entry("command", "ext::sh -c x", &commit),
                entry("lost", "o/one", &commit).replace('}', ", \"provider\": \"locla\"}"),
            ]),
        );
    let report = sandbox.run(&["sync", "--output", "json"]).exits(3).json();
    let codes: Vec<_> = report["sources"]
        .as_array()
        .expect("sources")
        .iter()
        .map(|source| {
            (
                source["state"].as_str().unwrap_or_default(),
                source["finding"]["code"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        codes,
        [
            ("refused", "source-repository-missing"),
            ("refused", "source-commit-missing"),
            ("refused", "source-ref-missing"),
            ("fetched", ""),
            ("unreachable", "source-unreachable"),
            ("refused", "source-address"),
            ("refused", "source-address"),
            ("refused", "provider-unknown"),
        ]
    );
    assert_eq!(
        report["sources"][7]["finding"]["help"],
        "did you mean `local`? known: dead, local"
    );
    assert_eq!(report["sources"][1]["finding"]["locations"][0]["line"], 4);
    assert!(lock(&sandbox).contains(&commit));
}

#[test]
fn silence_alone_exits_4() {
    let (sandbox, commit) = one();
    sandbox.write(
        "driftgate.yaml",
        "providers:\n  dead:\n    url: http://127.0.0.1:9/{repo}\n",
    );
    let ran = sandbox.run(&["sync"]);
    ran.exits(4);
    assert!(
        ran.stdout.contains("error[source-unreachable]"),
        "{}",
        ran.stdout
    );
    assert!(!lock(&sandbox).contains(&commit));
}

#[test]
fn a_manifest_that_is_not_strict_is_a_finding_with_line_and_column() {
    let (sandbox, commit) = one();
    let text = manifest(&[
        entry("one", "o/one", &commit).replace('}', ",}"),
        entry("one", "o/one", &commit).replace("\"ref\"", "\"ref\": \"x\", \"ref\""),
    ]);
    sandbox.write("manifest.json", text + "// Triggered by a bot\n");
    let ran = sandbox.run(&["sync"]);
    ran.exits(1);
    for (code, place) in [
        ("json-trailing-comma", "manifest.json:3:"),
        ("json-duplicate-key", "manifest.json:4:48"),
        ("json-comment", "manifest.json:6:1"),
        ("name-duplicate", "manifest.json:4:12"),
    ] {
        assert!(
            ran.stdout.contains(&format!("error[{code}]")),
            "{code}: {}",
            ran.stdout
        );
        assert!(ran.stdout.contains(place), "{place}: {}", ran.stdout);
    }
    assert_eq!(lock(&sandbox), "");
}

#[test]
fn locked_refuses_to_move_and_names_what_would() {
    let (sandbox, old) = one();
    sandbox.run(&["sync"]).exits(0);
    let before = lock(&sandbox);
    let new = sandbox.commit("repos/o/one", &[("config.yaml", "name: two\n")]);
    sandbox.write("manifest.json", manifest(&[entry("one", "o/one", &new)]));
    let ran = sandbox.run(&["sync", "--locked"]);
    ran.exits(3);
    let expected =
        format!("template one: the lock has o/one at {old}, the manifest o/one at {new}");
    assert!(ran.stdout.contains(&expected), "{}", ran.stdout);
    assert_eq!(lock(&sandbox), before);
    let moved = sandbox.run(&["sync", "--output", "json"]).exits(0).json();
    assert_eq!(moved["sources"][0]["moved_from"], old.as_str());
    assert!(lock(&sandbox).contains(&new));
}

#[test]
fn locked_stays_at_the_locked_commit_of_a_branch_that_moved() {
    let (sandbox, old) = one();
    sandbox.write("manifest.json", manifest(&[entry("one", "o/one", "main")]));
    sandbox.run(&["sync"]).exits(0);
    sandbox.commit("repos/o/one", &[("config.yaml", "name: two\n")]);
    let report = sandbox
        .run(&["sync", "--locked", "--output", "json"])
        .exits(0)
        .json();
    assert_eq!(report["sources"][0]["commit"], old.as_str());
}

#[test]
fn an_entry_that_is_gone_leaves_the_lock_and_locked_refuses_that_too() {
    let (sandbox, commit) = one();
    sandbox.write(
        "manifest.json",
        manifest(&[
            entry("one", "o/one", &commit),
            entry("two", "o/one", &commit),
        ]),
    );
    sandbox.run(&["sync"]).exits(0);
    sandbox.write("manifest.json", manifest(&[entry("one", "o/one", &commit)]));
    let ran = sandbox.run(&["sync", "--locked"]);
    ran.exits(3);
    assert!(
        ran.stdout
            .contains("template two: the lock has it, the manifest does not"),
        "{}",
        ran.stdout
    );
    sandbox.run(&["sync"]).exits(0);
    assert!(!lock(&sandbox).contains("two"));
}

#[test]
fn a_malformed_lock_is_refused_and_left_alone() {
    let (sandbox, _) = one();
    sandbox.write("driftgate.lock", "<<<<<<< HEAD\n");
    let ran = sandbox.run(&["sync"]);
    ran.exits(3);
    assert!(
        ran.stdout.contains("error[lock-malformed]"),
        "{}",
        ran.stdout
    );
    assert_eq!(lock(&sandbox), "<<<<<<< HEAD\n");
}

#[test]
fn a_manifest_without_entries_is_no_success() {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", SETTINGS)
        .write("manifest.json", "{\"plugins\": []}\n");
    sandbox.run(&["sync"]).exits(3);
    std::fs::remove_file(sandbox.root().join("manifest.json")).expect("the manifest goes");
    let ran = sandbox.run(&["sync"]);
    ran.exits(3);
    assert!(
        ran.stdout.contains("error[manifest-missing]"),
        "{}",
        ran.stdout
    );
}
