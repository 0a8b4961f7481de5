use std::path::Path;

use super::house::{SETTINGS, entry, leftovers, manifest, one, path_with, web, wrap_git};
use crate::support::http::Answer;
use crate::support::{Sandbox, git};

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
