use std::path::Path;

use serde_json::Value;

use super::command::Ended;
use super::{DemoError, Repository};

/// The change that the demonstration makes: one byte of one delivered file.
pub(super) struct Drift {
    pub(super) path: &'static str,
    pub(super) gate: &'static str,
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    /// The code that it is to be found with.
    pub(super) code: &'static str,
}

impl Ended {
    /// The error that says what this command did not do.
    pub(super) fn misbehaved(&self, problem: impl Into<String>) -> DemoError {
        DemoError::Misbehaved {
            command: self.command.clone(),
            problem: problem.into(),
        }
    }

    pub(super) fn exits(&self, code: i32) -> Result<(), DemoError> {
        if self.code == Some(code) {
            return Ok(());
        }
        Err(self.misbehaved(format!("it {}, expected {code}", self.how())))
    }

    fn how(&self) -> String {
        match self.code {
            Some(code) => format!("exited with {code}"),
            None => "was ended by a signal".to_owned(),
        }
    }

    /// The JSON report that the command wrote to `path`.
    pub(super) fn report(&self, path: &Path) -> Result<Value, DemoError> {
        let text = std::fs::read(path)
            .map_err(|_| self.misbehaved(format!("it {} and wrote no report", self.how())))?;
        serde_json::from_slice(&text)
            .map_err(|error| self.misbehaved(format!("its report is not JSON: {error}")))
    }
}

/// The lock pins each repository to the manifest's commit, and to no later one.
pub(super) fn locked(
    ended: &Ended,
    lock: &Path,
    repositories: &[Repository],
) -> Result<(), DemoError> {
    ended.exits(0)?;
    let lock = std::fs::read_to_string(lock)
        .map_err(|error| ended.misbehaved(format!("it wrote no lock: {error}")))?;
    for Repository {
        name,
        pinned,
        moved_on,
    } in repositories
    {
        if !lock.contains(pinned.as_str()) {
            return Err(ended.misbehaved(format!("the lock has no commit {pinned} ({name})")));
        }
        if let Some(later) = moved_on
            && lock.contains(later.as_str())
        {
            return Err(ended.misbehaved(format!(
                "the lock has commit {later} ({name}), which nobody pinned"
            )));
        }
    }
    Ok(())
}

/// Every gate is green, and each inspected something.
pub(super) fn all_green(ended: &Ended, report: &Value, gates: usize) -> Result<(), DemoError> {
    ended.exits(0)?;
    let verdicts = list(&report["gates"]);
    for gate in verdicts {
        if gate["verdict"] != "pass" || gate["inspected"].as_u64().unwrap_or(0) == 0 {
            return Err(ended.misbehaved(format!(
                "gate {} is {} with {} inspected",
                gate["id"], gate["verdict"], gate["inspected"]
            )));
        }
    }
    if verdicts.len() != gates {
        return Err(ended.misbehaved(format!("it ran {} of {gates} gates", verdicts.len())));
    }
    Ok(())
}

/// Every gate was proved, and every protection of it.
pub(super) fn all_proved(ended: &Ended, report: &Value, gates: usize) -> Result<(), DemoError> {
    let unproved: Vec<String> = list(&report["gates"])
        .iter()
        .flat_map(|gate| list(&gate["protections"]))
        .filter(|protection| protection["proved"] != true)
        .map(|protection| protection["name"].to_string())
        .collect();
    if !unproved.is_empty() {
        return Err(ended.misbehaved(format!("not proved: {}", unproved.join(", "))));
    }
    ended.exits(0)?;
    let empty = list(&report["gates"])
        .iter()
        .find(|gate| list(&gate["protections"]).is_empty());
    if let Some(gate) = empty {
        return Err(ended.misbehaved(format!("gate {} has no protections", gate["id"])));
    }
    let proved = list(&report["gates"]).len();
    if proved != gates {
        return Err(ended.misbehaved(format!("it proved {proved} of {gates} gates")));
    }
    Ok(())
}

/// The drift, and nothing else, was found: with its code, at its place, with both sides shown.
pub(super) fn caught(ended: &Ended, report: &Value, drift: &Drift) -> Result<(), DemoError> {
    ended.exits(1)?;
    for gate in list(&report["gates"]) {
        let expected = if gate["id"] == drift.gate {
            "fail"
        } else {
            "pass"
        };
        if gate["verdict"] != expected {
            return Err(ended.misbehaved(format!(
                "gate {} is {}, expected {expected}",
                gate["id"], gate["verdict"]
            )));
        }
    }
    let findings: Vec<&Value> = list(&report["gates"])
        .iter()
        .flat_map(|gate| list(&gate["findings"]))
        .collect();
    let [finding] = findings.as_slice() else {
        return Err(ended.misbehaved(format!("{} findings, expected 1", findings.len())));
    };
    if finding["code"] != drift.code {
        return Err(ended.misbehaved(format!(
            "the finding is {}, expected {}",
            finding["code"], drift.code
        )));
    }
    if !list(&finding["locations"])
        .iter()
        .any(|location| location["path"] == drift.path)
    {
        return Err(ended.misbehaved(format!("the finding does not point at {}", drift.path)));
    }
    let diff = finding["diff"].as_str().unwrap_or_default();
    for (sign, words) in [('-', drift.before), ('+', drift.after)] {
        if !diff
            .lines()
            .any(|line| line.starts_with(sign) && line.contains(words))
        {
            return Err(ended.misbehaved(format!("its diff does not show `{sign} … {words}`")));
        }
    }
    Ok(())
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
