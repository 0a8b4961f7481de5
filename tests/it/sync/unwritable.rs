use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::house::{leftovers, lock, one, path_with, web, wrap_git};
use crate::support::http::Answer;

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
