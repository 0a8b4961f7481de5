use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::codes::{
    DOWN_WITHOUT_UP, IRREVERSIBLE_UNUSED, NUMBER_MISSING, NUMBER_TWICE, ORDER_DIFFERS, WITHOUT_DOWN,
};
use super::files::{Migration, MigrationSet};
use super::migrations::Migrations;
use super::spec::Order;
use crate::gate::Finding;

/// The digits in front of a file's name, also behind Flyway's `V`, without leading zeros.
pub(super) fn number(name: &str) -> Option<&str> {
    let name = name.strip_prefix('V').unwrap_or(name);
    let end = name
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(name.len());
    if end == 0 {
        return None;
    }
    let digits = &name[..end];
    let plain = digits.trim_start_matches('0');
    Some(if plain.is_empty() { "0" } else { plain })
}

/// Those without a number come last.
pub(super) fn by_number(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        // Without leading zeros, the longer number is the larger one.
        (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// All that names alone tell.
pub(super) fn check_names(rules: &Migrations, set: &MigrationSet) -> Vec<Finding> {
    let mut findings = twice(set);
    if rules.order == Order::Byte {
        findings.extend(order(set));
    }
    if rules.consecutive {
        findings.extend(gaps(set));
    }
    if rules.down {
        findings.extend(pairs(set));
        let names = set.names();
        for entry in &rules.irreversible {
            if !names.iter().any(|name| entry.pattern.is_match(name)) {
                findings.push(
                    Finding::new(
                        &IRREVERSIBLE_UNUSED,
                        format!("no migration is named `{}`", entry.pattern.as_str()),
                    )
                    .at(entry.at.clone()),
                );
            }
        }
    }
    findings
}

fn twice(set: &MigrationSet) -> Vec<Finding> {
    let mut by_number: BTreeMap<&str, Vec<&Migration>> = BTreeMap::new();
    for migration in &set.migrations {
        if let Some(number) = number(&migration.up.name) {
            by_number.entry(number).or_default().push(migration);
        }
    }
    let same = by_number.into_iter().filter(|(_, all)| all.len() > 1);
    same.map(|(number, all)| {
        let names: Vec<_> = all
            .iter()
            .map(|migration| format!("`{}`", migration.up.name))
            .collect();
        let finding = Finding::new(
            &NUMBER_TWICE,
            format!("number {number} is that of {}", names.join(" and of ")),
        );
        // The later ones first: they are the ones to renumber.
        all.iter().rev().fold(finding, |finding, migration| {
            finding.at(migration.up.location())
        })
    })
    .collect()
}

fn order(set: &MigrationSet) -> Vec<Finding> {
    let numbered: Vec<_> = set
        .migrations
        .iter()
        .filter_map(|migration| Some((number(&migration.up.name)?, &migration.up)))
        .collect();
    numbered
        .windows(2)
        .filter(|pair| by_number(Some(pair[0].0), Some(pair[1].0)) == Ordering::Greater)
        .map(|pair| {
            let (before, after) = (pair[0].1, pair[1].1);
            Finding::new(
                &ORDER_DIFFERS,
                format!(
                    "`{}` is applied after `{}`, and its number is smaller",
                    after.name, before.name
                ),
            )
            .at(after.location())
            .at(before.location())
        })
        .collect()
}

fn gaps(set: &MigrationSet) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut before: Option<(u128, &str)> = None;
    for migration in &set.migrations {
        let file = &migration.up;
        let Some(now) = number(&file.name).and_then(|digits| digits.parse::<u128>().ok()) else {
            findings.push(
                Finding::new(
                    &NUMBER_MISSING,
                    format!("`{}` begins with no number", file.name),
                )
                .at(file.location()),
            );
            continue;
        };
        if let Some((last, name)) = before
            && now > last.saturating_add(1)
        {
            let missing = match now - last {
                2 => format!("{} is missing", last + 1),
                _ => format!("{} to {} are missing", last + 1, now - 1),
            };
            findings.push(
                Finding::new(
                    &NUMBER_MISSING,
                    format!("after `{name}` comes `{}`: {missing}", file.name),
                )
                .at(file.location()),
            );
        }
        before = Some((now, &file.name));
    }
    findings
}

fn pairs(set: &MigrationSet) -> Vec<Finding> {
    let mut findings = Vec::new();
    for migration in &set.migrations {
        let exempt = migration.irreversible || migration.is_violation;
        if migration.down.is_none() && !exempt {
            findings.push(
                Finding::new(
                    &WITHOUT_DOWN,
                    format!("nothing undoes `{}`", migration.up.name),
                )
                .at(migration.up.location()),
            );
        }
    }
    for orphan in &set.orphans {
        findings.push(
            Finding::new(
                &DOWN_WITHOUT_UP,
                format!("`{}` undoes a migration that is not there", orphan.name),
            )
            .at(orphan.location()),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers_however_long_they_are() {
        let mut names = ["20260607000000_x", "V2__b", "010_a", "9_c", "late", "000_z"];
        names.sort_by(|a, b| by_number(number(a), number(b)));
        assert_eq!(
            names,
            ["000_z", "V2__b", "9_c", "010_a", "20260607000000_x", "late"]
        );
    }
}
