use std::collections::BTreeMap;

/// A text with placeholders: `postgres {{postgres.url}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(String),
}

/// What every system and service may name; services add `NAME.url`, `NAME.host` and `NAME.port`.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    (
        "postgres.url",
        "the URL of the database, with user and password",
    ),
    ("postgres.host", "the database server's host"),
    ("postgres.port", "the database server's port"),
    ("postgres.user", "the database's user"),
    ("postgres.password", "that user's password"),
    ("postgres.database", "the database's name"),
    ("bind", "the address to listen on"),
    ("port", "the port to listen on"),
    ("url", "the base URL of the system, as runtimes reach it"),
    ("run.id", "the run's id"),
    (
        "run.deadline",
        "when nobody wants the run's things any more, in seconds since 1970",
    ),
    (
        "run.labels",
        "the labels that everything must bear: `k=v,k=v`; none in the backend `process`",
    ),
    ("admin_token", "a random token"),
    ("encryption_key", "32 random bytes in base64"),
    (
        "network",
        "the run's Docker network; nothing in the backend `process`",
    ),
    ("root", "the folder of the checkout that is gated"),
    (
        "state",
        "a folder of the run's own; nothing in the backend `docker`",
    ),
];

impl Template {
    /// # Errors
    /// What is wrong with a placeholder, and the name that it has, if any.
    pub fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            let after = &rest[start + 2..];
            let Some(end) = after.find("}}") else {
                return Err(("a placeholder has no end: `}}` is missing".to_owned(), None));
            };
            parts.push(Part::Placeholder(after[..end].trim().to_owned()));
            rest = &after[end + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// A text without placeholders.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    /// The names of its placeholders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with the values filled in.
    ///
    /// # Errors
    /// The name that has no value.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Result<String, String> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Placeholder(name) => {
                    filled.push_str(values.get(name).ok_or_else(|| name.clone())?);
                }
            }
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_and_all_else_stays() {
        let template = Template::parse("a {{ x }}{{y}} {b}").expect("a template");
        let values = [("x", "1"), ("y", "2")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        assert_eq!(template.fill(&values), Ok("a 12 {b}".to_owned()));
        assert_eq!(template.names().collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn a_placeholder_without_a_value_is_named() {
        let template = Template::parse("{{x}}").expect("a template");
        assert_eq!(template.fill(&BTreeMap::new()), Err("x".to_owned()));
    }

    #[test]
    fn a_placeholder_without_an_end_is_an_error() {
        assert!(Template::parse("a {{x} b").is_err());
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let template = Template::parse("{{x}}").expect("a template");
        let values = [("x".to_owned(), "{{y}}".to_owned())].into();
        assert_eq!(template.fill(&values), Ok("{{y}}".to_owned()));
    }
}
