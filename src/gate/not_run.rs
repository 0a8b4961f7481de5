use super::{Header, Lane, Verdict};

/// What a gate ended as that did not run. There is no way from here to `pass`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRun {
    /// It may not be skipped like this.
    Refused(String),
    Skipped(String),
}

impl From<NotRun> for Verdict {
    fn from(not_run: NotRun) -> Self {
        match not_run {
            NotRun::Refused(reason) => Self::Refused(reason),
            NotRun::Skipped(reason) => Self::Skipped(reason),
        }
    }
}

/// What becomes of a gate before it runs: `None` where it is to run.
pub fn skip_before_run(
    header: &Header,
    lane: Lane,
    named: bool,
    today: jiff::civil::Date,
) -> Option<NotRun> {
    if !named && !header.lanes.contains(&lane) {
        return Some(NotRun::Skipped(format!("not in lane {lane}")));
    }
    let waiver = header
        .waivers
        .iter()
        .find(|waiver| waiver.is_whole_gate() && !waiver.expired(today))?;
    Some(if header.required {
        NotRun::Refused(format!(
            "a required gate cannot be waived as a whole ({})",
            waiver.reason
        ))
    } else {
        NotRun::Skipped(format!("waived until {}: {}", waiver.until, waiver.reason))
    })
}

/// What becomes of a gate that was to run and was not started: only its lane may skip a required
/// gate.
pub fn not_run(header: &Header, reason: &str) -> NotRun {
    if header.required {
        NotRun::Refused(format!("required, but {reason}"))
    } else {
        NotRun::Skipped(reason.to_owned())
    }
}
