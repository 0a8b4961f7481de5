use std::collections::BTreeSet;

use super::codes::{HALF_DELIVERED, NOT_DECLARED, NOT_INSTALLED};
use super::declared::{Declaration, DeclaredPlugin};
use super::known::{Known, KnownPlugin};
use super::plan::PluginPlan;
use crate::context::Context;
use crate::gate::{Finding, Obstacle, Part, Witness};
use crate::kinds::delivery::codes::{INCLUDE_UNMATCHED, TYPE_DIFFERS};
use crate::kinds::delivery::equality::{Comparison, Item, Rules, Side, compare_sides};
use crate::kinds::delivery::named::unused_extras;
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::spec::Mode;
use crate::tree::{NodeKind, SMALL_FILE, SubTree, Tree, TreePath, walk};

/// What came of looking at the installed plugins.
#[derive(Debug, Default)]
pub(super) struct Installed {
    pub findings: Vec<Finding>,
    pub obstacles: Vec<Obstacle>,
    /// How many files were compared with a counterpart.
    pub compared: usize,
}

/// What makes a folder a plugin.
pub(crate) const PLUGIN_FILE: &str = "plugin.yaml";

/// Compares what is installed with what is declared, in both directions.
///
/// # Errors
/// When the folder cannot be listed, and when cancelled.
pub(super) fn look(
    context: &Context,
    delivery: &Delivery,
    plan: &PluginPlan,
    declaration: &Declaration,
    known: &Known,
    part: &mut Part,
) -> Result<Installed, Obstacle> {
    let root = context.root();
    let folder = &plan.copy.folder;
    let mut looked = Installed::default();
    let (mut names, mut extras) = (BTreeSet::new(), Vec::new());
    for declared in &declaration.plugins {
        let tree = SubTree::new(root, folder.join(&declared.name));
        if let Some(finding) = not_there(&tree, declared)? {
            part.looked(&declared.name, Witness::of("absent"));
            looked.findings.push(finding);
            let mut plugins = known.plugins.iter();
            if let Some(plugin) = plugins.find(|plugin| plugin.name == declared.name) {
                let ours = items(&plugin.tree(), plugin, plan, false)?;
                names.extend(ours.into_iter().map(|item| item.name));
            }
            continue;
        }
        let half = half_delivered(&tree, declared)?;
        let is_half = half.is_some();
        if is_half {
            part.looked(
                format!("{}/{PLUGIN_FILE}", declared.name),
                Witness::of("none"),
            );
        }
        looked.findings.extend(half);
        let mut plugins = known.plugins.iter();
        // What stands at another ref has nothing to be compared with.
        let Some(plugin) = plugins.find(|plugin| plugin.name == declared.name && !plugin.is_other)
        else {
            part.looked(&declared.name, Witness::of(&declared.address.text));
            continue;
        };
        let compared = Compared {
            context,
            delivery,
            plan,
            plugin,
            tree: &tree,
            is_half,
        }
        .look(part)?;
        names.extend(compared.names);
        extras.extend(compared.extras);
        looked.compared += compared.pairs;
        looked.findings.extend(compared.findings);
        looked.obstacles.extend(compared.obstacles);
    }
    let (undeclared, allowed) = undeclared(root, delivery, plan, declaration, part)?;
    if !declaration.is_part {
        looked.findings.extend(undeclared);
    }
    extras.extend(allowed);
    // What stands for a plugin that nobody knows matches nothing, and that is said already.
    if known.is_whole {
        let include = &plan.copy.selection.include;
        looked.findings.extend(
            include.unmatched(&INCLUDE_UNMATCHED, &names.iter(), |pattern| {
                format!("no plugin has anything that matches `{pattern}`")
            }),
        );
        looked.findings.extend(unused_extras(delivery, &extras));
    }
    Ok(looked)
}

fn not_there(tree: &SubTree<'_>, declared: &DeclaredPlugin) -> Result<Option<Finding>, Obstacle> {
    let root = TreePath::root();
    let (code, message) = match tree.kind(&root)? {
        Some(NodeKind::Dir) => return Ok(None),
        None => (
            &NOT_INSTALLED,
            format!("plugin {} is declared, and not installed", declared.name),
        ),
        Some(kind) => (
            &TYPE_DIFFERS,
            format!(
                "plugin {} is {}, expected a folder",
                declared.name,
                kind.noun()
            ),
        ),
    };
    let finding = Finding::new(code, message);
    Ok(Some(
        finding.at(tree.location(&root)).at(declared.at.clone()),
    ))
}

fn half_delivered(
    tree: &SubTree<'_>,
    declared: &DeclaredPlugin,
) -> Result<Option<Finding>, Obstacle> {
    let path = TreePath::root().join(PLUGIN_FILE);
    let what = match tree.kind(&path)? {
        Some(NodeKind::File) => {
            if !tree.read(&path, SMALL_FILE)?.trim_ascii().is_empty() {
                return Ok(None);
            }
            "is empty".to_owned()
        }
        Some(kind) => format!("is {}", kind.noun()),
        None => "is missing".to_owned(),
    };
    let message = format!(
        "plugin {} is half delivered: its {PLUGIN_FILE} {what}",
        declared.name
    );
    Ok(Some(
        Finding::new(&HALF_DELIVERED, message)
            .about(format!("{}/{PLUGIN_FILE}", declared.name))
            .at(tree.location(&path))
            .at(declared.at.clone()),
    ))
}

/// What stands in the folder of plugins, and is none that is declared; and what of it is allowed.
fn undeclared(
    root: &dyn Tree,
    delivery: &Delivery,
    plan: &PluginPlan,
    declaration: &Declaration,
    part: &mut Part,
) -> Result<(Vec<Finding>, Vec<TreePath>), Obstacle> {
    let tree = SubTree::new(root, plan.copy.folder.clone());
    let (mut findings, mut allowed) = (Vec::new(), Vec::new());
    for child in tree.children(&TreePath::root())? {
        let path = TreePath::root().join(&child.name);
        let is_declared = declaration
            .plugins
            .iter()
            .any(|plugin| plugin.name.as_bytes() == child.name.as_slice());
        if is_declared || plan.copy.selection.exclude.is_match(&path) {
            continue;
        }
        part.looked(&path, Witness::of("undeclared"));
        if delivery.allow_extra.is_match(&path) {
            allowed.push(path);
            continue;
        }
        let message = match child.kind {
            NodeKind::Dir | NodeKind::Submodule => {
                format!("plugin {path} is installed, and nothing declares it")
            }
            kind => format!("{} stands among the plugins: {path}", kind.noun()),
        };
        findings.push(Finding::new(&NOT_DECLARED, message).at(tree.location(&path)));
    }
    Ok((findings, allowed))
}

/// One plugin, compared with its source.
struct Compared<'a> {
    context: &'a Context,
    delivery: &'a Delivery,
    plan: &'a PluginPlan,
    plugin: &'a KnownPlugin,
    tree: &'a SubTree<'a>,
    is_half: bool,
}

struct Outcome {
    findings: Vec<Finding>,
    obstacles: Vec<Obstacle>,
    pairs: usize,
    /// All names of both sides.
    names: Vec<TreePath>,
    extras: Vec<TreePath>,
}

impl Compared<'_> {
    fn look(&self, part: &mut Part) -> Result<Outcome, Obstacle> {
        let source = self.plugin.tree();
        let items = |tree| items(tree, self.plugin, self.plan, self.is_half);
        let (ours, theirs) = (items(&source)?, items(self.tree)?);
        let plan = &self.plan.copy;
        let compared = compare_sides(
            self.context,
            &Comparison {
                source: Side {
                    tree: &source,
                    items: &ours,
                },
                delivered: Side {
                    tree: self.tree,
                    items: &theirs,
                },
                // A plugin may have empty files of its own; only the one that makes it a plugin may not be one.
                rules: Rules {
                    modes: self.delivery.modes,
                    non_empty: false,
                },
                compare_as: &|name| plan.compare.of(name),
                subset: plan.mode == Mode::Subset,
                place: &|name| {
                    let root = self.context.root();
                    root.location(&plan.folder.join(name))
                },
                extra_allowed: &|name| self.delivery.allow_extra.is_match(name),
                left_out: &|_| false,
            },
            part,
        )?;
        let names = ours.into_iter().chain(theirs).map(|item| item.name);
        // Plugins have files of the same names.
        let folder = format!("{}/", self.plugin.name);
        let mut findings = compared.findings;
        for finding in &mut findings {
            if let Some(subject) = &mut finding.subject
                && !subject.starts_with(&folder)
            {
                subject.insert_str(0, &folder);
            }
        }
        Ok(Outcome {
            findings,
            obstacles: compared.obstacles,
            pairs: compared.pairs,
            names: names.collect(),
            extras: compared.extras,
        })
    }
}

/// What a side has, under the names that it has in the folder of plugins.
fn items(
    tree: &SubTree<'_>,
    plugin: &KnownPlugin,
    plan: &PluginPlan,
    is_half: bool,
) -> Result<Vec<Item>, Obstacle> {
    let folder = TreePath::root().join(&plugin.name);
    let items = walk(tree, &TreePath::root())?
        .into_iter()
        // What is half delivered is said once.
        .filter(|(path, _)| !(is_half && path.as_bytes() == PLUGIN_FILE.as_bytes()))
        .map(|(path, kind)| Item {
            name: folder.join(&path),
            ..Item::at(path, kind)
        })
        .filter(|item| plan.copy.selection.has(&item.name));
    Ok(items.collect())
}
