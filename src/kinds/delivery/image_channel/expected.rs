use super::codes::{
    CMD_DIFFERS, ENTRYPOINT_DIFFERS, ENV_DIFFERS, LABEL_DIFFERS, USER_DIFFERS, WORKDIR_DIFFERS,
};
use super::oci::RunConfig;
use super::plan::ExpectedConfig;
use crate::gate::{Code, Finding, Location};

/// A finding for each expectation of the configuration that does not hold.
pub(super) fn config_findings(
    expected: &ExpectedConfig,
    found: &RunConfig,
    at: &Location,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |code: &'static Code, message: String| {
        findings.push(Finding::new(code, message).at(at.clone()));
    };
    let labels = found.labels.clone().unwrap_or_default();
    for (name, value) in &expected.labels {
        match labels.get(name) {
            Some(found) if found == value => {}
            Some(found) => add(
                &LABEL_DIFFERS,
                format!("label {name} is `{found}`, expected `{value}`"),
            ),
            None => add(
                &LABEL_DIFFERS,
                format!("label {name} is missing, expected `{value}`"),
            ),
        }
    }
    let words = [
        (
            &ENTRYPOINT_DIFFERS,
            "entrypoint",
            &expected.entrypoint,
            &found.entrypoint,
        ),
        (&CMD_DIFFERS, "default command", &expected.cmd, &found.cmd),
    ];
    for (code, what, expected, found) in words {
        let found = found.as_deref().unwrap_or_default();
        if let Some(expected) = expected
            && expected != found
        {
            add(
                code,
                format!(
                    "the {what} is {}, expected {}",
                    shown(found),
                    shown(expected)
                ),
            );
        }
    }
    let variables = found.variables();
    for (name, value) in &expected.env {
        match variables.get(name.as_str()) {
            Some(found) if found == value => {}
            // What it is instead may be a secret.
            Some(_) => add(
                &ENV_DIFFERS,
                format!("variable {name} has another value than the one that is expected"),
            ),
            None => add(&ENV_DIFFERS, format!("variable {name} is not set")),
        }
    }
    let texts = [
        (&USER_DIFFERS, "user", &expected.user, &found.user),
        (
            &WORKDIR_DIFFERS,
            "working directory",
            &expected.workdir,
            &found.working_dir,
        ),
    ];
    for (code, what, expected, found) in texts {
        let found = found.as_deref().unwrap_or_default();
        if let Some(expected) = expected
            && expected != found
        {
            add(
                code,
                format!("the {what} is `{found}`, expected `{expected}`"),
            );
        }
    }
    findings
}

fn shown(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_environment_is_never_shown() {
        let found = RunConfig {
            env: Some(vec!["TOKEN=hunter2".to_owned()]),
            ..RunConfig::default()
        };
        let expected = ExpectedConfig {
            env: [("TOKEN".to_owned(), "correct-horse".to_owned())].into(),
            ..ExpectedConfig::default()
        };
        let findings = config_findings(&expected, &found, &Location::file("image"));
        assert_eq!(findings.len(), 1);
        let said = format!("{findings:?}");
        assert!(
            !said.contains("hunter2") && !said.contains("correct-horse"),
            "{said}"
        );
    }
}
