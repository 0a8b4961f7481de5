use super::support::Repo;

/// A required job with a masked check; `comment` stands above it, `behind` behind it.
fn masked(comment: &str, behind: &str) -> Repo {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        &format!(
            "- run: |\n    echo a\n    {comment}\n    go test ./... || true {behind}\n    ./after"
        ),
    );
    repo
}

const GOOD: &str =
    "# driftgate: allow(check-masked) flaky until the new runner is there until 2026-12-31";

#[test]
fn a_directive_above_or_behind_keeps_a_finding_from_blocking() {
    for (comment, behind) in [(GOOD, ""), ("# a comment", GOOD)] {
        let repo = masked(comment, behind);
        assert_eq!(repo.findings(), ["advisory check-masked ci.yml:12"]);
        assert!(
            repo.message("check-masked")
                .ends_with("(waived until 2026-12-31: flaky until the new runner is there)")
        );
    }
}

#[test]
fn a_directive_that_is_not_beside_its_finding_matches_nothing() {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        &format!("- run: |\n    {GOOD}\n    echo a\n    go test ./... || true\n    ./after"),
    );
    assert_eq!(
        repo.findings(),
        [
            "block check-masked ci.yml:12",
            "block waiver-unused ci.yml:10"
        ]
    );
}

#[test]
fn a_directive_past_its_last_day_is_a_finding_and_suppresses_nothing() {
    let repo = masked(
        "# driftgate: allow(check-masked) flaky until 2026-10-31",
        "",
    );
    assert_eq!(
        repo.findings(),
        [
            "block check-masked ci.yml:12",
            "block waiver-expired ci.yml:11"
        ]
    );
    let last = masked(
        "# driftgate: allow(check-masked) flaky until 2026-11-01",
        "",
    );
    assert_eq!(last.findings(), ["advisory check-masked ci.yml:12"]);
}

#[test]
fn a_directive_that_says_too_little_is_a_finding_and_says_what_is_missing() {
    for (comment, what) in [
        (
            "# driftgate: allow(check-masked) until 2026-12-31",
            "gives no reason",
        ),
        (
            "# driftgate: allow(check-masked) because",
            "has no last day",
        ),
        (
            "# driftgate: allow(check-masked) because until 2026-13-41",
            "has a day that is none",
        ),
        (
            "# driftgate: allow(chek-masked) because until 2026-12-31",
            "names no code",
        ),
        ("# driftgate: ignore", "is not a directive"),
    ] {
        let repo = masked(comment, "");
        assert_eq!(
            repo.findings(),
            [
                "block check-masked ci.yml:12",
                "block directive-malformed ci.yml:11"
            ],
            "{comment}"
        );
        let message = repo.message("directive-malformed");
        assert!(message.contains(what), "{message}");
    }
}

#[test]
fn directives_for_one_line_may_stand_one_above_the_other() {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        "# driftgate: allow(step-continue-on-error) is being moved until 2026-12-31\n# driftgate: allow(action-mutable) is being pinned until 2026-12-31\n- uses: a/check@v1\n  continue-on-error: true\n- run: ./test",
    );
    // One of the two stands a line further down.
    assert_eq!(
        repo.findings(),
        [
            "block step-continue-on-error ci.yml:12",
            "advisory action-mutable ci.yml:11",
            "block waiver-unused ci.yml:9"
        ]
    );
}
