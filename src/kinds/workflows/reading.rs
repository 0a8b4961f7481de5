use super::codes::{NO_WORKFLOWS, REQUIRED_UNREADABLE};
use super::contexts::{
    BranchProtection, Context as Posted, Demand, Event, RequiredFile, derive_all, derive_lost,
    read_protection, read_required,
};
use super::forge::{Chosen, Feature, Forge, choose};
use super::load::Gate;
use super::model::{Folder, WorkflowFile, Workflows, list_workflows, read_actions, read_workflow};
use crate::context::{ChangedPaths, Context};
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::SUBJECT_MISSING;
use crate::tree::{SMALL_FILE, Tree, TreePath};

/// All that a gate reads of a checkout.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) chosen: Chosen,
    pub(super) folder: Folder,
    /// Folders that are there and that this forge does not look into.
    pub(super) unseen: Vec<Folder>,
    pub(super) workflows: Workflows,
    /// The composite actions of the checkout that jobs use.
    pub(super) actions: Vec<WorkflowFile>,
    pub(super) contexts: Vec<Posted>,
    /// The contexts that files would bring which the forge refuses.
    pub(super) lost: Vec<Posted>,
    pub(super) required: Option<RequiredFile>,
    /// By a committed copy, and as the forge has it; as far as they are named.
    pub(super) protections: Vec<BranchProtection>,
    pub(super) demands: Vec<Demand>,
    /// Named files that are not there.
    pub(super) missing: Vec<Finding>,
    /// The contexts that came before the change, where it is known where that begins.
    pub(super) before: Option<Before>,
}

/// What the change is measured against.
#[derive(Debug)]
pub(super) struct Before {
    /// As messages name it: the reference and the commit.
    pub(super) label: String,
    pub(super) contexts: Vec<Posted>,
    /// The paths that the change touches.
    pub(super) changed: ChangedPaths,
}

impl Reading {
    /// # Errors
    /// What keeps it from being read.
    pub(super) fn of(gate: &Gate, context: &Context) -> Result<Self, Obstacle> {
        let tree = context.root();
        let chosen = choose(context.settings(), tree)?;
        let forge = chosen.forge;
        let mut there = Vec::new();
        for folder in Folder::ALL {
            let path = TreePath::new(folder.path()).ok();
            if let Some(path) = path
                && tree.kind(&path)?.is_some()
            {
                there.push(folder);
            }
        }
        let folders = forge.folders();
        let Some(folder) = folders.iter().copied().find(|f| there.contains(f)) else {
            let looked: Vec<_> = folders.iter().map(|folder| folder.path()).collect();
            return Err(Obstacle::vacuous(
                &NO_WORKFLOWS,
                format!(
                    "{forge} looks into {}; there is no such folder",
                    looked.join(", then ")
                ),
            ));
        };
        let listed = list_workflows(tree, folder, forge.has(Feature::FoldersBelow))?;
        let workflows: Workflows = context
            .map_heavy(&listed, |one| read_workflow(tree, one))?
            .into_iter()
            .collect();
        if workflows.count() == 0 {
            return Err(Obstacle::vacuous(
                &NO_WORKFLOWS,
                format!("{} holds no workflow", folder.path()),
            )
            .at(Location::file(folder.path())));
        }
        let contexts = derive_all(&workflows.files, forge, &gate.events());
        let mut reading = Self {
            chosen,
            folder,
            unseen: there.into_iter().filter(|other| *other != folder).collect(),
            lost: derive_lost(&workflows.files, forge, &gate.events()),
            contexts,
            actions: read_actions(tree, &workflows.files),
            workflows,
            required: None,
            protections: Vec::new(),
            demands: Vec::new(),
            missing: Vec::new(),
            before: before(gate, context, forge)?,
        };
        reading.read_demands(gate, context)?;
        Ok(reading)
    }

    fn read_demands(&mut self, gate: &Gate, context: &Context) -> Result<(), Obstacle> {
        let tree = context.root();
        if let Some(path) = &gate.required_contexts
            && let Some(bytes) = self.named(tree, path, "the file of required contexts")?
        {
            let read = read_required(&path.to_string(), &bytes);
            self.required = Some(read.map_err(|problem| unreadable(&path.to_string(), problem))?);
        }
        if let Some(path) = &gate.snapshot
            && let Some(bytes) = self.named(tree, path, "the copy of branch protection")?
        {
            let rule = gate.rule.as_deref().or(gate.branch.as_deref());
            let read = read_protection(&path.to_string(), &bytes, rule);
            let read = read.map_err(|problem| unreadable(&path.to_string(), problem))?;
            self.protections.push(read);
        }
        if let Some(asked) = &gate.asked {
            match asked.read(context)? {
                Some(read) => self.protections.push(read),
                None => self.missing.push(Finding::new(
                    &SUBJECT_MISSING,
                    format!("the {} is not there on the forge", asked.name()),
                )),
            }
        }
        let of_file = self.required.iter().flat_map(|file| &file.enforced);
        let protections = self.protections.iter().filter(|p| p.enabled);
        let of_protection = protections.flat_map(|protection| &protection.demands);
        for demand in of_file.chain(of_protection) {
            if !self.demands.iter().any(|known| known.name == demand.name) {
                self.demands.push(demand.clone());
            }
        }
        Ok(())
    }

    /// A file that the gate names.
    fn named(
        &mut self,
        tree: &dyn Tree,
        path: &TreePath,
        what: &str,
    ) -> Result<Option<Vec<u8>>, Obstacle> {
        if tree.kind(path)?.is_none() {
            self.missing.push(
                Finding::new(&SUBJECT_MISSING, format!("{what}, {path}, is not there"))
                    .at(tree.location(path)),
            );
            return Ok(None);
        }
        Ok(Some(tree.read(path, SMALL_FILE)?))
    }
}

/// The contexts as they were where the change begins.
fn before(gate: &Gate, context: &Context, forge: Forge) -> Result<Option<Before>, Obstacle> {
    let Some(base) = context.base() else {
        return Ok(None);
    };
    let tree = base.tree.as_ref();
    let mut files = Vec::new();
    for folder in forge.folders() {
        let listed = list_workflows(tree, *folder, forge.has(Feature::FoldersBelow))?;
        if !listed.is_empty() {
            let read = context.map_heavy(&listed, |one| read_workflow(tree, one))?;
            files = read.into_iter().collect::<Workflows>().files;
            break;
        }
    }
    Ok(Some(Before {
        label: format!("{} ({:.12})", base.reference, base.commit),
        contexts: derive_all(&files, forge, &gate.events()),
        changed: base.changed.clone(),
    }))
}

impl Reading {
    /// The same contexts, as far as this very change brings them.
    pub(super) fn of_change(&self, gate: &Gate) -> Option<Vec<Posted>> {
        let changed = &self.before.as_ref()?.changed;
        let mut events = gate.events();
        for event in &mut events {
            event.changed =
                matches!(event.name, "pull_request" | "pull_request_target").then_some(changed);
        }
        Some(derive_all(
            &self.workflows.files,
            self.chosen.forge,
            &events,
        ))
    }
}

impl Gate {
    /// The events that bring contexts to a head, with what is known of them.
    pub(super) fn events(&self) -> Vec<Event<'_>> {
        self.events
            .iter()
            .map(|name| Event {
                // A push of the head is none of the branch that it is proposed to.
                branch: self
                    .branch
                    .as_deref()
                    .filter(|_| name.starts_with("pull_request")),
                action: matches!(name.as_str(), "pull_request" | "pull_request_target")
                    .then_some("synchronize"),
                ..Event::named(name)
            })
            .collect()
    }
}

pub(super) fn unreadable(path: &str, problem: String) -> Obstacle {
    Obstacle::refused(&REQUIRED_UNREADABLE, problem).at(Location::file(path))
}
