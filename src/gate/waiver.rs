use super::{Code, Finding, Level, Location, Pattern};

/// The code that stands for the whole gate.
pub const ANY_CODE: &str = "*";

/// A waiver that matched nothing.
pub static WAIVER_UNUSED: Code = Code {
    name: "waiver-unused",
    what: "A waiver matched no finding.",
    why: "A suppression that outlives its finding hides the next one.",
    mend: "Delete the waiver.",
};

/// A waiver whose last day is over.
pub static WAIVER_EXPIRED: Code = Code {
    name: "waiver-expired",
    what: "A waiver's end date has passed.",
    why: "A waiver is a loan of attention with a date; past it, the finding counts again.",
    mend: "Mend what the waiver hides, or renew the date with a reason that still holds.",
};

/// All codes about waivers.
pub const WAIVER_CODES: &[&Code] = &[&WAIVER_UNUSED, &WAIVER_EXPIRED];

/// A suppression with a reason and an end date.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The finding code it suppresses; `*` waives the whole gate.
    pub code: String,
    /// Only findings with a location that matches this pattern.
    pub path: Option<Pattern>,
    pub reason: String,
    /// The last day on which it holds.
    pub until: jiff::civil::Date,
    pub tracker: Option<String>,
    /// The line of the gate file where it stands.
    pub line: u32,
}

impl Waiver {
    pub fn is_whole_gate(&self) -> bool {
        self.code == ANY_CODE
    }

    /// It holds to the end of its last day.
    pub fn expired(&self, today: jiff::civil::Date) -> bool {
        self.until < today
    }

    /// Whether it keeps a finding from blocking.
    pub fn covers(&self, finding: &Finding, today: jiff::civil::Date) -> bool {
        !self.expired(today) && self.matches(finding)
    }

    fn matches(&self, finding: &Finding) -> bool {
        finding.code.name == self.code
            && self.path.as_ref().is_none_or(|path| {
                finding
                    .locations
                    .iter()
                    .any(|location| path.is_match(&location.path))
            })
    }
}

/// What waivers left of the findings.
#[derive(Debug)]
pub(super) struct WaiverOutcome {
    pub(super) findings: Vec<Finding>,
}

/// Waived findings become advisory and say so; expired and unused waivers become findings.
///
/// `looked_everywhere` is false where an obstacle kept the gate from looking: then an unmatched
/// waiver proves nothing, and is not reported.
pub(super) fn apply_waivers(
    waivers: &[Waiver],
    mut findings: Vec<Finding>,
    today: jiff::civil::Date,
    gate_file: &str,
    looked_everywhere: bool,
) -> WaiverOutcome {
    let mut about_waivers = Vec::new();
    for waiver in waivers {
        let here = Location::line(gate_file, waiver.line);
        if waiver.expired(today) {
            about_waivers.push(
                Finding::new(
                    &WAIVER_EXPIRED,
                    format!(
                        "the waiver of {} ended on {} ({})",
                        waiver.code, waiver.until, waiver.reason
                    ),
                )
                .at(here),
            );
            continue;
        }
        if waiver.is_whole_gate() {
            continue;
        }
        let mut used = false;
        for finding in &mut findings {
            if finding.level == Level::Block && waiver.matches(finding) {
                used = true;
                finding.waive(waiver.until, &waiver.reason);
            }
        }
        if !used && looked_everywhere {
            about_waivers.push(
                Finding::new(
                    &WAIVER_UNUSED,
                    format!(
                        "the waiver of {}{} matches no finding",
                        waiver.code,
                        waiver
                            .path
                            .as_ref()
                            .map(|path| format!(" at {}", path.as_str()))
                            .unwrap_or_default()
                    ),
                )
                .at(here),
            );
        }
    }
    findings.extend(about_waivers);
    WaiverOutcome { findings }
}
