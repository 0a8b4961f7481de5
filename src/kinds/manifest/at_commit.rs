use serde_json::{Value, json};

use super::codes::{FORBIDDEN_CONTENT, REQUIRED_FILE_EMPTY, REQUIRED_FILE_MISSING};
use super::rules::{Forbidden, Rules};
use crate::context::{Context, SourceTree};
use crate::gate::{Finding, Location, Obstacle};
use crate::ssot::{
    Entry, LOCK_STALE, Manifest, Pin, SOURCE_COMMIT_MISSING, SOURCE_REF_MISSING,
    SOURCE_REPOSITORY_MISSING,
};
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreePath, walk};

/// What was seen of one source at its commit.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) findings: Vec<Finding>,
    pub(super) obstacles: Vec<Obstacle>,
    /// Part, subject and witness of each thing looked at.
    pub(super) subjects: Vec<(String, String, Vec<u8>)>,
    pub(super) fact: Option<Value>,
}

/// Looks at the source of an entry, at the very commit that the manifest pins.
pub(super) fn look(rules: &Rules, context: &Context, manifest: &Manifest, entry: &Entry) -> Looked {
    let mut looked = Looked::default();
    let at_ref = manifest.location(&entry.reference.span);
    let tree = context
        .source(&entry.source())
        .and_then(|tree| is_pinned(entry, tree));
    match tree {
        Ok(source) => {
            looked.fact = Some(json!({
                "source": entry.source().to_string(),
                "commit": source.commit,
                "tree": source.tree_id,
            }));
            files(rules, entry, source.tree.as_ref(), &at_ref, &mut looked);
        }
        Err(obstacle) => {
            let absent = [
                &SOURCE_REPOSITORY_MISSING,
                &SOURCE_COMMIT_MISSING,
                &SOURCE_REF_MISSING,
            ];
            // That there is no such thing is an answer to the very question of this gate.
            if absent.into_iter().any(|code| code == obstacle.code) {
                looked
                    .findings
                    .push(with_place(obstacle, at_ref).to_finding());
            } else {
                looked.obstacles.push(with_place(obstacle, at_ref));
            }
        }
    }
    looked
}

fn with_place(obstacle: Obstacle, at: Location) -> Obstacle {
    if obstacle.locations.contains(&at) {
        obstacle
    } else {
        obstacle.at(at)
    }
}

/// The source must be at the commit that the manifest names now, which need not be the one that
/// was locked.
fn is_pinned(entry: &Entry, source: SourceTree) -> Result<SourceTree, Obstacle> {
    match (Pin::parse(&entry.reference.value), &source.commit) {
        (Ok(Pin::Commit(pinned)), Some(locked)) if pinned != *locked => Err(Obstacle::refused(
            &LOCK_STALE,
            format!(
                "{}: the lock has commit {locked}, the manifest {pinned}",
                entry.source()
            ),
        )),
        _ => Ok(source),
    }
}

fn files(rules: &Rules, entry: &Entry, tree: &dyn Tree, at_ref: &Location, looked: &mut Looked) {
    let required = rules.required_files.get(&entry.category);
    for path in required.into_iter().flatten() {
        match require(entry, tree, path, at_ref) {
            Ok((finding, witness)) => {
                looked.findings.extend(finding);
                let subject = format!("{}:{path}", entry.name.value);
                looked
                    .subjects
                    .push((entry.category.key().to_owned(), subject, witness));
            }
            Err(obstacle) => looked.obstacles.push(obstacle),
        }
    }
    for rule in &rules.forbidden {
        if rule.category == entry.category
            && let Err(obstacle) = forbid(rule, entry, tree, at_ref, looked)
        {
            looked.obstacles.push(obstacle);
        }
    }
}

fn require(
    entry: &Entry,
    tree: &dyn Tree,
    path: &TreePath,
    at_ref: &Location,
) -> Result<(Option<Finding>, Vec<u8>), Obstacle> {
    let source = entry.source();
    let missing = |what: &str| {
        Finding::new(
            &REQUIRED_FILE_MISSING,
            format!("{source} {what} {path} at {}", entry.reference.value),
        )
        .at(at_ref.clone())
        .at(tree.location(path))
    };
    Ok(match tree.kind(path)? {
        Some(NodeKind::File) => {
            let facts = tree.facts(path)?;
            let witness = facts.id.to_string().into_bytes();
            if facts.is_empty() {
                let finding = Finding::new(
                    &REQUIRED_FILE_EMPTY,
                    format!("{path} of {source} is empty at {}", entry.reference.value),
                );
                (
                    Some(finding.at(at_ref.clone()).at(tree.location(path))),
                    witness,
                )
            } else {
                (None, witness)
            }
        }
        None => (Some(missing("lacks the file")), b"absent".to_vec()),
        Some(kind) => (
            Some(missing(&format!("has {} for the file", kind.noun()))),
            kind.noun().as_bytes().to_vec(),
        ),
    })
}

fn forbid(
    rule: &Forbidden,
    entry: &Entry,
    tree: &dyn Tree,
    at_ref: &Location,
    looked: &mut Looked,
) -> Result<(), Obstacle> {
    for path in matching(rule, tree)? {
        let bytes = tree.read(&path, SMALL_FILE)?;
        looked.subjects.push((
            rule.part(),
            format!("{}:{path}", entry.name.value),
            tree.facts(&path)?.id.to_string().into_bytes(),
        ));
        if let Some(found) = rule.pattern.find(&bytes) {
            let line = bytes[..found.start()]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
                + 1;
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            looked.findings.push(
                Finding::new(
                    &FORBIDDEN_CONTENT,
                    format!(
                        "{path} of {} has what `{}` forbids: {}",
                        entry.source(),
                        rule.pattern.as_str(),
                        rule.reason
                    ),
                )
                .at(Location {
                    line: Some(line),
                    ..tree.location(&path)
                })
                .at(at_ref.clone()),
            );
        }
    }
    Ok(())
}

/// The files that a rule is about. Whatever else stands at such a path is read as well, which says
/// that it cannot be.
pub(super) fn matching(rule: &Forbidden, tree: &dyn Tree) -> Result<Vec<TreePath>, Obstacle> {
    let exact = !rule.path.contains(['*', '?', '[', '{', '\\']);
    if let (true, Ok(path)) = (exact, TreePath::new(&rule.path)) {
        let there = tree.kind(&path)?.is_some();
        return Ok(there.then_some(path).into_iter().collect());
    }
    Ok(walk(tree, &TreePath::root())?
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| rule.globs.is_match(path))
        .collect())
}
