use std::collections::BTreeSet;

use bstr::ByteSlice;

use super::codes::PLACEHOLDER_LEFT;
use super::env_text::is_variable;
use super::rendered::Substitutions;
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::delivery::codes::{ALLOWANCE_UNUSED, CONTENT_DIFFERS, MALFORMED_CONTENT};
use crate::kinds::delivery::equality::{Item, Side};
use crate::kinds::delivery::patterns::Declared;
use crate::tree::{NodeKind, TreePath};

/// How long a name in braces may be, in bytes.
const LONGEST: usize = 120;

/// A delivered file that has placeholders which its source, rendered, does not have.
#[derive(Debug)]
pub(super) struct Left {
    name: TreePath,
    finding: Finding,
    /// Whether the placeholders are all that is wrong with it.
    is_all: bool,
}

/// Looks for placeholders that nobody replaced. `most`: the longest file that there can be, in bytes.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn left(
    source: Side<'_>,
    delivered: Side<'_>,
    substitutions: &Substitutions<'_>,
    most: u64,
) -> Result<Vec<Left>, Obstacle> {
    let mut all = Vec::new();
    for item in delivered
        .items
        .iter()
        .filter(|item| item.kind == NodeKind::File)
    {
        let Some(expected) = counterpart(source, item) else {
            continue;
        };
        if expected.kind != NodeKind::File {
            continue;
        }
        let bytes = delivered.tree.read(&item.path, most)?;
        let Some((at, first)) = substitutions.found(&bytes).next() else {
            continue;
        };
        let subject = expected.path.to_string();
        let expected = source.tree.read(&expected.path, most)?;
        // A value may look like a placeholder; then the source has it as well, once it is rendered.
        let count = substitutions.found(&bytes).count();
        if count <= substitutions.found(&expected).count() {
            continue;
        }
        let message = format!(
            "{} is delivered with the placeholder `{}`, which should be `{}` by then",
            item.name, first.placeholder, first.value
        );
        let finding = Finding::new(&PLACEHOLDER_LEFT, message)
            .about(subject)
            .at(line_of(delivered, item, &bytes, at))
            .at(first.at.clone());
        all.push(Left {
            name: item.name.clone(),
            finding,
            is_all: substitutions.apply(&bytes) == Some(expected),
        });
    }
    Ok(all)
}

/// A finding for each placeholder that no substitution is for, once a file; and one for each name that is allowed and
/// nowhere left.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn undeclared(
    source: Side<'_>,
    delivered: Side<'_>,
    substitutions: &Substitutions<'_>,
    allowed: &[Declared],
    most: u64,
) -> Result<Vec<Finding>, Obstacle> {
    let mut findings = Vec::new();
    if substitutions.is_empty() {
        return Ok(findings);
    }
    let mut unused: BTreeSet<&str> = allowed.iter().map(|one| one.text.as_str()).collect();
    let files = delivered.items.iter();
    for item in files.filter(|item| item.kind == NodeKind::File) {
        let bytes = delivered.tree.read(&item.path, most)?;
        let mut told = BTreeSet::new();
        for (at, text, name) in placeholders(&bytes) {
            // Declared ones are looked for by themselves; and a value may look like one.
            let is_known = substitutions.knows(text);
            let other = counterpart(source, item);
            if (is_known && other.is_some()) || !told.insert(name) {
                continue;
            }
            if allowed.iter().any(|one| one.text == name) {
                unused.remove(name);
                continue;
            }
            let why = if is_known {
                "and has no source in which it is replaced"
            } else {
                "and no substitution of the gate is for it"
            };
            let message = format!(
                "{} is delivered with the placeholder `{text}`, {why}",
                item.name
            );
            let subject = other.map_or(&item.name, |other| &other.path);
            let finding = Finding::new(&PLACEHOLDER_LEFT, message)
                .about(subject.to_string())
                .at(line_of(delivered, item, &bytes, at))
                .help(format!(
                    "name it in `substitutions` with its value; if `{text}` is meant to stand there, name `{name}` in `allow_unrendered`"
                ));
            findings.push(finding);
        }
    }
    for one in allowed
        .iter()
        .filter(|one| unused.contains(one.text.as_str()))
    {
        let message = format!(
            "no delivered file has a placeholder of the name `{}` of `allow_unrendered`",
            one.text
        );
        findings.push(Finding::new(&ALLOWANCE_UNUSED, message).at(one.at.clone()));
    }
    Ok(findings)
}

/// What stands in the source for a delivered file.
fn counterpart<'s>(source: Side<'s>, delivered: &Item) -> Option<&'s Item> {
    let index = source
        .items
        .binary_search_by(|other| other.name.cmp(&delivered.name));
    Some(&source.items[index.ok()?])
}

/// What looks like a placeholder: a name in two pairs of braces. Each with where it begins, in bytes, and its name.
/// `${{ … }}` is an expression of a workflow.
fn placeholders(text: &[u8]) -> impl Iterator<Item = (usize, &str, &str)> {
    text.find_iter("{{").filter_map(|at| {
        // Of three braces the inner two count.
        let at = at + usize::from(text.get(at + 2) == Some(&b'{'));
        let rest = text.get(at + 2..)?;
        let end = rest.iter().take(LONGEST).position(|byte| *byte == b'}')?;
        let is_closed = rest.get(end + 1) == Some(&b'}');
        let is_expression = at > 0 && text[at - 1] == b'$';
        let whole = std::str::from_utf8(text.get(at..at + end + 4)?).ok()?;
        let name = std::str::from_utf8(&rest[..end])
            .ok()?
            .trim_matches([' ', '\t']);
        (is_closed && !is_expression && is_variable(name)).then_some((at, whole, name))
    })
}

fn line_of(delivered: Side<'_>, item: &Item, bytes: &[u8], at: usize) -> Location {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
    let before = &bytes[..at];
    let line = before.iter().filter(|byte| **byte == b'\n').count();
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count();
    Location::at(delivered.location(item).path, number(line), number(column))
}

/// Puts what was left unrendered in the place of what the comparison says of the same files, where it is all that is
/// wrong with them. The diff stays.
pub(super) fn merge(
    left: Vec<Left>,
    findings: &mut Vec<Finding>,
    place: impl Fn(&TreePath) -> Location,
) {
    for Left {
        name,
        mut finding,
        is_all,
    } in left
    {
        let here = place(&name);
        // What is no YAML with a placeholder in it may be some without.
        let is_same = |other: &Finding| {
            [&CONTENT_DIFFERS, &MALFORMED_CONTENT].contains(&other.code)
                && other
                    .locations
                    .first()
                    .is_some_and(|at| at.path == here.path)
        };
        if is_all && let Some(index) = findings.iter().position(is_same) {
            let differs = findings.remove(index);
            finding.diff = differs.diff;
            finding.digests = differs.digests;
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, &str, &str)> {
        placeholders(text.as_bytes()).collect()
    }

    #[test]
    fn names_in_two_pairs_of_braces_are_placeholders() {
        assert_eq!(
            found("a {{A}}{{ b_1 }} {{{C}}}"),
            [
                (2, "{{A}}", "A"),
                (7, "{{ b_1 }}", "b_1"),
                (18, "{{C}}", "C"),
            ]
        );
    }

    #[test]
    fn other_braces_are_none() {
        for text in [
            "{A}",
            "{{A}",
            "{{A} }",
            "{{}}",
            "{{1}}",
            "{{a.b}}",
            "{{#if a}}",
            "${{ A }}",
            "{{A",
            "{{",
            "{{{{}}}}",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert!(placeholders(b"{{\xff}}").next().is_none());
    }
}
