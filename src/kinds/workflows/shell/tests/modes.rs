use super::support::read_as;
use crate::kinds::workflows::shell::modes::MODES;

fn tools(script: &str) -> Vec<&'static str> {
    read_as(None, script)
        .modes
        .into_iter()
        .map(|(_, mode)| mode.tool)
        .collect()
}

#[test]
fn a_tool_told_to_end_with_zero_is_found() {
    for (script, tool) in [
        ("flake8 --exit-zero src", "flake8"),
        ("python3 -m pylint --exit-zero src", "pylint"),
        ("uv run ruff check --exit-zero", "ruff"),
        ("checkov -d . --soft-fail", "checkov"),
        ("hadolint --no-fail Dockerfile", "hadolint"),
        ("golangci-lint run --issues-exit-code=0", "golangci-lint"),
        ("gitleaks detect --exit-code 0", "gitleaks"),
        ("zizmor --format sarif . > out.sarif", "zizmor"),
        ("zizmor --format=sarif .", "zizmor"),
        ("trivy image app", "trivy"),
        ("semgrep scan --config auto", "semgrep"),
        ("npm audit --audit-level=none", "npm"),
        ("grype dir:. -o sarif", "grype"),
    ] {
        assert_eq!(tools(script), [tool], "{script}");
    }
}

#[test]
fn a_tool_in_its_usual_mode_is_not() {
    for script in [
        "flake8 src",
        "ruff format --check",
        "trivy image --exit-code 1 app",
        "trivy image $TRIVY_FLAGS app",
        "trivy --version",
        "trivy version",
        "semgrep ci",
        "semgrep scan --error --config auto",
        "gitleaks detect --exit-code 1",
        "zizmor --format github .",
        "echo flake8 --exit-zero",
        "# flake8 --exit-zero",
    ] {
        assert!(tools(script).is_empty(), "{script}");
    }
}

#[test]
fn every_mode_names_the_page_that_says_so() {
    assert!(MODES.len() >= 25);
    for mode in MODES {
        assert!(mode.source.starts_with("https://"), "{}", mode.tool);
        assert!(mode.reason().contains(mode.tool));
        assert!(!mode.instead.is_empty());
    }
    assert!(MODES.is_sorted_by_key(|mode| mode.tool));
}
