use serde_json::{Value, json};

use super::catalogue::Catalogue;
use super::declared::Declaration;
use super::descriptor::Servers;
use super::installed;
use super::known::Known;
use super::not_judged::{not_judged, told};
use super::plan::PluginPlan;
use super::sheet::Reader;
use super::tools::{self, Tools};
use super::wiring::{self, Wired};
use crate::context::Context;
use crate::gate::{Finding, Inspection, Obstacle};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::outcome::Outcome;
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::source::Source;
use crate::tree::{NodeKind, SubTree, Tree, TreePath};

/// Whether a waiver of the gate keeps a finding from blocking.
pub(super) type Waived<'a> = dyn Fn(&Finding) -> bool + 'a;

/// Compares what a workspace has of plugins with what is declared for it.
///
/// # Errors
/// When the manifest or a folder cannot be read, and when cancelled.
pub(crate) fn inspect(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    plan: &PluginPlan,
    waived: &Waived<'_>,
    inspection: &mut Inspection,
) -> Result<Outcome, Obstacle> {
    if let Some(finding) = not_a_workspace(context, delivery, plan)? {
        return Ok(Outcome::found(finding));
    }
    let read = Read::of(context, source, plan)?;
    let Read {
        declaration,
        known,
        servers,
    } = &read;
    if declaration.is_part && declaration.plugins.is_empty() {
        // Whatever becomes of the finding that says why, a gate on no plugin at all is not green.
        inspection.part(format!("{}: declared plugins", delivery.name));
    }
    let earlier = inspection.findings.clone();
    let part = inspection.part(&delivery.name);
    let installed = installed::look(context, delivery, plan, declaration, known, part)?;
    let mut wired = Wired::default();
    let mut tools = Tools::default();
    if let Some(wiring) = &plan.wiring {
        wired = wiring::look(context, wiring, known, servers, waived, part)?;
        if let Some(handshake) = &plan.handshake {
            tools = tools::look(
                context,
                source,
                handshake,
                wiring,
                servers,
                &wired,
                tools::Asked {
                    delivery: &delivery.name,
                    inspection,
                },
            )?;
        }
    }
    let mut findings = Vec::new();
    findings.extend(declaration.findings.iter().cloned());
    findings.extend(known.findings.iter().cloned());
    findings.extend(servers.findings.iter().cloned());
    let left = not_judged(&read, plan);
    findings.extend(told(&left, &read, &earlier, waived));
    let mut facts = json!({
        "name": delivery.name,
        "channel": "plugin",
        "path": plan.configs.to_string(),
        "plugins": read.facts(),
        "compared": installed.compared,
    });
    findings.extend(installed.findings);
    findings.extend(wired.findings);
    for (name, place) in &tools.not_started {
        let about = |finding: &&mut Finding| finding.locations.contains(place);
        for finding in findings.iter_mut().filter(about) {
            let message = &finding.message;
            finding.message = format!("{message}; server {name} was not started");
        }
    }
    findings.extend(tools.findings);
    if let Some(wiring) = &plan.wiring {
        facts["runtime"] = json!(wiring.runtime);
        facts["file"] = json!(wiring.file.to_string());
        let names = servers.all.iter().map(|server| server.name.as_str());
        facts["servers"] = names.collect::<Vec<_>>().into();
    }
    if plan.handshake.is_some() {
        facts["tools"] = json!(tools.counts);
        let names = tools.not_started.iter().map(|(name, _)| name.as_str());
        facts["not_started"] = names.collect::<Vec<_>>().into();
        facts["undecided_tools"] = json!(tools.undecided);
    }
    facts["not_judged"] = json!(left);
    facts["findings"] = json!(findings.len());
    let mut obstacles = read.declaration.obstacles;
    obstacles.extend(read.known.obstacles);
    obstacles.extend(installed.obstacles);
    obstacles.extend(tools.obstacles);
    Ok(Outcome {
        findings,
        obstacles,
        facts,
        built: None,
    })
}

/// What is declared, with the sources of it.
pub(crate) struct Read {
    pub declaration: Declaration,
    pub known: Known,
    pub servers: Servers,
}

impl Read {
    /// # Errors
    /// When the manifest or a plugin's source cannot be read.
    pub(crate) fn of(
        context: &Context,
        source: &Source<'_>,
        plan: &PluginPlan,
    ) -> Result<Self, Obstacle> {
        let catalogue = Catalogue::read(context)?;
        let declaration = Declaration::read(source, plan, &Reader::new(context, &catalogue));
        let known = Known::of(&declaration, context, &catalogue);
        let servers = Servers::of(&known)?;
        Ok(Self {
            declaration,
            known,
            servers,
        })
    }

    fn facts(&self) -> Value {
        let known = |name: &str| self.known.plugins.iter().find(|plugin| plugin.name == name);
        let plugins = self.declaration.plugins.iter().map(|declared| {
            let mut facts = json!({
                "name": declared.name,
                "declared": declared.address.text,
            });
            if let Some(plugin) = known(&declared.name) {
                facts["source"] = json!(plugin.source.to_string());
                if let Some(commit) = &plugin.held.commit {
                    facts["commit"] = json!(commit);
                }
                if !plugin.sub.is_root() {
                    facts["folder"] = json!(plugin.sub.to_string());
                }
            }
            facts
        });
        plugins.collect()
    }
}

/// The folder of the workspace is gone, or something else stands in its place.
///
/// # Errors
/// When the checkout cannot be read there.
pub(crate) fn not_a_workspace(
    context: &Context,
    delivery: &Delivery,
    plan: &PluginPlan,
) -> Result<Option<Finding>, Obstacle> {
    let root = context.root();
    let folder = &plan.configs;
    let found = SubTree::new(root, folder.clone()).kind(&TreePath::root())?;
    let what = match found {
        Some(NodeKind::Dir) => return Ok(None),
        Some(kind) => format!(
            "{folder} is {}, expected the folder of a workspace",
            kind.noun()
        ),
        None => format!("folder {folder} does not exist"),
    };
    Ok(Some(
        Finding::new(&SUBJECT_MISSING, what)
            .at(root.location(folder))
            .at(delivery.at.clone())
            .help("name the folder that the workspace has as /configs in `configs`; if the workspace was removed on purpose, retire the gate (or this delivery) in the same commit"),
    ))
}
