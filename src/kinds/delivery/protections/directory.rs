use super::alter::{altered, with_key_twice};
use super::choice::{
    change_words, extra_name, in_other_case, mode_words, of_each_comparison, of_each_mode,
};
use super::target::{Delivered, Target, protection, small, unplanted};
use crate::gate::{Change, Obstacle, Plant, Protection, TreeRef};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes;
use crate::kinds::delivery::equality::CompareAs;
use crate::kinds::delivery::plan::{Delivery, DirectoryPlan};
use crate::kinds::delivery::spec::Mode;
use crate::tree::{SubTree, Tree, TreePath};

/// What a folder's delivery promises to catch.
pub(super) fn directory_protections(
    target: &Target<'_>,
    delivery: &Delivery,
    plan: &DirectoryPlan,
) -> Result<Vec<Protection>, Obstacle> {
    let planting = Planting {
        target,
        delivery,
        plan,
        tree: SubTree::new(target.context.root(), plan.folder.clone()),
        within: TreeRef::Root,
    };
    let mut protections = planting.folder_itself();
    protections.extend(copy_protections(&planting)?);
    if let Some(first) = target.delivered(delivery, plan)?.first() {
        let link = |path| Change::Symlink {
            path,
            target: b"driftgate-planted".to_vec(),
        };
        let code = &codes::TYPE_DIFFERS;
        protections.push(planting.one("symlink for a file", first, code, link));
    }
    Ok(protections)
}

/// What a copy in files promises to catch, wherever it is.
pub(super) fn copy_protections(planting: &Planting<'_>) -> Result<Vec<Protection>, Obstacle> {
    let Planting {
        target,
        delivery,
        plan,
        ..
    } = *planting;
    let files = target.delivered(delivery, plan)?;
    let mut protections = Vec::from_iter(planting.extra(&files)?);
    let Some(first) = files.first() else {
        let why = "no file with content is both in the source and in the delivery";
        protections.push(unplanted(
            "changed byte",
            delivery,
            &codes::CONTENT_DIFFERS,
            why,
        ));
        return Ok(protections);
    };
    for (file, compare_as) in of_each_comparison(&files, &plan.compare) {
        protections.extend(planting.content(file, compare_as));
    }
    if delivery.modes {
        let files = of_each_mode(&files, |_| true);
        protections.extend(files.into_iter().map(|file| planting.mode(file)));
    }
    if plan.mode == Mode::Mirror {
        protections.push(
            planting.one("missing file", first, &codes::NOT_DELIVERED, |path| {
                Change::Remove { path }
            }),
        );
    }
    if target.plan.source.non_empty {
        protections.push(
            planting.one("emptied file", first, &codes::EMPTY_FILE, |path| {
                Change::Write {
                    path,
                    bytes: Vec::new(),
                    executable: first.executable,
                }
            }),
        );
    }
    protections.extend(planting.renamed(&files)?);
    Ok(protections)
}

/// Where the violations of a copy are planted.
pub(super) struct Planting<'a> {
    pub target: &'a Target<'a>,
    pub delivery: &'a Delivery,
    pub plan: &'a DirectoryPlan,
    /// What is delivered.
    pub tree: SubTree<'a>,
    /// The tree that it is a part of.
    pub within: TreeRef,
}

impl Planting<'_> {
    fn plant(&self, change: Change) -> Plant {
        Plant::changes(vec![(self.within.clone(), change)])
    }

    fn outer(&self, name: &TreePath) -> Vec<u8> {
        self.tree.outer(name).as_bytes().to_vec()
    }

    pub(super) fn one(
        &self,
        what: &str,
        file: &Delivered,
        expected: &'static crate::gate::Code,
        change: impl FnOnce(Vec<u8>) -> Change,
    ) -> Protection {
        let plant = self.plant(change(self.outer(&file.name)));
        protection(what, &self.delivery.name, &file.name, expected, plant)
    }

    fn content(&self, file: &Delivered, compare_as: CompareAs) -> Vec<Protection> {
        let write = |bytes: Vec<u8>| {
            move |path| Change::Write {
                path,
                bytes,
                executable: file.executable,
            }
        };
        let what = change_words(compare_as);
        let bytes = altered(small(&self.tree, &file.name), compare_as);
        let mut protections = vec![self.one(&what, file, &codes::CONTENT_DIFFERS, write(bytes))];
        if let Some(text) = with_key_twice(compare_as) {
            let what = format!("duplicate key in {}", compare_as.name());
            let bytes = text.as_bytes().to_vec();
            protections.push(self.one(&what, file, &codes::MALFORMED_CONTENT, write(bytes)));
        }
        protections
    }

    fn mode(&self, file: &Delivered) -> Protection {
        let what = mode_words(file.executable);
        self.one(what, file, &codes::MODE_DIFFERS, |path| Change::Chmod {
            path,
            executable: !file.executable,
        })
    }

    /// The folder is gone, and a symlink stands in its place. The root itself can be neither.
    fn folder_itself(&self) -> Vec<Protection> {
        let folder = &self.plan.folder;
        if folder.is_root() {
            return Vec::new();
        }
        let link = Change::Symlink {
            path: folder.as_bytes().to_vec(),
            target: b"driftgate-planted".to_vec(),
        };
        let name = &self.delivery.name;
        vec![
            protection(
                "deleted folder",
                name,
                folder,
                &SUBJECT_MISSING,
                Plant::in_root(Change::remove(folder)),
            ),
            protection(
                "symlink for the folder",
                name,
                folder,
                &codes::TYPE_DIFFERS,
                Plant::in_root(link),
            ),
        ]
    }

    /// Whether the gate looks at a name, and nothing is there.
    fn is_free(&self, name: &TreePath) -> Result<bool, Obstacle> {
        let in_view = self.plan.selection.has(name) && !self.delivery.allow_extra.is_match(name);
        Ok(in_view && self.tree.kind(name)?.is_none())
    }

    /// A file that the source does not have.
    fn extra(&self, files: &[Delivered]) -> Result<Option<Protection>, Obstacle> {
        let name = extra_name(files, |name| self.is_free(name))?;
        Ok(name.map(|name| {
            let plant = self.plant(Change::write(self.outer(&name), "planted\n"));
            let code = &codes::NOT_IN_SOURCE;
            protection("extra file", &self.delivery.name, &name, code, plant)
        }))
    }

    /// A name that differs in case alone.
    fn renamed(&self, files: &[Delivered]) -> Result<Option<Protection>, Obstacle> {
        let found = in_other_case(
            files,
            |name| small(&self.tree, name),
            |name| Ok(self.is_free(name)? && self.target.source.tree.kind(name)?.is_none()),
        )?;
        Ok(found.map(|(file, name, bytes)| {
            let write = Change::Write {
                path: self.outer(&name),
                bytes,
                executable: file.executable,
            };
            let plant = self
                .plant(Change::remove(self.outer(&file.name)))
                .and(self.within.clone(), write);
            let code = &codes::CASE_DIFFERS;
            protection(
                "name in another case",
                &self.delivery.name,
                &name,
                code,
                plant,
            )
        }))
    }
}
