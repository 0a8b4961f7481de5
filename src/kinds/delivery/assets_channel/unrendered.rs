use super::codes::PLACEHOLDER_LEFT;
use super::rendered::Substitutions;
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::delivery::codes::{CONTENT_DIFFERS, MALFORMED_CONTENT};
use crate::kinds::delivery::equality::{Item, Side};
use crate::tree::{NodeKind, TreePath};

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
        let Ok(index) = source
            .items
            .binary_search_by(|other| other.name.cmp(&item.name))
        else {
            continue;
        };
        let expected = &source.items[index];
        if expected.kind != NodeKind::File {
            continue;
        }
        let bytes = delivered.tree.read(&item.path, most)?;
        let Some((at, first)) = substitutions.found(&bytes).next() else {
            continue;
        };
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
