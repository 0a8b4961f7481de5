use super::support::{Repo, job_file};

const NONE: Vec<String> = Vec::new();

/// A job `test` (required) and others before it.
fn with_others(keys: &str, others: &str) -> Repo {
    let repo = Repo::github(&["test"]);
    let text = job_file(keys, "- run: ./test");
    repo.file(
        "ci.yml",
        &text.replace("jobs:\n", &format!("jobs:\n{others}")),
    );
    repo
}

fn other(key: &str, keys: &str, step: &str) -> String {
    let keys: String = keys.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "  {key}:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n{keys}    steps:\n      - {step}\n"
    )
}

#[test]
fn a_required_job_that_an_if_can_skip_is_found() {
    for (condition, finding) in [
        ("github.actor != 'bot'", true),
        ("github.event_name == 'push'", true),
        ("${{ github.event.pull_request.draft == false }}", true),
        ("false", true),
        ("always()", false),
        ("${{ !cancelled() }}", false),
        ("success()", false),
        ("github.event_name == 'pull_request'", false),
        (
            "github.event_name != 'push' || github.ref == 'refs/heads/main'",
            false,
        ),
    ] {
        let repo = Repo::github(&["test"]);
        repo.job(&format!("if: {condition}"), "- run: ./test");
        let expected = if finding {
            vec!["block job-skippable ci.yml:8".to_owned()]
        } else {
            NONE
        };
        assert_eq!(repo.findings(), expected, "{condition}");
    }
}

#[test]
fn the_event_of_the_context_decides_about_a_condition() {
    let repo = Repo::github(&["test"]);
    repo.job("if: github.event_name == 'push'", "- run: ./test");
    assert!(
        repo.message("job-skippable")
            .contains("is always skipped on `pull_request`")
    );
}

#[test]
fn an_if_of_a_needs_need_skips_the_required_job_as_well() {
    let chain = other("first", "if: github.actor != 'bot'", "run: ./first")
        + &other("second", "needs: first", "run: ./second");
    let repo = with_others("needs: [second]", &chain);
    let found = repo.findings_without(&["needs-without-always"]);
    assert_eq!(found, ["block job-skippable ci.yml:8"]);
    assert!(
        repo.message("job-skippable")
            .contains("`first`, without which job `test`")
    );
}

#[test]
fn a_job_that_runs_always_is_not_skipped_with_its_needs() {
    let first = other("first", "if: github.actor != 'bot'", "run: ./first");
    let repo = Repo::github(&["test"]);
    let text = job_file(
        "needs: [first]\nif: always()",
        "- run: '[ \"${{ needs.first.result }}\" = success ]'",
    );
    repo.file(
        "ci.yml",
        &text.replace("jobs:\n", &format!("jobs:\n{first}")),
    );
    assert_eq!(repo.findings(), NONE);
}

#[test]
fn a_need_that_fails_skips_a_required_job_which_is_then_green() {
    let repo = with_others("needs: build", &other("build", "", "run: ./build"));
    assert_eq!(repo.findings(), ["block needs-without-always ci.yml:13"]);
}

#[test]
fn a_need_that_is_required_itself_is_seen_for_itself() {
    let repo = Repo::github(&["test", "build"]);
    let text = job_file("needs: build", "- run: ./test");
    let build = other("build", "", "run: ./build");
    repo.file(
        "ci.yml",
        &text.replace("jobs:\n", &format!("jobs:\n{build}")),
    );
    assert_eq!(repo.findings(), NONE);
}

/// A required aggregate `test` over `a` and `b` with one step.
fn aggregate(step: &str) -> Repo {
    let repo = Repo::github(&["test"]);
    let text = job_file("needs: [a, b]\nif: always()", step);
    let others = other("a", "", "run: ./a") + &other("b", "", "run: ./b");
    repo.file(
        "ci.yml",
        &text.replace("jobs:\n", &format!("jobs:\n{others}")),
    );
    repo
}

#[test]
fn a_strict_aggregate_is_fine_in_many_spellings() {
    for step in [
        "- run: |\n    for r in ${{ join(needs.*.result, ' ') }}; do\n      [ \"$r\" = success ] || exit 1\n    done",
        "- if: contains(needs.*.result, 'failure') || contains(needs.*.result, 'cancelled') || contains(needs.*.result, 'skipped')\n  run: exit 1",
        "- if: needs.a.result != 'success' || needs.b.result != 'success'\n  run: exit 1",
        "- uses: re-actors/alls-green@05ac9388f0aebcb5727afa17fcccfecd6f8ec5fe\n  with:\n    jobs: ${{ toJSON(needs) }}",
        "- env:\n    A: ${{ needs.a.result }}\n    B: ${{ needs.b.result }}\n  run: |\n    test \"$A\" = success\n    test \"$B\" = success",
    ] {
        assert_eq!(aggregate(step).findings(), NONE, "{step}");
    }
}

#[test]
fn an_aggregate_that_a_program_decides_is_said_to_be_one() {
    let repo = aggregate("- run: ./decide '${{ toJSON(needs) }}'");
    assert_eq!(repo.findings(), ["advisory aggregate-opaque ci.yml:15"]);
}

#[test]
fn success_in_an_if_changes_nothing_and_success_or_failure_does() {
    let build = other("build", "", "run: ./build");
    for condition in [
        "success()",
        "success() && github.event_name == 'pull_request'",
    ] {
        let repo = with_others(&format!("needs: build\nif: {condition}"), &build);
        assert_eq!(
            repo.findings(),
            ["block needs-without-always ci.yml:13"],
            "{condition}"
        );
    }
    let repo = with_others("needs: build\nif: success() || failure()", &build);
    assert_eq!(repo.findings(), ["block aggregate-blind ci.yml:13"]);
}

/// A called workflow with a job that always runs, and one with an `if`.
const HALF_SKIPPED: &str = "name: Called\non: workflow_call\njobs:\n  build:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n      - run: ./build\n  inner:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    if: github.actor != 'bot'\n    steps:\n      - run: ./inner\n";

#[test]
fn a_job_inside_of_a_called_workflow_that_its_if_skips_is_found() {
    // The called workflow runs inside of the job that posts the context.
    let repo = Repo::gitea("1.26", &["CI / call"]);
    repo.file(
        "ci.yml",
        "name: CI\non: pull_request\njobs:\n  call:\n    uses: ./.gitea/workflows/called.yml\n",
    )
    .file("called.yml", HALF_SKIPPED);
    assert_eq!(
        repo.findings_without(&["key-ignored"]),
        ["block job-skippable called.yml:12"]
    );
    assert!(
        repo.message("job-skippable")
            .contains("job `inner` of a called workflow, which works for job `call`")
    );
}

#[test]
fn an_aggregate_does_not_see_what_was_skipped_inside_of_a_call() {
    let aggregate = job_file(
        "needs: [call]\nif: always()",
        "- run: '[ \"${{ needs.call.result }}\" = success ]'",
    );
    let call = "  call:\n    uses: ./.github/workflows/called.yml\n";
    let repo = Repo::github(&["test"]);
    repo.file(
        "ci.yml",
        &aggregate.replace("jobs:\n", &format!("jobs:\n{call}")),
    )
    .file("called.yml", HALF_SKIPPED);
    assert_eq!(repo.findings(), ["block job-skippable called.yml:12"]);
    // A call of one job that is skipped is skipped itself, which the aggregate sees.
    let only = HALF_SKIPPED.replace(
        "  build:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n      - run: ./build\n",
        "",
    );
    repo.file("called.yml", &only);
    assert_eq!(repo.findings(), NONE);
}

#[test]
fn the_jobs_of_a_called_workflow_do_the_work_of_the_context() {
    let repo = Repo::github(&["call / inner"]);
    repo.file(
        "ci.yml",
        "name: CI\non: pull_request\njobs:\n  call:\n    uses: ./.github/workflows/called.yml\n",
    );
    repo.file(
        "called.yml",
        "name: Called\non: workflow_call\njobs:\n  inner:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    if: github.actor != 'bot'\n    steps:\n      - run: |\n          go test ./... || true\n          ./after\n",
    );
    assert_eq!(
        repo.findings(),
        [
            "block job-skippable called.yml:7",
            "block check-masked called.yml:10"
        ]
    );
}

#[test]
fn a_lenient_aggregate_is_found_with_what_it_accepts() {
    for (step, accepts) in [
        (
            "- if: contains(needs.*.result, 'failure')\n  run: exit 1",
            "ends green when any of its needs is cancelled; when any of its needs is skipped",
        ),
        (
            "- if: failure()\n  run: exit 1\n- run: echo '${{ toJSON(needs) }}'",
            "ends green when any of its needs is cancelled; when any of its needs is failure; when any of its needs is skipped",
        ),
        (
            "- if: needs.a.result != 'success' || needs.b.result == 'failure'\n  run: exit 1",
            "ends green when `b` is cancelled; when `b` is skipped",
        ),
        (
            "- uses: re-actors/alls-green@05ac9388f0aebcb5727afa17fcccfecd6f8ec5fe\n  with:\n    allowed-skips: b\n    jobs: ${{ toJSON(needs) }}",
            "ends green when `b` is skipped",
        ),
    ] {
        let repo = aggregate(step);
        assert_eq!(
            repo.findings(),
            ["block aggregate-accepts ci.yml:15"],
            "{step}"
        );
        let message = repo.message("aggregate-accepts");
        assert!(message.ends_with(accepts), "{message}");
    }
}

#[test]
fn an_aggregate_that_never_asks_is_blind() {
    let repo = aggregate("- run: echo fine");
    assert_eq!(repo.findings(), ["block aggregate-blind ci.yml:18"]);
    let half = aggregate("- run: '[ \"${{ needs.a.result }}\" = success ]'");
    assert_eq!(half.findings(), ["block aggregate-blind ci.yml:18"]);
    assert!(half.message("aggregate-blind").contains("`b`"));
}

#[test]
fn a_job_beside_an_aggregate_that_lacks_it_is_found() {
    let strict = "- if: contains(needs.*.result, 'failure') || contains(needs.*.result, 'cancelled') || contains(needs.*.result, 'skipped')\n  run: exit 1";
    let repo = Repo::github(&["test"]);
    let text = job_file("needs: [a, b]\nif: always()", strict);
    let others = other("a", "", "run: ./a")
        + &other("b", "", "run: ./b")
        + &other("forgotten", "", "run: ./c")
        + &other("deploy", "if: github.event_name == 'push'", "run: ./d")
        + &other("after", "needs: test", "run: ./e");
    repo.file(
        "ci.yml",
        &text.replace("jobs:\n", &format!("jobs:\n{others}")),
    );
    assert_eq!(repo.findings(), ["block aggregate-roster ci.yml:15"]);
    assert!(repo.message("aggregate-roster").contains("`forgotten`"));
}

#[test]
fn continue_on_error_is_found_in_every_spelling_and_place() {
    for value in [
        "true",
        "\"true\"",
        "${{ true }}",
        "${{ github.actor == 'a' }}",
        "yes",
    ] {
        let repo = Repo::github(&["test"]);
        repo.job(&format!("continue-on-error: {value}"), "- run: ./test");
        let found = repo.findings_without(&["workflow-dialect", "workflow-refused"]);
        assert_eq!(found, ["block job-continue-on-error ci.yml:8"], "{value}");
        let step = Repo::github(&["test"]);
        step.job("", &format!("- run: ./test\n  continue-on-error: {value}"));
        let found = step.findings_without(&["workflow-dialect", "workflow-refused"]);
        assert_eq!(found, ["block step-continue-on-error ci.yml:10"], "{value}");
    }
    for value in ["false", "\"false\"", "${{ false }}"] {
        let repo = Repo::github(&["test"]);
        repo.job(&format!("continue-on-error: {value}"), "- run: ./test");
        let found = repo.findings_without(&["workflow-dialect", "workflow-refused"]);
        assert_eq!(found, NONE, "{value}");
    }
}

#[test]
fn a_step_whose_outcome_is_asked_for_or_that_decides_nothing_may_go_on() {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        "- id: check\n  run: ./test\n  continue-on-error: true\n- if: steps.check.outcome != 'success'\n  run: exit 1\n- uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02\n  continue-on-error: true\n- run: echo bye\n  continue-on-error: true",
    );
    assert_eq!(repo.findings(), NONE);
}

#[test]
fn to_tell_of_an_outcome_is_not_to_ask_for_it() {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        "- id: check\n  run: ./test\n  continue-on-error: true\n- if: steps.check.outcome == 'failure'\n  run: echo \"::warning::red\"",
    );
    assert_eq!(repo.findings(), ["block step-continue-on-error ci.yml:11"]);
}

#[test]
fn a_job_whose_steps_are_all_skipped_on_an_event_that_posts_it_is_found() {
    let repo = Repo::github(&["test"]);
    repo.job("", "- if: github.event_name == 'schedule'\n  run: ./test");
    assert_eq!(repo.findings(), ["block work-skipped ci.yml:9"]);
    let message = repo.message("work-skipped");
    assert!(
        message.contains("does nothing on `pull_request`"),
        "{message}"
    );
    for steps in [
        "- if: github.event_name != 'schedule'\n  run: ./test",
        "- if: github.event_name == 'schedule'\n  run: ./more\n- run: ./test",
        // Not known.
        "- if: github.actor == 'a'\n  run: ./test",
    ] {
        let repo = Repo::github(&["test"]);
        repo.job("", steps);
        assert_eq!(repo.findings(), NONE, "{steps}");
    }
}

#[test]
fn work_behind_an_aggregate_that_hangs_on_a_detection_of_changes_is_found() {
    let repo = Repo::github(&["all"]);
    let jobs = "  changes:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    outputs:\n      api: ${{ steps.filter.outputs.api }}\n    steps:\n      - id: filter\n        uses: dorny/paths-filter@de90cc6fb38fc0963ad72b210f1f284cd68cea36\n  all:\n    if: always()\n    needs: [test]\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n      - if: needs.test.result != 'success'\n        run: exit 1\n";
    let text = job_file(
        "needs: changes",
        "- if: needs.changes.outputs.api == 'true'\n  run: ./test",
    );
    repo.file(
        "ci.yml",
        &text.replace("jobs:\n", &format!("jobs:\n{jobs}")),
    );
    let found = repo.findings_without(&["needs-without-always"]);
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("block gated-on-changes")),
        "{found:?}"
    );
}

#[test]
fn work_that_hangs_on_a_detection_of_changes_is_found_however_it_is_asked() {
    let detect = "  changes:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    outputs:\n      api: ${{ steps.filter.outputs.api }}\n    steps:\n      - id: filter\n        uses: dorny/paths-filter@de90cc6fb38fc0963ad72b210f1f284cd68cea36\n";
    for step in [
        "- if: needs.changes.outputs.api == 'true'\n  run: ./test",
        "- env:\n    API: ${{ needs.changes.outputs.api }}\n  run: |\n    if [ \"$API\" != true ]; then\n      exit 0\n    fi\n    ./test",
        "- run: |\n    flag='${{ needs.changes.outputs.api }}'\n    if [ \"$flag\" = true ]; then\n      ./test\n    else\n      echo nothing\n    fi",
        "- run: ./preflight\n- if: needs.changes.outputs.api == 'true'\n  run: ./test\n- if: needs.changes.outputs.api != 'true'\n  run: echo nothing to do",
    ] {
        let repo = Repo::github(&["test"]);
        let text = job_file("needs: changes", step);
        repo.file(
            "ci.yml",
            &text.replace("jobs:\n", &format!("jobs:\n{detect}")),
        );
        let found: Vec<_> = repo
            .findings_without(&["needs-without-always"])
            .iter()
            .map(|finding| finding.rsplit_once(' ').expect("a place").0.to_owned())
            .collect();
        assert_eq!(found, ["block gated-on-changes"], "{step}");
    }
    for step in [
        "- run: ./test\n- if: needs.changes.outputs.api == 'true'\n  run: ./more",
        "- if: github.event_name == 'push'\n  run: ./test\n- run: ./other",
    ] {
        let repo = Repo::github(&["test"]);
        let text = job_file("needs: changes", step);
        repo.file(
            "ci.yml",
            &text.replace("jobs:\n", &format!("jobs:\n{detect}")),
        );
        assert_eq!(
            repo.findings_without(&["needs-without-always"]),
            NONE,
            "{step}"
        );
    }
}

#[test]
fn a_condition_that_is_text_is_always_true() {
    for (condition, line) in [
        ("${{ github.actor }} == 'a'", 9),
        ("|\n    ${{ github.actor == 'a' }}", 10),
    ] {
        let repo = Repo::github(&["test"]);
        repo.job("", &format!("- if: {condition}\n  run: ./test"));
        let found = repo.findings_without(&["workflow-dialect"]);
        let expected = format!("block condition-constant ci.yml:{line}");
        assert_eq!(found, [expected], "{condition}");
    }
    let repo = Repo::github(&["test"]);
    repo.job("", "- if: ${{ false }}\n  run: ./test\n- if: >-\n    ${{ github.actor == 'a' }}\n  run: ./test");
    assert_eq!(repo.findings(), ["block condition-constant ci.yml:9"]);
}

#[test]
fn a_matrix_that_may_be_empty_is_found() {
    let make = other("make", "", "run: ./make");
    let repo = with_others(
        "needs: make\nif: always()\nname: test\nstrategy:\n  matrix:\n    shard: ${{ fromJSON(needs.make.outputs.shards) }}",
        &make,
    );
    let found = repo.findings_without(&["context-not-derivable", "aggregate-blind"]);
    assert_eq!(found, ["block matrix-may-be-empty ci.yml:18"]);
}

#[test]
fn a_mutable_reference_is_found_once_a_file() {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        "- uses: actions/checkout@v4\n- uses: actions/checkout@v4\n- uses: ./local\n- uses: docker://alpine:3\n- uses: docker://alpine@sha256:0123456789012345678901234567890123456789012345678901234567890123\n- uses: a/b@0123456789012345678901234567890123456789\n- run: ./test",
    );
    assert_eq!(
        repo.findings(),
        [
            "block action-mutable ci.yml:9",
            "block action-mutable ci.yml:12"
        ]
    );
    assert!(
        repo.message("action-mutable")
            .contains("(2 times in this file)")
    );
}

#[test]
fn a_missing_time_limit_advises() {
    let repo = Repo::github(&["test"]);
    let text = job_file("", "- run: ./test").replace("    timeout-minutes: 5\n", "");
    repo.file("ci.yml", &text);
    assert_eq!(repo.findings(), ["advisory timeout-missing ci.yml:5"]);
}

#[test]
fn a_gate_that_names_no_required_contexts_is_told_what_is_wrong_anyway() {
    let repo = Repo::github(&[]);
    repo.job(
        "if: github.actor != 'bot'",
        "- run: |\n    go test ./... || true\n    ./after",
    );
    assert_eq!(
        repo.findings(),
        [
            "advisory job-skippable ci.yml:8",
            "block check-masked ci.yml:11"
        ]
    );
}

#[test]
fn images_of_a_job_and_of_its_services_are_named_by_digest() {
    let digest = "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let job = |container: &str, service: &str, step: &str| {
        let repo = Repo::github(&["test"]);
        repo.job(
            &format!("container: {container}\nservices:\n  db:\n    image: {service}"),
            &format!("- uses: docker://{step}\n- run: ./test"),
        );
        repo
    };
    let pinned = format!("postgres:16{digest}");
    assert_eq!(job(&pinned, &pinned, &pinned).findings(), NONE);
    assert_eq!(
        job(
            &format!("{{ image: {pinned} }}"),
            "${{ matrix.image }}",
            &pinned
        )
        .findings(),
        NONE
    );
    assert_eq!(
        job("node:22", "postgres:16", "alpine:3").findings(),
        [
            "block action-mutable ci.yml:13",
            "block action-mutable ci.yml:8",
            "block action-mutable ci.yml:11"
        ]
    );
    let repo = job("{ image: 'node:22' }", &pinned, &pinned);
    assert_eq!(repo.findings(), ["block action-mutable ci.yml:8"]);
    assert!(
        repo.message("action-mutable")
            .contains("`node:22` is named by a tag, not a digest")
    );
}

#[test]
fn levels_of_the_gate_outrank_those_of_the_rules() {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        "- uses: actions/checkout@v4\n- run: |\n    go test ./... || true\n    ./after",
    );
    repo.gate(
        "levels:\n  action-mutable: { level: off, reason: a try }\n  check-masked: advisory\n",
    );
    assert_eq!(repo.findings(), ["advisory check-masked ci.yml:11"]);
}
