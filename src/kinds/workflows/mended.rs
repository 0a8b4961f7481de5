use std::collections::BTreeMap;

use super::check::WorkflowsCheck;
use super::mend;
use super::reading::Reading;
use super::yaml::FaultKind;
use crate::context::Context;
use crate::gate::{Change, Finding, Mend, Obstacle, Plant, apply_edits};

/// How often a code is found in a file.
type Counts = BTreeMap<(&'static str, String), usize>;

impl WorkflowsCheck {
    /// The mends, each judged by the rules on the file that it makes: one that takes no finding away, or brings
    /// one, is not made.
    ///
    /// # Errors
    /// When the workflows cannot be read.
    pub(super) fn judged_mends(&self, context: &Context) -> Result<Vec<Mend>, Obstacle> {
        let reading = Reading::of(&self.gate, context)?;
        let mut before = counts_of(&self.standing(&reading, context));
        let mut mends = mend::all(&self.scene(&reading));
        // What is made of each file so far.
        let mut made: BTreeMap<String, Vec<Mend>> = BTreeMap::new();
        for mend in &mut mends {
            if mend.doubt.is_some() {
                continue;
            }
            let of_file = made.entry(mend.path.clone()).or_default();
            let edits = of_file.iter().flat_map(|other| &other.edits);
            let file = reading.workflows.files.iter().find(|f| f.path == mend.path);
            let text = file.and_then(|file| {
                let after = apply_edits(&file.text, edits.chain(&mend.edits))?;
                // A byte order mark stays.
                let mut faults = file.faults.iter();
                let is_marked = faults.any(|fault| fault.kind == FaultKind::Encoding);
                Some(format!(
                    "{}{after}",
                    if is_marked { "\u{feff}" } else { "" }
                ))
            });
            let Some(text) = text else {
                mend.doubt = Some("it meets another change of the file".to_owned());
                continue;
            };
            match self.after(&mend.path, &text, context) {
                Ok(found) => {
                    let after = counts_of(&found);
                    mend.doubt = against(&before, &after, &found);
                    if mend.doubt.is_none() {
                        before = after;
                        of_file.push(mend.clone());
                    }
                }
                Err(problem) => mend.doubt = Some(format!("it could not be judged: {problem}")),
            }
        }
        Ok(mends)
    }

    /// What the gate finds where a file has another text.
    fn after(&self, path: &str, text: &str, context: &Context) -> Result<Vec<Finding>, String> {
        let changed = Plant::in_root(Change::write(path, text));
        let planted = context.plant(&changed)?;
        let reading = Reading::of(&self.gate, &planted).map_err(|obstacle| obstacle.message)?;
        Ok(self.standing(&reading, &planted))
    }

    /// What the gate finds and nobody waived.
    fn standing(&self, reading: &Reading, context: &Context) -> Vec<Finding> {
        let today = context.today();
        let mut found = self.found(reading, context);
        found.retain(|finding| {
            !self.gate.is_off(finding.code, today) && !self.gate.header.waives(finding, today)
        });
        found
    }
}

fn counts_of(found: &[Finding]) -> Counts {
    let mut counts = Counts::new();
    for finding in found {
        *counts.entry(key(finding)).or_default() += 1;
    }
    counts
}

fn key(finding: &Finding) -> (&'static str, String) {
    let place = finding.locations.first();
    let path = place.map_or_else(String::new, |place| place.path.clone());
    (finding.code.name, path)
}

/// Why a mend is not made that changes what is found from `before` to `after`.
fn against(before: &Counts, after: &Counts, found: &[Finding]) -> Option<String> {
    let more = |one: &Counts, other: &Counts, key: &(&'static str, String)| {
        one.get(key).copied().unwrap_or(0) > other.get(key).copied().unwrap_or(0)
    };
    if let Some(new) = found
        .iter()
        .find(|finding| more(after, before, &key(finding)))
    {
        return Some(format!("it brings {}: {}", new.code.name, new.message));
    }
    if !before.keys().any(|key| more(before, after, key)) {
        return Some(
            "no finding goes away by it: what it would mend is waived, or not asked for".to_owned(),
        );
    }
    None
}
