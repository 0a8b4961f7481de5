use super::support::{losses, losses_as, masked, read_as};
use crate::kinds::workflows::shell::fate::Loss;

fn or(text: &str) -> Vec<Loss> {
    vec![Loss::Or(text.to_owned())]
}

#[test]
fn a_check_before_or_true_is_masked_in_every_spelling() {
    assert_eq!(losses("go test ./... || true"), or("true"));
    assert_eq!(losses("go test ./... || :"), or(":"));
    assert_eq!(losses("npm test || exit 0"), or("exit 0"));
    assert_eq!(losses("npx eslint . || echo oops"), or("echo oops"));
    assert_eq!(losses("cargo clippy \\\n  --all || true"), or("true"));
    assert_eq!(losses("make lint || { echo oops; }"), or("echo oops"));
    assert_eq!(losses("(cd web && npm run lint) || true"), or("true"));
    assert_eq!(
        losses("timeout 5m python3 -m pytest -q || true"),
        or("true")
    );
    assert_eq!(losses("python3 scripts/check_docs.py || true"), or("true"));
    assert_eq!(losses("python3 - <<'EOF' || true\nprint(1)\nEOF\n"), vec![]);
    assert_eq!(losses("pytest tests <<'EOF' || true\nx\nEOF\n"), or("true"));
}

#[test]
fn what_stands_before_or_true_and_decides_nothing_is_no_mask() {
    for script in [
        "docker rm -f \"$PG\" 2>/dev/null || true",
        "docker logs \"$PG\" 2>&1 | tail -50 || true",
        "kill \"$(cat server.pid)\" 2>/dev/null || true",
        "git fetch --depth=1 origin main || true",
        "git diff --quiet || true",
        "found=$(grep -n TODO src || true)\nif [ -n \"$found\" ]; then exit 1; fi",
        "[ -f x ] && rm x || true",
        "bash scripts/cleanup_test_containers.sh || true",
    ] {
        assert_eq!(losses(script), vec![], "{script}");
    }
}

#[test]
fn a_diff_that_is_told_to_fail_is_a_check() {
    assert_eq!(losses("git diff --exit-code || true"), or("true"));
}

#[test]
fn a_check_in_a_comment_or_a_text_is_none() {
    assert_eq!(losses("# go test ./... || true\ngo test ./..."), vec![]);
    assert_eq!(losses("echo 'go test ./... || true'"), vec![]);
}

#[test]
fn a_status_that_is_kept_and_read_is_not_lost() {
    for script in [
        "rc=0\ngo test ./... || rc=$?\nexit \"$rc\"",
        "set +e\ngo test ./...\nrc=$?\nset -e\nexit $rc",
        "go test ./... || { echo broken; exit 1; }",
        "npm ci || npm install",
        "if ! go test ./...; then echo broken; exit 1; fi",
        "if go test ./...; then echo ok; else failed=1; fi\nexit ${failed:-0}",
        "if go vet ./...; then echo ok; else echo \"bad=1\" >> \"$GITHUB_OUTPUT\"; fi",
        "for i in 1 2 3; do\n  go test ./... && exit 0\ndone\nexit 1",
        "until go build ./...; do sleep 1; done",
        "out=$(go vet ./... 2>&1 || true)\nif [ -n \"$out\" ]; then exit 1; fi",
        "go test ./... & pid=$!\nwait \"$pid\"",
    ] {
        assert_eq!(losses(script), vec![], "{script}");
    }
}

#[test]
fn a_status_in_a_variable_that_is_only_printed_is_lost() {
    let printed = vec![Loss::OnlyPrinted("rc".to_owned())];
    for script in [
        "rc=0\ngo test ./... || rc=$?\necho \"ended with $rc\"",
        "set +e\ngo test ./...\nrc=$?\nset -e\necho \"ended with $rc\"",
        "set +e\ngo test ./... | tee log\nrc=${PIPESTATUS[0]}\necho \"ended with $rc\"",
        "rc=0\ngo test ./... || rc=$?\nprintf '%s\\n' \"$rc\" >&2",
        "rc=0\ngo test ./... || rc=$?\necho \"rc: $rc\" >> \"$GITHUB_STEP_SUMMARY\"",
        "rc=0\ngo test ./... || rc=$?\necho \"rc: $rc\" | tee -a \"$GITHUB_STEP_SUMMARY\"",
        "rc=0\ngo test ./... || rc=$?\ntext=\"ended with $rc\"\necho \"$text\"",
        "rc=0\ngo test ./... || rc=$?\nif [ \"$rc\" -ne 0 ]; then echo '::error::broken'; fi",
    ] {
        assert_eq!(losses(script), printed, "{script}");
    }
    let counted = "failed=0\nif ! go test ./...; then ((failed++)); fi\necho \"$failed failed\"";
    assert_eq!(losses(counted), vec![Loss::IfIgnored]);
}

#[test]
fn a_status_in_a_variable_that_something_judges_is_not_lost() {
    for end in [
        "exit $rc",
        "exit $((rc | other))",
        "echo \"$rc\"\nexit \"$rc\"",
        "[ \"$rc\" -eq 0 ]",
        "if [ \"$rc\" -ne 0 ]; then echo broken; exit 1; fi",
        "if [ $rc -ne 0 ]; then ((failed++)); fi\nexit $failed",
        "if (( rc )); then failed=1; fi\nexit ${failed:-0}",
        "all=$((all + rc))\nexit $all",
        "case $rc in 0) ;; *) exit 1;; esac",
        "echo \"rc=$rc\" >> \"$GITHUB_OUTPUT\"",
        "{\n  echo \"rc=$rc\"\n} >> \"$GITHUB_OUTPUT\"",
        "if [ $rc -ne 0 ]; then echo \"bad=1\" >> $GITHUB_OUTPUT; fi",
        "echo \"::set-output name=rc::$rc\"",
        "echo $rc > verdict.txt",
        "echo $rc | grep -qx 0",
        "./judge.sh $rc",
        "RC=$rc ./judge.sh",
        "export RC=$rc\n./judge.sh",
    ] {
        let script = format!("rc=0\ngo test ./... || rc=$?\n{end}");
        assert_eq!(losses(&script), vec![], "{script}");
    }
}

#[test]
fn a_status_in_a_variable_that_nothing_reads_is_lost() {
    assert_eq!(
        losses("go test ./... || failed=1\necho done"),
        vec![Loss::OrUnread("failed".to_owned())]
    );
}

#[test]
fn without_errexit_only_the_last_status_counts() {
    assert_eq!(
        losses("set +e\ngo vet ./...\ngo test ./..."),
        vec![Loss::ErrexitOff]
    );
    assert_eq!(
        losses_as(Some("bash {0}"), "go vet ./...\necho done"),
        vec![Loss::ErrexitOff]
    );
    assert_eq!(losses("go vet ./...\ngo test ./..."), vec![]);
    // The status is asked for one command too late.
    assert_eq!(
        losses("set +e\ngo test ./...\nset -e\nrc=$?\nexit $rc"),
        vec![Loss::ErrexitOff]
    );
}

#[test]
fn true_at_the_end_masks_what_errexit_does_not_mind() {
    assert_eq!(
        losses("set +e\ngo test ./...; true"),
        vec![Loss::ErrexitOff]
    );
    assert_eq!(losses("go test ./...; true"), vec![]);
}

#[test]
fn a_pipe_without_pipefail_has_the_status_of_its_end() {
    let script = "go test ./... | tee out.txt";
    let pipe = vec![Loss::Pipe("tee out.txt".to_owned())];
    assert_eq!(losses(script), pipe);
    assert_eq!(losses_as(Some("bash"), script), vec![]);
    assert_eq!(losses(&format!("set -o pipefail\n{script}")), vec![]);
    assert_eq!(losses(&format!("set -euo pipefail\n{script}")), vec![]);
    assert_eq!(
        losses(&format!("{script}\nexit \"${{PIPESTATUS[0]}}\"")),
        vec![]
    );
}

#[test]
fn the_left_of_an_and_list_ends_nothing_before_the_last_command() {
    assert_eq!(
        losses("go vet ./... && go test ./...\necho done"),
        vec![Loss::AndList]
    );
    assert_eq!(losses("go vet ./... && go test ./..."), vec![]);
}

#[test]
fn a_and_b_or_c_loses_both() {
    assert_eq!(
        masked("go vet ./... && go test ./... || echo bad"),
        ["go vet ./...", "go test ./..."]
    );
}

#[test]
fn a_declaration_hides_the_status_of_its_value() {
    assert_eq!(
        losses("export OUT=$(go vet ./...)\necho \"$OUT\""),
        vec![Loss::Declaration("export".to_owned())]
    );
    assert_eq!(losses("OUT=$(go vet ./...)\necho \"$OUT\""), vec![]);
}

#[test]
fn a_check_in_an_argument_has_no_status() {
    assert_eq!(
        losses("echo \"$(go vet ./...)\""),
        vec![Loss::Argument("echo".to_owned())]
    );
}

#[test]
fn a_check_in_the_background_needs_somebody_who_waits_for_it() {
    assert_eq!(losses("go test ./... &\nsleep 5"), vec![Loss::Background]);
    // Without a process it waits for all, and ends with 0.
    assert_eq!(
        losses("go test ./a & p=$!\nwait # for it"),
        vec![Loss::Background]
    );
    assert_eq!(losses("go test ./a & p=$!\nwait \"$p\""), vec![]);
}

#[test]
fn an_if_that_only_talks_loses_the_status_of_its_condition() {
    assert_eq!(
        losses("if go test ./...; then echo ok; fi"),
        vec![Loss::IfIgnored]
    );
    assert_eq!(
        losses("if ! cargo clippy; then echo '::warning::bad'; fi"),
        vec![Loss::IfIgnored]
    );
}

#[test]
fn a_negation_never_ends_a_script() {
    assert_eq!(
        losses("! grep -rn FORBIDDEN src\necho fine"),
        vec![Loss::Negated]
    );
    assert_eq!(losses("! grep -rn FORBIDDEN src"), vec![]);
}

#[test]
fn a_trap_that_ends_with_zero_masks_everything() {
    assert_eq!(
        losses("trap 'rm -f x; exit 0' EXIT\ngo test ./..."),
        vec![Loss::Trap]
    );
    assert_eq!(losses("trap 'rm -f x' EXIT\ngo test ./..."), vec![]);
}

#[test]
fn a_function_is_a_check_if_one_stands_in_it() {
    assert_eq!(
        masked("suite() {\n  go test ./...\n}\nsuite || true"),
        ["suite"]
    );
}

#[test]
fn a_mask_points_at_its_command() {
    let script = "echo é\n  go test ./... || true\n";
    let mask = &read_as(None, script).masks[0];
    assert!(script[mask.at..].starts_with("go test"));
    assert_eq!(mask.check, "go test ./...");
}

#[test]
fn a_script_that_can_end_with_nothing_but_zero_is_told() {
    let never = |script: &str| read_as(None, script).never_fails.is_some();
    assert!(never("./run-suite || true"));
    assert!(never("helm upgrade app . || echo failed"));
    assert!(!never("./run-suite || true\n./other"));
    assert!(!never("docker rm -f x || true"));
    assert!(!never("echo hello"));
    // What is turned round at the end decides, though it cannot fail itself.
    assert!(!never("./run-suite || true\n! echo hello"));
    assert!(never("! echo hello\n./run-suite || true"));
}

#[test]
fn expressions_of_the_forge_are_texts_of_no_meaning() {
    assert_eq!(
        losses("go test ${{ matrix.flags || '|| true' }} ./..."),
        vec![]
    );
    assert_eq!(losses("go test ${{ inputs.flags }} || true"), or("true"));
}
