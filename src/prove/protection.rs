use std::collections::BTreeSet;

use super::Proof;
use crate::context::Context;
use crate::gate::{Finding, Judged, Level, Obstacle, Protection, Verdict, WAIVER_UNUSED, judge};
use crate::kinds::Check;

/// Plants the violation of one protection and looks again.
///
/// `context` is the untouched one, on which the gate passed.
pub(super) fn prove_protection(
    check: &dyn Check,
    context: &Context,
    protection: &Protection,
) -> Proof {
    let not_planted = |reason: String| Proof {
        name: protection.name.clone(),
        planted: false,
        expected: protection.expected.name,
        got: Vec::new(),
        unproved: Some(format!("not planted: {reason}")),
    };
    let plant = match &protection.plant {
        Ok(plant) => plant,
        Err(reason) => return not_planted(reason.clone()),
    };
    let planted = match context.plant(plant) {
        Ok(planted) => planted,
        Err(reason) => return not_planted(reason),
    };
    let judged = judge(check.header(), check.inspect(&planted), context.today());
    let seen = blocking(&judged);
    let got = codes(&seen);
    let unproved = why_not(protection, &judged.verdict, &seen, &got).or_else(|| {
        (!planted.plant_was_noticed())
            .then(|| "the gate never looked at what was planted".to_owned())
    });
    Proof {
        name: protection.name.clone(),
        planted: true,
        expected: protection.expected.name,
        got,
        unproved,
    }
}

/// All that blocks: findings that no waiver took, and what kept the gate from looking.
fn blocking(judged: &Judged) -> Vec<Finding> {
    let inspection = &judged.inspection;
    let findings = inspection.findings.iter().cloned();
    let mut seen: Vec<Finding> = findings
        .chain(inspection.obstacles.iter().map(Obstacle::to_finding))
        .filter(|finding| finding.level == Level::Block)
        .collect();
    // A violation can take away the finding that a waiver was for. That says nothing about the
    // violation, as long as something else does.
    if seen.iter().any(|finding| *finding.code != WAIVER_UNUSED) {
        seen.retain(|finding| *finding.code != WAIVER_UNUSED);
    }
    seen
}

fn codes(seen: &[Finding]) -> Vec<&'static str> {
    let names: BTreeSet<_> = seen.iter().map(|finding| finding.code.name).collect();
    names.into_iter().collect()
}

fn why_not(
    protection: &Protection,
    verdict: &Verdict,
    seen: &[Finding],
    got: &[&'static str],
) -> Option<String> {
    let expected = protection.expected.name;
    match got {
        [] => {
            return Some(match verdict {
                Verdict::Pass(_) => format!("still green: expected {expected}, got nothing"),
                other => format!(
                    "expected {expected}, got no finding but the verdict {}{}",
                    other.name(),
                    other
                        .reason()
                        .map(|reason| format!(" ({reason})"))
                        .unwrap_or_default()
                ),
            });
        }
        [only] if *only == expected => {}
        others => {
            return Some(format!("expected {expected}, got {}", others.join(", ")));
        }
    }
    let mentioned = seen.iter().any(|finding| {
        finding.code == protection.expected && mentions(finding, &protection.mentions)
    });
    (!mentioned).then(|| {
        format!(
            "{expected} was reported, but not about {}: {}",
            protection.mentions,
            seen.iter()
                .map(|finding| finding.message.as_str())
                .collect::<Vec<_>>()
                .join("; ")
        )
    })
}

fn mentions(finding: &Finding, what: &str) -> bool {
    finding.message.contains(what)
        || finding
            .locations
            .iter()
            .any(|location| location.path.contains(what))
}
