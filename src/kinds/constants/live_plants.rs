use super::codes::{MISSING, UNEXPECTED};
use super::extract::{Member, SqlWanted};
use super::protections::Stage;
use super::selector::Selector;
use crate::gate::{Change, Code, Plant, Protection};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::postgres::{CatalogSet, Live, literal, path, quoted};

/// A side that a real database says. All violations are one more migration.
struct LiveSide<'a> {
    live: &'a Live,
    set: CatalogSet,
}

impl Stage<'_> {
    /// The protections of a live side; `None` for a side that is read from files.
    pub(super) fn of_live(&self, index: usize) -> Option<Vec<Protection>> {
        let Selector::Live(live, wanted) = &self.side(index).selector else {
            return None;
        };
        let name = &self.side(index).name;
        let mut all = vec![Protection {
            name: format!("vanished migrations: {name}"),
            expected: &SUBJECT_MISSING,
            mentions: name.clone(),
            plant: Ok(Plant::in_root(Change::remove(live.folder().as_bytes()))),
        }];
        if let Some(side) = self.live_side(live, wanted) {
            all.push(self.live_renamed(index, &side));
            // Who reads the same migrations as text gets the same change.
            if !self.shares_files(index) {
                all.extend(self.live_changed(index, &side));
                all.extend(self.live_added(index, &side));
                all.extend(self.live_removed(index, &side));
            }
        }
        Some(all)
    }

    fn live_side<'a>(&self, live: &'a Live, wanted: &SqlWanted) -> Option<LiveSide<'a>> {
        let catalog = live.read(self.context).ok()?;
        let mut sets = catalog.sets.iter().filter(|set| wanted.is(set));
        let set = sets.next()?.clone();
        // Of several checks on one column, one lists the values; which, the text does not tell.
        sets.next().is_none().then_some(LiveSide { live, set })
    }

    fn shares_files(&self, index: usize) -> bool {
        let ours = &self.read(index).files;
        self.others(index).any(|other| {
            let theirs = &self.read(other).files;
            theirs
                .iter()
                .any(|file| ours.iter().any(|our| our.path == file.path))
        })
    }

    fn live_protection(
        &self,
        what: &str,
        index: usize,
        side: &LiveSide<'_>,
        (expected, mentions, text): (&'static Code, String, String),
    ) -> Protection {
        Protection {
            name: format!("{what}: {}", self.side(index).name),
            expected,
            mentions,
            plant: side.live.one_more(self.context, &text),
        }
    }

    fn live_renamed(&self, index: usize, side: &LiveSide<'_>) -> Protection {
        let name = self.side(index).name.clone();
        let text = side.renamed(matches!(
            self.side(index).selector,
            Selector::Live(_, SqlWanted::Column { .. })
        ));
        self.live_protection(
            "renamed constant",
            index,
            side,
            (&SUBJECT_MISSING, name, text),
        )
    }

    fn live_changed(&self, index: usize, side: &LiveSide<'_>) -> Option<Protection> {
        let members = &self.read(index).extraction.members;
        members.iter().enumerate().find_map(|(at, member)| {
            let now = (at, self.compared(index, at)?);
            let (code, new) = self.new_value(index, member, Some(&now))?;
            let mut values = values(members);
            values[at].clone_from(&new);
            let text = match &side.set {
                CatalogSet::Enum { name, .. } => format!(
                    "ALTER TYPE {} RENAME VALUE {} TO {};\n",
                    path(name),
                    literal(&member.value),
                    literal(&new)
                ),
                CatalogSet::Check { .. } => side.check_of(&values, member.number)?,
            };
            let is_a_loss = code == if index == 0 { &UNEXPECTED } else { &MISSING };
            let mentions = match is_a_loss {
                true => now.1,
                false => self.mention(index, &new, &values),
            };
            Some(self.live_protection("changed member", index, side, (code, mentions, text)))
        })
    }

    fn live_added(&self, index: usize, side: &LiveSide<'_>) -> Option<Protection> {
        let members = &self.read(index).extraction.members;
        let model = members.last()?;
        let (code, new) = self.new_value_for(index, model, None, &[])?;
        let mut values = values(members);
        values.push(new.clone());
        let text = match &side.set {
            CatalogSet::Enum { name, .. } => {
                format!("ALTER TYPE {} ADD VALUE {};\n", path(name), literal(&new))
            }
            CatalogSet::Check { .. } => side.check_of(&values, model.number)?,
        };
        let mentions = self.mention(index, &new, &values);
        Some(self.live_protection("added member", index, side, (code, mentions, text)))
    }

    /// An enum type never loses a label; a CHECK can.
    fn live_removed(&self, index: usize, side: &LiveSide<'_>) -> Option<Protection> {
        let read = self.read(index);
        if read.values.len() <= self.side(index).min_size {
            return None;
        }
        let members = &read.extraction.members;
        members.iter().enumerate().rev().find_map(|(at, member)| {
            let value = self.compared(index, at)?;
            let code = self.code_of_removal(index, member, &value)?;
            let mut values = values(members);
            values.remove(at);
            let text = side.check_of(&values, member.number)?;
            Some(self.live_protection("removed member", index, side, (code, value, text)))
        })
    }
}

fn values(members: &[Member]) -> Vec<String> {
    members.iter().map(|member| member.value.clone()).collect()
}

impl LiveSide<'_> {
    fn renamed(&self, by_column: bool) -> String {
        match &self.set {
            CatalogSet::Enum { name, .. } => {
                let bare = name.rsplit('.').next().unwrap_or(name);
                format!(
                    "ALTER TYPE {} RENAME TO {};\n",
                    path(name),
                    quoted(&format!("{bare}_renamed"))
                )
            }
            CatalogSet::Check { table, columns, .. } if by_column => {
                let column = columns.first().map_or("", String::as_str);
                format!(
                    "ALTER TABLE {} RENAME COLUMN {} TO {};\n",
                    path(table),
                    quoted(column),
                    quoted(&format!("{column}_renamed"))
                )
            }
            CatalogSet::Check { table, name, .. } => format!(
                "ALTER TABLE {} RENAME CONSTRAINT {} TO {};\n",
                path(table),
                quoted(name),
                quoted(&format!("{name}_renamed"))
            ),
        }
    }

    /// The same constraint with these values; `None` for one that is not about a single column.
    fn check_of(&self, values: &[String], numbers: bool) -> Option<String> {
        let CatalogSet::Check {
            table,
            name,
            columns,
            ..
        } = &self.set
        else {
            return None;
        };
        let [column] = columns.as_slice() else {
            return None;
        };
        let values: Vec<String> = values
            .iter()
            .map(|value| match numbers {
                true => value.clone(),
                false => literal(value),
            })
            .collect();
        Some(format!(
            "ALTER TABLE {table} DROP CONSTRAINT {name};\n\
             ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({} IN ({})) NOT VALID;\n",
            quoted(column),
            values.join(", "),
            table = path(table),
            name = quoted(name),
        ))
    }
}
