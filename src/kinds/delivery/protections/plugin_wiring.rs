use super::plugin::PluginPlanting;
use super::plugin_edit::{list, text, with, with_at, written};
use super::target::{protection, unplanted};
use crate::gate::{Change, Code, Obstacle, Plant, Protection, TreeRef};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::plugin_channel::{
    COMMAND_UNPINNED, DESCRIPTOR, ENTRY_LOST, NOT_WIRED, Node, PLACES, Server, Shape, UNEXPLAINED,
    WIRED_ELSEWHERE, WIRED_TWICE, WIRING_DIFFERS, WIRING_MALFORMED, WiringPlan, parse, read_json,
    read_yaml, write_json,
};
use crate::kinds::lifecycle::RuntimeKind;
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreePath};

/// What a delivery promises about the runtime's file.
pub(super) fn wiring_protections(
    planting: &PluginPlanting<'_>,
) -> Result<Vec<Protection>, Obstacle> {
    let Some(plan) = &planting.plan.wiring else {
        return Ok(Vec::new());
    };
    let root = match read(planting.root(), &plan.file, plan.runtime)? {
        Some(root) => root,
        // Where no plugin brings a server there need not be such a file.
        None if planting.read.servers.all.is_empty() => Node::new((1, 1), Shape::Map(Vec::new())),
        None => {
            let why = "the runtime's file is not there, or cannot be read";
            return Ok(vec![unplanted(
                "unwired server",
                planting.delivery,
                &NOT_WIRED,
                why,
            )]);
        }
    };
    let wiring = Wiring {
        planting,
        plan,
        root,
    };
    let mut protections = wiring.file()?;
    let servers = &planting.read.servers.all;
    let keys = plan.runtime.mcp_keys();
    let wired = servers.iter().find_map(|server| {
        let entry = wiring.root.at_keys(keys)?.get(&server.name)?;
        Some((server, entry.clone()))
    });
    if let Some((server, entry)) = wired {
        protections.extend(wiring.of_server(server, &entry)?);
        protections.extend(wiring.of_program(server, &entry)?);
    }
    Ok(protections)
}

fn read(tree: &dyn Tree, path: &TreePath, runtime: RuntimeKind) -> Result<Option<Node>, Obstacle> {
    if tree.kind(path)? != Some(NodeKind::File) {
        return Ok(None);
    }
    Ok(parse(&tree.read(path, SMALL_FILE)?, runtime).ok())
}

/// A runtime's file that violations are planted in.
pub(super) struct Wiring<'a> {
    pub(super) planting: &'a PluginPlanting<'a>,
    plan: &'a WiringPlan,
    /// What the runtime's file says.
    root: Node,
}

/// Starts what it is given, and names a program that is never started.
const UNPINNED: &str = r#"false && npx -y driftgate-planted; exec "$0" "$@""#;

impl Wiring<'_> {
    pub(super) fn one(
        &self,
        what: &str,
        mentions: &str,
        code: &'static Code,
        plant: Plant,
    ) -> Protection {
        self.planting.one(what, mentions, code, plant)
    }

    fn write(&self, root: &Node) -> Change {
        Change::write(&self.plan.file, written(root, self.plan.runtime))
    }

    fn with_server(&self, name: &str, entry: Option<Node>) -> Node {
        with_at(&self.root, self.plan.runtime.mcp_keys(), name, entry)
    }

    /// What is promised of the file as a whole.
    fn file(&self) -> Result<Vec<Protection>, Obstacle> {
        let path = &self.plan.file;
        let delivery = &self.planting.delivery.name;
        let broken = Plant::in_root(Change::write(path, "{"));
        let what = "malformed file of the runtime";
        let mut protections = vec![protection(what, delivery, path, &WIRING_MALFORMED, broken)];
        let Some(before) = &self.plan.before else {
            return Ok(protections);
        };
        let new = with(
            &Node::new((1, 1), Shape::Map(Vec::new())),
            "command",
            Some(text("true")),
        );
        let new = self.with_server("driftgate-planted", Some(new));
        protections.push(self.one(
            "server that nothing brings",
            &format!(
                "{}.driftgate-planted",
                self.plan.runtime.mcp_keys().join(".")
            ),
            &UNEXPLAINED,
            Plant::in_root(self.write(&new)),
        ));
        if let Some(root) = read(self.planting.root(), before, self.plan.runtime)? {
            let more = with(&root, "driftgate-planted", Some(text("x")));
            let change = Change::write(before, written(&more, self.plan.runtime));
            protections.push(self.one(
                "lost entry of the user",
                "driftgate-planted",
                &ENTRY_LOST,
                Plant::in_root(change),
            ));
        }
        protections.push(protection(
            "missing file from before",
            delivery,
            before,
            &SUBJECT_MISSING,
            Plant::in_root(Change::remove(before)),
        ));
        Ok(protections)
    }

    /// What is promised of a server's entry.
    fn of_server(&self, server: &Server, entry: &Node) -> Result<Vec<Protection>, Obstacle> {
        let name = server.name.as_str();
        let without = self.with_server(name, None);
        let environment = entry.get("env").cloned();
        let environment = environment.unwrap_or_else(|| Node::new((1, 1), Shape::Map(Vec::new())));
        let environment = with(&environment, "DRIFTGATE_PLANTED", Some(text("x")));
        let other = self.with_server(name, Some(with(entry, "env", Some(environment))));
        let again = self.with_server("driftgate-planted", Some(entry.clone()));
        let root = |node: &Node| Plant::in_root(self.write(node));
        let mut protections = Vec::from_iter(self.taken(server)?);
        protections.extend([
            self.one("unwired server", name, &NOT_WIRED, root(&without)),
            self.one(
                "server wired otherwise",
                name,
                &WIRING_DIFFERS,
                root(&other),
            ),
            self.one(
                "server wired twice",
                "driftgate-planted",
                &WIRED_TWICE,
                root(&again),
            ),
        ]);
        let elsewhere = self.elsewhere(name, entry, &without)?;
        protections.push(self.one("server wired elsewhere", name, &WIRED_ELSEWHERE, elsewhere));
        Ok(protections)
    }

    /// The name of the server was the user's before.
    fn taken(&self, server: &Server) -> Result<Option<Protection>, Obstacle> {
        let name = server.name.as_str();
        let is_other = self.planting.read.known.plugins[server.plugin].is_other;
        let Some(before) = self.plan.before.as_ref().filter(|_| !is_other) else {
            return Ok(None);
        };
        let Some(root) = read(self.planting.root(), before, self.plan.runtime)? else {
            return Ok(None);
        };
        let mine = Node::new((1, 1), Shape::Map(Vec::new()));
        let mine = with(&mine, "command", Some(text("driftgate-planted")));
        let keys = self.plan.runtime.mcp_keys();
        let root = with_at(&root, keys, name, Some(mine));
        let change = Change::write(before, written(&root, self.plan.runtime));
        Ok(Some(self.one(
            "entry of the user under a server's name",
            &format!("{}.{name}", keys.join(".")),
            &ENTRY_LOST,
            Plant::in_root(change),
        )))
    }

    /// The entry moves to another runtime's file, or under another runtime's key.
    fn elsewhere(&self, name: &str, entry: &Node, without: &Node) -> Result<Plant, Obstacle> {
        if let Some((other, path)) = self.plan.others.first() {
            let there = read(self.planting.root(), path, *other)?;
            let there = there.unwrap_or_else(|| Node::new((1, 1), Shape::Map(Vec::new())));
            let there = with_at(&there, other.mcp_keys(), name, Some(entry.clone()));
            let there = Change::write(path, written(&there, *other));
            return Ok(Plant::in_root(self.write(without)).and(TreeRef::Root, there));
        }
        let own = self.plan.runtime.mcp_keys();
        let mut others = RuntimeKind::ALL.map(RuntimeKind::mcp_keys).into_iter();
        let keys = others.find(|keys| *keys != own).unwrap_or(own);
        let moved = with_at(without, keys, name, Some(entry.clone()));
        Ok(Plant::in_root(self.write(&moved)))
    }

    /// What is promised of the program: it is another one, in the plugin as in the runtime's file.
    fn of_program(&self, server: &Server, entry: &Node) -> Result<Vec<Protection>, Obstacle> {
        let name = server.name.as_str();
        let mut protections = Vec::new();
        let plugin = &self.planting.read.known.plugins[server.plugin];
        if plugin.is_other {
            return Ok(protections);
        }
        if let Some(plant) = self.in_plugin(server, |_| None)? {
            protections.push(self.one("malformed description", &plugin.name, &DESCRIPTOR, plant));
        }
        if let Some(plant) = self.changed(server, entry, through_shell)? {
            protections.push(self.one("unpinned command", name, &COMMAND_UNPINNED, plant));
        }
        protections.extend(self.of_tools(server, entry)?);
        Ok(protections)
    }

    /// The server is another one, in the plugin as in the runtime's file.
    pub(super) fn changed(
        &self,
        server: &Server,
        entry: &Node,
        change: impl Fn(&Node) -> Option<Node>,
    ) -> Result<Option<Plant>, Obstacle> {
        let Some(wired) = change(entry) else {
            return Ok(None);
        };
        let plant = self.in_plugin(server, change)?;
        let wired = self.write(&self.with_server(&server.name, Some(wired)));
        Ok(plant.map(|plant| plant.and(TreeRef::Root, wired)))
    }

    /// The plugin describes its server in another way, in its source and where it is installed; `None` for one that
    /// nobody can read.
    fn in_plugin(
        &self,
        server: &Server,
        change: impl Fn(&Node) -> Option<Node>,
    ) -> Result<Option<Plant>, Obstacle> {
        let planting = self.planting;
        let plugin = &planting.read.known.plugins[server.plugin];
        let tree = plugin.tree();
        let bytes = tree.read(&server.file, SMALL_FILE)?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Ok(None);
        };
        let is_json = server.file.as_bytes().ends_with(b".json");
        let parsed = if is_json {
            read_json(text, false)
        } else {
            read_yaml(text)
        };
        let (Ok(root), Some((_, keys))) = (
            parsed,
            PLACES
                .iter()
                .find(|(name, _)| server.file.as_bytes() == name.as_bytes()),
        ) else {
            return Ok(None);
        };
        // Servers may stand bare in a file that is named after them.
        let keys: &[&str] = if root.at_keys(keys).is_some() {
            keys
        } else {
            &[]
        };
        let entry = change(&server.entry).unwrap_or_else(|| list(&[]));
        let bytes = write_json(&with_at(&root, keys, &server.name, Some(entry))).into_bytes();
        let executable = tree.facts(&server.file)?.executable;
        let write = |path: &TreePath| Change::Write {
            path: path.as_bytes().to_vec(),
            bytes: bytes.clone(),
            executable,
        };
        let in_source = plugin.sub.join(&server.file);
        let installed = planting
            .plan
            .copy
            .folder
            .join(&plugin.name)
            .join(&server.file);
        let mut plant = Plant::in_source(plugin.source.clone(), write(&in_source));
        if planting.root().kind(&installed)? == Some(NodeKind::File) {
            plant = plant.and(TreeRef::Root, write(&installed));
        }
        Ok(Some(plant))
    }
}

/// The same program, started by a shell that also names one which it never starts.
fn through_shell(entry: &Node) -> Option<Node> {
    let command = entry.get("command")?.text()?;
    let mut args = vec!["-c".to_owned(), UNPINNED.to_owned(), command.to_owned()];
    for arg in entry.get("args").and_then(Node::items).unwrap_or_default() {
        args.push(arg.text()?.to_owned());
    }
    Some(with(
        &with(entry, "command", Some(text("sh"))),
        "args",
        Some(list(&args)),
    ))
}
