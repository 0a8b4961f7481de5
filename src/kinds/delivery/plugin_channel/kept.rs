use std::collections::BTreeMap;

use super::codes::{ENTRY_LOST, SHADOWED, UNEXPLAINED};
use super::document::{Entry, Node, Shape};
use super::older::is_older;
use super::runtime_file::RuntimeFile;
use crate::gate::{Finding, Location};

/// What may be new in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The keys to the servers: the runtime's own, and those of others, where servers are said to be wired wrong.
    pub keys: &'a [&'a [&'a str]],
    /// The servers of plugins, with what they are described as, where that is known.
    pub own: &'a BTreeMap<&'a str, Option<&'a Node>>,
    /// What they are wired as: the same under another name is said to be there twice.
    pub entries: &'a [(String, Node)],
    /// All plugins are known; otherwise nobody knows who brings what is new.
    pub is_whole: bool,
}

/// What a file lost, and what is new in it, since before the plugins were wired.
pub(super) fn findings(
    before: &RuntimeFile,
    after: Option<&RuntimeFile>,
    place: &Location,
    rules: Rules<'_>,
) -> Vec<Finding> {
    let empty = nothing((1, 1));
    let root = after.map_or(&empty, |file| &file.root);
    changes(&before.root, root, rules)
        .into_iter()
        .filter(|change| rules.is_whole || change.what != What::New)
        .map(|change| {
            let here = match (after, change.after) {
                (Some(file), Some(at)) => file.at(at),
                _ => place.clone(),
            };
            let there = change.before.map(|at| before.at(at));
            let way = &change.way;
            let finding = match change.what {
                What::Lost => Finding::new(
                    &ENTRY_LOST,
                    format!("`{way}` was there before, and is gone"),
                ),
                What::Changed => Finding::new(
                    &ENTRY_LOST,
                    format!("`{way}` was there before, and says something else now"),
                ),
                What::Taken => Finding::new(
                    &ENTRY_LOST,
                    format!(
                        "`{way}` was there before as another server, and that of a plugin took its name"
                    ),
                ),
                What::Shared => Finding::new(
                    &SHADOWED,
                    format!(
                        "`{way}` was there before as another server, and a plugin brings one of the same name"
                    ),
                )
                .help("rename the entry, or the plugin's server: only one of the two can be wired"),
                What::New => Finding::new(
                    &UNEXPLAINED,
                    format!("`{way}` is new, and no declared plugin brings it"),
                ),
            };
            let finding = finding.at(here);
            match there {
                Some(there) => finding.at(there),
                None => finding,
            }
        })
        .collect()
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    Lost,
    Changed,
    /// A plugin's server stands in its place.
    Taken,
    /// A plugin's server should stand in its place.
    Shared,
    New,
}

#[derive(Debug)]
struct Change {
    what: What,
    /// The keys to it.
    way: String,
    before: Option<(u32, u32)>,
    after: Option<(u32, u32)>,
}

fn changes(before: &Node, after: &Node, rules: Rules<'_>) -> Vec<Change> {
    let mut comparison = Comparison {
        rules,
        way: Vec::new(),
        found: Vec::new(),
    };
    comparison.compare(before, after);
    comparison.found
}

struct Comparison<'a> {
    rules: Rules<'a>,
    way: Vec<String>,
    found: Vec<Change>,
}

/// The readers limit how deep a file is nested, and so this recursion.
impl<'a> Comparison<'a> {
    fn compare(&mut self, before: &Node, after: &Node) {
        for entry in before.entries().unwrap_or_default() {
            if let Some(described) = self.described(&entry.key) {
                self.of_plugin(entry, described, after.get(&entry.key));
                continue;
            }
            match after.get(&entry.key) {
                None => self.add(What::Lost, entry, Some(entry.at), None),
                Some(value) if value.entries().is_some() && entry.value.entries().is_some() => {
                    self.deeper(entry, &entry.value, value);
                }
                Some(value) if value.says_the_same(&entry.value) => {}
                // An empty place may be filled.
                Some(value) if entry.value.is_null() && value.entries().is_some() => {
                    self.deeper(entry, &nothing(entry.at), value);
                }
                Some(value) => self.add(What::Changed, entry, Some(entry.at), Some(value.at)),
            }
        }
        for entry in after.entries().unwrap_or_default() {
            if before.get(&entry.key).is_some() || self.is_own(&entry.key, &entry.value) {
                continue;
            }
            // On the way to the servers only they may be new.
            if entry.value.entries().is_some() && self.leads_to_servers(&entry.key) {
                self.deeper(entry, &nothing(entry.at), &entry.value);
            } else {
                self.add(What::New, entry, None, Some(entry.at));
            }
        }
    }

    /// What was there under the name of a plugin's server: an older one of the plugin, which may be replaced, or
    /// somebody else's.
    fn of_plugin(&mut self, entry: &Entry, described: Option<&Node>, after: Option<&Node>) {
        if described.is_none_or(|described| is_older(described, &entry.value)) {
            return;
        }
        let what = match after {
            Some(value) if value.says_the_same(&entry.value) => What::Shared,
            Some(_) => What::Taken,
            None => What::Lost,
        };
        self.add(what, entry, Some(entry.at), after.map(|value| value.at));
    }

    fn deeper(&mut self, entry: &Entry, before: &Node, after: &Node) {
        self.way.push(entry.key.clone());
        self.compare(before, after);
        self.way.pop();
    }

    /// Whether the key is that of a plugin's server, or of the same once more.
    fn is_own(&self, key: &str, value: &Node) -> bool {
        let is_again = || {
            let mut entries = self.rules.entries.iter();
            entries.any(|(_, entry)| entry.says_the_same(value))
        };
        self.is_among_servers() && (self.rules.own.contains_key(key) || is_again())
    }

    /// What a plugin describes its server of this name as; `None` where no server of a plugin is named so.
    fn described(&self, key: &str) -> Option<Option<&'a Node>> {
        let described = self.rules.own.get(key).copied();
        described.filter(|_| self.is_among_servers())
    }

    fn is_among_servers(&self) -> bool {
        let is_here = |keys: &&[&str]| self.way.iter().map(String::as_str).eq(keys.iter().copied());
        self.rules.keys.iter().any(is_here)
    }

    fn leads_to_servers(&self, key: &str) -> bool {
        let way = || self.way.iter().map(String::as_str).chain([key]);
        let length = self.way.len() + 1;
        let mut all = self.rules.keys.iter();
        all.any(|keys| length <= keys.len() && way().eq(keys[..length].iter().copied()))
    }

    fn add(
        &mut self,
        what: What,
        entry: &Entry,
        before: Option<(u32, u32)>,
        after: Option<(u32, u32)>,
    ) {
        let way = [&self.way[..], std::slice::from_ref(&entry.key)].concat();
        self.found.push(Change {
            what,
            way: way.join("."),
            before,
            after,
        });
    }
}

fn nothing(at: (u32, u32)) -> Node {
    Node::new(at, Shape::Map(Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::super::document::read_yaml;
    use super::*;

    fn said(before: &str, after: &str) -> Vec<String> {
        let node = |text| read_yaml(text).expect("YAML");
        let described = node("{command: new, args: ['p@2']}");
        let own = BTreeMap::from([("ours", Some(&described))]);
        let entries = [("ours".to_owned(), node("{command: new}"))];
        let rules = Rules {
            keys: &[&["mcp", "servers"]],
            own: &own,
            entries: &entries,
            is_whole: true,
        };
        changes(&node(before), &node(after), rules)
            .into_iter()
            .map(|change| format!("{:?} {}", change.what, change.way))
            .collect()
    }

    #[test]
    fn what_plugins_bring_may_be_new_and_may_be_replaced() {
        for before in [
            "{}",
            "{mcp: }",
            "{mcp: {servers: }}",
            "{mcp: {servers: {ours: {command: new, args: ['p@1']}}}}",
        ] {
            assert_eq!(
                said(before, "{mcp: {servers: {ours: {command: new}}}}"),
                [""; 0],
                "{before}"
            );
        }
    }

    #[test]
    fn what_had_the_name_of_a_plugin_s_server_and_is_another_one_is_not_taken_for_it() {
        let before = "{mcp: {servers: {ours: {command: mine}}}}";
        for (after, expected) in [
            (
                "{mcp: {servers: {ours: {command: new}}}}",
                "Taken mcp.servers.ours",
            ),
            (before, "Shared mcp.servers.ours"),
            ("{mcp: {servers: {}}}", "Lost mcp.servers.ours"),
        ] {
            assert_eq!(said(before, after), [expected], "{after}");
        }
    }

    #[test]
    fn whatever_else_changes_is_named_with_the_way_to_it() {
        let before =
            "{a: {b: 1, c: [x]}, mcp: {on: true, servers: {mine: {command: x, args: [y]}}}}";
        assert_eq!(said(before, before), [""; 0]);
        let after =
            "{a: {c: [x, y]}, mcp: {servers: {mine: {command: z}, other: {command: q}}}, d: 1}";
        assert_eq!(
            said(before, after),
            [
                "Lost a.b",
                "Changed a.c",
                "Lost mcp.on",
                "Changed mcp.servers.mine.command",
                "Lost mcp.servers.mine.args",
                "New mcp.servers.other",
                "New d",
            ]
        );
        assert_eq!(said("{a: 1}", "{}"), ["Lost a"]);
        assert_eq!(
            said("{}", "{mcp: {servers: {x: {command: y}}}}"),
            ["New mcp.servers.x"]
        );
    }
}
