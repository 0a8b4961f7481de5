use std::fmt;

/// The events that Gitea writes behind a context. What stands in other parentheses belongs to the
/// job's name.
const EVENTS: &[&str] = &[
    "push",
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_approved",
    "pull_request_review_rejected",
    "pull_request_review_comment",
    "pull_request_comment",
    "release",
    "schedule",
    "workflow_dispatch",
];

/// The name of a context: what is known of it, and gaps where an expression is not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    pieces: Vec<Piece>,
    /// The event that stands behind it in parentheses.
    event: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    Known(String),
    /// An expression, as written.
    Unknown(String),
}

impl Name {
    pub fn known(text: impl Into<String>) -> Self {
        let mut name = Self::empty();
        name.push(text.into());
        name
    }

    pub(super) fn empty() -> Self {
        Self {
            pieces: Vec::new(),
            event: None,
        }
    }

    pub(super) fn push(&mut self, text: impl AsRef<str>) {
        let text = text.as_ref();
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Known(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Known(text.to_owned()));
        }
    }

    /// Leaves so many characters (in the units of UTF-16) of a name that is known.
    pub(super) fn cut(&mut self, length: usize) {
        if let [Piece::Known(text)] = self.pieces.as_mut_slice() {
            let mut left = length;
            let end = text
                .char_indices()
                .find(|(_, c)| {
                    let fits = c.len_utf16() <= left;
                    left = left.saturating_sub(c.len_utf16());
                    !fits
                })
                .map_or(text.len(), |(at, _)| at);
            text.truncate(end);
        }
    }

    pub(super) fn push_unknown(&mut self, expression: &str) {
        self.pieces.push(Piece::Unknown(expression.to_owned()));
    }

    pub(super) fn push_name(&mut self, other: &Self) {
        for piece in &other.pieces {
            match piece {
                Piece::Known(text) => self.push(text),
                Piece::Unknown(text) => self.push_unknown(text),
            }
        }
    }

    pub(super) fn with_event(mut self, event: &str) -> Self {
        self.event = Some(event.to_owned());
        self
    }

    /// Without spaces at its ends, as Gitea stores it.
    pub(super) fn trimmed(mut self) -> Self {
        if let Some(Piece::Known(first)) = self.pieces.first_mut() {
            *first = first.trim_start().to_owned();
        }
        self
    }

    /// Whether all of it is known.
    pub fn is_known(&self) -> bool {
        !self.has_gap()
    }

    fn has_gap(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Unknown(_)))
    }

    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// Without the event behind it; expressions as they are written.
    pub fn base(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Known(text) | Piece::Unknown(text) => text.as_str(),
            })
            .collect()
    }

    /// Whether `posted` (with or without an event behind it) may be this context. A gap may be any
    /// text.
    pub fn may_be(&self, posted: &str) -> bool {
        let (base, event) = strip_event(posted);
        // `a (push)` is a context of the event, or a job of that name without one.
        let whole = self.event.is_none() && self.matches(posted);
        let events = match (event, &self.event) {
            (Some(a), Some(b)) => a == b,
            (None, _) => true,
            (Some(_), None) => false,
        };
        whole || events && self.matches(base)
    }

    /// Whether the text is this name without its event.
    fn matches(&self, text: &str) -> bool {
        let mut rest = text;
        let mut anchored = true;
        let last = self.pieces.len().saturating_sub(1);
        for (index, piece) in self.pieces.iter().enumerate() {
            let Piece::Known(known) = piece else {
                anchored = false;
                continue;
            };
            if anchored {
                match rest.strip_prefix(known.as_str()) {
                    Some(after) => rest = after,
                    None => return false,
                }
            } else if index == last {
                return rest.ends_with(known.as_str());
            } else {
                match rest.find(known.as_str()) {
                    Some(at) => rest = &rest[at + known.len()..],
                    None => return false,
                }
            }
            anchored = true;
        }
        rest.is_empty() || !anchored
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base())?;
        match &self.event {
            Some(event) => write!(f, " ({event})"),
            None => Ok(()),
        }
    }
}

/// A context's name without the event behind it, and the event.
pub fn strip_event(name: &str) -> (&str, Option<&str>) {
    let stripped = name
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once(" ("))
        .filter(|(_, event)| EVENTS.contains(event));
    match stripped {
        Some((base, event)) => (base.trim_end(), Some(event)),
        None => (name, None),
    }
}
