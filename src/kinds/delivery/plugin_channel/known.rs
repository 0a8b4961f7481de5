use super::address::PluginPlace;
use super::catalogue::{Catalogue, is_same_ref};
use super::codes::{OTHER_REF, UNKNOWN_PLUGIN, UNPINNED_PLUGIN};
use super::declared::{Declaration, DeclaredPlugin};
use crate::context::{Context, SourceTree};
use crate::gate::{Finding, Location, Obstacle, SourceRef};
use crate::ssot::Entry;
use crate::tree::{NodeKind, SOURCE_MISSING, SubTree, Tree, TreePath};

/// A declared plugin whose source is at hand.
#[derive(Debug)]
pub(crate) struct KnownPlugin {
    pub name: String,
    pub declared: DeclaredPlugin,
    pub source: SourceRef,
    /// The folder of its source that it is.
    pub sub: TreePath,
    pub held: SourceTree,
    /// It is declared at another ref: what its source says is about something else.
    pub is_other: bool,
}

/// Declared plugins with their sources, and what keeps others from having one.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub plugins: Vec<KnownPlugin>,
    pub findings: Vec<Finding>,
    pub obstacles: Vec<Obstacle>,
    /// All that is declared is known.
    pub is_whole: bool,
}

impl KnownPlugin {
    pub(crate) fn tree(&self) -> SubTree<'_> {
        SubTree::new(self.held.tree.as_ref(), self.sub.clone())
    }
}

impl Known {
    pub(crate) fn of(declaration: &Declaration, context: &Context, catalogue: &Catalogue) -> Self {
        let mut known = Self::default();
        for declared in &declaration.plugins {
            let Some(entry) = catalogue.of(&declared.address) else {
                known.findings.push(unknown(declared, catalogue));
                continue;
            };
            match known.one(declared, entry, context, catalogue) {
                Ok(plugin) => known.plugins.push(plugin),
                Err(obstacle) => known.obstacles.push(obstacle.at(declared.at.clone())),
            }
        }
        known.is_whole = declaration.plugins.len() == known.plugins.len() && !declaration.is_part;
        known
    }

    fn one(
        &mut self,
        declared: &DeclaredPlugin,
        entry: &Entry,
        context: &Context,
        catalogue: &Catalogue,
    ) -> Result<KnownPlugin, Obstacle> {
        let source = entry.source();
        let held = context.source(&source)?;
        let mut is_other = false;
        let sub = match &declared.address.place {
            PluginPlace::Named(_) => TreePath::root(),
            PluginPlace::Repository { sub, reference, .. } => {
                let same = reference
                    .as_deref()
                    .map(|reference| is_same_ref(reference, entry, held.commit.as_deref()));
                is_other = same == Some(false);
                if same != Some(true) {
                    let there = catalogue.place_of_ref(entry);
                    self.findings.push(drifted(declared, entry, there));
                }
                sub.clone()
            }
        };
        let tree = SubTree::new(held.tree.as_ref(), sub.clone());
        if tree.kind(&TreePath::root())? != Some(NodeKind::Dir) {
            return Err(Obstacle::refused(
                &SOURCE_MISSING,
                format!(
                    "{source} has no folder {sub}, which is to be plugin {}",
                    declared.name
                ),
            ));
        }
        Ok(KnownPlugin {
            name: declared.name.clone(),
            declared: declared.clone(),
            source,
            sub,
            held,
            is_other,
        })
    }
}

fn unknown(declared: &DeclaredPlugin, catalogue: &Catalogue) -> Finding {
    let manifest = catalogue.path();
    let message = match &declared.address.place {
        PluginPlace::Named(name) => format!("{manifest} has no plugin named `{name}`"),
        PluginPlace::Repository { repo, .. } => format!("{manifest} has no repository {repo}"),
    };
    Finding::new(
        &UNKNOWN_PLUGIN,
        format!("{} is declared, and {message}", declared.address),
    )
    .at(declared.at.clone())
    .at(Location::file(manifest))
}

fn drifted(declared: &DeclaredPlugin, entry: &Entry, there: Location) -> Finding {
    let pinned = &entry.reference.value;
    let finding = match declared.address.reference() {
        Some(reference) => Finding::new(
            &OTHER_REF,
            format!(
                "plugin {} is declared at `{reference}`, and the manifest has it at `{pinned}`",
                declared.name
            ),
        ),
        None => Finding::new(
            &UNPINNED_PLUGIN,
            format!(
                "plugin {} is declared without a ref, and the manifest has it at `{pinned}`",
                declared.name
            ),
        ),
    };
    finding.at(declared.at.clone()).at(there)
}
