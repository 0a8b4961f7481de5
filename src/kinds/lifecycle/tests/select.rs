use crate::config::GateFile;
use crate::kinds::lifecycle::load::load;
use crate::kinds::lifecycle::registry::all_checks;

fn checks(extra: &str) -> Result<(Vec<&'static str>, Vec<&'static str>), String> {
    let text = format!("id: life\nabout: A life.\nkind: lifecycle\n{extra}");
    match load(&GateFile::new("gates/life.yaml", text), "lifecycle", &[]) {
        Ok(rules) => Ok((
            rules.checks.iter().map(|check| check.id()).collect(),
            rules.added,
        )),
        Err(errors) => Err(errors
            .iter()
            .map(|error| format!("{error} {}", error.help.as_deref().unwrap_or_default()))
            .collect()),
    }
}

#[test]
fn without_a_choice_the_hardened_profile_has_all_checks_and_the_core_fewer() {
    let (hardened, _) = checks("").expect("a gate");
    let (core, _) = checks("profile: core\n").expect("a gate");
    assert_eq!(hardened.len(), all_checks().count());
    assert!(
        core.len() > 70 && core.len() < hardened.len(),
        "{}",
        core.len()
    );
    assert!(core.iter().all(|id| hardened.contains(id)));
    assert!(!core.contains(&"near-miss-is-no-proof"));
}

#[test]
fn what_a_chosen_check_rests_on_is_added_and_said() {
    let (ids, added) = checks("checks: [one-platform-root]\n").expect("a gate");
    assert_eq!(
        ids,
        ["health-answers", "migrations-applied", "one-platform-root"]
    );
    assert_eq!(added, ["health-answers", "migrations-applied"]);
}

#[test]
fn a_chapter_stands_for_its_checks() {
    let (ids, added) = checks("checks: [boot]\n").expect("a gate");
    assert_eq!(ids.len(), 4);
    assert!(added.is_empty());
}

#[test]
fn a_misspelt_check_is_an_error_with_the_nearest_name() {
    let error = checks("checks: [one-platform-rot]\n").expect_err("misspelt");
    assert!(
        error.contains("did you mean `one-platform-root`?"),
        "{error}"
    );
}

#[test]
fn a_hardened_check_cannot_be_asked_of_the_core() {
    let error = checks("profile: core\nchecks: [near-miss-is-no-proof]\n").expect_err("not core");
    assert!(
        error.contains("belongs to the profile `hardened`"),
        "{error}"
    );
}

#[test]
fn an_empty_choice_is_an_error() {
    assert!(checks("checks: []\n").is_err());
    assert!(checks("runtimes: []\n").is_err());
}

#[test]
fn a_tool_that_no_runtime_can_name_is_an_error() {
    for tool in ["create_workspace", "mcp__x", "mcp____y", "MCP__x__y"] {
        assert!(
            checks(&format!("management_tool: {tool}\n")).is_err(),
            "{tool}"
        );
    }
    assert!(checks("management_tool: mcp__molecule-platform__create_workspace\n").is_ok());
}
