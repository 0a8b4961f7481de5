use std::collections::HashMap;

use rayon::prelude::*;

use super::protection::prove_protection;
use super::{GateProof, Proof};
use crate::context::Context;
use crate::gate::{Judged, Obstacle, Protection, Verdict, VerdictName};
use crate::kinds::Check;

/// Proves the protections of one gate, given what it ended as with nothing planted.
///
/// # Errors
/// When cancelled: half a proof is none.
pub fn prove_gate(
    check: &dyn Check,
    context: &Context,
    baseline: &Judged,
) -> Result<GateProof, Obstacle> {
    let proof = |protections: Vec<Proof>, reason: Option<String>| GateProof {
        id: check.header().id.to_string(),
        baseline: baseline.verdict.name(),
        protections,
        reason,
    };
    if !matches!(baseline.verdict, Verdict::Pass(_)) {
        return Ok(proof(Vec::new(), Some(why_not_green(baseline))));
    }
    let protections = check.protections(context);
    if protections.is_empty() {
        let reason = "it names nothing that it protects: a gate that cannot fail".to_owned();
        return Ok(proof(Vec::new(), Some(reason)));
    }
    let mut proofs = protections
        .par_iter()
        .map(|protection| {
            context.cancel().check()?;
            Ok(prove_protection(check, context, protection))
        })
        .collect::<Result<Vec<_>, Obstacle>>()?;
    // What was inspected while the run was being stopped says nothing.
    context.cancel().check()?;
    refuse_duplicates(&protections, &mut proofs);
    Ok(proof(proofs, None))
}

/// Proves many gates on the current threads, in the order given.
///
/// # Errors
/// When cancelled.
pub fn prove_gates(
    gates: &[(&dyn Check, Judged)],
    context: &Context,
) -> Result<Vec<GateProof>, Obstacle> {
    gates
        .par_iter()
        .map(|(check, baseline)| prove_gate(*check, context, baseline))
        .collect()
}

/// Two promises under one name cannot be told apart in a report, so neither counts.
fn refuse_duplicates(protections: &[Protection], proofs: &mut [Proof]) {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for protection in protections {
        *times.entry(protection.name.as_str()).or_default() += 1;
    }
    for proof in proofs {
        let n = times.get(proof.name.as_str()).copied().unwrap_or(1);
        if n > 1 {
            proof.unproved = Some(format!("{n} protections of this gate have this name"));
        }
    }
}

/// The reason of a baseline that is not `pass`, or its first finding.
fn why_not_green(baseline: &Judged) -> String {
    let verdict = baseline.verdict.name();
    let because = baseline.verdict.reason().map(str::to_owned).or_else(|| {
        baseline
            .inspection
            .findings
            .iter()
            .find(|finding| finding.level == crate::gate::Level::Block)
            .map(|finding| match finding.locations.first() {
                Some(location) => format!("{} at {location}: {}", finding.code, finding.message),
                None => format!("{}: {}", finding.code, finding.message),
            })
    });
    let colon = if verdict == VerdictName::Skipped {
        "it was skipped"
    } else {
        "it is not green as it stands"
    };
    match because {
        Some(because) => format!("{colon}: {because}"),
        None => colon.to_owned(),
    }
}
