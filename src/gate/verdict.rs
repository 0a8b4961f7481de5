use serde::Serialize;

use super::{Header, Inspection, Level, ObstacleKind, WaiverOutcome, apply_waivers};

/// The proof that somebody looked. It can only be made from an inspection that inspected enough,
/// and `Verdict::Pass` cannot be made without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    inspected: usize,
    digest: String,
}

impl Evidence {
    /// # Errors
    /// Says what was not looked at.
    fn of(inspection: &Inspection, min_inspected: usize) -> Result<Self, String> {
        let inspected = inspection.inspected();
        let min = min_inspected.max(1);
        if let Some(part) = inspection.parts().iter().find(|p| p.inspected() == 0) {
            return Err(format!("nothing was inspected in {}", part.name()));
        }
        if inspected < min {
            return Err(format!(
                "{inspected} inspected, at least {min} expected{}",
                if min_inspected > 1 {
                    " (min_inspected)"
                } else {
                    ""
                }
            ));
        }
        Ok(Self {
            inspected,
            digest: inspection.digest(),
        })
    }

    pub fn inspected(&self) -> usize {
        self.inspected
    }

    /// The digest of all that was looked at, in lowercase hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// What a gate ended as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It looked, and found nothing that blocks.
    Pass(Evidence),
    /// It found something that blocks.
    Fail,
    /// It looked, and inspected too little.
    Vacuous(String),
    /// An answer came that prevents checking.
    Refused(String),
    /// No answer came.
    Unreachable(String),
    /// Not in this lane, or waived as a whole.
    Skipped(String),
}

/// A verdict's name, as reports write it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum VerdictName {
    Pass,
    Fail,
    Vacuous,
    Refused,
    Unreachable,
    Skipped,
}

impl VerdictName {
    pub const ALL: [Self; 6] = [
        Self::Pass,
        Self::Fail,
        Self::Vacuous,
        Self::Refused,
        Self::Unreachable,
        Self::Skipped,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Vacuous => "vacuous",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Skipped => "skipped",
        }
    }
}

impl std::fmt::Display for VerdictName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Verdict {
    pub fn name(&self) -> VerdictName {
        match self {
            Self::Pass(_) => VerdictName::Pass,
            Self::Fail => VerdictName::Fail,
            Self::Vacuous(_) => VerdictName::Vacuous,
            Self::Refused(_) => VerdictName::Refused,
            Self::Unreachable(_) => VerdictName::Unreachable,
            Self::Skipped(_) => VerdictName::Skipped,
        }
    }

    /// Why, where the findings do not say it.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Pass(_) | Self::Fail => None,
            Self::Vacuous(reason)
            | Self::Refused(reason)
            | Self::Unreachable(reason)
            | Self::Skipped(reason) => Some(reason),
        }
    }
}

/// A judged gate: the verdict, and the findings as waivers left them.
#[derive(Debug)]
pub struct Judged {
    pub verdict: Verdict,
    pub inspection: Inspection,
}

/// The one place where verdicts are made from what was seen.
///
/// Blocking findings outrank everything: what was seen wrong is wrong even if something else could
/// not be looked at. Then come obstacles (a refusal before silence, for silence may be retried
/// away), then emptiness.
///
/// `today` is the date that waivers are measured against.
pub fn judge(header: &Header, mut inspection: Inspection, today: jiff::civil::Date) -> Judged {
    let WaiverOutcome { findings, .. } = apply_waivers(
        &header.waivers,
        std::mem::take(&mut inspection.findings),
        today,
        &header.file,
        inspection.obstacles.is_empty(),
    );
    inspection.findings = findings;
    let verdict = if inspection.findings.iter().any(|f| f.level == Level::Block) {
        Verdict::Fail
    } else if let Some(obstacle) = first_obstacle(&inspection, ObstacleKind::Refused) {
        Verdict::Refused(obstacle)
    } else if let Some(obstacle) = first_obstacle(&inspection, ObstacleKind::Unreachable) {
        Verdict::Unreachable(obstacle)
    } else if let Some(obstacle) = first_obstacle(&inspection, ObstacleKind::Vacuous) {
        Verdict::Vacuous(obstacle)
    } else {
        match Evidence::of(&inspection, header.min_inspected) {
            Ok(evidence) => Verdict::Pass(evidence),
            Err(reason) => Verdict::Vacuous(reason),
        }
    };
    Judged {
        verdict,
        inspection,
    }
}

fn first_obstacle(inspection: &Inspection, kind: ObstacleKind) -> Option<String> {
    inspection
        .obstacles
        .iter()
        .find(|obstacle| obstacle.kind == kind)
        .map(|obstacle| obstacle.message.clone())
}

/// What becomes of a gate before it runs: `None` where it is to run.
pub fn skip_before_run(
    header: &Header,
    lane: super::Lane,
    named: bool,
    today: jiff::civil::Date,
) -> Option<Verdict> {
    if !named && !header.lanes.contains(&lane) {
        return Some(Verdict::Skipped(format!("not in lane {lane}")));
    }
    let waiver = header
        .waivers
        .iter()
        .find(|waiver| waiver.is_whole_gate() && !waiver.expired(today))?;
    Some(if header.required {
        Verdict::Refused(format!(
            "a required gate cannot be waived as a whole ({})",
            waiver.reason
        ))
    } else {
        Verdict::Skipped(format!("waived until {}: {}", waiver.until, waiver.reason))
    })
}

/// What becomes of a gate that was to run and was not started: only its lane may skip a required
/// gate.
pub fn not_run(header: &Header, reason: &str) -> Verdict {
    if header.required {
        Verdict::Refused(format!("required, but {reason}"))
    } else {
        Verdict::Skipped(reason.to_owned())
    }
}
