use std::ops::Range;

/// Bytes of one of a side's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Origin {
    /// Index into the side's files.
    pub(in super::super) file: usize,
    pub(in super::super) span: Range<usize>,
}

/// One member of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Member {
    pub(in super::super) value: String,
    /// The bytes that say the value.
    pub(in super::super) at: Origin,
    /// Whether another value can be written in their place.
    pub(in super::super) literal: bool,
    /// Whether it is written without quotes, as a number.
    pub(in super::super) number: bool,
    /// What goes when the member goes: its line, its element with the comma.
    pub(in super::super) item: Option<Range<usize>>,
    /// The literal elsewhere that the member refers to by name.
    pub(in super::super) refers: Option<Origin>,
}

impl Member {
    /// A string literal.
    pub(super) fn text(value: impl Into<String>, file: usize, span: Range<usize>) -> Self {
        Self {
            value: value.into(),
            at: Origin { file, span },
            literal: true,
            number: false,
            item: None,
            refers: None,
        }
    }

    #[must_use]
    pub(super) fn number(mut self, number: bool) -> Self {
        self.number = number;
        self
    }

    #[must_use]
    pub(super) fn item(mut self, item: Range<usize>) -> Self {
        self.item = Some(item);
        self
    }

    /// It has no literal of its own: its value follows from its place.
    #[must_use]
    pub(super) fn implied(mut self) -> Self {
        self.literal = false;
        self
    }
}

/// A replacement of bytes in one of a side's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Edit {
    pub(in super::super) at: Origin,
    pub(in super::super) text: String,
}

impl Edit {
    pub(super) fn new(file: usize, span: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            at: Origin { file, span },
            text: text.into(),
        }
    }
}

/// Where one more member would be written, and what stands around its literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Insertion {
    pub(in super::super) file: usize,
    pub(in super::super) at: usize,
    pub(in super::super) before: String,
    pub(in super::super) after: String,
}

/// A set as it stands in the files, with what is needed to change it there.
#[derive(Debug, Clone)]
pub(in super::super) struct Extraction {
    /// What was read, for messages: `constraint workspaces_kind_check`.
    pub(in super::super) subject: String,
    pub(in super::super) members: Vec<Member>,
    /// Where the set is declared.
    pub(in super::super) declared: Origin,
    /// Writes a string as a literal of the language.
    pub(in super::super) write: fn(&str) -> String,
    /// Where a member would be added; `None` where an added one would not belong to the set.
    pub(in super::super) insertion: Option<Insertion>,
    /// Edits that leave the set there, but empty; none where the language has no such thing.
    pub(in super::super) emptied: Vec<Edit>,
    /// Edits that give the set another name.
    pub(in super::super) renamed: Vec<Edit>,
    /// Whether each member is named by the gate, so that removing one removes a subject.
    pub(in super::super) named_members: bool,
    /// Statements that were not understood and do not concern the set.
    pub(in super::super) passed_over: usize,
}

impl Extraction {
    pub(super) fn new(
        subject: impl Into<String>,
        declared: Origin,
        write: fn(&str) -> String,
    ) -> Self {
        Self {
            subject: subject.into(),
            members: Vec::new(),
            declared,
            write,
            insertion: None,
            emptied: Vec::new(),
            renamed: Vec::new(),
            named_members: false,
            passed_over: 0,
        }
    }
}

/// Why a set could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Failure {
    /// It is not there. Names what was looked for.
    Missing { what: String, at: Option<Origin> },
    /// It is there, or may be, but cannot be worked out.
    Unreadable { message: String, at: Origin },
}

impl Failure {
    pub(super) fn missing(what: impl Into<String>) -> Self {
        Self::Missing {
            what: what.into(),
            at: None,
        }
    }

    pub(super) fn missing_at(what: impl Into<String>, file: usize, at: usize) -> Self {
        Self::Missing {
            what: what.into(),
            at: Some(Origin { file, span: at..at }),
        }
    }

    pub(super) fn unreadable(message: impl Into<String>, file: usize, at: usize) -> Self {
        Self::Unreadable {
            message: message.into(),
            at: Origin { file, span: at..at },
        }
    }
}

/// The bytes of element `index` of a comma-separated list together with one comma, so that the
/// rest is still a list. `separators` says where the commas are.
pub(super) fn with_comma(
    text: &str,
    elements: &[Range<usize>],
    index: usize,
) -> Option<Range<usize>> {
    let element = elements.get(index)?;
    match elements.get(index + 1) {
        // Up to the next element: comments in between go with it.
        Some(next) => Some(element.start..next.start),
        None if index > 0 => Some(elements[index - 1].end..element.end),
        None => {
            let rest = &text[element.end..];
            let comma = rest.len() - rest.trim_start().len();
            Some(match rest[comma..].starts_with(',') {
                true => element.start..element.end + comma + 1,
                false => element.clone(),
            })
        }
    }
}
