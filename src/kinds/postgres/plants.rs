use super::codes::{
    DOWN_FAILS, DOWN_WITHOUT_UP, MIGRATION_FAILS, NOT_REPEATABLE, NOT_SQL, NUMBER_MISSING,
    NUMBER_TWICE, ORDER_DIFFERS, TOO_FEW, UP_AGAIN_FAILS, WITHOUT_DOWN,
};
use super::files::{MigrationSet, SqlFile};
use super::migrations::{Migrations, NamePattern};
use super::numbers::{by_number, number};
use super::protections::code_of;
use super::rules::Probe;
use super::spec::Order;
use crate::gate::{Change, Code, Plant, Protection, TreeRef};
use crate::kinds::SUBJECT_MISSING;
use crate::tree::TreePath;

/// Does nothing.
const NOTHING: &str = "SELECT 1;\n";

/// No statement of any language.
const BROKEN: &str = "\n;\nSELEC driftgate;\n";

/// Violations of what a gate says of its migrations.
pub(super) struct Plants<'a> {
    pub(super) rules: &'a Migrations,
    pub(super) set: &'a MigrationSet,
}

fn protection(
    name: String,
    expected: &'static Code,
    mentions: impl Into<String>,
    plant: Result<Plant, String>,
) -> Protection {
    Protection {
        name,
        expected,
        mentions: mentions.into(),
        plant,
    }
}

fn unnamed(pattern: &NamePattern) -> String {
    format!(
        "`{}` does not tell how one more would be named",
        pattern.as_str()
    )
}

fn rewrite(file: &SqlFile, text: &str) -> Change {
    Change::write(file.path.as_bytes(), text)
}

impl Plants<'_> {
    fn last(&self) -> Option<&SqlFile> {
        self.set.migrations.last().map(|migration| &migration.up)
    }

    /// The last migration that has a number.
    fn last_numbered(&self) -> Option<&SqlFile> {
        let ups = self.set.migrations.iter().map(|migration| &migration.up);
        ups.rev().find(|up| number(&up.name).is_some())
    }

    /// One more migration, with what undoes it where that is asked for.
    fn more(&self, stem: &str, up: &str, down: &str) -> Result<(String, Plant), String> {
        let named = |pattern: &NamePattern| pattern.name(stem).ok_or_else(|| unnamed(pattern));
        let name = named(&self.rules.up)?;
        let mut plant = Plant::in_root(Change::write(self.rules.folder.join(&name).as_bytes(), up));
        if self.rules.down {
            let path = self.rules.folder.join(named(&self.rules.undo)?);
            plant = plant.and(TreeRef::Root, Change::write(path.as_bytes(), down));
        }
        Ok((name, plant))
    }

    /// The stem of a migration after the last one.
    fn next_stem(&self, what: &str) -> String {
        let last = self.last().map_or("", |file| file.name.as_str());
        let digits: String = last.chars().take_while(char::is_ascii_digit).collect();
        match (digits.parse::<u128>(), self.rules.order) {
            (Ok(number), _) if last.starts_with(|c: char| c.is_ascii_digit()) => {
                let next = format!("{:0width$}", number + 1, width = digits.len());
                // A number that grows by a digit would sort before all others by its bytes.
                match next.len() == digits.len() || self.rules.order == Order::Number {
                    true => format!("{next}_driftgate_{what}"),
                    false => format!("{digits}_zz_driftgate_{what}"),
                }
            }
            _ => format!("zz_driftgate_{what}"),
        }
    }

    /// The path of a migration after the last one.
    pub(super) fn next_file(&self, what: &str) -> Result<TreePath, String> {
        match self.rules.up.name(&self.next_stem(what)) {
            Some(name) => Ok(self.rules.folder.join(name)),
            None => Err(unnamed(&self.rules.up)),
        }
    }

    fn planted(
        &self,
        name: String,
        expected: &'static Code,
        stem: &str,
        [up, down]: [&str; 2],
    ) -> Protection {
        match self.more(stem, up, down) {
            Ok((file, plant)) => protection(name, expected, file, Ok(plant)),
            Err(problem) => protection(name, expected, "", Err(problem)),
        }
    }

    pub(super) fn of_folder(&self) -> Vec<Protection> {
        let folder = &self.rules.folder;
        let mut all = Vec::new();
        if !folder.is_root() {
            all.push(protection(
                format!("vanished folder: {folder}"),
                &SUBJECT_MISSING,
                folder.to_string(),
                Ok(Plant::in_root(Change::remove(folder.as_bytes()))),
            ));
        }
        // One file stays, so that the folder does.
        let mut plant = Plant::in_root(Change::write(folder.join("driftgate.txt").as_bytes(), ""));
        for migration in &self.set.migrations {
            for file in std::iter::once(&migration.up).chain(&migration.down) {
                plant = plant.and(TreeRef::Root, Change::remove(file.path.as_bytes()));
            }
        }
        all.push(protection(
            format!("emptied folder: {folder}"),
            &TOO_FEW,
            folder.to_string(),
            Ok(plant),
        ));
        if let (Some(last), true) = (
            self.set.migrations.last(),
            self.rules.min > 1 && self.rules.min == self.set.migrations.len(),
        ) {
            let mut plant = Plant::in_root(Change::remove(last.up.path.as_bytes()));
            if let Some(down) = &last.down {
                plant = plant.and(TreeRef::Root, Change::remove(down.path.as_bytes()));
            }
            all.push(protection(
                format!("removed migration: {}", last.up.name),
                &TOO_FEW,
                folder.to_string(),
                Ok(plant),
            ));
        }
        all
    }

    pub(super) fn of_names(&self) -> Vec<Protection> {
        let Some(last) = self.last_numbered() else {
            return Vec::new();
        };
        let end = last.name.len()
            - last
                .name
                .trim_start_matches(|c: char| c == 'V' || c.is_ascii_digit())
                .len();
        let written = &last.name[..end];
        let mut all = vec![self.planted(
            format!("number used twice: {written}"),
            &NUMBER_TWICE,
            &format!("{written}_zz_driftgate_twice"),
            [NOTHING, NOTHING],
        )];
        if self.rules.order == Order::Byte
            && let Some(smaller) = self.smaller(&last.name)
        {
            all.push(self.planted(
                "smaller number that sorts last".to_owned(),
                &ORDER_DIFFERS,
                &format!("{smaller}_driftgate_order"),
                [NOTHING, NOTHING],
            ));
        }
        if self.rules.consecutive
            && let Ok(number) = written.trim_start_matches('V').parse::<u128>()
        {
            let width = written.trim_start_matches('V').len();
            let prefix = &written[..written.len() - width];
            all.push(self.planted(
                format!("missing number: {}", number + 1),
                &NUMBER_MISSING,
                &format!("{prefix}{:0width$}_driftgate_gap", number + 2),
                [NOTHING, NOTHING],
            ));
        }
        all
    }

    /// A number that nobody has and that is smaller than that of the last migration, although it
    /// comes after it by its bytes.
    fn smaller(&self, last: &str) -> Option<String> {
        let taken = |candidate: &str| {
            let mut ups = self.set.migrations.iter();
            ups.any(|migration| number(&migration.up.name) == number(candidate))
        };
        let plain = |candidate: &String| {
            candidate.as_str() > last
                && by_number(number(candidate), number(last)) == std::cmp::Ordering::Less
                && !taken(candidate)
        };
        (1..=4_usize)
            .flat_map(|digits| {
                let from = 10_u32.pow(u32::try_from(digits).unwrap_or(1) - 1);
                (from..from * 10).rev().map(|n| n.to_string())
            })
            .find(plain)
    }

    pub(super) fn of_files(&self) -> Vec<Protection> {
        let Some(last) = self.last() else {
            return Vec::new();
        };
        let mut bytes = last.text.clone().into_bytes();
        bytes.extend_from_slice(b"-- \xff\n");
        vec![
            protection(
                format!("broken migration: {}", last.name),
                &MIGRATION_FAILS,
                last.name.as_str(),
                Ok(Plant::in_root(rewrite(
                    last,
                    &format!("{}{BROKEN}", last.text),
                ))),
            ),
            protection(
                format!("migration that is no text: {}", last.name),
                &NOT_SQL,
                last.name.as_str(),
                Ok(Plant::in_root(Change::write(last.path.as_bytes(), bytes))),
            ),
        ]
    }

    /// `changing`: a migration that changes the schema, and what it is found as if nothing undoes it.
    pub(super) fn of_undoing(&self, changing: Option<(usize, &'static Code)>) -> Vec<Protection> {
        let orphan = self.next_stem("orphan");
        let mut all = vec![match self.rules.undo.name(&orphan) {
            Some(name) => protection(
                "down without its migration".to_owned(),
                &DOWN_WITHOUT_UP,
                name.clone(),
                Ok(Plant::in_root(Change::write(
                    self.rules.folder.join(name).as_bytes(),
                    NOTHING,
                ))),
            ),
            None => protection(
                "down without its migration".to_owned(),
                &DOWN_WITHOUT_UP,
                "",
                Err(unnamed(&self.rules.undo)),
            ),
        }];
        let with_down = self.set.migrations.iter().rev();
        let mut with_down = with_down.filter(|migration| !migration.irreversible);
        if let Some((up, down)) =
            with_down.find_map(|migration| Some((&migration.up, migration.down.as_ref()?)))
        {
            all.push(protection(
                format!("removed down: {}", down.name),
                &WITHOUT_DOWN,
                up.name.as_str(),
                Ok(Plant::in_root(Change::remove(down.path.as_bytes()))),
            ));
            all.push(protection(
                format!("broken down: {}", down.name),
                &DOWN_FAILS,
                down.name.as_str(),
                Ok(Plant::in_root(rewrite(
                    down,
                    &format!("{}{BROKEN}", down.text),
                ))),
            ));
        }
        if let Some((index, expected)) = changing
            && let Some(down) = &self.set.migrations[index].down
        {
            all.push(protection(
                format!("down that does nothing: {}", down.name),
                expected,
                down.name.as_str(),
                Ok(Plant::in_root(rewrite(down, NOTHING))),
            ));
        }
        // A large object is no part of the schema: it is left behind unseen, and felt by the next one.
        let left = "SELECT lo_create(2147480001);\n";
        let feels = "SELECT 1 / (NOT EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata \
                     WHERE oid = 2147480001))::int;\n";
        all.push(self.planted(
            "migration that cannot be applied again".to_owned(),
            &UP_AGAIN_FAILS,
            &self.next_stem("again"),
            [feels, left],
        ));
        all
    }

    pub(super) fn not_repeatable(&self) -> Protection {
        self.planted(
            "migration that cannot be repeated".to_owned(),
            &NOT_REPEATABLE,
            &self.next_stem("once"),
            [
                "CREATE TABLE driftgate_planted ();\n",
                "DROP TABLE driftgate_planted;\n",
            ],
        )
    }

    pub(super) fn of_probe(&self, probe: &Probe) -> Protection {
        let name = format!("probe: {}", probe.name);
        let plant = match probe.violation() {
            None => Err("nothing tells how to break it; give the probe a `violation`".to_owned()),
            Some(text) => self
                .next_file("violation")
                .map(|file| Plant::in_root(Change::write(file.as_bytes(), text))),
        };
        protection(name, code_of(probe), probe.name.as_str(), plant)
    }
}
