use std::collections::{BTreeMap, BTreeSet};

use super::codes::{HANDSHAKE_FAILED, PROGRAM_MISSING, SERVER_SILENT, TOOL_UNSERVED};
use super::descriptor::Servers;
use super::document::Node;
use super::handshake::HandshakeError;
use super::launch::ask;
use super::plan::{HandshakePlan, WiringPlan};
use super::wiring::Wired;
use crate::config::nearest;
use crate::context::{Context, DialogueError};
use crate::gate::{Finding, Inspection, Location, Obstacle, Witness};
use crate::kinds::delivery::codes::INCLUDE_UNMATCHED;
use crate::kinds::delivery::source::Source;
use crate::tree::{NodeKind, SMALL_FILE, Tree};

/// What came of asking servers for their tools.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub findings: Vec<Finding>,
    pub obstacles: Vec<Obstacle>,
    /// How many tools each server has.
    pub counts: BTreeMap<String, usize>,
    /// Servers that were not started, each with the place of the finding that is the reason.
    pub not_started: Vec<(String, Location)>,
    /// Tools that were asked for, of which nobody could tell whether they are served.
    undecided: Vec<String>,
}

/// Where to record who was asked.
pub(super) struct Asked<'a> {
    pub delivery: &'a str,
    pub inspection: &'a mut Inspection,
}

/// A tool id that somebody relies on, and where.
#[derive(Debug)]
struct Used {
    id: String,
    at: Location,
    /// The gate itself asks for it.
    is_demanded: bool,
}

/// Asks each wired server for its tools, and looks for every one that is used. What is started is what was found right.
/// Having asked is a part of the gate by itself, and so is each server and each tool that nobody could ask for: whatever
/// becomes of the findings that say why, the gate is not green.
///
/// # Errors
/// When a file of the source cannot be read, and when cancelled.
pub(super) fn look(
    context: &Context,
    source: &Source<'_>,
    plan: &HandshakePlan,
    wiring: &WiringPlan,
    servers: &Servers,
    wired: &Wired,
    asked: Asked<'_>,
) -> Result<Tools, Obstacle> {
    let Asked {
        delivery,
        inspection,
    } = asked;
    let part = format!("{delivery}: tools");
    inspection.part(&part);
    let mut tools = Tools::default();
    let mut served: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let place = context.root().location(&wiring.file);
    for (name, entry) in &wired.servers {
        context.cancel().check()?;
        if entry.get("command").and_then(Node::text).is_none() {
            continue;
        }
        if let Some(wrong) = wired.wrong.iter().find(|(wrong, _)| wrong == name) {
            inspection.part(format!("{part} of {name}"));
            tools.not_started.push(wrong.clone());
            continue;
        }
        let at = Location::at(&place.path, entry.at.0, entry.at.1);
        match ask(context, plan, entry) {
            Ok(Ok(names)) => {
                let names: BTreeSet<String> = names.into_iter().collect();
                let all: Vec<&str> = names.iter().map(String::as_str).collect();
                inspection
                    .part(&part)
                    .looked(format!("tools of {name}"), Witness::of(&all.join("\n")));
                tools.counts.insert(name.clone(), names.len());
                served.insert(name, names);
            }
            Ok(Err(error)) => tools.failed(context, name, &error, at)?,
            Err(obstacle) => tools.obstacles.push(Obstacle {
                message: format!("server {name}: {}", obstacle.message),
                ..obstacle.at(at)
            }),
        }
    }
    let mut used: Vec<Used> = plan
        .tools
        .iter()
        .map(|tool| Used {
            id: tool.text.clone(),
            at: tool.at.clone(),
            is_demanded: true,
        })
        .collect();
    used.extend(mentioned(source, plan, servers)?);
    let paths = source.items.iter().map(|item| &item.path);
    let unmatched = plan
        .mentioned_in
        .unmatched(&INCLUDE_UNMATCHED, &paths, |pattern| {
            format!("the source has nothing that matches `{pattern}`")
        });
    tools.findings.extend(unmatched);
    for used in used {
        tools.used(&used, servers, &wired.servers, &served);
    }
    for id in &tools.undecided {
        inspection.part(format!("{delivery}: {id}"));
    }
    Ok(tools)
}

impl Tools {
    fn failed(
        &mut self,
        context: &Context,
        name: &str,
        error: &HandshakeError,
        at: Location,
    ) -> Result<(), Obstacle> {
        let message = context.secrets().scrub(&format!("server {name}: {error}"));
        match error {
            HandshakeError::Talk(DialogueError::Cancelled, _) => context.cancel().check()?,
            HandshakeError::Talk(DialogueError::Late(_), _) => {
                self.obstacles
                    .push(Obstacle::unreachable(&SERVER_SILENT, message).at(at));
            }
            HandshakeError::Talk(DialogueError::NotStarted(_), _) => {
                self.obstacles
                    .push(Obstacle::refused(&PROGRAM_MISSING, message).at(at));
            }
            _ => self
                .findings
                .push(Finding::new(&HANDSHAKE_FAILED, message).at(at)),
        }
        Ok(())
    }

    fn used(
        &mut self,
        used: &Used,
        servers: &Servers,
        wired: &[(String, Node)],
        served: &BTreeMap<&str, BTreeSet<String>>,
    ) {
        let id = &used.id;
        let Some((server, tool)) = server_of(id, servers) else {
            match (used.is_demanded, servers.is_whole) {
                (true, true) => {
                    let message =
                        format!("{id} is demanded, and no declared plugin brings its server");
                    self.findings
                        .push(Finding::new(&TOOL_UNSERVED, message).at(used.at.clone()));
                }
                (true, false) => self.undecided.push(id.clone()),
                (false, _) => {}
            }
            return;
        };
        let Some(names) = served.get(server) else {
            let is_program = |entry: &Node| entry.get("command").is_some();
            if wired
                .iter()
                .any(|(name, entry)| name == server && !is_program(entry))
            {
                let message = format!("{id}: server {server} is no program that could be asked");
                self.obstacles
                    .push(Obstacle::refused(&PROGRAM_MISSING, message).at(used.at.clone()));
            }
            // Otherwise it is said already that there is nobody to ask, or no answer.
            return;
        };
        if names.contains(tool) {
            return;
        }
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let help = match nearest(tool, all.iter().copied()) {
            Some(near) => format!(
                "did you mean `mcp__{server}__{near}`? it serves: {}",
                all.join(", ")
            ),
            None => format!("it serves: {}", all.join(", ")),
        };
        let message = format!("{id} is used, and server {server} serves no tool `{tool}`");
        self.findings.push(
            Finding::new(&TOOL_UNSERVED, message)
                .at(used.at.clone())
                .help(help),
        );
    }
}

/// The server and the tool that an id is of: the one with the longest name that fits, for names may have the sign in
/// them that stands between the two.
fn server_of<'a>(id: &'a str, servers: &'a Servers) -> Option<(&'a str, &'a str)> {
    servers
        .all
        .iter()
        .filter_map(|server| Some((server.name.as_str(), tool_of(id, &server.name)?)))
        .max_by_key(|(name, _)| name.len())
}

fn tool_of<'a>(id: &'a str, server: &str) -> Option<&'a str> {
    id.strip_prefix("mcp__")?
        .strip_prefix(server)?
        .strip_prefix("__")
}

/// The ids of tools of these servers that files of the source speak of, each once a file.
fn mentioned(
    source: &Source<'_>,
    plan: &HandshakePlan,
    servers: &Servers,
) -> Result<Vec<Used>, Obstacle> {
    let mut used = Vec::new();
    for item in &source.items {
        if item.kind != NodeKind::File || !plan.mentioned_in.is_match(&item.path) {
            continue;
        }
        let bytes = source.tree.read(&item.path, SMALL_FILE)?;
        let text = String::from_utf8_lossy(&bytes);
        let place = source.tree.location(&item.path);
        let mut seen = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            for id in ids(line) {
                if server_of(id, servers).is_some() && seen.insert(id) {
                    let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
                    used.push(Used {
                        id: id.to_owned(),
                        at: Location::line(&place.path, line),
                        is_demanded: false,
                    });
                }
            }
        }
    }
    Ok(used)
}

/// What looks like the id of a tool: letters, digits, `_` and `-` behind `mcp__`. The sign alone at its end stands for
/// all tools of a server.
fn ids(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    line.match_indices("mcp__").filter_map(move |(at, _)| {
        if line[..at].ends_with(is_part) {
            return None;
        }
        let rest = &line[at..];
        let id = rest.split(|c: char| !is_part(c)).next().unwrap_or_default();
        (!id.ends_with("__")).then_some(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_between_other_signs() {
        let found: Vec<&str> =
            ids("Use `mcp__a__b`, mcp__c-d__e_f. Not xmcp__g__h; mcp__i__* is all of them")
                .collect();
        assert_eq!(found, ["mcp__a__b", "mcp__c-d__e_f"]);
    }

    #[test]
    fn an_id_is_taken_apart_by_its_server() {
        assert_eq!(tool_of("mcp__a-b__c__d", "a-b"), Some("c__d"));
        assert_eq!(tool_of("mcp__a-b__c__d", "a-b__c"), Some("d"));
        assert_eq!(tool_of("mcp__a-b__c", "a"), None);
    }
}
