use github_actions_expressions::{Error, Expr, SpannedExpr};

/// What an `if:` is, before its expression is read. A forge evaluates a text without a fence as
/// one expression, and a text around a fence as a template, which is a text and so always true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// One expression, with or without a fence (`${{ … }}`) around all of it.
    Expression(&'a str),
    /// Text around one fence or several: never empty, so always true.
    Template(&'a str),
}

impl<'a> Condition<'a> {
    pub fn of(text: &'a str) -> Self {
        let trimmed = text.trim();
        if !trimmed.contains("${{") {
            return Self::Expression(trimmed);
        }
        // What follows the fence counts: `|` leaves a newline there, and makes a template of it.
        match text
            .strip_prefix("${{")
            .and_then(|rest| rest.strip_suffix("}}"))
        {
            Some(inner) if !inner.contains("${{") => Self::Expression(inner.trim()),
            _ => Self::Template(text),
        }
    }

    /// Its expression.
    ///
    /// # Errors
    /// When it is none. `None` stands for a template.
    pub fn parse(self) -> Option<Result<SpannedExpr<'a>, Error>> {
        match self {
            Self::Expression(text) => Some(Expr::parse(text)),
            Self::Template(_) => None,
        }
    }
}
