use std::sync::Arc;

use super::check::ConstantsGate;
use super::codes::{CHANGED, EMPTY, MISSING, UNEXPECTED};
use super::extract::{Edit, Member, Origin};
use super::plants::Edits;
use super::side::{Problem, Read, Side};
use super::transform::transform;
use crate::context::Context;
use crate::gate::{Change, Code, Plant, Protection};
use crate::kinds::SUBJECT_MISSING;

/// All that a gate promises, side by side. What makes no sense for a selector or a relation (an
/// added member where the gate names each one, a missing one under `subset`) is not promised.
pub(super) fn protections(gate: &ConstantsGate, context: &Context) -> Vec<Protection> {
    let read: Result<Vec<(&Arc<Side>, Arc<Read>)>, Problem> = gate
        .sides()
        .map(|side| Ok((side, side.read(context)?)))
        .collect();
    // The gate has just passed; what cannot be read now has no protection to prove.
    let Ok(sides) = read else {
        return Vec::new();
    };
    let stage = Stage { sides, context };
    let mut all = Vec::new();
    let mut promises: Vec<(usize, Promise)> = Vec::new();
    for index in 0..stage.sides.len() {
        match stage.of_live(index) {
            Some(live) => all.extend(live),
            None => promises.extend(PROMISES.iter().map(|promise| (index, *promise))),
        }
    }
    let read = context.map_heavy(&promises, |(index, promise)| promise(&stage, *index));
    // Whoever cancels wants no proof any more.
    all.extend(read.unwrap_or_default().into_iter().flatten());
    all
}

/// Writes down one violation of a side; `None` where it makes no sense there.
type Promise = fn(&Stage<'_>, usize) -> Option<Protection>;

const PROMISES: &[Promise] = &[
    |stage, index| stage.changed(index),
    |stage, index| stage.added(index),
    |stage, index| stage.removed(index),
    |stage, index| stage.emptied(index),
    |stage, index| stage.renamed(index),
    |stage, index| Some(stage.vanished(index)),
];

/// The sides as they stand; the canonical one is the first.
pub(super) struct Stage<'a> {
    pub(super) sides: Vec<(&'a Arc<Side>, Arc<Read>)>,
    pub(super) context: &'a Context,
}

/// A violation that was written down, and what it must be found as.
struct Violation {
    expected: &'static Code,
    mentions: String,
    edits: Edits,
}

impl Violation {
    /// The same, found by what is said about this member.
    fn about(self, member: String) -> Self {
        Self {
            mentions: member,
            ..self
        }
    }
}

impl Stage<'_> {
    pub(super) fn read(&self, index: usize) -> &Read {
        &self.sides[index].1
    }

    pub(super) fn side(&self, index: usize) -> &Side {
        self.sides[index].0
    }

    pub(super) fn others(&self, index: usize) -> impl Iterator<Item = usize> {
        (0..self.sides.len()).filter(move |other| *other != index)
    }

    /// The first violation that can be written, or why none can; `None` where there is none to write.
    fn protection(
        &self,
        name: &str,
        index: usize,
        expected: Option<&'static Code>,
        violations: impl Iterator<Item = Result<Violation, String>>,
    ) -> Option<Protection> {
        let mut reason = None;
        for violation in violations {
            match violation {
                Ok(violation) => {
                    return Some(Protection {
                        name: format!("{name}: {}", self.side(index).name),
                        expected: violation.expected,
                        mentions: violation.mentions,
                        plant: violation.edits.plant(self.context),
                    });
                }
                Err(why) => reason = Some(why),
            }
        }
        Some(Protection {
            name: format!("{name}: {}", self.side(index).name),
            expected: expected?,
            mentions: String::new(),
            plant: Err(reason?),
        })
    }

    /// One member says another value.
    fn changed(&self, index: usize) -> Option<Protection> {
        let read = self.read(index);
        let candidates = read.extraction.members.iter().enumerate();
        let violations =
            candidates
                .filter(|(_, member)| member.literal)
                .filter_map(|(at, member)| {
                    let now = (at, self.compared(index, at)?);
                    let (code, new) = self.new_value(index, member, Some(&now))?;
                    Some(
                        self.write_over(index, at, member, &new, code)
                            .map(|violation| match (index, code) {
                                // The finding is about the other side's member, which lost its like.
                                (0, code) if code == &UNEXPECTED => violation.about(now.1),
                                (1.., code) if code == &MISSING => violation.about(now.1),
                                _ => violation,
                            }),
                    )
                });
        self.protection("changed member", index, Some(&CHANGED), violations)
    }

    fn write_over(
        &self,
        index: usize,
        at: usize,
        member: &Member,
        new: &str,
        expected: &'static Code,
    ) -> Result<Violation, String> {
        let (side, read) = &self.sides[index];
        let edit = Edit {
            at: member.at.clone(),
            text: literal(read, member, new),
        };
        let edits = Edits::of(side, read, &[edit]);
        let mut wanted = raw(read);
        new.clone_into(&mut wanted[at]);
        self.check(index, &edits, &wanted)?;
        // What is lost by the change is found by its old value, what comes in by its new one.
        let is_a_loss = expected == if index == 0 { &UNEXPECTED } else { &MISSING };
        let mentions = match self.compared(index, at) {
            Some(old) if is_a_loss => old,
            _ => self.mention(index, new, &wanted),
        };
        Ok(Violation {
            expected,
            mentions,
            edits,
        })
    }

    /// One more member.
    fn added(&self, index: usize) -> Option<Protection> {
        let (side, read) = &self.sides[index];
        let insertion = read.extraction.insertion.as_ref()?;
        let model = read.extraction.members.last()?;
        // A mirror that reads the same declaration gets the new member as well.
        let twins: Vec<usize> = self
            .others(index)
            .filter(|other| {
                let theirs = self.read(*other).extraction.insertion.as_ref();
                theirs.is_some_and(|theirs| {
                    self.same_file(index, insertion.file, *other, theirs.file)
                        && theirs.at == insertion.at
                })
            })
            .collect();
        let (code, new) = self.new_value_for(index, model, None, &twins)?;
        let write = || {
            let text = format!(
                "{}{}{}",
                insertion.before,
                literal(read, model, &new),
                insertion.after
            );
            let edit = Edit {
                at: Origin {
                    file: insertion.file,
                    span: insertion.at..insertion.at,
                },
                text,
            };
            let edits = Edits::of(side, read, &[edit]);
            let mut wanted = raw(read);
            wanted.push(new.clone());
            self.check(index, &edits, &wanted)?;
            Ok(Violation {
                expected: code,
                mentions: self.mention(index, &new, &wanted),
                edits,
            })
        };
        self.protection("added member", index, Some(code), std::iter::once(write()))
    }

    /// One member less.
    fn removed(&self, index: usize) -> Option<Protection> {
        let (side, read) = &self.sides[index];
        let named = read.extraction.named_members;
        if !named && read.values.len() <= side.min_size {
            return None;
        }
        let members = read.extraction.members.iter().enumerate().rev();
        let violations = members.filter_map(|(at, member)| {
            let item = member.item.clone()?;
            let value = self.compared(index, at)?;
            let expected = if named {
                &SUBJECT_MISSING
            } else {
                self.code_of_removal(index, member, &value)?
            };
            let mut edits = Edits::default();
            let cut = |file: usize, span: std::ops::Range<usize>| Edit {
                at: Origin { file, span },
                text: String::new(),
            };
            edits.add(side, read, &[cut(member.at.file, item)]);
            // Who refers to the member by name loses it too, as a compiler would demand.
            for other in self.others(index) {
                let (their_side, theirs) = &self.sides[other];
                for their in &theirs.extraction.members {
                    if self.refers(other, their, index, member) {
                        edits.add(
                            their_side,
                            theirs,
                            &[cut(their.at.file, their.item.clone()?)],
                        );
                    }
                }
            }
            Some(self.finish_removal(index, at, &value, expected, edits))
        });
        self.protection("removed member", index, Some(&MISSING), violations)
    }

    fn finish_removal(
        &self,
        index: usize,
        at: usize,
        value: &str,
        expected: &'static Code,
        edits: Edits,
    ) -> Result<Violation, String> {
        let (side, read) = &self.sides[index];
        if read.extraction.named_members {
            self.check_gone(index, &edits)?;
        } else {
            let mut wanted = raw(read);
            wanted.remove(at);
            self.check(index, &edits, &wanted)?;
        }
        let mentions = match expected == &SUBJECT_MISSING {
            true => side.name.clone(),
            false => value.to_owned(),
        };
        Ok(Violation {
            expected,
            mentions,
            edits,
        })
    }

    /// The set is there, without any member.
    fn emptied(&self, index: usize) -> Option<Protection> {
        let (side, read) = &self.sides[index];
        let adds = side
            .steps
            .iter()
            .any(|step| matches!(step, super::transform::Step::Add(_)));
        if read.extraction.emptied.is_empty() || adds {
            return None;
        }
        // A set whose members others refer to, or are, cannot be emptied by itself.
        let is_shared = self.others(index).any(|other| {
            self.read(other).extraction.members.iter().any(|their| {
                let mut ours = read.extraction.members.iter();
                ours.any(|member| self.linked(index, member, other, their))
            })
        });
        if is_shared {
            return None;
        }
        let edits = Edits::of(side, read, &read.extraction.emptied);
        let violation = self.check(index, &edits, &[]).map(|()| Violation {
            expected: &EMPTY,
            mentions: side.name.clone(),
            edits,
        });
        self.protection(
            "emptied side",
            index,
            Some(&EMPTY),
            std::iter::once(violation),
        )
    }

    /// The set has another name.
    fn renamed(&self, index: usize) -> Option<Protection> {
        let (side, read) = &self.sides[index];
        if read.extraction.renamed.is_empty() {
            return None;
        }
        let edits = Edits::of(side, read, &read.extraction.renamed);
        let violation = self.check_gone(index, &edits).map(|()| Violation {
            expected: &SUBJECT_MISSING,
            mentions: side.name.clone(),
            edits,
        });
        self.protection(
            "renamed constant",
            index,
            Some(&SUBJECT_MISSING),
            std::iter::once(violation),
        )
    }

    /// The files of the side are gone.
    fn vanished(&self, index: usize) -> Protection {
        let (side, read) = &self.sides[index];
        let changes = read
            .files
            .iter()
            .map(|file| (side.tree_ref(), Change::remove(file.path.as_bytes())))
            .collect();
        Protection {
            name: format!("vanished file: {}", side.name),
            expected: &SUBJECT_MISSING,
            mentions: side.name.clone(),
            plant: Ok(Plant::changes(changes)),
        }
    }

    /// The value by which a member is compared.
    pub(super) fn compared(&self, index: usize, member: usize) -> Option<String> {
        let values = &self.read(index).values;
        let found = values.iter().find(|one| one.member == Some(member))?;
        Some(found.value.clone())
    }

    pub(super) fn mention(&self, index: usize, new: &str, wanted: &[String]) -> String {
        let (side, read) = &self.sides[index];
        let Some(position) = wanted.iter().position(|value| value == new) else {
            return new.to_owned();
        };
        let mut members = read.extraction.members.clone();
        if let (true, Some(last)) = (position >= members.len(), members.last().cloned()) {
            members.push(last);
        }
        if let Some(member) = members.get_mut(position) {
            new.clone_into(&mut member.value);
        }
        let (values, _) = transform(&members, &side.steps);
        let found = values.into_iter().find(|one| one.member == Some(position));
        found.map_or_else(|| new.to_owned(), |one| one.value)
    }

    fn same_file(&self, a: usize, file_a: usize, b: usize, file_b: usize) -> bool {
        let path = |index: usize, file: usize| {
            let (side, read) = &self.sides[index];
            read.files
                .get(file)
                .map(|file| (side.tree_ref(), &file.path))
        };
        path(a, file_a).is_some_and(|a| path(b, file_b) == Some(a))
    }

    /// Whether `member` of side `a` refers by name to the literal of `target` of side `b`.
    fn refers(&self, a: usize, member: &Member, b: usize, target: &Member) -> bool {
        member.refers.as_ref().is_some_and(|origin| {
            origin.span == target.at.span && self.same_file(a, origin.file, b, target.at.file)
        })
    }

    /// Whether `other` changes where `one` is changed.
    pub(super) fn linked(&self, a: usize, one: &Member, b: usize, other: &Member) -> bool {
        let same = one.at.span == other.at.span && self.same_file(a, one.at.file, b, other.at.file);
        same || self.refers(b, other, a, one)
    }

    /// Whether the edited files say exactly `wanted`: else the violation was not the one meant.
    fn check(&self, index: usize, edits: &Edits, wanted: &[String]) -> Result<(), String> {
        let (side, read) = &self.sides[index];
        let files = edits.edited(side, read, self.context)?;
        let got = match side.work_out(&files, self.context) {
            Ok(edited) => raw(&edited),
            Err(Problem::Gone(finding)) => return Err(finding.message),
            Err(Problem::Obstacle(obstacle)) => return Err(obstacle.message),
        };
        let sorted = |values: &[String]| {
            let mut values = values.to_vec();
            values.sort();
            values
        };
        if sorted(&got) == sorted(wanted) {
            Ok(())
        } else {
            Err(format!(
                "the change to {} would say {} instead of {}",
                side.name,
                got.join(", "),
                wanted.join(", ")
            ))
        }
    }

    fn check_gone(&self, index: usize, edits: &Edits) -> Result<(), String> {
        let (side, read) = &self.sides[index];
        let files = edits.edited(side, read, self.context)?;
        match side.work_out(&files, self.context) {
            Err(Problem::Gone(_)) => Ok(()),
            Err(Problem::Obstacle(obstacle)) => Err(obstacle.message),
            Ok(_) => Err(format!("{} would still be found", side.name)),
        }
    }
}

/// The values as they stand in the files.
fn raw(read: &Read) -> Vec<String> {
    let members = read.extraction.members.iter();
    members.map(|member| member.value.clone()).collect()
}

fn literal(read: &Read, model: &Member, value: &str) -> String {
    if model.number {
        value.to_owned()
    } else {
        (read.extraction.write)(value)
    }
}
