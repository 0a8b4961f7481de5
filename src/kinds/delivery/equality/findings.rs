use super::content::CompareAs;
use super::evidence::{Content, unified};
use super::item::{Item, Side};
use super::pair::Difference;
use crate::gate::{Finding, Location};
use crate::kinds::delivery::codes;
use crate::tree::NodeKind;

/// Adds the places of a pair: the delivered one first, for it is the one to mend.
fn placed(finding: Finding, source: (Side<'_>, &Item), delivered: (Side<'_>, &Item)) -> Finding {
    let here = delivery_place(delivered);
    let there = source.0.location(source.1);
    let same = here == there;
    let finding = finding.at(here);
    if same { finding } else { finding.at(there) }
}

fn delivery_place((side, item): (Side<'_>, &Item)) -> Location {
    item.by.clone().unwrap_or_else(|| side.location(item))
}

/// The finding of one way in which a pair differs.
pub(crate) fn of_difference(
    difference: &Difference,
    source: (Side<'_>, &Item),
    delivered: (Side<'_>, &Item),
    compare_as: CompareAs,
) -> Finding {
    let name = &delivered.1.name;
    let finding = match difference {
        Difference::Content => return content(source, delivered, compare_as),
        Difference::Mode { delivered } => {
            let words = |executable| {
                if executable {
                    "executable"
                } else {
                    "not executable"
                }
            };
            Finding::new(
                &codes::MODE_DIFFERS,
                format!(
                    "{name} is delivered {}, and is {} in the source",
                    words(*delivered),
                    words(!*delivered)
                ),
            )
        }
        Difference::Type => Finding::new(
            &codes::TYPE_DIFFERS,
            format!(
                "{name} is {} in the source, and {} in the delivery",
                source.1.kind.noun(),
                delivered.1.kind.noun()
            ),
        ),
        Difference::Link => return link(source, delivered),
        Difference::Submodule {
            source: ours,
            delivered: theirs,
        } => Finding::new(
            &codes::SUBMODULE_DIFFERS,
            format!("submodule {name} is delivered at {theirs}, and is at {ours} in the source"),
        ),
        Difference::Empty {
            source: ours,
            delivered: theirs,
        } => Finding::new(
            &codes::EMPTY_FILE,
            match (ours, theirs) {
                (true, true) => format!("{name} is empty, in the source and in the delivery"),
                (true, false) => format!("{name} is empty in the source"),
                _ => format!("{name} is delivered empty"),
            },
        ),
        Difference::Malformed { in_source, problem } => {
            let (side, item) = if *in_source { source } else { delivered };
            let mut at = side.location(item);
            if let Some((line, column)) = problem.at {
                at = Location::at(at.path, line, column);
            }
            return Finding::new(
                &codes::MALFORMED_CONTENT,
                format!(
                    "{name} cannot be compared as {}: {problem}",
                    compare_as.name()
                ),
            )
            .at(at);
        }
    };
    placed(finding, source, delivered)
}

fn content(
    source: (Side<'_>, &Item),
    delivered: (Side<'_>, &Item),
    compare_as: CompareAs,
) -> Finding {
    let name = &delivered.1.name;
    let ours = Content::read(source.0, source.1);
    let theirs = Content::read(delivered.0, delivered.1);
    let finding = match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            let here = delivered.0.location(delivered.1).path;
            let there = source.0.location(source.1).path;
            let diff = unified(ours, theirs, (&there, &here), compare_as == CompareAs::Text);
            let finding = Finding::new(
                &codes::CONTENT_DIFFERS,
                format!(
                    "{name} differs from its source ({} bytes there, {} delivered{})",
                    ours.size,
                    theirs.size,
                    if diff.is_none() { "; not shown" } else { "" }
                ),
            );
            match diff {
                Some(diff) => finding.diff(diff),
                None => finding,
            }
        }
        // That they differ is known from their ids; what they hold is only evidence.
        (ours, theirs) => Finding::new(
            &codes::CONTENT_DIFFERS,
            format!(
                "{name} differs from its source (no diff: {})",
                [ours.as_ref().err(), theirs.as_ref().err()]
                    .into_iter()
                    .flatten()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; ")
            ),
        ),
    };
    let sha256 = |content: &Content| content.sha256.clone();
    placed(finding, source, delivered).digests(
        ours.as_ref().ok().map(sha256),
        theirs.as_ref().ok().map(sha256),
    )
}

fn link(source: (Side<'_>, &Item), delivered: (Side<'_>, &Item)) -> Finding {
    let name = &delivered.1.name;
    let target = |(side, item): (Side<'_>, &Item)| {
        side.tree
            .link(&item.path)
            .map_or_else(|error| format!("? ({error})"), |target| target.to_string())
    };
    let finding = Finding::new(
        &codes::LINK_DIFFERS,
        format!(
            "symlink {name} is delivered with the target `{}`, and has `{}` in the source",
            target(delivered),
            target(source)
        ),
    );
    placed(finding, source, delivered)
}

/// A file of the source that the delivery lacks; `at` is the place where it should be.
pub(crate) fn not_delivered(source: (Side<'_>, &Item), at: Location) -> Finding {
    let finding = Finding::new(
        &codes::NOT_DELIVERED,
        format!("{} is in the source, and not delivered", source.1.name),
    )
    .at(at)
    .at(source.0.location(source.1));
    match sha256(source) {
        Some(digest) => finding.digests(Some(digest), None),
        None => finding,
    }
}

/// A delivered file that the source lacks. `left_out`: the source's repository has it, but
/// `include` or `exclude` keep it out of the source.
pub(crate) fn not_in_source(delivered: (Side<'_>, &Item), left_out: bool) -> Finding {
    let name = &delivered.1.name;
    let finding = Finding::new(
        &codes::NOT_IN_SOURCE,
        if left_out {
            format!("{name} is delivered, and left out of the source by `include` or `exclude`")
        } else {
            format!("{name} is delivered, and not in the source")
        },
    )
    .at(delivery_place(delivered));
    match sha256(delivered) {
        Some(digest) => finding.digests(None, Some(digest)),
        None => finding,
    }
}

/// The digest is evidence on top of the finding: where it is not to be had, the finding stands
/// without it.
fn sha256((side, item): (Side<'_>, &Item)) -> Option<String> {
    if item.kind != NodeKind::File {
        return None;
    }
    Some(Content::read(side, item).ok()?.sha256)
}

/// A file that is delivered under a name that differs in case alone.
pub(crate) fn case_differs(source: (Side<'_>, &Item), delivered: (Side<'_>, &Item)) -> Finding {
    let finding = Finding::new(
        &codes::CASE_DIFFERS,
        format!("{} is delivered as {}", source.1.name, delivered.1.name),
    );
    placed(finding, source, delivered)
}

/// A folder on one side, and something else on the other. `item` is what is no folder.
pub(crate) fn folder_differs(
    side: (Side<'_>, &Item),
    folder_is_delivered: bool,
    at: Location,
) -> Finding {
    let Item { name, kind, .. } = side.1;
    let message = if folder_is_delivered {
        format!(
            "{name} is {} in the source, and a folder in the delivery",
            kind.noun()
        )
    } else {
        format!(
            "{name} is a folder in the source, and {} in the delivery",
            kind.noun()
        )
    };
    Finding::new(&codes::TYPE_DIFFERS, message).at(at)
}
