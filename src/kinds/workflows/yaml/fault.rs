use super::Span;

/// What is wrong with a file as YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// It cannot be read at all.
    Unreadable,
    /// A mapping has a key twice.
    DuplicateKey,
    /// A mapping has a key twice but for the case of its letters, which GitHub does not tell apart.
    KeyCase,
    /// Its bytes are not plain UTF-8.
    Encoding,
    /// A second document follows.
    SecondDocument,
    /// A merge key (`<<`).
    MergeKey,
    /// An anchor with an alias.
    Anchor,
    /// A tag (`!name`) that no forge knows.
    Tag,
    /// A scalar that YAML 1.1 and 1.2 read as different things, where it matters.
    Dialect,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub message: String,
    pub span: Span,
    /// A second place that it is about: the first of two equal keys.
    pub other: Option<Span>,
}

impl Fault {
    pub fn new(kind: FaultKind, message: impl Into<String>, span: Span) -> Self {
        Self {
            kind,
            message: message.into(),
            span,
            other: None,
        }
    }

    #[must_use]
    pub fn and(mut self, other: Span) -> Self {
        self.other = Some(other);
        self
    }
}
