use std::collections::{BTreeMap, BTreeSet};

use super::observed::Observed;
use super::posted::Posted;
use super::requirement::Requirement;
use super::state::State;
use super::table::{Lane, Standing, Table, Why};
use crate::gate::Location;
use crate::kinds::workflows::contexts::strip_event;
use crate::kinds::workflows::forge::{Feature, Forge};

/// How a context that was posted under several events is judged.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    serde::Deserialize,
    serde::Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Suffix {
    /// By the worst of them: the event is taken off on both sides.
    #[default]
    Worst,
    /// Each by itself: required names are taken as they are written.
    Exact,
}

/// What becomes of a context that only a pattern requires, and that was skipped.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    serde::Deserialize,
    serde::Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Skipped {
    /// It blocks: its check did not run.
    #[default]
    Block,
    /// It passes where the forge lets a skipped job satisfy what is required, and is told.
    Forge,
}

/// All that a judgement needs.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) required: &'a [Requirement],
    pub(super) observed: &'a Observed,
    /// What the workflows of the commit post for its events; `None` where nobody asked them.
    pub(super) lanes: Option<&'a [Lane]>,
    pub(super) suffix: Suffix,
    pub(super) skipped: Skipped,
    /// By whose rules contexts are named.
    pub(super) forge: Forge,
    /// Contexts of the run that judges: they are pending because it judges.
    pub(super) own: &'a [String],
}

/// Holds what is required against what was posted.
pub(super) fn judge(case: &Case<'_>) -> Table {
    let mut groups: BTreeMap<&str, Vec<Posted>> = BTreeMap::new();
    for row in &case.observed.rows {
        groups
            .entry(case.key(&row.context))
            .or_default()
            .push(row.clone());
    }
    let mut table = Table::default();
    let mut named: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    for requirement in case.required.iter().filter(|one| !one.is_pattern()) {
        named
            .entry(case.key(&requirement.text))
            .or_default()
            .push(requirement);
    }
    // A job can be called `build (push)`: what is required under that name is its context, or that of a job
    // `build` under that event.
    let mut meant: Vec<&str> = Vec::new();
    for (key, requirements) in named {
        let mut names = vec![key];
        names.extend(requirements.iter().map(|one| one.text.as_str()));
        names.sort_unstable();
        names.dedup();
        let rows = names
            .iter()
            .filter_map(|name| groups.get(name))
            .flatten()
            .cloned()
            .collect();
        meant.extend(names);
        let mut standing = case.standing(key, rows, Why::Named, &requirements);
        // The green of another event is no word of the one that is asked for by name.
        let lacks_its_event = requirements.iter().any(|one| {
            case.key(&one.text) != one.text
                && !standing
                    .rows
                    .iter()
                    .any(|row| row.context == one.text || case.key(&row.context) == one.text)
        });
        if lacks_its_event {
            standing.state = State::Missing;
            standing.near = case.near(key);
        }
        // The forge that asks for a name takes no other one for it.
        standing.awaited = requirements
            .iter()
            .find(|one| one.by_forge && !standing.rows.iter().any(|row| row.context == one.text))
            .filter(|_| !standing.rows.is_empty())
            .map(|one| one.text.clone());
        if standing.awaited.is_some() {
            standing.state = State::Missing;
            standing.near = standing
                .rows
                .iter()
                .map(|row| row.context.clone())
                .collect();
        }
        let lacks_its_app = standing
            .apps
            .iter()
            .any(|app| !standing.rows.iter().any(|row| row.app == Some(*app)));
        if lacks_its_app {
            standing.state = State::Missing;
            standing.near = standing.rows.iter().map(Posted::by).collect();
        }
        if !case.is_own_and_under_way(&standing) {
            table.required.push(standing);
        }
    }
    for name in meant {
        groups.remove(name);
    }
    // A pattern that matches nothing is not satisfied; only `*` says nothing of what has to be there.
    for pattern in case.required.iter().filter(|one| one.is_pattern()) {
        let is_matched = case
            .observed
            .rows
            .iter()
            .any(|row| case.takes(pattern, &row.context));
        if !is_matched && pattern.text != "*" {
            let standing = case.standing(&pattern.text, Vec::new(), Why::Pattern, &[pattern]);
            table.required.push(standing);
        }
    }
    for (key, rows) in groups {
        let patterns: Vec<&Requirement> = case
            .required
            .iter()
            .filter(|one| one.is_pattern())
            .filter(|one| rows.iter().any(|row| case.takes(one, &row.context)))
            .collect();
        let why = if patterns.is_empty() {
            Why::NotRequired
        } else {
            Why::Pattern
        };
        let standing = case.standing(key, rows, why, &patterns);
        if patterns.is_empty() {
            table.others.push(standing);
        } else if !case.is_own_and_under_way(&standing) {
            table.required.push(standing);
        }
    }
    table.vanished = case.vanished(&table);
    table.under_way = case
        .observed
        .rows
        .iter()
        .any(|row| row.state == State::Pending && !case.is_own(&row.context));
    table.only_patterns = !case.required.is_empty()
        && case.required.iter().all(Requirement::is_pattern)
        && case.lanes.is_none();
    for list in [&mut table.required, &mut table.others] {
        // The worst first; the order by name stays among equals.
        list.sort_by_key(|standing| std::cmp::Reverse(standing.state));
    }
    table
}

impl Case<'_> {
    /// What a context is called for this judgement.
    fn key<'t>(&self, context: &'t str) -> &'t str {
        match self.suffix {
            // On a forge that writes no event, what looks like one belongs to the name.
            Suffix::Worst if self.forge.has(Feature::ContextHasEvent) => strip_event(context).0,
            Suffix::Worst | Suffix::Exact => context,
        }
    }

    /// Whether a pattern takes a context that was posted; the forge itself looks at the whole name.
    fn takes(&self, pattern: &Requirement, posted: &str) -> bool {
        pattern.matches(posted) || !pattern.by_forge && pattern.matches(self.key(posted))
    }

    fn is_own(&self, context: &str) -> bool {
        self.own
            .iter()
            .any(|own| own == context || self.key(own) == self.key(context))
    }

    /// The verdict that is being made cannot wait for itself. Once it has been posted it counts.
    fn is_own_and_under_way(&self, standing: &Standing) -> bool {
        standing.state == State::Pending && self.is_own(&standing.context)
    }

    fn standing(
        &self,
        key: &str,
        mut rows: Vec<Posted>,
        why: Why,
        requirements: &[&Requirement],
    ) -> Standing {
        rows.sort_by(|a, b| {
            b.state
                .cmp(&a.state)
                .then_with(|| a.context.cmp(&b.context))
        });
        let mut apps: Vec<u64> = requirements.iter().filter_map(|one| one.app).collect();
        apps.sort_unstable();
        apps.dedup();
        let state = rows.first().map_or(State::Missing, |row| row.state);
        Standing {
            context: key.to_owned(),
            excused: state == State::Skipped
                && why == Why::Pattern
                && self.skipped == Skipped::Forge
                && self.forge.has(Feature::SkippedSatisfies),
            apps,
            awaited: None,
            replaced: self.replaced(&rows),
            twins: match why {
                Why::Named | Why::Pattern => self.twins(&rows),
                Why::NotRequired => Vec::new(),
            },
            state,
            why,
            at: requirements.iter().map(|one| one.at.clone()).collect(),
            lane: self.lanes.map(|lanes| {
                lanes
                    .iter()
                    .find(|lane| {
                        lane.name.may_be(key)
                            || rows.iter().any(|row| lane.name.may_be(&row.context))
                    })
                    .map(|lane| lane.at.clone())
            }),
            near: if rows.is_empty() {
                self.near(key)
            } else {
                Vec::new()
            },
            rows,
        }
    }

    /// Posted contexts that differ from a missing one in their event alone.
    fn near(&self, key: &str) -> Vec<String> {
        let base = strip_event(key).0;
        self.observed
            .rows
            .iter()
            .filter(|row| strip_event(&row.context).0 == base)
            .map(|row| row.context.clone())
            .collect()
    }

    /// What runs of these contexts said before a later run replaced them.
    fn replaced(&self, rows: &[Posted]) -> Vec<Posted> {
        self.observed
            .replaced
            .iter()
            .filter(|gone| rows.iter().any(|row| row.context == gone.context))
            .cloned()
            .collect()
    }

    /// The jobs that all post one of these contexts under one event, where fewer statuses tell of them. Two jobs of
    /// one file are one run, and never told apart.
    fn twins(&self, rows: &[Posted]) -> Vec<Location> {
        let mut posting: BTreeMap<(&str, &str), Vec<&Lane>> = BTreeMap::new();
        for lane in self.lanes.unwrap_or_default().iter().filter(|l| l.certain) {
            let name = lane.name.to_string();
            if let Some(row) = rows.iter().find(|row| row.context == name) {
                posting
                    .entry((row.context.as_str(), lane.event.as_str()))
                    .or_default()
                    .push(lane);
            }
        }
        let mut twins = Vec::new();
        for ((context, _), lanes) in posting {
            let files: BTreeSet<&str> = lanes.iter().map(|lane| lane.at.path.as_str()).collect();
            let told = rows.iter().filter(|row| row.context == context).count();
            if lanes.len() > files.len() || files.len() > told {
                twins.extend(lanes.iter().map(|lane| lane.at.clone()));
            }
        }
        twins.dedup();
        twins
    }

    /// Lanes that were not posted, and that no missing requirement speaks of already.
    fn vanished(&self, table: &Table) -> Vec<Lane> {
        let told = |lane: &&Lane| {
            table.required.iter().any(|standing| {
                standing.state == State::Missing && lane.name.may_be(&standing.context)
            })
        };
        let mut vanished: Vec<Lane> = self
            .lanes
            .unwrap_or_default()
            .iter()
            .filter(|lane| {
                lane.certain
                    && !self
                        .observed
                        .rows
                        .iter()
                        .any(|row| lane.name.to_string() == row.context)
                    && !self.is_own(&lane.name.to_string())
            })
            .filter(|lane| !told(lane))
            .cloned()
            .collect();
        vanished.sort_by_cached_key(|lane| lane.name.to_string());
        vanished.dedup_by(|a, b| a.name == b.name);
        vanished
    }
}
