use serde::Serialize;

use super::{Header, Inspection, Level, ObstacleKind, WaiverOutcome, apply_waivers};

/// The proof that somebody looked. It can only be made by [`judge`] from an inspection that inspected
/// enough, and `Verdict::Pass` cannot be made without it.
///
/// ```
/// use driftgate::gate::{GateId, Header, Inspection, Severity, Verdict, Witness, judge};
///
/// let header = Header {
///     id: GateId::new("a-gate").expect("an id"),
///     about: "Something holds.".to_owned(),
///     kind: "example",
///     lanes: Vec::new(),
///     required: false,
///     severity: Severity::Blocking,
///     min_inspected: 1,
///     timeout: None,
///     waivers: Vec::new(),
///     file: "gates/a-gate.yaml".to_owned(),
/// };
/// let today = jiff::civil::date(2026, 1, 2);
/// let verdict = judge(&header, Inspection::new(), today).verdict;
/// assert!(matches!(verdict, Verdict::Vacuous(_)));
///
/// let mut inspection = Inspection::new();
/// inspection.part("all").looked("a file", Witness::of("its content"));
/// let Verdict::Pass(evidence) = judge(&header, inspection, today).verdict else {
///     panic!("it looked, and found nothing");
/// };
/// assert_eq!(evidence.inspected(), 1);
/// ```
///
/// None of the other ways to come by a value of a type leads here: not writing down its fields,
///
/// ```compile_fail,E0451
/// use driftgate::gate::{Evidence, Verdict};
/// let green = Verdict::Pass(Evidence { inspected: 1, digest: String::new() });
/// ```
///
/// nor the function that `judge` makes it with,
///
/// ```compile_fail,E0624
/// use driftgate::gate::{Evidence, Inspection, Verdict};
/// let green = Evidence::of(&Inspection::new(), 1).map(Verdict::Pass);
/// ```
///
/// nor a default,
///
/// ```compile_fail,E0277
/// fn take<T: Default>() -> T { T::default() }
/// let green = driftgate::gate::Verdict::Pass(take());
/// ```
///
/// nor reading it from somewhere,
///
/// ```compile_fail,E0277
/// fn read<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> { serde_json::from_str(text).ok() }
/// let green = read("{}").map(driftgate::gate::Verdict::Pass);
/// ```
///
/// nor a copy of that of another gate.
///
/// ```compile_fail,E0277
/// fn copy<T: Clone>(value: &T) -> T { value.clone() }
/// fn again(evidence: &driftgate::gate::Evidence) -> driftgate::gate::Verdict {
///     driftgate::gate::Verdict::Pass(copy(evidence))
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
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
#[derive(Debug, PartialEq, Eq)]
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
