use std::cell::{Cell, OnceCell};
use std::ops::Range;

use tree_sitter::{Language, Node, Parser, Tree};

use super::changes::Changes;
use super::{Failure, SourceText};

/// How deep an expression may be nested before it is refused.
pub(super) const MAX_DEPTH: usize = 64;

/// How many steps the constants of a file may take to work out: names that refer to others twice,
/// which do the same, take twice as many for each of them.
const MAX_STEPS: u32 = 1_000_000;

/// A parsed file. The grammar recovers from errors; what they touch is refused where it is used.
pub(super) struct Syntax<'a> {
    pub(super) file: usize,
    pub(super) text: &'a str,
    tree: Tree,
    changes: OnceCell<Changes<'a>>,
    steps: Cell<u32>,
}

impl<'a> Syntax<'a> {
    pub(super) fn parse(
        file: usize,
        source: &'a SourceText,
        language: &Language,
    ) -> Result<Self, Failure> {
        Self::with(file, source, language, |parser| {
            parser.parse(&source.text, None)
        })
    }

    /// As `parse`, for a grammar whose scanner looks characters up in the tables of C, out of
    /// bounds for those beyond ASCII. It gets to see a letter for each of their bytes, so that
    /// every place is the same.
    pub(super) fn parse_ascii(
        file: usize,
        source: &'a SourceText,
        language: &Language,
    ) -> Result<Self, Failure> {
        Self::with(file, source, language, |parser| {
            let ascii: Vec<u8> = source
                .text
                .bytes()
                .map(|byte| if byte.is_ascii() { byte } else { b'x' })
                .collect();
            parser.parse(ascii, None)
        })
    }

    fn with(
        file: usize,
        source: &'a SourceText,
        language: &Language,
        parse: impl Fn(&mut Parser) -> Option<Tree>,
    ) -> Result<Self, Failure> {
        let mut parser = Parser::new();
        parser
            .set_language(language)
            .map_err(|error| Failure::unreadable(error.to_string(), file, 0))?;
        let mut parse = || parse(&mut parser);
        let tree = match source.parses() {
            Some(parses) => parses.tree(language, parse),
            None => parse(),
        };
        let tree = tree.ok_or_else(|| Failure::unreadable("the parser gave up", file, 0))?;
        Ok(Self {
            file,
            text: &source.text,
            tree,
            changes: OnceCell::new(),
            steps: Cell::new(0),
        })
    }

    pub(super) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    pub(super) fn text(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    pub(super) fn unreadable(&self, message: impl Into<String>, node: Node<'_>) -> Failure {
        Failure::unreadable(message, self.file, node.start_byte())
    }

    /// # Errors
    /// When what `defined` names gets another value than its definition says, at that place.
    pub(super) fn settled(
        &self,
        name: &str,
        defined: usize,
        collect: impl FnOnce(&Self) -> Changes<'a>,
    ) -> Result<(), Failure> {
        match self.changes.get_or_init(|| collect(self)).of(name, defined) {
            None => Ok(()),
            Some(at) => Err(Failure::unreadable(
                format!("`{name}` is changed here; only running the file would tell to what"),
                self.file,
                at,
            )),
        }
    }

    /// # Errors
    /// When a syntax error stands in the node, at its place.
    pub(super) fn sound(&self, node: Node<'_>) -> Result<(), Failure> {
        match first_error(node) {
            None => Ok(()),
            Some(error) => Err(self.unreadable("syntax error", error)),
        }
    }

    /// One step of working out a value.
    ///
    /// # Errors
    /// When there were too many, or a syntax error stands in the node.
    pub(super) fn step(&self, node: Node<'_>) -> Result<(), Failure> {
        self.steps.set(self.steps.get().saturating_add(1));
        if self.steps.get() > MAX_STEPS {
            return Err(self.unreadable("too much to work out", node));
        }
        self.sound(node)
    }

    /// Nothing was found: because it is not there, or because a syntax error hides it.
    pub(super) fn absent(&self, what: impl Into<String>) -> Failure {
        let what = what.into();
        match first_error(self.root()) {
            None => Failure::missing(what),
            Some(error) => {
                self.unreadable(format!("syntax error, so {what} cannot be found"), error)
            }
        }
    }
}

/// Named children without comments.
pub(super) fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .collect()
}

/// All nodes of these kinds, in the order of the text, without recursion.
pub(super) fn descendants<'t>(root: Node<'t>, kinds: &[&str]) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        if kinds.contains(&node.kind()) {
            found.push(node);
        }
        let mut cursor = node.walk();
        pending.extend(node.named_children(&mut cursor));
    }
    found.sort_by_key(Node::start_byte);
    found
}

fn first_error(root: Node<'_>) -> Option<Node<'_>> {
    if !root.has_error() {
        return None;
    }
    let mut node = root;
    loop {
        if node.is_error() || node.is_missing() {
            return Some(node);
        }
        let mut cursor = node.walk();
        let next = node
            .children(&mut cursor)
            .find(|child| child.has_error() || child.is_missing());
        match next {
            Some(child) => node = child,
            None => return Some(node),
        }
    }
}

/// The whole line or lines of a span, with the newline, where nothing else stands on them;
/// otherwise the span alone.
pub(super) fn whole_lines(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text[..span.start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text[span.end..]
        .find('\n')
        .map_or(text.len(), |newline| span.end + newline + 1);
    let before = text[start..span.start].trim();
    let after = text[span.end..end].trim();
    let is_comment = |rest: &str| {
        rest.is_empty() || rest.starts_with("//") || rest.starts_with('#') || rest == ";"
    };
    if before.is_empty() && is_comment(after) {
        start..end
    } else {
        span
    }
}
