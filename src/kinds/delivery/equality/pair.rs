use super::content::{CompareAs, Malformed, same_meaning};
use super::item::{Item, Side};
use crate::gate::Obstacle;
use crate::kinds::delivery::codes::SUBMODULE_UNKNOWN;
use crate::tree::{FileFacts, NodeKind};

/// What makes two things equal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Whether the executable bit counts.
    pub modes: bool,
    /// Whether a file without content is a difference in itself.
    pub non_empty: bool,
}

/// One way in which a pair differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    Content,
    /// The delivered file's executable bit.
    Mode {
        delivered: bool,
    },
    Type,
    Link,
    Submodule {
        source: String,
        delivered: String,
    },
    Empty {
        source: bool,
        delivered: bool,
    },
    Malformed {
        in_source: bool,
        problem: Malformed,
    },
}

/// What was seen of a pair: enough to tell it from every other content, and how the sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub witness: Vec<u8>,
    pub differences: Vec<Difference>,
}

/// Looks at a pair.
///
/// # Errors
/// When one of the two cannot be read, or not well enough to tell.
pub(crate) fn compare(
    source: (Side<'_>, &Item),
    delivered: (Side<'_>, &Item),
    compare_as: CompareAs,
    rules: Rules,
) -> Result<Seen, Obstacle> {
    match (source.1.kind, delivered.1.kind) {
        // Reading a device, socket or pipe is refused, and so is the pair.
        (NodeKind::File, NodeKind::File) | (NodeKind::Special, NodeKind::Special) => {
            files(source, delivered, compare_as, rules)
        }
        (NodeKind::Symlink, NodeKind::Symlink) => links(source, delivered),
        (NodeKind::Submodule, NodeKind::Submodule) => submodules(source, delivered),
        (a, b) => Ok(Seen {
            witness: format!("{a:?} {b:?}").into_bytes(),
            differences: vec![Difference::Type],
        }),
    }
}

fn files(
    source: (Side<'_>, &Item),
    delivered: (Side<'_>, &Item),
    compare_as: CompareAs,
    rules: Rules,
) -> Result<Seen, Obstacle> {
    let ours = source.0.facts(source.1)?;
    let theirs = delivered.0.facts(delivered.1)?;
    let mut differences = Vec::new();
    if rules.non_empty && (ours.is_empty() || theirs.is_empty()) {
        differences.push(Difference::Empty {
            source: ours.is_empty(),
            delivered: theirs.is_empty(),
        });
    } else if ours.id != theirs.id {
        differences.extend(same_meaning(compare_as, source, delivered)?);
    }
    if rules.modes && ours.executable != theirs.executable {
        differences.push(Difference::Mode {
            delivered: theirs.executable,
        });
    }
    Ok(Seen {
        witness: witness(&ours, &theirs),
        differences,
    })
}

fn witness(ours: &FileFacts, theirs: &FileFacts) -> Vec<u8> {
    let mut witness = Vec::with_capacity(42);
    for facts in [ours, theirs] {
        witness.extend_from_slice(facts.id.as_bytes());
        witness.push(u8::from(facts.executable));
    }
    witness
}

fn links(source: (Side<'_>, &Item), delivered: (Side<'_>, &Item)) -> Result<Seen, Obstacle> {
    let ours = source.0.tree.link_id(&source.1.path)?;
    let theirs = delivered.0.tree.link_id(&delivered.1.path)?;
    Ok(Seen {
        witness: [ours.as_bytes().as_slice(), theirs.as_bytes(), b"link"].concat(),
        differences: (ours != theirs)
            .then_some(Difference::Link)
            .into_iter()
            .collect(),
    })
}

fn submodules(source: (Side<'_>, &Item), delivered: (Side<'_>, &Item)) -> Result<Seen, Obstacle> {
    let commit = |(side, item): (Side<'_>, &Item)| {
        side.tree.submodule(&item.path)?.ok_or_else(|| {
            let location = side.location(item);
            Obstacle::refused(
                &SUBMODULE_UNKNOWN,
                format!("the commit of submodule {} cannot be told", location.path),
            )
            .at(location)
        })
    };
    let (ours, theirs) = (commit(source)?, commit(delivered)?);
    Ok(Seen {
        witness: format!("{ours} {theirs}").into_bytes(),
        differences: (ours != theirs)
            .then_some(Difference::Submodule {
                source: ours,
                delivered: theirs,
            })
            .into_iter()
            .collect(),
    })
}
