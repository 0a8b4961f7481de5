use super::document::{Node, Shape};
use super::entry::fits;

/// Words by which programs are told to start another one: it is what comes behind them that says what is started.
const SUBCOMMANDS: [&str; 9] = [
    "run",
    "exec",
    "x",
    "dlx",
    "tool",
    "create",
    "container",
    "start",
    "--",
];

/// Whether an entry is one that a plugin may have had for its server at another version: it starts the same program, or
/// leads to the same place. Otherwise somebody else gave the name to something of his own.
pub(super) fn is_older(described: &Node, entry: &Node) -> bool {
    match (described.get("command"), entry.get("command")) {
        (Some(ours), Some(theirs)) => fits(ours, theirs) && starts_alike(described, entry),
        (None, None) => match (described.get("url"), entry.get("url")) {
            (Some(ours), Some(theirs)) => fits(ours, theirs),
            _ => false,
        },
        _ => false,
    }
}

fn starts_alike(described: &Node, entry: &Node) -> bool {
    match (program(described), program(entry)) {
        (Some(ours), Some(theirs)) => fits(&bare(ours), &bare(theirs)),
        (None, None) => true,
        _ => false,
    }
}

/// The first argument that is neither an option nor a subcommand.
fn program(entry: &Node) -> Option<&Node> {
    let args = entry.get("args").and_then(Node::items)?;
    args.iter().find(|arg| {
        arg.text()
            .is_some_and(|text| !text.starts_with('-') && !SUBCOMMANDS.contains(&text))
    })
}

/// A name without its version: what stands behind `@`, `==`, or the `:` of an image's tag.
fn bare(name: &Node) -> Node {
    let mut bare = name.clone();
    if let Shape::Text(text) = &mut bare.shape {
        // A scope begins with the sign that a version begins with.
        let scope = usize::from(text.starts_with('@'));
        let end = text[scope..].find('@').map(|at| scope + at);
        let end = end.or_else(|| text.find("=="));
        if let Some(end) = end.or_else(|| tag(text)) {
            text.truncate(end);
        }
    }
    bare
}

/// Where the tag of an image begins: behind the last `/`, for a registry may have a port.
fn tag(text: &str) -> Option<usize> {
    let name = text.rfind('/').map_or(0, |at| at + 1);
    text[name..].find(':').map(|at| name + at)
}

#[cfg(test)]
mod tests {
    use super::super::document::read_yaml;
    use super::*;

    #[test]
    fn another_version_is_older_and_another_program_is_somebody_else_s() {
        for (described, entry, is) in [
            ("{command: a}", "{command: a, env: {K: v}}", true),
            ("{command: a}", "{command: b}", false),
            ("{command: a}", "{command: a, args: [mine.js]}", false),
            (
                "{command: npx, args: [-y, '@s/p@1.1.0']}",
                "{command: npx, args: [--yes, '@s/p@1.0.0', --more]}",
                true,
            ),
            (
                "{command: npx, args: ['@s/p@1.1.0']}",
                "{command: npx, args: ['@s/other@1.1.0']}",
                false,
            ),
            (
                "{command: uvx, args: [p==1.1]}",
                "{command: uvx, args: [p==1.0]}",
                true,
            ),
            (
                "{command: docker, args: [run, --rm, 'h:5000/o/i:2']}",
                "{command: docker, args: [run, -i, 'h:5000/o/i:1']}",
                true,
            ),
            (
                "{command: docker, args: [run, 'i:2']}",
                "{command: docker, args: [run, 'j:2']}",
                false,
            ),
            (
                "{command: node, args: ['${CLAUDE_DIR}/server.js', --stdio]}",
                "{command: node, args: [/configs/.claude/server.js]}",
                true,
            ),
            (
                "{command: node, args: ['${CLAUDE_DIR}/server.js']}",
                "{command: node, args: [/home/me/mine.js]}",
                false,
            ),
            (
                "{url: 'https://h/mcp'}",
                "{url: 'https://h/mcp', headers: {}}",
                true,
            ),
            (
                "{url: 'https://h/mcp'}",
                "{url: 'https://other/mcp'}",
                false,
            ),
            ("{url: 'https://h/mcp'}", "{command: a}", false),
            ("{command: a}", "text", false),
        ] {
            let node = |text| read_yaml(text).expect("YAML");
            let found = is_older(&node(described), &node(entry));
            assert_eq!(found, is, "{described} {entry}");
        }
    }
}
