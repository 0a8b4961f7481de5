use std::cell::RefCell;
use std::ops::Range;

use tree_sitter::{Node as Syntax, Parser, Point, Range as Span, Tree};

use super::super::ast::Node;
use super::super::text::blanked;

/// Longer scripts are not read.
const LONGEST: usize = 1 << 20;
/// Statements nest no deeper.
pub(super) const DEEPEST: usize = 120;

/// A script that was read, and whether all of it could be.
#[derive(Debug)]
pub(in super::super) struct Read {
    pub(in super::super) nodes: Vec<Node>,
    pub(in super::super) whole: bool,
}

/// Reads a script with tree-sitter's Bash grammar; `None` where nothing of it can be read.
pub(in super::super) fn read(script: &str) -> Option<Read> {
    if script.len() > LONGEST {
        return None;
    }
    let bytes = blanked(script);
    let tree = parsed(&bytes, &[])?;
    let root = tree.root_node();
    let mut reader = Reader {
        script,
        blanked: &bytes,
        too_deep: false,
    };
    let nodes = reader.statements(root, 0);
    Some(Read {
        nodes,
        whole: !root.has_error() && !reader.too_deep,
    })
}

thread_local! {
    /// A parser is made once in each thread: most scripts are short.
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// The syntax of these parts of a script; of all of it where none is named.
fn parsed(bytes: &[u8], parts: &[Span]) -> Option<Tree> {
    PARSER.with_borrow_mut(|kept| {
        if kept.is_none() {
            let mut parser = Parser::new();
            parser
                .set_language(&tree_sitter_bash::LANGUAGE.into())
                .ok()?;
            *kept = Some(parser);
        }
        let parser = kept.as_mut()?;
        parser.set_included_ranges(parts).ok()?;
        parser.parse(bytes, None)
    })
}

pub(super) struct Reader<'a> {
    pub(super) script: &'a str,
    /// As the grammar gets to see it.
    pub(super) blanked: &'a [u8],
    pub(super) too_deep: bool,
}

impl Reader<'_> {
    pub(super) fn text(&self, node: Syntax<'_>) -> &str {
        self.script.get(node.byte_range()).unwrap_or_default()
    }

    /// The statements of a part of the script that is one by itself.
    pub(super) fn inside(&mut self, bytes: &Range<usize>, depth: usize) -> Option<Vec<Node>> {
        if depth > DEEPEST {
            return None;
        }
        let at = |column| Point { row: 0, column };
        let part = Span {
            start_byte: bytes.start,
            end_byte: bytes.end,
            start_point: at(bytes.start),
            end_point: at(bytes.end),
        };
        let tree = parsed(self.blanked, &[part])?;
        let root = tree.root_node();
        if root.has_error() {
            return None;
        }
        Some(self.statements(root, depth))
    }
}
