use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Location};

use super::{GateFile, SpecError, spec_error::nearest};

/// Reads one YAML document strictly: no unknown or duplicate keys, no bombs, no second document.
///
/// # Errors
/// With the place, and with a remedy where one is known.
pub fn parse<T: DeserializeOwned>(file: &GateFile) -> Result<T, SpecError> {
    if file
        .text
        .lines()
        .map(str::trim)
        .all(|line| line.is_empty() || line.starts_with('#') || line == "---" || line == "...")
    {
        return Err(SpecError::file(
            &file.name,
            "the file is empty; nothing in it says what to do",
        ));
    }
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        merge_keys: serde_saphyr::MergeKeyPolicy::Error,
    };
    serde_saphyr::from_str_with_options(&file.text, options)
        .map_err(|error| explain(file, error.without_snippet()))
}

fn explain(file: &GateFile, error: &Error) -> SpecError {
    let fault = YamlFault::of(error);
    let error = SpecError::at(file, fault.location, fault.message);
    match fault.help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// What the YAML reader refused, in the words of somebody who writes YAML.
#[derive(Debug)]
pub struct YamlFault {
    /// Where it is; line 0 if that is not known.
    pub location: Location,
    pub message: String,
    pub help: Option<String>,
}

impl YamlFault {
    /// Reads an error of the YAML reader.
    pub fn of(error: &Error) -> Self {
        explained(error.without_snippet())
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

fn explained(error: &Error) -> YamlFault {
    let at = |message: String| YamlFault {
        location: error.location().unwrap_or(Location::UNKNOWN),
        message,
        help: None,
    };
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => {
            let known = format!("known here: {}", expected.join(", "));
            let error = at(format!("unknown key `{field}`"));
            match nearest(field, expected.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`? {known}")),
                None => error.help(known),
            }
        }
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            let known = format!("one of: {}", expected.join(", "));
            let error = at(format!("unknown value `{variant}`"));
            match nearest(variant, expected.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`? {known}")),
                None => error.help(known),
            }
        }
        Error::SerdeMissingField { field, .. } => at(format!("key `{field}` is missing")),
        Error::DuplicateMappingKey { key, .. } => at(match key {
            Some(key) => format!("duplicate key `{key}`"),
            None => "duplicate key".to_owned(),
        })
        .help("keep one of the two; readers disagree about which one counts"),
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        } => at(format!("expected {expected}, found {unexpected}")),
        Error::Unexpected { expected, .. } => at(format!("expected {}", noun(expected))),
        Error::InvalidScalar { ty, .. } => at(format!("expected {}", noun(ty))),
        Error::InvalidBooleanStrict { .. } => at("expected `true` or `false`".to_owned()),
        Error::NullIntoString { .. } => at("expected text, found nothing".to_owned()),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            at("an anchor contains itself".to_owned())
        }
        Error::UnknownAnchor { .. } => at("no anchor of this name comes before".to_owned()),
        Error::MergeKeyNotAllowed { .. } => at("merge keys (`<<`) are not read".to_owned())
            .help("write the keys out, or give the whole value an anchor"),
        Error::MultipleDocuments { .. } => {
            at("a second document begins here; one file holds one document".to_owned())
                .help("move it to a file of its own")
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            at("the document is too large once its aliases are expanded".to_owned())
                .help("write out what the aliases stand for")
        }
        Error::AliasError { error, .. } => explained(error.without_snippet()),
        other => at(plain_message(other)),
    }
}

/// The YAML reader's name for what it expected, in the words of somebody who writes YAML.
fn noun(expected: &str) -> String {
    match expected {
        "mapping start" => "keys and values (`key: value`)".to_owned(),
        "sequence start" => "a list".to_owned(),
        "string scalar" => "text".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        other => other.to_owned(),
    }
}

/// The reader's own message without the position that it appends.
fn plain_message(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.split(" at line ")
        .next()
        .unwrap_or(line)
        .trim_start_matches("error: ")
        .to_owned()
}

/// Reads `90s`, `5m`, `1h 30m`.
///
/// # Errors
/// Says what a duration looks like.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let refuse = || format!("`{text}` is not a duration such as `90s`, `5m` or `1h 30m`");
    let span: jiff::SignedDuration = text.parse().map_err(|_| refuse())?;
    Duration::try_from(span)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(refuse)
}
