use std::collections::BTreeSet;

use super::plan::HandshakePlan;
use crate::gate::{Location, Obstacle};
use crate::kinds::delivery::source::Source;
use crate::tree::{NodeKind, SMALL_FILE, Tree};

/// The id of a tool, in a file that speaks of it.
#[derive(Debug)]
pub(crate) struct Mention {
    pub id: String,
    pub at: Location,
}

/// What begins every id.
const START: &str = "mcp__";

/// The ids of tools in the files of the source in which every one must be served, each once a file.
///
/// # Errors
/// When such a file cannot be read.
pub(crate) fn mentioned(
    source: &Source<'_>,
    plan: &HandshakePlan,
) -> Result<Vec<Mention>, Obstacle> {
    let mut found = Vec::new();
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
                if seen.insert(id) {
                    let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
                    found.push(Mention {
                        id: id.to_owned(),
                        at: Location::line(&place.path, line),
                    });
                }
            }
        }
    }
    Ok(found)
}

/// The tool that a text means: a dot or a slash ends its name, unless the server has names with that sign.
pub(super) fn meant<'t>(tool: &'t str, served: &BTreeSet<String>) -> &'t str {
    let ends = |c: char| is_sign(c) && !served.iter().any(|name| name.contains(c));
    &tool[..tool.find(ends).unwrap_or(tool.len())]
}

/// What looks like the id of a tool: letters, digits, `_`, `-`, `.` and `/` behind `mcp__`. A dot or a slash at the end is
/// the sentence's own, and behind one another id may begin. The beginning alone stands for all tools of a server.
fn ids(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices(START).filter_map(move |(at, _)| {
        if line[..at].ends_with(is_word) {
            return None;
        }
        let rest = &line[at..];
        let end = rest.find(|c: char| !is_word(c) && !is_sign(c));
        let id = &rest[..end.unwrap_or(rest.len())];
        let next = id
            .match_indices(START)
            .find(|(at, _)| id[..*at].ends_with(is_sign));
        let id = next.map_or(id, |(at, _)| &id[..at]);
        let id = id.trim_end_matches(is_sign);
        (!id.ends_with("__")).then_some(id)
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_sign(c: char) -> bool {
    c == '.' || c == '/'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_between_other_signs() {
        for (line, expected) in [
            (
                "Use `mcp__a__b`, mcp__c-d__e_f. Not xmcp__g__h; mcp__i__* is all of them",
                vec!["mcp__a__b", "mcp__c-d__e_f"],
            ),
            (
                "mcp__a__b.c and mcp__a__d/e.",
                vec!["mcp__a__b.c", "mcp__a__d/e"],
            ),
            ("mcp__a__b/mcp__a__c...", vec!["mcp__a__b", "mcp__a__c"]),
            ("mcp__a__b.mcp__c", vec!["mcp__a__b", "mcp__c"]),
            ("(mcp__a__..., mcp__a__/", vec![]),
        ] {
            let found: Vec<&str> = ids(line).collect();
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn a_dot_is_of_the_name_where_the_server_has_such_names() {
        let plain = BTreeSet::from(["list".to_owned()]);
        assert_eq!(meant("list.md", &plain), "list");
        assert_eq!(meant("list/x", &plain), "list");
        let dotted = BTreeSet::from(["list".to_owned(), "list.all".to_owned()]);
        assert_eq!(meant("list.every", &dotted), "list.every");
        assert_eq!(meant("list.every/x", &dotted), "list.every");
    }
}
