use super::support::{losses, masked, read_as};
use crate::kinds::workflows::shell::fate::Loss;

fn or(text: &str) -> Vec<Loss> {
    vec![Loss::Or(text.to_owned())]
}

#[test]
fn a_check_in_the_words_of_another_shell_is_masked_inside_of_it_and_outside() {
    assert_eq!(losses("bash -c 'go test ./... || true'"), or("true"));
    assert_eq!(losses("bash -c 'go test ./...' || true"), or("true"));
    assert_eq!(
        losses("sh -ec 'go test ./...; echo done' || true"),
        or("true")
    );
    assert_eq!(losses("sudo bash -c \"npm test || :\""), or(":"));
    assert_eq!(
        losses("timeout 5m sh -c 'npm test || exit 1' || true"),
        or("true")
    );
    assert_eq!(losses("eval 'go test ./... || true'"), or("true"));
    assert_eq!(losses("eval pytest tests || true"), or("true"));
    assert_eq!(
        losses("bash -c 'bash -c \"pytest tests\"; true' || true"),
        [Loss::ErrexitOff]
    );
    assert_eq!(masked("bash -c 'go test ./... || true'"), ["go test ./..."]);
}

#[test]
fn another_shell_has_the_options_that_it_is_started_with() {
    assert_eq!(
        losses("bash -c 'pytest tests; echo done'"),
        [Loss::ErrexitOff]
    );
    for script in [
        "bash -ec 'pytest tests; echo done'",
        "bash -eo pipefail -c 'pytest tests | tee log; echo done'",
        "bash -euxo pipefail -c 'pytest tests | tee log'",
        "bash --noprofile --norc -ceo pipefail 'pytest tests | tee log; echo done'",
        "bash -c 'set -e; pytest tests; echo done'",
        "bash -c 'pytest tests'",
        "bash -c 'pytest tests || exit 1'",
        "set +e\nbash -ec 'pytest tests; echo done'\nrc=$?\nexit $rc",
        "eval 'pytest tests'",
    ] {
        assert_eq!(losses(script), [], "{script}");
    }
    assert_eq!(
        losses("bash -ec 'pytest tests | tee log'"),
        [Loss::Pipe("tee log".to_owned())]
    );
}

#[test]
fn what_xargs_and_find_run_is_looked_at() {
    assert_eq!(
        losses("git ls-files '*.sh' | xargs -r -n 1 shellcheck || true"),
        or("true")
    );
    assert_eq!(
        losses("find . -name '*.sh' -print0 | xargs -0 -I {} sh -c 'shellcheck {} || true'"),
        or("true")
    );
    assert_eq!(
        losses("find . -name '*.sh' -exec shellcheck {} + || true"),
        or("true")
    );
    assert_eq!(losses("git ls-files '*.sh' | xargs shellcheck"), []);
    assert_eq!(losses("find . -name '*.sh' -exec shellcheck {} +"), []);
    assert_eq!(losses("find . -name '*.log' -exec rm {} \\; || true"), []);
}

#[test]
fn find_takes_no_notice_of_what_its_commands_end_with() {
    assert_eq!(
        losses("find . -name '*.sh' -exec shellcheck {} \\;"),
        [Loss::FindExec]
    );
    assert_eq!(
        losses("find . -name '*.py' -exec sh -ec 'pylint \"$1\"; echo ok' _ {} ';'"),
        [Loss::FindExec]
    );
    // It can fail by itself, so that the step is none that never does.
    let read = read_as(None, "find . -name '*.x' -exec convert {} \\;");
    assert_eq!(read.never_fails, None);
}

#[test]
fn a_script_that_never_fails_is_one_in_another_shell_as_well() {
    let never = |script: &str| read_as(None, script).never_fails.is_some();
    assert!(never("bash -c './publish; exit 0' || true"));
    assert!(never("bash -c './publish || exit 1' || true"));
    assert!(!never("bash -c './publish'"));
}

#[test]
fn words_that_are_put_together_are_left_alone() {
    for script in [
        "bash -c \"$(cat script.sh) || true\"",
        "eval \"$COMMAND || true\"",
        "bash -c 'it'\\''s || true'",
        "bash script.sh -c 'pytest || true'",
        "bash -c 'if then'",
        "eval \"$(ssh-agent)\"",
    ] {
        let read = read_as(None, script);
        assert_eq!(read.masks, [], "{script}");
        assert!(read.whole, "{script}");
    }
}
