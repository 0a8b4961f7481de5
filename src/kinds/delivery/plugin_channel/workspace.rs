use super::declared::{Declaration, Listed};
use super::document::Node;
use super::plan::PluginPlan;
use super::sheet::{Reader, Sheet, Unfollowed};
use crate::gate::{Category, Finding};
use crate::kinds::delivery::patterns::Declared;
use crate::kinds::delivery::plugin_channel::codes::DECLARATION;
use crate::kinds::delivery::rename::Renames;
use crate::kinds::delivery::source::Source;
use crate::tree::{NodeKind, Tree, TreePath};

/// The lists of plugins that make up what a workspace has, the one that all others may opt out of first: its
/// template's, the organisation's, its own. A child inherits nothing from the workspace above it.
pub(super) fn layers(
    source: &Source<'_>,
    plan: &PluginPlan,
    reader: &Reader<'_>,
    declaration: &mut Declaration,
) -> Vec<Vec<Listed>> {
    let path = &plan.declared;
    match source.tree.kind(path) {
        Ok(Some(NodeKind::File)) => {}
        Ok(found) => {
            declaration.is_part = true;
            // An `include` pattern that stands for it says so already.
            if !source.is_lost(path, &Renames::default()) {
                let what = found.map_or("does not exist", |_| "is no file");
                let place = source.tree.location(path);
                let finding = Finding::new(
                    &DECLARATION,
                    format!("{path} declares the plugins, and {what}"),
                )
                .at(place)
                .help("name the file that declares them in `declared`");
                declaration.findings.push(finding);
            }
            return Vec::new();
        }
        Err(error) => {
            declaration.obstacles.push(error.into());
            return Vec::new();
        }
    }
    let root = match Sheet::of(source.tree, path).and_then(|sheet| sheet.followed(reader)) {
        Ok(root) => root,
        Err(problem) => {
            declaration.unfollowed(problem);
            return Vec::new();
        }
    };
    if !root.node.is_null() && root.node.entries().is_none() {
        let message = format!("{path} is {}, expected a mapping", root.node.noun());
        declaration.findings.push(root.finding(message));
        return Vec::new();
    }
    match &plan.workspace {
        None => {
            let is_org = root.node.get("workspaces").is_some();
            if is_org && root.node.get("plugins").is_none() {
                let finding = root
                    .finding(format!("{path} is about several workspaces"))
                    .help("name the one that is meant with `workspace`");
                declaration.findings.push(finding);
            }
            vec![declaration.listed(&root, reader)]
        }
        Some(name) => of_workspace(&root, name, reader, declaration),
    }
}

fn of_workspace(
    root: &Sheet<'_>,
    name: &Declared,
    reader: &Reader<'_>,
    declaration: &mut Declaration,
) -> Vec<Vec<Listed>> {
    let mut search = Search {
        name: &name.text,
        reader,
        found: Vec::new(),
        names: Vec::new(),
        problems: Vec::new(),
    };
    search.organisation(root);
    let Search {
        found,
        names,
        problems,
        ..
    } = search;
    let is_found = !found.is_empty();
    for problem in problems {
        // What another repository holds matters only while the workspace may be there.
        if !(is_found && matches!(problem, Unfollowed::External(_))) {
            declaration.unfollowed(problem);
        }
    }
    let mut found = found.into_iter();
    let Some(workspace) = found.next() else {
        let known = names.join(", ");
        let finding = root
            .finding(format!("there is no workspace named `{}`", name.text))
            .at(name.at.clone())
            .help(format!("there are: {known}"));
        declaration.findings.push(finding);
        return Vec::new();
    };
    if let Some(second) = found.next() {
        let finding = second
            .finding(format!("a second workspace is named `{}`", name.text))
            .at(workspace.location());
        declaration.findings.push(finding);
    }
    let template = template(&workspace, reader, declaration);
    let defaults = match root.get("defaults", reader) {
        Ok(Some(defaults)) => declaration.listed(&defaults, reader),
        Ok(None) => Vec::new(),
        Err(problem) => {
            declaration.unfollowed(problem);
            Vec::new()
        }
    };
    let own = declaration.listed(&workspace, reader);
    vec![template, defaults, own]
}

/// What the workspace's template declares, if it names one.
fn template(
    workspace: &Sheet<'_>,
    reader: &Reader<'_>,
    declaration: &mut Declaration,
) -> Vec<Listed> {
    let Some(node) = workspace.node.get("template") else {
        return Vec::new();
    };
    let here = workspace.with(node);
    let Some(name) = node.text() else {
        let message = format!("`template` is {}, expected a name", node.noun());
        declaration.findings.push(here.finding(message));
        return Vec::new();
    };
    let Some(entry) = reader.catalogue.named(Category::WorkspaceTemplates, name) else {
        let message = format!("`template` names {name}, which is not in the manifest");
        declaration.findings.push(here.finding(message));
        return Vec::new();
    };
    let config = TreePath::root().join("config.yaml");
    let sheet = reader
        .context
        .source(&entry.source())
        .map_err(Unfollowed::Obstacle)
        .and_then(|held| match held.tree.kind(&config) {
            Ok(Some(_)) => Sheet::in_source(held.tree, &config).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(Unfollowed::Obstacle(error.into())),
        });
    match sheet {
        Ok(Some(sheet)) => declaration.listed(&sheet, reader),
        Ok(None) => {
            let message = format!("template {name} has no config.yaml");
            declaration.findings.push(here.finding(message));
            Vec::new()
        }
        Err(problem) => {
            declaration.unfollowed(problem);
            Vec::new()
        }
    }
}

/// Looks for the workspaces of a name through all that an organisation has.
struct Search<'s, 'a> {
    name: &'s str,
    reader: &'s Reader<'s>,
    found: Vec<Sheet<'a>>,
    names: Vec<String>,
    problems: Vec<Unfollowed>,
}

impl<'a> Search<'_, 'a> {
    fn organisation(&mut self, root: &Sheet<'a>) {
        for key in ["workspaces", "roots"] {
            self.list(root, key, 0);
        }
        for team in self.items(root, "teams") {
            self.list(&team, "workspaces", 0);
        }
    }

    fn list(&mut self, owner: &Sheet<'a>, key: &str, depth: usize) {
        // A child that includes its own file leads on for ever.
        if depth > 64 {
            let problem = owner.finding("workspaces are nested more than 64 deep");
            self.problems.push(Unfollowed::Finding(Box::new(problem)));
            return;
        }
        for workspace in self.items(owner, key) {
            if let Some(name) = workspace.node.get("name").and_then(Node::text) {
                self.names.push(name.to_owned());
                if name == self.name {
                    self.found.push(workspace.clone());
                }
            }
            self.list(&workspace, "children", depth + 1);
        }
    }

    fn items(&mut self, owner: &Sheet<'a>, key: &str) -> Vec<Sheet<'a>> {
        let list = match owner.get(key, self.reader) {
            Ok(Some(list)) => list,
            Ok(None) => return Vec::new(),
            Err(problem) => {
                self.problems.push(problem);
                return Vec::new();
            }
        };
        if list.node.is_null() {
            return Vec::new();
        }
        let Some(items) = list.node.items() else {
            let message = format!("`{key}` is {}, expected a list", list.node.noun());
            self.problems
                .push(Unfollowed::Finding(Box::new(list.finding(message))));
            return Vec::new();
        };
        let mut followed = Vec::new();
        for item in items {
            match list.with(item).followed(self.reader) {
                Ok(item) => followed.push(item),
                Err(problem) => self.problems.push(problem),
            }
        }
        followed
    }
}
