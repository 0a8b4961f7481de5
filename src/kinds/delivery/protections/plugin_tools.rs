use super::plugin_declared::edited_file;
use super::plugin_edit::{list, text, with};
use super::plugin_wiring::Wiring;
use super::target::unplanted;
use crate::gate::{Obstacle, Protection};
use crate::kinds::delivery::plugin_channel::{
    HANDSHAKE_FAILED, HandshakePlan, Mention, Node, Server, TOOL_UNSERVED, mentioned,
};
use crate::tree::{NodeKind, TreePath};

/// A server that answers like one, and serves nothing that anybody asks for.
const OTHER_TOOLS: &str = r#"read -r a; echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2024-11-05","capabilities":{}}}'
read -r b; read -r c; echo '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"driftgate-planted"}]}}'; read -r d"#;

/// What is promised of what a server answers.
impl Wiring<'_> {
    pub(super) fn of_tools(
        &self,
        server: &Server,
        entry: &Node,
    ) -> Result<Vec<Protection>, Obstacle> {
        let Some(handshake) = &self.planting.plan.handshake else {
            return Ok(Vec::new());
        };
        let name = server.name.as_str();
        let mut protections = Vec::new();
        if let Some(plant) = self.changed(server, entry, |entry| shell(entry, "exit 0"))? {
            protections.push(self.one("server that says nothing", name, &HANDSHAKE_FAILED, plant));
        }
        let relied_on = self.relied_on(handshake, name)?;
        if let Some(tool) = &relied_on
            && let Some(plant) = self.changed(server, entry, |entry| shell(entry, OTHER_TOOLS))?
        {
            protections.push(self.one("tool that is not served", tool, &TOOL_UNSERVED, plant));
        }
        if handshake.mentioned_in.is_empty() {
            return Ok(protections);
        }
        let spoken_of = self.spoken_of(handshake, name)?;
        // Who relies on another tool of this server is heard as well.
        protections.extend(spoken_of.filter(|one| one.plant.is_ok() || relied_on.is_none()));
        Ok(protections)
    }

    /// A tool of a server that the gate demands; else one that the source speaks of.
    fn relied_on(
        &self,
        handshake: &HandshakePlan,
        server: &str,
    ) -> Result<Option<String>, Obstacle> {
        let prefix = prefix(server);
        let mut demanded = handshake.tools.iter();
        if let Some(tool) = demanded.find(|tool| tool.text.starts_with(&prefix)) {
            return Ok(Some(tool.text.clone()));
        }
        let mentions = mentioned(self.planting.target.source, handshake)?;
        // Where no name that is served has such a sign, it ends what a text means.
        let meant = |Mention { id, .. }: &Mention| {
            let tool = id.strip_prefix(&prefix)?.split(['.', '/']).next()?;
            (!tool.is_empty()).then(|| format!("{prefix}{tool}"))
        };
        Ok(mentions.iter().find_map(meant))
    }

    /// A file of the source speaks of a tool that nobody serves.
    fn spoken_of(
        &self,
        handshake: &HandshakePlan,
        server: &str,
    ) -> Result<Option<Protection>, Obstacle> {
        const WHAT: &str = "text with a tool that is not served";
        let planting = self.planting;
        let is_text = |path: &TreePath| {
            handshake.mentioned_in.is_match(path)
                && *path != planting.plan.declared
                && !path.as_bytes().ends_with(b".json")
        };
        let items = &planting.target.source.items;
        let mut files = items.iter().filter(|item| item.kind == NodeKind::File);
        let Some(file) = files.find(|item| is_text(&item.path)) else {
            let why = "no file of `mentioned_in` can be added to";
            let one = unplanted(WHAT, planting.delivery, &TOOL_UNSERVED, why);
            return Ok(Some(one));
        };
        let tool = format!("{}driftgate-planted", prefix(server));
        let what = (WHAT, tool.as_str(), &TOOL_UNSERVED);
        edited_file(planting, &file.path, what, |text| {
            format!("{text}\n# {tool}\n")
        })
    }
}

fn prefix(server: &str) -> String {
    format!("mcp__{server}__")
}

/// A server that is a script, where the entry starts a program.
fn shell(entry: &Node, script: &str) -> Option<Node> {
    entry.get("command")?;
    let args = list(&["-c".to_owned(), script.to_owned()]);
    let entry = with(entry, "command", Some(text("sh")));
    Some(with(&entry, "args", Some(args)))
}
