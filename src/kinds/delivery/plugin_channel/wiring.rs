use std::collections::BTreeMap;

use super::codes::{
    COMMAND_UNPINNED, NOT_WIRED, WIRED_ELSEWHERE, WIRED_TWICE, WIRING_DIFFERS, WIRING_MALFORMED,
};
use super::descriptor::{Server, Servers};
use super::document::Node;
use super::entry::difference;
use super::inspect::Waived;
use super::kept::{self, Rules};
use super::known::Known;
use super::pins::unpinned;
use super::plan::WiringPlan;
use super::runtime_file::RuntimeFile;
use crate::context::Context;
use crate::gate::{Finding, Location, Obstacle, Part, Witness};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::lifecycle::RuntimeKind;

/// What came of looking at a runtime's file.
#[derive(Debug, Default)]
pub(super) struct Wired {
    pub findings: Vec<Finding>,
    /// All servers that the runtime's file names under its own key.
    pub names: Vec<String>,
    /// The servers of plugins that are wired, with their entries.
    pub servers: Vec<(String, Node)>,
    /// Those of them whose entries are found wrong, each with the place of a finding that says so.
    pub wrong: Vec<(String, Location)>,
}

/// Compares a runtime's file with the servers that plugins bring.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn look(
    context: &Context,
    plan: &WiringPlan,
    known: &Known,
    servers: &Servers,
    waived: &Waived<'_>,
    part: &mut Part,
) -> Result<Wired, Obstacle> {
    let mut wired = Wired::default();
    let own = match RuntimeFile::read(context.root(), &plan.file, plan.runtime)? {
        Ok(own) => own,
        Err(finding) => {
            // Nothing is known of what is in it, and so of what is missing.
            part.looked(&plan.file, Witness::of("malformed"));
            wired.findings.push(finding);
            return Ok(wired);
        }
    };
    let look = Look {
        plan,
        known,
        others: others(context, plan)?,
        before: None,
        waived,
    };
    let before = match &plan.before {
        None => None,
        Some(path) => match RuntimeFile::read(context.root(), path, plan.runtime)? {
            Ok(Some(before)) => Some(before),
            Ok(None) => {
                let message = format!("{path} does not exist");
                let finding = Finding::new(&SUBJECT_MISSING, message)
                    .at(context.root().location(path))
                    .help("name the file as it was before plugins were wired in `before`, or leave the key out");
                wired.findings.push(finding);
                None
            }
            Err(finding) => {
                wired.findings.push(finding);
                None
            }
        },
    };
    let look = Look {
        before: before.as_ref(),
        ..look
    };
    let place = context.root().location(&plan.file);
    look.all(own.as_ref(), servers, &place, part, &mut wired);
    if let Some(before) = &before {
        part.looked(&before.path, Witness::of(&before.bytes));
        // The description of another ref may say something else.
        let is_other = |server: &Server| known.plugins[server.plugin].is_other;
        let described = servers.all.iter().map(|server| {
            let described = (!is_other(server)).then_some(&server.entry);
            (server.name.as_str(), described)
        });
        let mut keys = vec![plan.runtime.mcp_keys()];
        keys.extend(RuntimeKind::ALL.map(RuntimeKind::mcp_keys));
        let rules = Rules {
            keys: &keys,
            own: &described.collect::<BTreeMap<_, _>>(),
            entries: &wired.servers,
            is_whole: servers.is_whole,
        };
        let changed = kept::findings(before, own.as_ref(), &place, rules);
        wired.findings.extend(changed);
    }
    Ok(wired)
}

/// The files of other runtimes, as far as they can be read: they are nobody's concern otherwise.
fn others(
    context: &Context,
    plan: &WiringPlan,
) -> Result<Vec<(RuntimeKind, RuntimeFile)>, Obstacle> {
    let mut found = Vec::new();
    for (runtime, path) in &plan.others {
        if let Ok(Some(file)) = RuntimeFile::read(context.root(), path, *runtime)? {
            found.push((*runtime, file));
        }
    }
    Ok(found)
}

struct Look<'a> {
    plan: &'a WiringPlan,
    known: &'a Known,
    others: Vec<(RuntimeKind, RuntimeFile)>,
    before: Option<&'a RuntimeFile>,
    waived: &'a Waived<'a>,
}

impl Look<'_> {
    fn all(
        &self,
        own: Option<&RuntimeFile>,
        servers: &Servers,
        place: &Location,
        part: &mut Part,
        wired: &mut Wired,
    ) {
        let keys = self.plan.runtime.mcp_keys();
        let present = own.and_then(|file| file.root.at_keys(keys));
        if let (Some(file), Some(node)) = (own, present)
            && node.entries().is_none()
            && !node.is_null()
        {
            let message = format!(
                "`{}` is {}, expected a mapping",
                keys.join("."),
                node.noun()
            );
            wired
                .findings
                .push(Finding::new(&WIRING_MALFORMED, message).at(file.at(node.at)));
            return;
        }
        if let Some(file) = own {
            wired.findings.extend(twice(file, keys));
        }
        let named = present.and_then(Node::entries).unwrap_or_default();
        wired.names = named.iter().map(|entry| entry.key.clone()).collect();
        for server in &servers.all {
            let entry = present.and_then(|servers| servers.get(&server.name));
            let witness = entry.map(|entry| entry.to_value().to_string());
            let subject = format!("{}: {}", self.plan.file, server.name);
            part.looked(subject, Witness::of(&witness.unwrap_or_default()));
            let elsewhere = self.elsewhere(own, server);
            match (entry, own) {
                (Some(entry), Some(file)) => {
                    let found = self.entry(file, entry, server);
                    if let Some(place) = self.wrong(file, entry, server, &found) {
                        wired.wrong.push((server.name.clone(), place));
                    }
                    wired.findings.extend(found);
                    wired.findings.extend(self.doubled(file, entry, servers));
                    wired.servers.push((server.name.clone(), entry.clone()));
                }
                _ if elsewhere.is_empty() => wired.findings.push(self.not_wired(server, place)),
                _ => {}
            }
            wired.findings.extend(elsewhere);
        }
    }

    fn not_wired(&self, server: &Server, place: &Location) -> Finding {
        let keys = self.plan.runtime.mcp_keys().join(".");
        let message = format!(
            "server {} of plugin {} is not in {} under `{keys}`",
            server.name, self.known.plugins[server.plugin].name, self.plan.file
        );
        Finding::new(&NOT_WIRED, message)
            .at(place.clone())
            .at(server.at.clone())
    }

    /// The place of a finding after which nobody should start what an entry names: `found` are those about itself.
    fn wrong(
        &self,
        file: &RuntimeFile,
        entry: &Node,
        server: &Server,
        found: &[Finding],
    ) -> Option<Location> {
        let plugin = &self.known.plugins[server.plugin];
        let entries = file
            .root
            .at_keys(self.plan.runtime.mcp_keys())
            .and_then(Node::entries);
        let mut same = entries
            .unwrap_or_default()
            .iter()
            .filter(|other| other.key == server.name);
        // Who waives that its command is not pinned lets it be started.
        let is_wrong =
            |finding: &Finding| *finding.code != COMMAND_UNPINNED || !(self.waived)(finding);
        if found.iter().any(is_wrong) {
            Some(file.at(entry.at))
        } else if plugin.is_other {
            Some(plugin.declared.at.clone())
        } else {
            same.nth(1).map(|again| file.at(again.at))
        }
    }

    /// What is wrong with the entry of a server.
    fn entry(&self, file: &RuntimeFile, entry: &Node, server: &Server) -> Vec<Finding> {
        let mut findings = Vec::new();
        let here = file.at(entry.at);
        let plugin = &self.known.plugins[server.plugin];
        // The description of another ref may say something else.
        if !plugin.is_other
            && let Some(how) = difference(&server.entry, entry, self.plan.runtime)
        {
            let message = format!(
                "server {} is not wired as plugin {} describes it: {how}",
                server.name, plugin.name
            );
            findings.push(
                Finding::new(&WIRING_DIFFERS, message)
                    .at(here.clone())
                    .at(server.at.clone()),
            );
        }
        if let Some(what) = unpinned(entry) {
            let message = format!("server {} starts {what}", server.name);
            findings.push(
                Finding::new(&COMMAND_UNPINNED, message)
                    .at(here)
                    .at(server.at.clone()),
            );
        }
        findings
    }

    /// Entries of other names that are the same as this one, and were not there before.
    fn doubled(&self, file: &RuntimeFile, entry: &Node, servers: &Servers) -> Vec<Finding> {
        let keys = self.plan.runtime.mcp_keys();
        let entries = file.root.at_keys(keys).and_then(Node::entries);
        let was_there = |name: &str| {
            self.before
                .and_then(|before| before.root.at_keys(keys)?.get(name))
                .is_some()
        };
        entries
            .unwrap_or_default()
            .iter()
            .filter(|other| {
                servers.named(&other.key).is_none()
                    && !was_there(&other.key)
                    && other.value.says_the_same(entry)
            })
            .map(|other| {
                let message = format!("server {} is there again under another name", other.key);
                Finding::new(&WIRED_TWICE, message)
                    .at(file.at(other.at))
                    .at(file.at(entry.at))
            })
            .collect()
    }

    /// Where else the server is named: in the files of other runtimes, and under their keys.
    fn elsewhere(&self, own: Option<&RuntimeFile>, server: &Server) -> Vec<Finding> {
        let runtime = self.plan.runtime;
        let name = &server.name;
        let mut findings = Vec::new();
        let mut find = |file: &RuntimeFile, keys: &[&str]| {
            if let Some(entry) = file
                .root
                .at_keys(keys)
                .and_then(|servers| servers.get(name))
            {
                let message = format!(
                    "server {name} is wired in {} under `{}`, which {} does not read; it reads {} under `{}`",
                    file.path,
                    keys.join("."),
                    runtime.as_str(),
                    self.plan.file,
                    runtime.mcp_keys().join("."),
                );
                let finding = Finding::new(&WIRED_ELSEWHERE, message);
                findings.push(finding.at(file.at(entry.at)).at(server.at.clone()));
            }
        };
        for (other, file) in &self.others {
            find(file, other.mcp_keys());
        }
        if let Some(file) = own {
            let mut tried = vec![runtime.mcp_keys()];
            for other in RuntimeKind::ALL {
                if !tried.contains(&other.mcp_keys()) {
                    tried.push(other.mcp_keys());
                    find(file, other.mcp_keys());
                }
            }
        }
        findings
    }
}

/// Keys that stand twice on the way to the servers, or among them.
fn twice(file: &RuntimeFile, keys: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut node = Some(&file.root);
    for depth in 0..=keys.len() {
        let entries = node.and_then(Node::entries).unwrap_or_default();
        for (index, entry) in entries.iter().enumerate() {
            let is_meant = keys.get(depth).is_none_or(|key| *key == entry.key);
            let first = entries[..index].iter().find(|known| known.key == entry.key);
            if let (true, Some(first)) = (is_meant, first) {
                let what = if depth < keys.len() { "key" } else { "server" };
                let message = format!("{what} `{}` stands here a second time", entry.key);
                let finding = Finding::new(&WIRED_TWICE, message);
                findings.push(finding.at(file.at(entry.at)).at(file.at(first.at)));
            }
        }
        node = keys.get(depth).and_then(|key| node?.get(key));
    }
    findings
}
