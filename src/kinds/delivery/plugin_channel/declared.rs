use super::address::PluginAddress;
use super::codes::{DECLARATION, OPT_OUT_UNUSED, SHADOWED};
use super::document::{Node, Shape};
use super::plan::PluginPlan;
use super::sheet::{Reader, Sheet, Unfollowed};
use super::workspace::layers;
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::delivery::patterns::Declared as Text;
use crate::kinds::delivery::source::Source;
use crate::tree::TreePath;

/// A plugin that a workspace is to have.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredPlugin {
    pub address: PluginAddress,
    /// The folder that it is installed in.
    pub name: String,
    pub at: Location,
    /// The file of the gate's own source that declares it, if one does.
    pub file: Option<TreePath>,
}

/// What a workspace declares.
#[derive(Debug, Default)]
pub(crate) struct Declaration {
    /// Each name once, in the order declared.
    pub plugins: Vec<DeclaredPlugin>,
    pub findings: Vec<Finding>,
    /// What is declared in other repositories, and not to be had.
    pub obstacles: Vec<Obstacle>,
    /// Something was not understood, and may have declared anything.
    pub is_part: bool,
}

/// An entry of a list of plugins.
#[derive(Debug)]
pub(super) struct Listed {
    text: String,
    at: Location,
    file: Option<TreePath>,
}

impl Declaration {
    /// Reads what is declared.
    pub(crate) fn read(source: &Source<'_>, plan: &PluginPlan, reader: &Reader<'_>) -> Self {
        let mut declaration = Self::default();
        let mut layers = layers(source, plan, reader, &mut declaration);
        layers.push(plan.also.iter().map(Listed::of_gate).collect());
        let mut merged: Vec<Listed> = Vec::new();
        for entry in layers.into_iter().flatten() {
            if let Some(target) = opted_out(&entry.text) {
                let before = merged.len();
                merged.retain(|known| known.text != target);
                if merged.len() == before {
                    declaration.findings.push(unused(&entry, target, &merged));
                }
            } else if merged.iter().all(|known| known.text != entry.text) {
                merged.push(entry);
            }
        }
        for entry in merged {
            declaration.add(entry);
        }
        declaration.is_part |= !declaration.obstacles.is_empty()
            || declaration
                .findings
                .iter()
                .any(|finding| *finding.code == DECLARATION);
        declaration
    }

    fn add(&mut self, entry: Listed) {
        let address = match PluginAddress::parse(&entry.text) {
            Ok(address) => address,
            Err(error) => {
                let message = format!("`{}` is no plugin: {error}", entry.text);
                self.findings
                    .push(Finding::new(&DECLARATION, message).at(entry.at));
                return;
            }
        };
        let name = address.install_name();
        if let Some(first) = self.plugins.iter().find(|plugin| plugin.name == name) {
            let message = format!(
                "{address} would be installed as `{name}`, and so would {}",
                first.address
            );
            let finding = Finding::new(&SHADOWED, message)
                .at(entry.at)
                .at(first.at.clone());
            self.findings.push(finding);
            return;
        }
        self.plugins.push(DeclaredPlugin {
            address,
            name,
            at: entry.at,
            file: entry.file,
        });
    }

    /// Takes note of what could not be followed.
    pub(super) fn unfollowed(&mut self, problem: Unfollowed) {
        match problem {
            Unfollowed::Finding(finding) | Unfollowed::External(finding) => {
                self.findings.push(*finding);
            }
            Unfollowed::Obstacle(obstacle) => self.obstacles.push(obstacle),
        }
    }

    /// The entries of the key `plugins` of a mapping.
    pub(super) fn listed(&mut self, owner: &Sheet<'_>, reader: &Reader<'_>) -> Vec<Listed> {
        let list = match owner.get("plugins", reader) {
            Ok(Some(list)) => list,
            Ok(None) => return Vec::new(),
            Err(problem) => {
                self.unfollowed(problem);
                return Vec::new();
            }
        };
        if list.node.is_null() {
            return Vec::new();
        }
        let Some(items) = list.node.items() else {
            let message = format!("`plugins` is {}, expected a list", list.node.noun());
            self.findings.push(list.finding(message));
            return Vec::new();
        };
        let mut entries = Vec::new();
        for item in items {
            match list.with(item).followed(reader) {
                Ok(item) => match source_of(&item.node) {
                    Ok(text) => entries.push(Listed {
                        text: text.trim().to_owned(),
                        at: item.location(),
                        file: item.own_path().cloned(),
                    }),
                    Err(message) => self.findings.push(item.finding(message)),
                },
                Err(problem) => self.unfollowed(problem),
            }
        }
        entries
    }
}

impl Listed {
    fn of_gate(text: &Text) -> Self {
        Self {
            text: text.text.trim().to_owned(),
            at: text.at.clone(),
            file: None,
        }
    }
}

/// A bare text, or the `source` of a mapping.
fn source_of(node: &Node) -> Result<&str, String> {
    match &node.shape {
        Shape::Text(text) => Ok(text),
        Shape::Map(_) => match node.get("source") {
            Some(source) => source
                .text()
                .ok_or_else(|| format!("`source` is {}, expected a text", source.noun())),
            None => Err("a plugin has no `source`".to_owned()),
        },
        _ => Err(format!(
            "a plugin is {}, expected an address or `{{source, config}}`",
            node.noun()
        )),
    }
}

/// What an entry opts out of: one that begins with `!` or `-`.
fn opted_out(text: &str) -> Option<&str> {
    text.starts_with(['!', '-'])
        .then(|| text.trim_start_matches(['!', '-']))
}

fn unused(entry: &Listed, target: &str, merged: &[Listed]) -> Finding {
    let finding = Finding::new(
        &OPT_OUT_UNUSED,
        format!("`{}` opts out of what is not declared", entry.text),
    )
    .at(entry.at.clone());
    let names_it = |known: &&Listed| {
        PluginAddress::parse(&known.text).is_ok_and(|address| address.install_name() == target)
            || known.text.split('#').next() == Some(target)
    };
    match merged.iter().find(names_it) {
        Some(known) => finding.at(known.at.clone()).help(format!(
            "whole texts are compared; write `!{}` to opt out of it",
            known.text
        )),
        None => finding,
    }
}
