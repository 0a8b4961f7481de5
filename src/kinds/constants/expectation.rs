use std::collections::BTreeSet;

use super::codes::{CHANGED, MISSING, SHARED, UNEXPECTED};
use super::extract::Member;
use super::protections::Stage;
use super::relation::Relation;
use super::side::Read;
use super::transform::transform;
use crate::gate::Code;

impl Stage<'_> {
    /// A value for a member, and what its violation must be found as; `None` where a new value
    /// violates nothing, or would be found as several things at once.
    pub(super) fn new_value(
        &self,
        index: usize,
        member: &Member,
        now: Option<&(usize, String)>,
    ) -> Option<(&'static Code, String)> {
        // Who reads the very same literal changes with it.
        let twins: Vec<usize> = self
            .others(index)
            .filter(|other| {
                let mut theirs = self.read(*other).extraction.members.iter();
                theirs.any(|their| self.linked(index, member, *other, their))
            })
            .collect();
        self.new_value_for(index, member, now, &twins)
    }

    pub(super) fn new_value_for(
        &self,
        index: usize,
        model: &Member,
        now: Option<&(usize, String)>,
        twins: &[usize],
    ) -> Option<(&'static Code, String)> {
        let (side, read) = &self.sides[index];
        let mirrors: Vec<usize> = match index {
            0 => self.others(0).filter(|m| !twins.contains(m)).collect(),
            // Together with the canonical side nothing drifts.
            _ if twins.contains(&0) => return None,
            _ => vec![index],
        };
        let mut codes: Vec<&'static Code> = Vec::new();
        for mirror in &mirrors {
            let relation = self.side(*mirror).relation;
            let old = now.map(|(_, value)| value.as_str());
            let code = match (index, old) {
                (0, Some(old)) => match relation {
                    Relation::Equal => Some(&CHANGED),
                    Relation::Subset if self.read(*mirror).set().contains(old) => Some(&UNEXPECTED),
                    Relation::Superset => Some(&MISSING),
                    Relation::Subset | Relation::Disjoint => None,
                },
                (0, None) => relation.demands_all().then_some(&MISSING),
                (_, Some(old)) => match relation {
                    Relation::Equal => Some(&CHANGED),
                    Relation::Subset => Some(&UNEXPECTED),
                    Relation::Superset if self.read(0).set().contains(old) => Some(&MISSING),
                    Relation::Superset => None,
                    Relation::Disjoint => Some(&SHARED),
                },
                (_, None) => match relation {
                    Relation::Equal | Relation::Subset => Some(&UNEXPECTED),
                    Relation::Superset => None,
                    Relation::Disjoint => Some(&SHARED),
                },
            };
            codes.extend(code);
        }
        codes.dedup();
        let [code] = codes.as_slice() else {
            return None;
        };
        let taken: BTreeSet<&str> = self.sides.iter().flat_map(|(_, read)| read.set()).collect();
        let wanted: Vec<String> = if *code == &SHARED {
            self.read(0).set().into_iter().map(str::to_owned).collect()
        } else {
            fresh(read, model)
        };
        // The new value must come out of the transforms as a new value, and leave none without work.
        wanted
            .into_iter()
            .find(|new| {
                let mut members = read.extraction.members.clone();
                match now {
                    Some((at, _)) => members[*at].value.clone_from(new),
                    None => members.push(Member {
                        value: new.clone(),
                        ..model.clone()
                    }),
                }
                let position = now.map_or(members.len() - 1, |(at, _)| *at);
                let (values, dead) = transform(&members, &side.steps);
                let value = values
                    .iter()
                    .find(|one| one.member == Some(position))
                    .map(|one| one.value.as_str());
                dead == read.dead
                    && value.is_some_and(|value| taken.contains(value) == (*code == &SHARED))
                    && values
                        .iter()
                        .filter(|one| Some(one.value.as_str()) == value)
                        .count()
                        == 1
            })
            .map(|new| (*code, new))
    }

    pub(super) fn code_of_removal(
        &self,
        index: usize,
        member: &Member,
        value: &str,
    ) -> Option<&'static Code> {
        let (side, read) = &self.sides[index];
        let mut members = read.extraction.members.clone();
        members.retain(|other| other != member);
        if transform(&members, &side.steps).1 != read.dead {
            return None;
        }
        if index != 0 {
            let is_demanded = side.relation.demands_all() && self.read(0).set().contains(value);
            let is_canonical_too = self
                .read(0)
                .extraction
                .members
                .iter()
                .any(|their| self.linked(index, member, 0, their));
            return (is_demanded && !is_canonical_too).then_some(&MISSING);
        }
        let any = self.others(0).any(|other| {
            let (their_side, theirs) = &self.sides[other];
            let mut members = theirs.extraction.members.iter();
            their_side.relation.forbids_more()
                && theirs.set().contains(value)
                && !members.any(|their| self.linked(0, member, other, their))
        });
        any.then_some(&UNEXPECTED)
    }
}

/// Values that nobody has, nearest to the member's own.
fn fresh(read: &Read, model: &Member) -> Vec<String> {
    if model.number {
        let largest = read
            .extraction
            .members
            .iter()
            .filter_map(|member| member.value.parse::<i64>().ok())
            .max()
            .unwrap_or(0);
        return vec![largest.saturating_add(1000).to_string()];
    }
    // In the member's own alphabet, for a pattern may read nothing else.
    let value = &model.value;
    let more = match value.chars().next_back() {
        Some(last) if last.is_ascii_digit() => "9",
        Some(last) if last.is_ascii_uppercase() => "DRIFT",
        _ => "drift",
    };
    vec![
        format!("{value}{more}"),
        format!("{value}_{more}"),
        format!("{more}{value}"),
        format!("{more}_{value}"),
    ]
}
