use std::collections::{BTreeMap, BTreeSet};

use super::codes::{
    HANDSHAKE_FAILED, PROGRAM_MISSING, SERVER_SILENT, SERVER_UNKNOWN, TOOL_UNSERVED,
};
use super::descriptor::Servers;
use super::document::Node;
use super::handshake::HandshakeError;
use super::launch::ask;
use super::mentions::{meant, mentioned};
use super::plan::{HandshakePlan, WiringPlan};
use super::wiring::Wired;
use crate::config::nearest;
use crate::context::{Context, DialogueError};
use crate::gate::{Finding, Inspection, Location, Obstacle, Witness};
use crate::kinds::delivery::codes::INCLUDE_UNMATCHED;
use crate::kinds::delivery::excerpt::excerpt;
use crate::kinds::delivery::source::Source;

/// What came of asking servers for their tools.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub findings: Vec<Finding>,
    pub obstacles: Vec<Obstacle>,
    /// How many tools each server has.
    pub counts: BTreeMap<String, usize>,
    /// Servers that were not started, each with the place of the finding that is the reason.
    pub not_started: Vec<(String, Location)>,
    /// Tools that somebody relies on, of which nobody could tell whether they are served.
    pub undecided: BTreeSet<String>,
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

/// How much messages show of what a server says, in characters.
const SAID: usize = 300;
/// How much of the names that it serves.
const SERVED: usize = 2000;

/// Servers that runtimes have without an entry in their files. Lifecycle contract, MCP handshake.
const BUILT_IN: [&str; 1] = ["a2a"];

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
    used.extend(mentioned(source, plan)?.into_iter().map(|mention| Used {
        id: mention.id,
        at: mention.at,
        is_demanded: false,
    }));
    let paths = source.items.iter().map(|item| &item.path);
    let unmatched = plan
        .mentioned_in
        .unmatched(&INCLUDE_UNMATCHED, &paths, |pattern| {
            format!("the source has nothing that matches `{pattern}`")
        });
    tools.findings.extend(unmatched);
    for used in used {
        tools.used(&used, servers, wired, &served);
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
        // Nothing is cut before it is scrubbed: half a secret is one as well.
        let said = context.secrets().scrub(&error.to_string());
        let message = format!("server {name}: {}", excerpt(&said, SAID));
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
        wired: &Wired,
        served: &BTreeMap<&str, BTreeSet<String>>,
    ) {
        let id = &used.id;
        let Some((server, tool)) = server_of(id, servers) else {
            self.of_no_plugin(used, servers, wired);
            return;
        };
        let Some(names) = served.get(server) else {
            let is_program = |entry: &Node| entry.get("command").is_some();
            let mut entries = wired.servers.iter();
            if entries.any(|(name, entry)| name == server && !is_program(entry)) {
                let message = format!("{id}: server {server} is no program that could be asked");
                self.obstacles
                    .push(Obstacle::refused(&PROGRAM_MISSING, message).at(used.at.clone()));
            } else {
                // That there is nobody to ask, or no answer, is said already; and may be waived.
                self.undecided.insert(id.clone());
            }
            return;
        };
        // Who demands a tool writes its name and nothing else.
        let tool = match used.is_demanded {
            true => tool,
            false => meant(tool, names),
        };
        if tool.is_empty() || names.contains(tool) {
            return;
        }
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let served = excerpt(&all.join(", "), SERVED);
        let help = match nearest(tool, all.iter().copied()) {
            Some(near) => {
                format!("did you mean `mcp__{server}__{near}`? it serves: {served}")
            }
            None => format!("it serves: {served}"),
        };
        let message =
            format!("mcp__{server}__{tool} is used, and server {server} serves no tool `{tool}`");
        self.findings.push(
            Finding::new(&TOOL_UNSERVED, message)
                .at(used.at.clone())
                .help(help),
        );
    }

    /// A tool of a server that no known plugin brings.
    fn of_no_plugin(&mut self, used: &Used, servers: &Servers, wired: &Wired) {
        let id = &used.id;
        let is_elsewhere = || {
            let own = wired.names.iter().map(String::as_str);
            own.chain(BUILT_IN).any(|name| tool_of(id, name).is_some())
        };
        if !used.is_demanded && is_elsewhere() {
            return;
        }
        if !servers.is_whole {
            self.undecided.insert(id.clone());
            return;
        }
        let finding = if used.is_demanded {
            let message = format!("{id} is demanded, and no declared plugin brings its server");
            Finding::new(&TOOL_UNSERVED, message)
        } else {
            let message = format!(
                "{id} is spoken of, and neither a declared plugin nor the runtime's file has its server"
            );
            Finding::new(&SERVER_UNKNOWN, message).advisory()
        };
        self.findings.push(finding.at(used.at.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_apart_by_its_server() {
        assert_eq!(tool_of("mcp__a-b__c__d", "a-b"), Some("c__d"));
        assert_eq!(tool_of("mcp__a-b__c__d", "a-b__c"), Some("d"));
        assert_eq!(tool_of("mcp__a-b__c", "a"), None);
    }
}
