use std::collections::BTreeMap;

use super::observed::Observed;
use super::posted::Posted;
use super::requirement::Requirement;
use super::state::State;
use super::table::{Lane, Standing, Table, Why};
use crate::kinds::workflows::contexts::strip_event;

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

/// All that a judgement needs.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) required: &'a [Requirement],
    pub(super) observed: &'a Observed,
    /// What the workflows of the commit post for its events; `None` where nobody asked them.
    pub(super) lanes: Option<&'a [Lane]>,
    pub(super) suffix: Suffix,
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
    for (key, requirements) in named {
        let rows = groups.remove(key).unwrap_or_default();
        let mut standing = case.standing(key, rows, Why::Named, &requirements);
        // The green of another event is no word of the one that is asked for by name.
        let lacks_its_event = requirements.iter().any(|one| {
            strip_event(&one.text).1.is_some()
                && !standing.rows.iter().any(|row| row.context == one.text)
        });
        if lacks_its_event && case.suffix == Suffix::Worst {
            standing.state = State::Missing;
            standing.near = case.near(key);
        }
        if !case.is_own_and_under_way(&standing) {
            table.required.push(standing);
        }
    }
    // A pattern that matches nothing is not satisfied; only `*` says nothing of what has to be there.
    for pattern in case.required.iter().filter(|one| one.is_pattern()) {
        let is_matched =
            case.observed.rows.iter().any(|row| {
                pattern.matches(&row.context) || pattern.matches(case.key(&row.context))
            });
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
            .filter(|one| one.matches(key) || rows.iter().any(|row| one.matches(&row.context)))
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
            Suffix::Worst => strip_event(context).0,
            Suffix::Exact => context,
        }
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
        Standing {
            context: key.to_owned(),
            state: rows.first().map_or(State::Missing, |row| row.state),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gate::Location;
    use crate::kinds::workflows::contexts::Name;

    fn row(id: u64, context: &str, state: State) -> Posted {
        Posted {
            id,
            context: context.to_owned(),
            state,
            word: state.to_string(),
            description: String::new(),
            creator: None,
            suite: None,
            commit: None,
        }
    }

    fn observed(rows: Vec<Posted>) -> Observed {
        Observed {
            rows,
            ..Observed::default()
        }
    }

    fn required(texts: &[&str]) -> Vec<Requirement> {
        texts
            .iter()
            .map(|text| Requirement::new(text, Location::file("list")).expect("a requirement"))
            .collect()
    }

    fn judged(texts: &[&str], rows: Vec<Posted>, suffix: Suffix) -> Table {
        judge(&Case {
            required: &required(texts),
            observed: &observed(rows),
            lanes: None,
            suffix,
            own: &[],
        })
    }

    #[test]
    fn a_context_that_is_named_and_matched_stands_there_once() {
        let rows = vec![row(1, "a / b (push)", State::Green)];
        let table = judged(&["*", "a / b", "a / *"], rows, Suffix::Worst);
        assert_eq!(table.required.len(), 1);
        assert_eq!(table.required[0].why, Why::Named);
        assert!(table.others.is_empty() && !table.only_patterns);
    }

    #[test]
    fn one_name_on_two_lists_is_judged_once_and_points_at_both() {
        let rows = vec![row(1, "a / b (push)", State::Red)];
        let table = judged(&["a / b", "a / b (push)"], rows, Suffix::Worst);
        assert_eq!(table.required.len(), 1);
        assert_eq!(table.required[0].at.len(), 2);
    }

    #[test]
    fn a_lane_of_an_event_that_posted_nothing_has_vanished_beside_its_green_twin() {
        let lane = |name: &str, certain| Lane {
            name: Name::known(name),
            at: Location::file("ci.yml"),
            certain,
        };
        let rows = observed(vec![row(1, "a / b (push)", State::Green)]);
        let table = judge(&Case {
            required: &required(&["a / b"]),
            observed: &rows,
            lanes: Some(&[
                lane("a / b (push)", true),
                lane("a / b (pull_request)", true),
                lane("a / c (push)", false),
            ]),
            suffix: Suffix::Worst,
            own: &[],
        });
        let vanished: Vec<_> = table
            .vanished
            .iter()
            .map(|lane| lane.name.to_string())
            .collect();
        assert_eq!(vanished, ["a / b (pull_request)"]);
    }

    const NAMES: [&str; 3] = ["a", "b", "c"];
    const EVENTS: [&str; 3] = ["", " (push)", " (pull_request)"];

    fn rows() -> impl Strategy<Value = Vec<Posted>> {
        let context = (0..NAMES.len(), 0..EVENTS.len());
        let one = (context, 0..State::ALL.len() - 1);
        proptest::collection::vec(one, 0..12).prop_map(|drawn| {
            let mut rows: Vec<Posted> = Vec::new();
            for (id, ((name, event), state)) in (1..).zip(drawn) {
                let context = format!("{}{}", NAMES[name], EVENTS[event]);
                rows.retain(|row| row.context != context);
                rows.push(row(id, &context, State::ALL[state]));
            }
            rows
        })
    }

    proptest! {
        #[test]
        fn what_blocks_nobody_is_green_everywhere(rows in rows()) {
            let table = judged(&["a", "b"], rows.clone(), Suffix::Worst);
            for name in ["a", "b"] {
                let of: Vec<_> = rows
                    .iter()
                    .filter(|row| strip_event(&row.context).0 == name)
                    .collect();
                let green = !of.is_empty() && of.iter().all(|row| row.state == State::Green);
                let standing = table
                    .required
                    .iter()
                    .find(|standing| standing.context == name);
                prop_assert_eq!(standing.map(Standing::blocks), Some(!green));
            }
        }

        #[test]
        fn every_row_is_told_exactly_once(rows in rows(), exact in any::<bool>()) {
            let suffix = if exact { Suffix::Exact } else { Suffix::Worst };
            let table = judged(&["a", "b (push)", "c*"], rows.clone(), suffix);
            let mut told: Vec<u64> = table
                .required
                .iter()
                .chain(&table.others)
                .flat_map(|standing| standing.rows.iter().map(|row| row.id))
                .collect();
            told.sort_unstable();
            let mut all: Vec<u64> = rows.iter().map(|row| row.id).collect();
            all.sort_unstable();
            prop_assert_eq!(told, all);
        }
    }
}
