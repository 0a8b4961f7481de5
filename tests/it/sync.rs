use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::http::{Answer, Request, Server};
use crate::support::{Sandbox, git, write};

const NOBODY: &str = "0123456789012345678901234567890123456789";
const SETTINGS: &str = "providers:\n  local:\n    url: ../repos/{repo}\n";

/// A manifest of templates.
fn manifest(entries: &[String]) -> String {
    format!(
        "{{\"version\": 1,\n \"workspace_templates\": [\n  {}\n ]}}\n",
        entries.join(",\n  ")
    )
}

fn entry(name: &str, repo: &str, reference: &str) -> String {
    format!("{{\"name\": \"{name}\", \"repo\": \"{repo}\", \"ref\": \"{reference}\"}}")
}

/// A sandbox with one repository, `o/one`, that is pinned; and its commit.
fn one() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let commit = sandbox.repository("repos/o/one", &[("config.yaml", "name: one\n")]);
    sandbox
        .write("driftgate.yaml", SETTINGS)
        .write("manifest.json", manifest(&[entry("one", "o/one", &commit)]));
    (sandbox, commit)
}

fn lock(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.root().join("driftgate.lock")).unwrap_or_default()
}

/// A `git` that runs `script` first; the script finds the real one as `$REAL`.
pub(crate) fn wrap_git(sandbox: &Sandbox, script: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    let real = std::env::split_paths(&path)
        .map(|dir| dir.join("git"))
        .find(|git| git.is_file())
        .expect("git is on PATH");
    let dir = sandbox.path().join("bin");
    let wrapper = dir.join("git");
    write(
        &wrapper,
        format!("#!/bin/sh\nREAL={}\n{script}\n", real.display()),
    );
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    dir
}

/// The PATH with `dir` before all others.
pub(crate) fn path_with(dir: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").expect("a PATH");
    let dirs = std::iter::once(dir.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(dirs).expect("a PATH")
}

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

#[test]
fn a_cache_that_is_no_folder_is_refused() {
    let (sandbox, _) = one();
    sandbox.write("driftgate.yaml", format!("cache: taken\n{SETTINGS}"));
    sandbox.write("taken", "a file");
    let ran = sandbox.run(&["sync"]);
    ran.exits(3);
    assert!(
        ran.stdout.contains("error[cache-unusable]: template one:"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_damaged_mirror_is_made_anew() {
    let (sandbox, _server, _) = web(|_| Answer::Git);
    sandbox.run(&["sync"]).exits(0);
    let mirrors = sandbox.cache().join("driftgate/mirrors");
    let mut cut = 0;
    for mirror in std::fs::read_dir(&mirrors).expect("mirrors").flatten() {
        for pack in std::fs::read_dir(mirror.path().join("objects/pack"))
            .into_iter()
            .flatten()
            .flatten()
        {
            std::fs::remove_file(pack.path()).expect("a pack goes");
            cut += 1;
        }
    }
    assert!(cut > 0, "there was nothing to damage");
    let offline = sandbox.run(&["sync", "--offline"]);
    offline.exits(3);
    assert!(
        offline.stdout.contains("error[source-not-cached]"),
        "{}",
        offline.stdout
    );
    let report = sandbox.run(&["sync", "--output", "json"]).exits(0).json();
    assert_eq!(report["sources"][0]["state"], "fetched");
    sandbox.run(&["sync", "--offline"]).exits(0);
    assert_eq!(leftovers(&mirrors), [] as [String; 0]);
}

/// What stands in the folder of mirrors besides mirrors and their locks.
fn leftovers(mirrors: &Path) -> Vec<String> {
    std::fs::read_dir(mirrors)
        .expect("mirrors")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.ends_with(".git") && !name.ends_with(".lock"))
        .collect()
}

#[test]
fn a_kill_at_any_moment_leaves_a_mirror_that_is_usable_or_none() {
    for script in [
        // Before anything is fetched, with everything fetched but not yet ready, and with git left
        // behind that goes on fetching.
        "kill -KILL $PPID",
        "$REAL \"$@\"; kill -KILL $PPID",
        "touch \"$GIT_DIR/shallow.lock\" \"$GIT_DIR/objects/pack/tmp_pack_x\"; kill -KILL $PPID",
        "kill -KILL $PPID; exec $REAL \"$@\"",
    ] {
        let (sandbox, _server, _) = web(|_| Answer::Git);
        // The second round has a mirror that is in use already.
        for round in 0..2 {
            let commit = sandbox.commit("repos/o/one", &[("round", &round.to_string())]);
            sandbox.write("manifest.json", manifest(&[entry("one", "o/one", &commit)]));
            let bin = wrap_git(&sandbox, script);
            let output = sandbox
                .command(&["sync"])
                .env("PATH", path_with(&bin))
                .output()
                .expect("the binary starts");
            assert_eq!(output.status.code(), None, "it was killed: {script}");
            let offline = sandbox.run(&["sync", "--offline"]);
            assert_eq!(offline.code, Some(3), "{script}: {}", offline.stdout);
            assert!(
                offline.stdout.contains("it has never been fetched"),
                "{}",
                offline.stdout
            );
            sandbox.run(&["sync"]).exits(0);
            sandbox.run(&["sync", "--offline"]).exits(0);
            let mirrors = sandbox.cache().join("driftgate/mirrors");
            assert_eq!(leftovers(&mirrors), [] as [String; 0], "{script}");
            let mirror = std::fs::read_dir(&mirrors)
                .expect("mirrors")
                .flatten()
                .map(|entry| entry.path())
                .find(|path| path.is_dir())
                .expect("a mirror");
            git(&mirror, &["fsck", "--connectivity-only", &commit]);
        }
    }
}

#[test]
fn two_syncs_at_once_do_not_harm_each_other() {
    let sandbox = Sandbox::new();
    let entries: Vec<_> = (0..4)
        .map(|n| {
            let repo = format!("o/r{n}");
            let commit = sandbox.repository(&format!("repos/{repo}"), &[("n", &n.to_string())]);
            entry(&format!("r{n}"), &repo, &commit)
        })
        .collect();
    sandbox
        .write("driftgate.yaml", SETTINGS)
        .write("manifest.json", manifest(&entries));
    let children: Vec<_> = (0..4)
        .map(|_| {
            sandbox
                .command(&["sync", "--quiet"])
                .stdout(std::process::Stdio::piped())
                .spawn()
                .expect("the binary starts")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
    sandbox.run(&["sync", "--offline", "--locked"]).exits(0);
}

#[test]
fn an_interrupt_during_a_fetch_ends_git_and_exits_130() {
    let (sandbox, _server, _) = web(|_| Answer::Git);
    let mark = sandbox.path().join("pid");
    let script = format!(
        "echo $$ > {}; kill -INT $PPID; exec sleep 600",
        mark.display()
    );
    let bin = wrap_git(&sandbox, &script);
    let output = sandbox
        .command(&["sync"])
        .env("PATH", path_with(&bin))
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(130));
    let pid = std::fs::read_to_string(&mark).expect("git was started");
    assert!(
        !Path::new("/proc").join(pid.trim()).exists(),
        "git was left behind"
    );
    sandbox.run(&["sync"]).exits(0);
}

/// A sandbox whose provider is a web server with a token.
fn web(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> (Sandbox, Server, String) {
    let sandbox = Sandbox::new();
    let commit = sandbox.repository(
        "repos/o/one",
        &[
            ("config.yaml", "name: one\n"),
            ("big.txt", "content that is fetched apart\n"),
        ],
    );
    let dir = sandbox.path().join("repos/o/one");
    git(&dir, &["config", "uploadpack.allowFilter", "true"]);
    let server = Server::start(&sandbox.path().join("repos"), answer);
    sandbox
        .write(
            "driftgate.yaml",
            format!(
                "providers:\n  web:\n    url: {}/{{repo}}/.git\n    token_env: SECRET_TOKEN\n",
                server.url()
            ),
        )
        .write("manifest.json", manifest(&[entry("one", "o/one", &commit)]));
    (sandbox, server, commit)
}

#[test]
fn answers_of_a_web_server_are_told_apart() {
    for (status, code, exit) in [
        (401, "source-authentication", 3),
        (403, "source-authentication", 3),
        (404, "source-repository-missing", 3),
        (429, "source-unreachable", 4),
        (500, "source-unreachable", 4),
        (503, "source-unreachable", 4),
    ] {
        let (sandbox, _server, _) = web(move |_| Answer::Status(status));
        let report = sandbox
            .run(&["sync", "--output", "json"])
            .exits(exit)
            .json();
        assert_eq!(report["sources"][0]["finding"]["code"], code, "{status}");
    }
}

#[test]
fn a_private_source_without_its_token_is_refused_and_named() {
    let (sandbox, server, commit) = web(|_| Answer::Git);
    let private = entry("one", "o/one", &commit).replace('}', ", \"private\": true}");
    sandbox.write("manifest.json", manifest(&[private]));
    let ran = sandbox.run(&["sync"]);
    ran.exits(3);
    let expected = "error[source-token-missing]: template one: it is private, and the variable SECRET_TOKEN is not set";
    assert!(ran.stdout.contains(expected), "{}", ran.stdout);
    assert!(
        server.requests().is_empty(),
        "the server was asked all the same"
    );
}

/// Every place where the token, or what it is sent as, stands in a file below `dir`.
fn places_of(dir: &Path, needles: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(places_of(&path, needles));
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            if needles.iter().any(|needle| text.contains(needle)) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

const TOKEN: &str = "tok-7c1f9a55e0b2";
/// `x-access-token:` and the token, in base64.
const BASIC: &str = "eC1hY2Nlc3MtdG9rZW46dG9rLTdjMWY5YTU1ZTBiMg==";

#[test]
fn a_token_reaches_its_server_and_nothing_else() {
    let header = format!("Basic {BASIC}");
    let (sandbox, server, _) = web(move |request| {
        if request.headers.get("authorization") == Some(&header) {
            Answer::Git
        } else {
            Answer::Status(401)
        }
    });
    let argv = sandbox.path().join("argv");
    let script = format!(
        "tr '\\0' ' ' < /proc/$$/cmdline >> {0}; echo >> {0}; exec $REAL \"$@\"",
        argv.display()
    );
    let bin = wrap_git(&sandbox, &script);
    let sync = |token: &str| {
        sandbox
            .command(&["sync", "--verbose"])
            .env("PATH", path_with(&bin))
            .env("SECRET_TOKEN", token)
            // What a user may have set to find out what git does.
            .env("GIT_TRACE", sandbox.path().join("trace"))
            .env("GIT_TRACE_CURL", sandbox.path().join("trace-curl"))
            .env("GIT_TRACE_REDACT", "0")
            .output()
            .expect("the binary starts")
    };
    let wrong = sync("tok-that-is-wrong");
    let said = |output: &std::process::Output| {
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    assert_eq!(wrong.status.code(), Some(3), "{}", said(&wrong));
    assert!(
        said(&wrong).contains("source-authentication"),
        "{}",
        said(&wrong)
    );
    assert!(!said(&wrong).contains("tok-that-is-wrong"));
    let right = sync(TOKEN);
    assert_eq!(right.status.code(), Some(0), "{}", said(&right));
    assert!(!said(&right).contains(TOKEN) && !said(&right).contains(BASIC));
    let calls = std::fs::read_to_string(&argv).expect("git was started");
    assert!(calls.contains("fetch"), "{calls}");
    assert!(
        server
            .requests()
            .iter()
            .any(|request| request.method == "POST")
    );
    assert_eq!(
        places_of(sandbox.path(), &[TOKEN, BASIC, "tok-that-is-wrong"]),
        [] as [String; 0]
    );
}

#[test]
fn a_token_is_not_sent_to_where_its_server_redirects() {
    let elsewhere = Server::start(Path::new("/nonexistent"), |_| Answer::Status(404));
    let target = elsewhere.url();
    let (sandbox, server, _) =
        web(move |request| Answer::Redirect(format!("{target}{}?{}", request.path, request.query)));
    let output = sandbox
        .command(&["sync"])
        .env("SECRET_TOKEN", TOKEN)
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("error[source-redirected]: template one:"),
        "{said}"
    );
    assert!(
        server
            .requests()
            .iter()
            .all(|r| r.headers.contains_key("authorization"))
    );
    assert!(
        elsewhere.requests().is_empty(),
        "the other server was asked"
    );
}

#[test]
fn a_server_that_filters_is_asked_to_and_the_files_are_there_offline() {
    let (sandbox, server, commit) = web(|_| Answer::Git);
    sandbox.run(&["sync"]).exits(0);
    let asked = |needle: &str| {
        server
            .requests()
            .iter()
            .any(|request| String::from_utf8_lossy(request.body()).contains(needle))
    };
    assert!(asked("filter blob:none") && asked("deepen 1"));
    std::fs::remove_dir_all(sandbox.path().join("repos")).expect("the repository goes");
    let mirror = std::fs::read_dir(sandbox.cache().join("driftgate/mirrors"))
        .expect("mirrors")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.is_dir())
        .expect("a mirror");
    let content = git(&mirror, &["cat-file", "blob", &format!("{commit}:big.txt")]);
    assert_eq!(content, "content that is fetched apart\n");
}

#[test]
fn a_server_that_does_not_filter_is_taken_as_it_is() {
    let (sandbox, _server, _) = web(|_| Answer::Git);
    let dir = sandbox.path().join("repos/o/one");
    git(&dir, &["config", "uploadpack.allowFilter", "false"]);
    sandbox.run(&["sync"]).exits(0);
    sandbox.run(&["sync", "--offline"]).exits(0);
}

#[test]
fn files_of_a_large_source_come_when_a_gate_reads_them_and_not_offline() {
    let (sandbox, server, _) = web(|_| Answer::Git);
    for n in 0..5_001 {
        write(
            &sandbox.path().join(format!("repos/o/one/many/{n}")),
            n.to_string(),
        );
    }
    let large = sandbox.commit("repos/o/one", &[]);
    sandbox
        .write("manifest.json", manifest(&[entry("one", "o/one", &large)]))
        .write(
            "gates/sources.yaml",
            "id: sources\nabout: No schedules.\nkind: manifest\ncategories: [workspace_templates]\n\
             required_files: { workspace_templates: [big.txt] }\n\
             forbidden:\n  - { category: workspace_templates, path: config.yaml, pattern: '^schedules:', reason: moved }\n",
        );
    sandbox.run(&["sync"]).exits(0);
    let offline = sandbox.run(&["run", "--offline"]);
    offline.exits(3);
    let expected = "error[source-not-cached]: a file of http://127.0.0.1:";
    assert!(offline.stdout.contains(expected), "{}", offline.stdout);
    let before = server.requests().len();
    sandbox.run(&["run"]).exits(0);
    assert!(server.requests().len() > before, "nothing was fetched");
    // It is there from now on.
    sandbox.run(&["run", "--offline"]).exits(0);
}

#[test]
fn a_cache_that_may_only_be_read_serves_what_is_in_it_and_refuses_the_rest_by_name() {
    let (sandbox, _server, commit) = web(|_| Answer::Git);
    let mode = |path: &Path, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, mode).expect("a mode");
    };
    mode(&sandbox.cache(), 0o555);
    let ran = sandbox.run_bound_by_modes(&["sync"]);
    ran.exits(3);
    let expected = format!(
        "error[cache-unusable]: template one: {}",
        sandbox.cache().join("driftgate/mirrors").display()
    );
    assert!(ran.stdout.contains(&expected), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("cannot be used: Permission denied (os error 13)"),
        "{}",
        ran.stdout
    );
    mode(&sandbox.cache(), 0o755);
    sandbox.run(&["sync"]).exits(0);
    for dir in [sandbox.cache().join("driftgate/mirrors"), sandbox.cache()] {
        mode(&dir, 0o555);
    }
    let warm = sandbox.run_bound_by_modes(&["sync", "--locked"]);
    let warm_code = warm.code;
    for dir in [sandbox.cache(), sandbox.cache().join("driftgate/mirrors")] {
        mode(&dir, 0o755);
    }
    assert_eq!(warm_code, Some(0), "{}", warm.stdout);
    assert!(
        warm.stdout
            .contains(&format!("cached       template one  {}", &commit[..12])),
        "{}",
        warm.stdout
    );
}

#[test]
fn a_lock_that_cannot_be_written_is_refused_by_its_own_name() {
    let (sandbox, _) = one();
    let mode = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.root(), mode).expect("a mode");
    };
    // The cache is warm, so that nothing but the lock is left to write.
    sandbox.run(&["sync"]).exits(0);
    std::fs::remove_file(sandbox.root().join("driftgate.lock")).expect("the lock goes");
    mode(0o555);
    let ran = sandbox.run_bound_by_modes(&["sync"]);
    mode(0o755);
    ran.exits(3);
    assert!(
        ran.stdout.contains(
            "error[lock-unwritable]: driftgate.lock cannot be written: Permission denied (os error 13)\n  --> driftgate.lock\n"
        ),
        "{}",
        ran.stdout
    );
    assert!(!sandbox.root().join("driftgate.lock").exists());
}

#[test]
fn a_disk_that_is_full_is_refused_and_leaves_no_half_of_a_mirror() {
    let (sandbox, _server, _) = web(|_| Answer::Git);
    // One that says so, for none can be filled without mounting it.
    let script = "case \"$*\" in *fetch*) echo 'fatal: write error: No space left on device' >&2; exit 128;; esac; exec $REAL \"$@\"";
    let bin = wrap_git(&sandbox, script);
    let output = sandbox
        .command(&["sync"])
        .env("PATH", path_with(&bin))
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("error[cache-unusable]: template one: what http://127.0.0.1:"),
        "{said}"
    );
    assert!(
        said.contains("sent cannot be kept: write error: No space left on device\n"),
        "{said}"
    );
    let mirrors = sandbox.cache().join("driftgate/mirrors");
    assert_eq!(leftovers(&mirrors), [] as [String; 0]);
    assert_eq!(lock(&sandbox), "");
    sandbox.run(&["sync"]).exits(0);
}
