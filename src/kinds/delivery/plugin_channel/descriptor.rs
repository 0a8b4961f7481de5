use super::codes::{DESCRIPTOR, SHADOWED};
use super::document::{Node, Shape, read_json, read_yaml};
use super::known::{Known, KnownPlugin};
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::delivery::equality::Malformed;
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreePath};

/// A server that a plugin brings, as the plugin describes it.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub name: String,
    pub entry: Node,
    /// Which of the known plugins brings it.
    pub plugin: usize,
    /// The file of the plugin that describes it.
    pub file: TreePath,
    pub at: Location,
}

/// The servers of all plugins.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    /// Each name once.
    pub all: Vec<Server>,
    pub findings: Vec<Finding>,
    /// The servers of all that is declared are known.
    pub is_whole: bool,
}

/// Where a plugin can describe its servers, the first that has any: the file and the keys to them. Lifecycle contract,
/// wiring of MCP servers.
pub(crate) const PLACES: [(&str, &[&str]); 3] = [
    ("plugin.yaml", &["contributes", "mcpServers"]),
    ("mcp-servers.json", &["mcpServers"]),
    ("settings-fragment.json", &["mcpServers"]),
];

impl Servers {
    /// # Errors
    /// When a plugin's source cannot be read.
    pub(crate) fn of(known: &Known) -> Result<Self, Obstacle> {
        let mut servers = Self::default();
        for (index, plugin) in known.plugins.iter().enumerate() {
            servers.add(index, plugin, known)?;
        }
        servers.is_whole = known.is_whole && servers.findings.is_empty();
        Ok(servers)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Server> {
        self.all.iter().find(|server| server.name == name)
    }

    fn add(&mut self, index: usize, plugin: &KnownPlugin, known: &Known) -> Result<(), Obstacle> {
        let tree = plugin.tree();
        for (name, keys) in PLACES {
            let path = TreePath::root().join(name);
            if tree.kind(&path)? != Some(NodeKind::File) {
                continue;
            }
            let place = tree.location(&path);
            let described = match read(name, &tree.read(&path, SMALL_FILE)?, keys) {
                Ok(described) => described,
                Err(problem) => {
                    self.findings
                        .push(malformed(plugin, name, &problem, &place));
                    continue;
                }
            };
            let Some(entries) = described else { continue };
            for (name, at, entry) in entries {
                let at = Location::at(&place.path, at.0, at.1);
                if let Some(first) = self.named(&name) {
                    let other = &known.plugins[first.plugin].name;
                    let message = format!(
                        "plugin {} brings a server `{name}`, and so does plugin {other}",
                        plugin.name
                    );
                    let finding = Finding::new(&SHADOWED, message);
                    self.findings.push(finding.at(at).at(first.at.clone()));
                    continue;
                }
                self.all.push(Server {
                    name,
                    entry,
                    plugin: index,
                    file: path.clone(),
                    at,
                });
            }
            return Ok(());
        }
        Ok(())
    }
}

type Described = Vec<(String, (u32, u32), Node)>;

/// The servers that a file describes; `None` where it describes none.
fn read(name: &str, bytes: &[u8], keys: &[&str]) -> Result<Option<Described>, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed {
        message: "not UTF-8".to_owned(),
        at: None,
    })?;
    let root = if name.ends_with(".json") {
        read_json(text, false)?
    } else {
        read_yaml(text)?
    };
    let found = root
        .at_keys(keys)
        // A mapping of servers may also stand bare in the file that is named after them.
        .or_else(|| (name == "mcp-servers.json").then_some(&root));
    let wrong = |node: &Node, message: String| Malformed {
        message,
        at: Some(node.at),
    };
    let Some(servers) = found.filter(|node| !node.is_null()) else {
        return Ok(None);
    };
    let Shape::Map(entries) = &servers.shape else {
        let noun = servers.noun();
        return Err(wrong(
            servers,
            format!("its servers are {noun}, expected a mapping"),
        ));
    };
    for entry in entries {
        let is_text = |key| entry.value.get(key).and_then(Node::text).is_some();
        if !is_text("command") && !is_text("url") {
            let message = format!("server `{}` has neither a `command` nor a `url`", entry.key);
            return Err(wrong(&entry.value, message));
        }
    }
    let described = entries
        .iter()
        .map(|entry| (entry.key.clone(), entry.at, entry.value.clone()));
    Ok((!entries.is_empty()).then(|| described.collect()))
}

fn malformed(plugin: &KnownPlugin, file: &str, problem: &Malformed, place: &Location) -> Finding {
    let at = match problem.at {
        Some((line, column)) => Location::at(&place.path, line, column),
        None => place.clone(),
    };
    let message = format!("{file} of plugin {} cannot be read: {problem}", plugin.name);
    Finding::new(&DESCRIPTOR, message).at(at)
}
