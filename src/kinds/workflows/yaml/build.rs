use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, ScalarStyle, StructureStyle, Tag};

use super::{Entry, Fault, FaultKind, Node, Shape, Span, Style, Text, YamlComment};

/// How many values a file may be made of once its aliases are written out. Long texts count as several.
const MAX_WEIGHT: u64 = 1_000_000;

/// How many faults of one kind are told.
const MAX_FAULTS: usize = 100;

/// Builds the tree of a document from the events of the parser.
pub(super) struct Builder<'a> {
    source: &'a str,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    /// Anchors whose values are still open.
    pending: HashSet<usize>,
    comments: Vec<YamlComment>,
    pub(super) faults: Vec<Fault>,
    broken: bool,
    /// The weight of all that was taken, aliases and merges included.
    spent: u64,
    /// How many faults of a kind there were.
    told: HashMap<FaultKind, usize>,
}

/// A collection whose end has not come yet.
struct Open {
    is_map: bool,
    is_flow: bool,
    anchor: usize,
    span: Span,
    /// Keys and values of a mapping take turns.
    nodes: Vec<Node>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            root: None,
            open: Vec::new(),
            anchors: HashMap::new(),
            pending: HashSet::new(),
            comments: Vec::new(),
            faults: Vec::new(),
            broken: false,
            spent: 0,
            told: HashMap::new(),
        }
    }

    /// What was built so far is not to be trusted.
    pub(super) fn give_up(&mut self) {
        self.broken = true;
    }

    pub(super) fn fault(
        &mut self,
        kind: FaultKind,
        message: impl Into<String>,
        span: &granit_parser::Span,
    ) {
        self.tell(Fault::new(kind, message, span_of(span)));
    }

    /// One kind that comes without end hides no other one.
    fn tell(&mut self, fault: Fault) {
        let told = self.told.entry(fault.kind).or_default();
        *told += 1;
        if *told <= MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    /// Counts what is about to be made, and says whether it may be.
    fn spend(&mut self, weight: u64, place: Span) -> bool {
        let was_over = self.is_over();
        self.spent = self.spent.saturating_add(weight);
        if self.is_over() && !was_over {
            let message = "the file is too large once its aliases are written out";
            self.tell(Fault::new(FaultKind::Unreadable, message, place));
            self.give_up();
        }
        !self.is_over()
    }

    /// Whether the file is made of more than can be looked at.
    pub(super) fn is_over(&self) -> bool {
        self.spent > MAX_WEIGHT
    }

    pub(super) fn finish(self) -> (Option<Node>, Vec<YamlComment>, Vec<Fault>) {
        let root = if self.broken { None } else { self.root };
        (root, self.comments, self.faults)
    }

    pub(super) fn take(&mut self, event: Event<'_>, span: &granit_parser::Span) {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                let text = self.text(value.into_owned(), style, span_of(span), tag.as_deref());
                let long = u64::try_from(text.value.len() / 64).unwrap_or(u64::MAX);
                let node = Node {
                    span: text.span,
                    shape: Shape::Scalar(text),
                    alias: None,
                    weight: long.saturating_add(1),
                };
                self.spend(node.weight, node.span);
                self.node(node, anchor);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                self.begin(false, style, anchor, span);
            }
            Event::MappingStart(style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                self.begin(true, style, anchor, span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Anchor(_, name) => {
                self.fault(FaultKind::Anchor, format!("anchor `{name}`"), span);
            }
            Event::Comment(text, _) => self.comments.push(YamlComment {
                text: text.into_owned(),
                span: span_of(span),
            }),
            _ => {}
        }
    }

    fn tag(&mut self, tag: Option<&Tag>, span: &granit_parser::Span) {
        if let Some(tag) = tag
            && tag.handle() != "tag:yaml.org,2002:"
        {
            let name = format!("{}{}", tag.handle(), tag.suffix());
            self.fault(
                FaultKind::Tag,
                format!("tag `{name}` means nothing to a forge"),
                span,
            );
        }
    }

    fn begin(
        &mut self,
        is_map: bool,
        style: StructureStyle,
        anchor: usize,
        span: &granit_parser::Span,
    ) {
        if anchor != 0 {
            self.pending.insert(anchor);
        }
        self.open.push(Open {
            is_map,
            is_flow: style == StructureStyle::Flow,
            anchor,
            span: span_of(span),
            nodes: Vec::new(),
        });
    }

    fn end(&mut self, span: &granit_parser::Span) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let mut whole = open.span;
        whole.end = if open.is_flow {
            span_of(span).end
        } else {
            let last = open.nodes.last();
            last.map_or(whole.end, |node| node.alias.unwrap_or(node.span).end)
        };
        if !open.is_flow
            && let Some(first) = open.nodes.first()
            && open.is_map
        {
            whole.start = first.span.start;
            whole.line = first.span.line;
            whole.column = first.span.column;
        }
        let weight = open
            .nodes
            .iter()
            .fold(1u64, |sum, node| sum.saturating_add(node.weight));
        let shape = if open.is_map {
            Shape::Map(self.entries(open.nodes))
        } else {
            Shape::List(Arc::from(open.nodes))
        };
        let node = Node {
            shape,
            span: whole,
            alias: None,
            weight,
        };
        self.pending.remove(&open.anchor);
        self.node(node, open.anchor);
    }

    fn alias(&mut self, anchor: usize, span: &granit_parser::Span) {
        match self.anchors.get(&anchor) {
            Some(node) if !self.pending.contains(&anchor) => {
                let place = span_of(span);
                let weight = node.weight;
                let node = Node {
                    alias: Some(place),
                    ..node.clone()
                };
                if self.spend(weight, place) {
                    self.node(node, 0);
                }
            }
            _ => {
                let message = "the alias stands inside of its own anchor";
                self.fault(FaultKind::Unreadable, message, span);
                self.give_up();
            }
        }
    }

    fn node(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.root = Some(node),
        }
    }

    /// The entries of a mapping: of two equal keys the first one, and merged ones last.
    fn entries(&mut self, nodes: Vec<Node>) -> Arc<[Entry]> {
        let mut entries: Vec<Entry> = Vec::with_capacity(nodes.len() / 2);
        let mut keys: HashMap<String, Span> = HashMap::new();
        let mut lowers: HashMap<String, Span> = HashMap::new();
        let mut merges = Vec::new();
        let mut nodes = nodes.into_iter();
        while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
            let place = key.alias.unwrap_or(key.span);
            let Shape::Scalar(key) = key.shape else {
                let message = "a key is not text";
                self.tell(Fault::new(FaultKind::Unreadable, message, place));
                self.give_up();
                continue;
            };
            if key.style == Style::Plain && key.value == "<<" {
                self.tell(Fault::new(FaultKind::MergeKey, "a merge key (`<<`)", place));
                merges.push(value);
                continue;
            }
            let lower = key.value.to_ascii_lowercase();
            if let Some(first) = keys.get(&key.value) {
                let message = format!("duplicate key `{}`", key.value);
                self.tell(Fault::new(FaultKind::DuplicateKey, message, place).and(*first));
                continue;
            }
            if let Some(first) = lowers.insert(lower, place) {
                let message = format!("duplicate key `{}`, but for its case", key.value);
                self.tell(Fault::new(FaultKind::KeyCase, message, place).and(first));
            }
            keys.insert(key.value.clone(), place);
            entries.push(Entry {
                key,
                value,
                merged: false,
            });
        }
        for merge in merges {
            let sources = match &merge.shape {
                Shape::List(items) => items.to_vec(),
                _ => vec![merge.clone()],
            };
            for source in sources {
                let Some(more) = source.as_map() else {
                    let message = "a merge key (`<<`) takes a mapping or a list of them";
                    self.tell(Fault::new(FaultKind::Unreadable, message, merge.span));
                    self.give_up();
                    break;
                };
                if !self.spend(source.weight, merge.span) {
                    break;
                }
                for entry in more {
                    if keys.insert(entry.key.value.clone(), merge.span).is_none() {
                        entries.push(Entry {
                            merged: true,
                            ..entry.clone()
                        });
                    }
                }
            }
        }
        Arc::from(entries)
    }

    fn text(&self, value: String, style: ScalarStyle, span: Span, tag: Option<&Tag>) -> Text {
        let style = match style {
            // A tag makes text of what would be something else.
            ScalarStyle::Plain if tag.is_some() => Style::SingleQuoted,
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let content = match style {
            Style::Literal | Style::Folded => self.block_content(&value, span),
            _ => (span.line, span.column),
        };
        Text {
            value,
            span,
            style,
            content,
        }
    }

    /// Where the content of a block begins: the parser's place is that of its first line that is
    /// not empty, and the empty ones before it belong to the value.
    fn block_content(&self, value: &str, span: Span) -> (u32, u32) {
        let empty = value.len() - value.trim_start_matches('\n').len();
        let empty = u32::try_from(empty).unwrap_or(0);
        let rest = self.source.get(span.start..).unwrap_or_default();
        if rest.starts_with(['|', '>']) {
            let indent = rest
                .lines()
                .skip(1)
                .find(|line| !line.trim().is_empty())
                .map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
            (span.line + 1, u32::try_from(indent + 1).unwrap_or(1))
        } else {
            (span.line.saturating_sub(empty).max(1), span.column)
        }
    }
}

/// The parser counts columns from 0.
fn span_of(span: &granit_parser::Span) -> Span {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let start = span.start.byte_offset().unwrap_or(0);
    Span {
        start,
        end: span.end.byte_offset().unwrap_or(start).max(start),
        line: number(span.start.line()),
        column: number(span.start.col() + 1),
    }
}
