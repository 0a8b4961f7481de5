use globset::{Glob, GlobBuilder, GlobMatcher};

use super::{BranchProtection, Demand, RequiredFile, strip_event};
use crate::kinds::workflows::forge::{Feature, Forge};

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
    /// Whether a posted context is this one, as the forge itself compares them. In a pattern `*` stands for any
    /// text, slashes too, as in Gitea's own globs.
    pub fn is_exactly(&self, posted: &str) -> bool {
        if self.is_glob {
            self.matcher().is_some_and(|glob| glob.is_match(posted))
        } else {
            self.name == posted
        }
    }

    /// Whether a posted context is this one. Where the forge writes the event behind a name, it is left away where
    /// one of the two has none: lists that people keep have none.
    pub fn is_met_by(&self, posted: &str, forge: Forge) -> bool {
        if self.is_exactly(posted) {
            return true;
        }
        // Elsewhere what looks like an event belongs to the name.
        if !forge.has(Feature::ContextHasEvent) {
            return false;
        }
        if self.is_glob {
            return self.is_exactly(strip_event(posted).0);
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

/// A context that a copy of branch protection and the forge bind to different apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub demand: Demand,
    /// The ids of the apps that may post it, by the copy; any app where there are none.
    pub copied: Vec<u64>,
    pub asked: Vec<u64>,
}

/// The contexts that both require, each of another app. A copy that tells of no apps says nothing about them.
pub fn bindings(copy: &BranchProtection, asked: &BranchProtection) -> Vec<Binding> {
    if !(copy.enabled && asked.enabled && copy.tells_apps && asked.tells_apps) {
        return Vec::new();
    }
    let shared = copy.demands.iter().filter(|demand| {
        let mut others = asked.demands.iter();
        others.any(|other| other.name == demand.name)
    });
    shared
        .map(|demand| Binding {
            demand: demand.clone(),
            copied: copy.apps_of(&demand.name),
            asked: asked.apps_of(&demand.name),
        })
        .filter(|binding| binding.copied != binding.asked)
        .collect()
}

/// What a file of required contexts and branch protection do not say alike.
pub fn disagreements(
    file: &RequiredFile,
    protection: &BranchProtection,
    forge: Forge,
) -> Vec<Disagreement> {
    let mut all = Vec::new();
    for demand in &file.enforced {
        let met = protection.enabled
            && protection
                .demands
                .iter()
                .any(|other| other.is_met_by(&demand.name, forge));
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
        let meets = |other: &Demand| other.is_met_by(&demand.name, forge);
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
