use crate::kinds::workflows::yaml::Span;

/// What sort of thing is wrong with a file as a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShapeKind {
    /// A forge refuses the file, or the part of it.
    Refused,
    /// A key that means nothing: one forge refuses the file, another ignores the key.
    UnknownKey,
    /// Forges take it differently.
    Dialect,
    /// The published model of workflows does not know it.
    Unusual,
}

/// Something that is wrong with a file as a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeFault {
    pub kind: ShapeKind,
    pub message: String,
    pub help: Option<String>,
    pub span: Span,
}
