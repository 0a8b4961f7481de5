use super::alter::{altered, beside};
use super::plugin_declared::declaration_protections;
use super::plugin_wiring::wiring_protections;
use super::target::{Target, protection, small, unplanted};
use crate::gate::{Change, Code, Obstacle, Plant, Protection};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes;
use crate::kinds::delivery::equality::CompareAs;
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::plugin_channel::{
    HALF_DELIVERED, KnownPlugin, NOT_DECLARED, NOT_INSTALLED, PLUGIN_FILE, PluginPlan, Read,
};
use crate::kinds::delivery::spec::Mode;
use crate::tree::{NodeKind, SubTree, Tree, TreePath, walk};

/// What a workspace's delivery of plugins promises to catch.
pub(super) fn plugin_protections(
    target: &Target<'_>,
    delivery: &Delivery,
    plan: &PluginPlan,
) -> Result<Vec<Protection>, Obstacle> {
    let read = Read::of(target.context, target.source, plan)?;
    let planting = PluginPlanting {
        target,
        delivery,
        plan,
        read: &read,
    };
    let mut protections = Vec::new();
    if !plan.configs.is_root() {
        protections.push(protection(
            "deleted workspace",
            &delivery.name,
            &plan.configs,
            &SUBJECT_MISSING,
            Plant::in_root(Change::remove(&plan.configs)),
        ));
    }
    protections.extend(planting.undeclared()?);
    match planting.installed()? {
        Some(plugin) => protections.extend(planting.of_plugin(plugin)?),
        None => protections.push(unplanted(
            "missing plugin",
            delivery,
            &NOT_INSTALLED,
            "no declared plugin is installed",
        )),
    }
    protections.extend(declaration_protections(&planting)?);
    protections.extend(wiring_protections(&planting)?);
    Ok(protections)
}

/// A delivery that violations are planted in.
pub(super) struct PluginPlanting<'a> {
    pub target: &'a Target<'a>,
    pub delivery: &'a Delivery,
    pub plan: &'a PluginPlan,
    pub read: &'a Read,
}

impl PluginPlanting<'_> {
    pub(super) fn root(&self) -> &dyn Tree {
        self.target.context.root()
    }

    /// A path of the checkout from one below the folder of plugins.
    fn outer(&self, name: &TreePath) -> TreePath {
        self.plan.copy.folder.join(name)
    }

    pub(super) fn one(
        &self,
        what: &str,
        mentions: &str,
        expected: &'static Code,
        plant: Plant,
    ) -> Protection {
        Protection {
            name: format!("{what} in {}: {mentions}", self.delivery.name),
            expected,
            mentions: mentions.to_owned(),
            plant: Ok(plant),
        }
    }

    /// A plugin that is there as it should be; one without allowances, if there is such a one.
    fn installed(&self) -> Result<Option<&KnownPlugin>, Obstacle> {
        let mut first = None;
        for plugin in &self.read.known.plugins {
            let tree = SubTree::new(
                self.root(),
                self.outer(&TreePath::root().join(&plugin.name)),
            );
            if tree.kind(&TreePath::root().join(PLUGIN_FILE))? != Some(NodeKind::File) {
                continue;
            }
            let folder = TreePath::root().join(&plugin.name);
            let is_allowed = walk(&tree, &TreePath::root())?
                .iter()
                .any(|(path, _)| self.delivery.allow_extra.is_match(&folder.join(path)));
            if !is_allowed {
                return Ok(Some(plugin));
            }
            first = first.or(Some(plugin));
        }
        Ok(first)
    }

    /// A plugin that nothing declares.
    fn undeclared(&self) -> Result<Option<Protection>, Obstacle> {
        let name = TreePath::root().join("driftgate-planted");
        let is_in_view = !self.plan.copy.selection.exclude.is_match(&name)
            && !self.delivery.allow_extra.is_match(&name);
        let path = self.outer(&name);
        if !is_in_view || self.root().kind(&path)?.is_some() {
            return Ok(None);
        }
        let plant = Change::write(path.join(PLUGIN_FILE), "name: driftgate-planted\n");
        Ok(Some(protection(
            "undeclared plugin",
            &self.delivery.name,
            &name,
            &NOT_DECLARED,
            Plant::in_root(plant),
        )))
    }

    fn of_plugin(&self, plugin: &KnownPlugin) -> Result<Vec<Protection>, Obstacle> {
        let folder = TreePath::root().join(&plugin.name);
        let path = self.outer(&folder);
        let delivery = &self.delivery.name;
        let plugin_file = folder.join(PLUGIN_FILE);
        let mut protections = vec![
            self.one(
                "missing plugin",
                &plugin.name,
                &NOT_INSTALLED,
                Plant::in_root(Change::remove(&path)),
            ),
            protection(
                "symlink for a plugin",
                delivery,
                &folder,
                &codes::TYPE_DIFFERS,
                Plant::in_root(Change::Symlink {
                    path: path.as_bytes().to_vec(),
                    target: b"driftgate-planted".to_vec(),
                }),
            ),
            protection(
                "missing plugin.yaml",
                delivery,
                &plugin_file,
                &HALF_DELIVERED,
                Plant::in_root(Change::remove(self.outer(&plugin_file))),
            ),
            protection(
                "emptied plugin.yaml",
                delivery,
                &plugin_file,
                &HALF_DELIVERED,
                Plant::in_root(Change::write(self.outer(&plugin_file), "\n")),
            ),
        ];
        protections.extend(self.files(plugin, &folder)?);
        Ok(protections)
    }

    fn files(&self, plugin: &KnownPlugin, folder: &TreePath) -> Result<Vec<Protection>, Obstacle> {
        let source = plugin.tree();
        let delivery = &self.delivery.name;
        let copy = &self.plan.copy;
        let mut protections = Vec::new();
        let tree = SubTree::new(self.root(), copy.folder.clone());
        let mut first = None;
        for (path, kind) in walk(&source, &TreePath::root())? {
            let name = folder.join(&path);
            let is_there = kind == NodeKind::File
                && copy.selection.has(&name)
                && tree.kind(&name)? == Some(NodeKind::File);
            if !is_there || tree.facts(&name)?.is_empty() {
                continue;
            }
            // Without `plugin.yaml` it would be half delivered.
            let is_plain = path.as_bytes() != PLUGIN_FILE.as_bytes();
            if is_plain || first.is_none() {
                first = Some((name, is_plain));
            }
            if is_plain {
                break;
            }
        }
        let Some((name, is_plain)) = first else {
            let why = "no file with content is both in the source of a plugin and in its folder";
            let code = &codes::CONTENT_DIFFERS;
            return Ok(vec![unplanted("changed byte", self.delivery, code, why)]);
        };
        let facts = tree.facts(&name)?;
        let outer = self.outer(&name).as_bytes().to_vec();
        let mut add = |what: &str, name: &TreePath, code, change| {
            protections.push(protection(
                what,
                delivery,
                name,
                code,
                Plant::in_root(change),
            ));
        };
        let compare_as = copy.compare.of(&name);
        let what = match compare_as {
            CompareAs::Bytes => "changed byte".to_owned(),
            other => format!("changed {}", other.name()),
        };
        let changed = Change::Write {
            path: outer.clone(),
            bytes: altered(small(&tree, &name), compare_as),
            executable: facts.executable,
        };
        add(&what, &name, &codes::CONTENT_DIFFERS, changed);
        if self.delivery.modes {
            let flipped = Change::Chmod {
                path: outer.clone(),
                executable: !facts.executable,
            };
            add("changed mode", &name, &codes::MODE_DIFFERS, flipped);
        }
        if copy.mode == Mode::Mirror && is_plain {
            let removed = Change::Remove { path: outer };
            add("missing file", &name, &codes::NOT_DELIVERED, removed);
        }
        let extra = beside(&name);
        let is_in_view = copy.selection.has(&extra) && !self.delivery.allow_extra.is_match(&extra);
        if is_in_view && tree.kind(&extra)?.is_none() {
            let written = Change::write(self.outer(&extra), "planted\n");
            add("extra file", &extra, &codes::NOT_IN_SOURCE, written);
        }
        Ok(protections)
    }
}
