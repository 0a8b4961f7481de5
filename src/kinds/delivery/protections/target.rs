use std::collections::BTreeMap;

use super::assets::Arrived;
use crate::context::Context;
use crate::gate::{Change, Code, Obstacle, Plant, Protection, TreeRef};
use crate::kinds::delivery::image_channel::Seen;
use crate::kinds::delivery::named::Named;
use crate::kinds::delivery::plan::{Channel, Delivery, DirectoryPlan, Plan, SourceOrigin};
use crate::kinds::delivery::source::Source;
use crate::tree::{NodeKind, SMALL_FILE, SubTree, Tree, TreePath};

/// The gate that violations are planted for, with its source at hand.
pub(super) struct Target<'a> {
    pub plan: &'a Plan,
    pub context: &'a Context,
    pub source: &'a Source<'a>,
    /// The images of deliveries that are some, by the delivery's name.
    pub images: &'a BTreeMap<String, Seen>,
    /// What was received for deliveries that are served, by the delivery's name.
    pub assets: &'a BTreeMap<String, Arrived>,
}

/// A regular file with content that is in the source and delivered.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    /// In the source.
    pub path: TreePath,
    /// In the delivery.
    pub name: TreePath,
    pub executable: bool,
}

impl Target<'_> {
    /// What a delivery holds, be it a folder of the checkout or of an image, or what a server gave.
    pub(super) fn copy<'t>(&'t self, delivery: &Delivery, plan: &DirectoryPlan) -> SubTree<'t> {
        if let Some(arrived) = self.assets.get(&delivery.name) {
            return SubTree::new(arrived.tree.as_ref(), TreePath::root());
        }
        match self.images.get(&delivery.name) {
            Some(seen) => SubTree::new(&seen.tree, seen.dest.path.clone()),
            None => SubTree::new(self.context.root(), plan.folder.clone()),
        }
    }

    /// The files that a folder has from the source and that no allowance is about. A violation is
    /// planted in one or two of them, the first ones by name: the gate treats all alike.
    pub(super) fn delivered(
        &self,
        delivery: &Delivery,
        plan: &DirectoryPlan,
    ) -> Result<Vec<Delivered>, Obstacle> {
        let tree = self.copy(delivery, plan);
        let named = Named::of(self.source, delivery, |name| plan.selection.has(name));
        let (mut found, mut plain, mut executable) = (Vec::new(), 0, 0);
        for item in named.items {
            let is_file = item.kind == NodeKind::File
                && tree.kind(&item.name)? == Some(NodeKind::File)
                && !delivery.allow_extra.is_match(&item.name);
            if !is_file {
                continue;
            }
            let facts = tree.facts(&item.name)?;
            if facts.is_empty() {
                continue;
            }
            let count = if facts.executable {
                &mut executable
            } else {
                &mut plain
            };
            *count += 1;
            // Enough to choose from, without reading a large tree a second time.
            if *count <= 20 {
                found.push(Delivered {
                    path: item.path,
                    name: item.name,
                    executable: facts.executable,
                });
            }
            if plain >= 20 && (executable > 0 || plain + executable >= 200) {
                break;
            }
        }
        // A file with placeholders is the last to be changed: without them a substitution would be unused as well.
        if let Some(arrived) = self.assets.get(&delivery.name) {
            found.sort_by_key(|file| arrived.rendered.contains(&file.path));
        }
        Ok(found)
    }

    /// A violation in the source.
    pub(super) fn in_source(
        &self,
        change: impl FnOnce(Vec<u8>) -> Change,
        path: &TreePath,
    ) -> Plant {
        let path = self.plan.source.subdir.join(path);
        match &self.plan.source.origin {
            SourceOrigin::Manifest(source) => {
                Plant::in_source(source.clone(), change(path.as_bytes().to_vec()))
            }
            SourceOrigin::Folder(folder) => {
                Plant::in_root(change(folder.join(&path).as_bytes().to_vec()))
            }
        }
    }

    /// Whether the source is a folder of the checkout that a Dockerfile of the gate is in.
    pub(super) fn source_holds_a_subject(&self) -> bool {
        let SourceOrigin::Folder(folder) = &self.plan.source.origin else {
            return false;
        };
        self.plan.deliveries.iter().any(|delivery| {
            matches!(&delivery.channel, Channel::Dockerfile(plan) if plan.dockerfile.is_within(folder))
        })
    }

    /// The source is gone as a whole.
    pub(super) fn without_source(&self) -> Plant {
        match &self.plan.source.origin {
            SourceOrigin::Manifest(source) => {
                Plant::changes(vec![(TreeRef::Source(source.clone()), Change::Vanish)])
            }
            SourceOrigin::Folder(folder) => Plant::in_root(Change::remove(folder)),
        }
    }
}

/// The content, unless it is too large to be altered byte by byte.
pub(super) fn small(tree: &dyn Tree, path: &TreePath) -> Option<Vec<u8>> {
    tree.read(path, SMALL_FILE).ok()
}

pub(super) fn protection(
    what: &str,
    whence: &str,
    mentions: &TreePath,
    expected: &'static Code,
    plant: Plant,
) -> Protection {
    Protection {
        name: format!("{what} in {whence}: {mentions}"),
        expected,
        mentions: mentions.to_string(),
        plant: Ok(plant),
    }
}

/// A promise whose violation cannot be planted; saying so keeps the gate unproved.
pub(super) fn unplanted(
    what: &str,
    delivery: &Delivery,
    expected: &'static Code,
    why: &str,
) -> Protection {
    Protection {
        name: format!("{what} in {}", delivery.name),
        expected,
        mentions: String::new(),
        plant: Err(why.to_owned()),
    }
}
