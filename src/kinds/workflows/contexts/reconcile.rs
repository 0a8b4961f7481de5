use globset::{Glob, GlobBuilder, GlobMatcher};

use super::{BranchProtection, Demand, RequiredFile, strip_event};

/// A context that one list of required contexts has and another has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    pub demand: Demand,
    /// What lacks it.
    pub lacking: String,
    /// Whether the other one parks it below its pending marker.
    pub is_pending: bool,
}

impl Demand {
    /// Whether a posted context is this one. An event behind either is left away where the other
    /// has none; in a pattern `*` stands for any text, slashes too, as in Gitea's own globs.
    pub fn is_met_by(&self, posted: &str) -> bool {
        if self.is_glob {
            return self
                .matcher()
                .is_some_and(|glob| glob.is_match(posted) || glob.is_match(strip_event(posted).0));
        }
        if self.name == posted {
            return true;
        }
        let (own, own_event) = strip_event(&self.name);
        let (base, event) = strip_event(posted);
        own == base && (own_event.is_none() || event.is_none() || own_event == event)
    }

    /// Its pattern; `None` where it is not one that a forge can read.
    pub fn matcher(&self) -> Option<GlobMatcher> {
        GlobBuilder::new(&self.name)
            .literal_separator(false)
            .backslash_escape(true)
            .build()
            .ok()
            .as_ref()
            .map(Glob::compile_matcher)
    }
}

/// What a file of required contexts and branch protection do not say alike.
pub fn disagreements(file: &RequiredFile, protection: &BranchProtection) -> Vec<Disagreement> {
    let mut all = Vec::new();
    for demand in &file.enforced {
        let met = protection.enabled
            && protection
                .demands
                .iter()
                .any(|other| other.is_met_by(&demand.name));
        if !met {
            all.push(Disagreement {
                demand: demand.clone(),
                lacking: protection.path.clone(),
                is_pending: false,
            });
        }
    }
    for demand in protection.demands.iter().filter(|_| protection.enabled) {
        // A pattern asks for no context in particular.
        if demand.is_glob {
            continue;
        }
        let meets = |other: &Demand| other.is_met_by(&demand.name);
        if !file.enforced.iter().any(meets) {
            all.push(Disagreement {
                demand: demand.clone(),
                lacking: file.path.clone(),
                is_pending: file.pending.iter().any(meets),
            });
        }
    }
    all
}
