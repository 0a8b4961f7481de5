use serde_json::Value;

use super::DemoError;
use super::command::Ended;
use super::expect::list;
use super::platform::{LIFE, SLOPPY, SLOPPY_CODE};

/// What a part of a life came to.
#[derive(Debug, PartialEq)]
pub(super) struct Chapter {
    pub(super) name: String,
    pub(super) checks: usize,
    pub(super) ms: f64,
}

/// What became of the life.
#[derive(Debug)]
pub(super) enum Life {
    Lived {
        /// Where the platform ran.
        backend: String,
        /// Every check passed.
        chapters: Vec<Chapter>,
        /// What could not be looked at where it ran: the checks, each with its reason.
        left_out: Vec<String>,
    },
    /// Neither Docker with the images nor PostgreSQL is on this machine; why.
    NotHere(String),
}

/// The life passed, and every check that was not left out passed with something to show.
pub(super) fn lived(ended: &Ended, report: &Value) -> Result<Life, DemoError> {
    let gate = only(ended, report, LIFE)?;
    if let Some(finding) = list(&gate["findings"])
        .iter()
        .find(|finding| finding["code"] == "backend-missing")
    {
        ended.exits(4)?;
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        return Ok(Life::NotHere(format!(
            "{}; {}",
            text("message"),
            text("help")
        )));
    }
    ended.exits(0)?;
    if gate["verdict"] != "pass" {
        return Err(ended.misbehaved(format!("gate {LIFE} is {}", gate["verdict"])));
    }
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut left_out = Vec::new();
    for check in list(&gate["facts"]["checks"]) {
        let text = |key: &str| check[key].as_str().unwrap_or_default();
        match text("outcome") {
            "left-out" => {
                left_out.push(format!("{}: {}", text("id"), text("because")));
                continue;
            }
            "passed" if !list(&check["evidence"]).is_empty() => {}
            outcome => {
                return Err(ended.misbehaved(format!("check {} is {outcome}", text("id"))));
            }
        }
        let name = text("chapter");
        if chapters.last().is_none_or(|chapter| chapter.name != name) {
            chapters.push(Chapter {
                name: name.to_owned(),
                checks: 0,
                ms: 0.0,
            });
        }
        if let Some(chapter) = chapters.last_mut() {
            chapter.checks += 1;
            chapter.ms += check["ms"].as_f64().unwrap_or(0.0);
        }
    }
    let inspected = gate["inspected"].as_u64();
    let passed: usize = chapters.iter().map(|chapter| chapter.checks).sum();
    if passed == 0 || inspected != u64::try_from(passed).ok() {
        return Err(ended.misbehaved(format!(
            "{passed} checks passed, and it inspected {}",
            gate["inspected"]
        )));
    }
    Ok(Life::Lived {
        backend: gate["facts"]["backend"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        chapters,
        left_out,
    })
}

/// The sloppy platform was found out, by the check that is there for it and by no other.
pub(super) fn found_out(ended: &Ended, report: &Value) -> Result<(), DemoError> {
    ended.exits(1)?;
    let gate = only(ended, report, SLOPPY)?;
    let codes: Vec<&Value> = list(&gate["findings"])
        .iter()
        .map(|finding| &finding["code"])
        .collect();
    if gate["verdict"] != "fail" || codes != [SLOPPY_CODE] {
        return Err(ended.misbehaved(format!(
            "gate {SLOPPY} is {} with {codes:?}, expected one finding {SLOPPY_CODE}",
            gate["verdict"]
        )));
    }
    Ok(())
}

fn only<'a>(ended: &Ended, report: &'a Value, id: &str) -> Result<&'a Value, DemoError> {
    match list(&report["gates"]) {
        [gate] if gate["id"] == id => Ok(gate),
        gates => Err(ended.misbehaved(format!(
            "it reports {} gates, expected {id} alone",
            gates.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ended(code: i32) -> Ended {
        Ended {
            command: "driftgate run".to_owned(),
            code: Some(code),
            stdout: String::new(),
            stderr: String::new(),
        }
    }

    fn check(id: &str, outcome: &str) -> Value {
        json!({"id": id, "chapter": "boot", "outcome": outcome, "ms": 2.0, "because": "so", "evidence": ["seen"]})
    }

    fn report(verdict: &str, inspected: usize, checks: &[Value], findings: &Value) -> Value {
        json!({"gates": [{
            "id": LIFE, "verdict": verdict, "inspected": inspected, "findings": findings,
            "facts": {"backend": "process", "checks": checks},
        }]})
    }

    #[test]
    fn a_life_is_told_by_its_chapters_with_what_was_left_out() {
        let checks = [
            check("a", "passed"),
            check("b", "left-out"),
            check("c", "passed"),
        ];
        let life = lived(&ended(0), &report("pass", 2, &checks, &json!([]))).expect("a life");
        let Life::Lived {
            chapters, left_out, ..
        } = life
        else {
            panic!("{life:?}");
        };
        assert_eq!((chapters[0].checks, chapters[0].ms), (2, 4.0));
        assert_eq!(left_out, ["b: so"]);
    }

    #[test]
    fn what_is_not_a_whole_life_did_not_behave() {
        let unseen = json!({"id": "a", "chapter": "boot", "outcome": "passed", "evidence": []});
        for (code, verdict, inspected, check) in [
            (1, "pass", 1, check("a", "passed")),
            (0, "fail", 1, check("a", "passed")),
            (0, "pass", 2, check("a", "passed")),
            (0, "pass", 1, check("a", "not-reached")),
            (0, "pass", 0, check("a", "left-out")),
            (0, "pass", 1, unseen),
        ] {
            let report = report(verdict, inspected, &[check], &json!([]));
            let error = lived(&ended(code), &report).expect_err("no life");
            assert!(matches!(error, DemoError::Misbehaved { .. }), "{error}");
        }
    }

    #[test]
    fn a_machine_without_a_backend_is_no_misbehaviour_and_another_silence_is() {
        let findings =
            |code: &str| json!([{"code": code, "message": "neither", "help": "install"}]);
        let missing = report("unreachable", 0, &[], &findings("backend-missing"));
        let life = lived(&ended(4), &missing).expect("told");
        assert!(matches!(life, Life::NotHere(why) if why == "neither; install"));
        let silent = report("unreachable", 0, &[], &findings("server-silent"));
        assert!(lived(&ended(4), &silent).is_err());
    }

    #[test]
    fn the_sloppy_platform_is_found_by_its_own_check_alone() {
        let report = |codes: &[&str]| {
            let findings: Vec<_> = codes.iter().map(|code| json!({"code": code})).collect();
            json!({"gates": [{"id": SLOPPY, "verdict": "fail", "findings": findings}]})
        };
        assert!(found_out(&ended(1), &report(&[SLOPPY_CODE])).is_ok());
        assert!(found_out(&ended(1), &report(&[SLOPPY_CODE, "other"])).is_err());
        assert!(found_out(&ended(1), &report(&["other"])).is_err());
        assert!(found_out(&ended(0), &report(&[SLOPPY_CODE])).is_err());
    }
}
