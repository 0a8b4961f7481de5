use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::tokens::Token;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::codes::{JSON_COMMENT, JSON_DUPLICATE_KEY, JSON_SYNTAX, JSON_TRAILING_COMMA};
use super::place::{Places, Span};
use crate::gate::{Code, Finding, Location};

/// A JSON value that knows where it stands.
#[derive(Debug, Clone)]
pub struct Json {
    pub span: Span,
    pub value: JsonValue,
}

#[derive(Debug, Clone)]
pub enum JsonValue {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    String(String),
    List(Vec<Json>),
    /// In the order written, duplicate keys included.
    Object(Vec<Member>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Member {
    pub key: String,
    pub key_span: Span,
    pub value: Json,
}

impl JsonValue {
    /// With its article, for messages.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Something in a text that strict JSON does not have.
#[derive(Debug, Clone)]
pub struct JsonProblem {
    pub code: &'static Code,
    pub message: String,
    pub span: Span,
    /// The other place concerned: where a duplicate key stands first.
    pub first: Option<Span>,
}

impl JsonProblem {
    /// The finding about it in the file at `path`.
    pub fn to_finding(&self, path: &str) -> Finding {
        let at = |span: &Span| Location::at(path, span.start.line, span.start.column);
        let finding = Finding::new(self.code, self.message.clone()).at(at(&self.span));
        match &self.first {
            Some(first) => finding.at(at(first)),
            None => finding,
        }
    }
}

/// A text as it was read: what it says, as far as it can be understood, and all that is wrong
/// with it as strict JSON.
#[derive(Debug, Clone)]
pub struct JsonText {
    /// `None` where the text cannot be understood at all.
    pub root: Option<Json>,
    pub problems: Vec<JsonProblem>,
}

/// Comments and trailing commas are understood, so that all of them can be reported at once.
const UNDERSTOOD: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads strict JSON (RFC 8259), without duplicate keys.
pub fn read_json(text: &str) -> JsonText {
    let places = Places::new(text);
    let nothing = match text.strip_prefix('\u{feff}') {
        Some(_) => Some("a byte order mark stands before the text; RFC 8259 forbids it"),
        None if text.trim().is_empty() => Some("the file is empty"),
        None => None,
    };
    if let Some(message) = nothing {
        return JsonText {
            root: None,
            problems: vec![JsonProblem {
                code: &JSON_SYNTAX,
                message: message.to_owned(),
                span: places.span(0..0),
                first: None,
            }],
        };
    }
    let collect = CollectOptions {
        comments: CommentCollectionStrategy::AsTokens,
        tokens: true,
    };
    let parsed = match parse_to_ast(text, &collect, &UNDERSTOOD) {
        Ok(parsed) => parsed,
        Err(error) => {
            let range = error.range();
            return JsonText {
                root: None,
                problems: vec![JsonProblem {
                    code: &JSON_SYNTAX,
                    message: sentence(error.kind()),
                    span: places.span(range.start..range.end.max(range.start)),
                    first: None,
                }],
            };
        }
    };
    let mut problems = Vec::new();
    let mut comma: Option<Span> = None;
    for token in parsed.tokens.into_iter().flatten() {
        let range = token.range();
        let span = places.span(range.start..range.end);
        match token.token {
            Token::CommentLine(_) | Token::CommentBlock(_) => problems.push(JsonProblem {
                code: &JSON_COMMENT,
                message: "a comment stands where JSON has none".to_owned(),
                span,
                first: None,
            }),
            Token::Comma => comma = Some(span),
            Token::CloseBrace | Token::CloseBracket => {
                if let Some(span) = comma.take() {
                    problems.push(JsonProblem {
                        code: &JSON_TRAILING_COMMA,
                        message: "a comma stands before the closing bracket".to_owned(),
                        span,
                        first: None,
                    });
                }
            }
            _ => comma = None,
        }
    }
    let root = parsed.value.map(|value| own(value, &places, &mut problems));
    // The tolerant reader is lenient about more than it says; the strict one has the last word.
    if problems
        .iter()
        .all(|problem| problem.code == &JSON_DUPLICATE_KEY)
        && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text)
    {
        problems.push(JsonProblem {
            code: &JSON_SYNTAX,
            message: strip_position(&error.to_string()),
            span: places.span(byte_of(text, error.line(), error.column())),
            first: None,
        });
    }
    problems.sort_by_key(|problem| problem.span.bytes.start);
    JsonText { root, problems }
}

fn own(value: Value<'_>, places: &Places<'_>, problems: &mut Vec<JsonProblem>) -> Json {
    let range = value.range();
    let span = places.span(range.start..range.end);
    let value = match value {
        Value::NullKeyword(_) => JsonValue::Null,
        Value::BooleanLit(literal) => JsonValue::Bool(literal.value),
        Value::NumberLit(literal) => JsonValue::Number(literal.value.to_owned()),
        Value::StringLit(literal) => JsonValue::String(literal.value.into_owned()),
        Value::Array(array) => JsonValue::List(
            array
                .elements
                .into_iter()
                .map(|element| own(element, places, problems))
                .collect(),
        ),
        Value::Object(object) => {
            let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
            let mut first = std::collections::HashMap::new();
            for property in object.properties {
                let range = match &property.name {
                    ObjectPropName::String(name) => name.range(),
                    ObjectPropName::Word(name) => name.range(),
                };
                let key_span = places.span(range.start..range.end);
                let key = property.name.into_string();
                match first.entry(key.clone()) {
                    std::collections::hash_map::Entry::Vacant(entry) => {
                        entry.insert(key_span.clone());
                    }
                    std::collections::hash_map::Entry::Occupied(entry) => {
                        let first: &Span = entry.get();
                        problems.push(JsonProblem {
                            code: &JSON_DUPLICATE_KEY,
                            message: format!(
                                "key `{key}` stands here a second time, first on line {}",
                                first.start.line
                            ),
                            span: key_span.clone(),
                            first: Some(first.clone()),
                        });
                    }
                }
                members.push(Member {
                    key,
                    key_span,
                    value: own(property.value, places, problems),
                });
            }
            JsonValue::Object(members)
        }
    };
    Json { span, value }
}

fn sentence(kind: &ParseErrorKind) -> String {
    let text = kind.to_string();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => text,
    }
}

fn strip_position(message: &str) -> String {
    message
        .split(" at line ")
        .next()
        .unwrap_or(message)
        .to_owned()
}

/// The strict reader counts lines from 1, and columns in bytes from 1 (0 for a line's end).
fn byte_of(text: &str, line: usize, column: usize) -> std::ops::Range<usize> {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = (start + column.saturating_sub(1)).min(text.len());
    offset..offset
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problems(text: &str) -> Vec<(&'static str, u32, u32)> {
        read_json(text)
            .problems
            .iter()
            .map(|p| (p.code.name, p.span.start.line, p.span.start.column))
            .collect()
    }

    #[test]
    fn strict_json_has_no_problems() {
        assert_eq!(
            problems(r#"{"a": [1, "é", null, true, {"b": -0.5e3}]}"#),
            []
        );
    }

    #[test]
    fn every_comment_and_trailing_comma_is_reported_at_its_place() {
        let text = "{\n  \"é\": [1, 2,], // one\n  /* two */ \"b\": {},\n}\n// three";
        assert_eq!(
            problems(text),
            [
                ("json-trailing-comma", 2, 13),
                ("json-comment", 2, 17),
                ("json-comment", 3, 3),
                ("json-trailing-comma", 3, 20),
                ("json-comment", 5, 1),
            ]
        );
    }

    #[test]
    fn a_comment_between_the_comma_and_the_bracket_hides_nothing() {
        assert_eq!(
            problems("[1, /* x */ ]"),
            [("json-trailing-comma", 1, 3), ("json-comment", 1, 5)]
        );
    }

    #[test]
    fn a_duplicate_key_is_reported_at_its_second_place_at_any_depth() {
        assert_eq!(
            problems("{\"a\": 1, \"b\": [{\"c\": 1, \"\\u0063\": 2}]}"),
            [("json-duplicate-key", 1, 25)]
        );
    }

    #[test]
    fn what_is_not_json_is_a_syntax_problem() {
        for text in [
            "",
            "{",
            "{a: 1}",
            "[1 2]",
            "{'a': 1}",
            "[01]",
            "[+1]",
            "[NaN]",
            "[.5]",
            "\"\\x41\"",
            "\"a\nb\"",
            "\"a\tb\"",
            "{} {}",
            "\u{feff}{}",
            "[\u{a0}]",
            "\"\\ud800\"",
        ] {
            let found = problems(text);
            assert_eq!(found.len(), 1, "{text:?}: {found:?}");
            assert_eq!(found[0].0, "json-syntax", "{text:?}");
        }
    }

    #[test]
    fn a_deep_nest_is_refused_without_overflowing() {
        let text = "[".repeat(200_000);
        assert_eq!(problems(&text).len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panicking(text in any::<String>()) {
            let read = read_json(&text);
            let strict = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert!(strict || !read.problems.is_empty());
        }

        #[test]
        fn nearly_json_agrees_with_the_strict_reader(
            text in "[\\[\\]{},:\"a1/*\\n é]{0,24}"
        ) {
            let read = read_json(&text);
            let strict = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let clean = read
                .problems
                .iter()
                .all(|problem| problem.code.name == "json-duplicate-key");
            prop_assert_eq!(strict, clean, "{:?}", read.problems);
            for problem in &read.problems {
                prop_assert!(problem.span.start.line as usize <= text.matches('\n').count() + 1);
            }
        }
    }
}
