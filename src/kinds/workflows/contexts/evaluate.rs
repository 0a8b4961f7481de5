use github_actions_expressions::literal::Literal;
use github_actions_expressions::op::{BinExpr, BinOp, UnOp};
use github_actions_expressions::{Expr, SpannedExpr};

use super::{Combination, Name};
use crate::kinds::workflows::yaml::{Node, Style, Text};

/// What an expression can be known to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Value {
    /// A scalar as YAML 1.2 types it.
    pub(super) fn of(text: &Text) -> Self {
        if text.style != Style::Plain {
            return Self::Text(text.value.clone());
        }
        if text.is_null() {
            return Self::Null;
        }
        if let Some(flag) = text.as_bool() {
            return Self::Bool(flag);
        }
        let numeric = text
            .value
            .starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match text.value.parse::<f64>() {
            Ok(number) if numeric => Self::Number(number),
            _ => Self::Text(text.value.clone()),
        }
    }

    /// As it stands in a text: `3.10` is `3.1`.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
        }
    }

    /// Equality as expressions have it, where no conversion is needed.
    fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.to_lowercase() == b.to_lowercase()),
            (Self::Number(a), Self::Number(b)) => Some((a - b).abs() < f64::EPSILON),
            (Self::Bool(a), Self::Bool(b)) => Some(a == b),
            (Self::Null, Self::Null) => Some(true),
            _ => None,
        }
    }
}

/// A text with its expressions filled in, as far as the matrix alone decides them.
pub(super) fn interpolate(text: &str, matrix: &Combination) -> Name {
    let mut name = Name::empty();
    let mut rest = text;
    while let Some(start) = rest.find("${{") {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        name.push(&rest[..start]);
        let fence = &rest[start..start + length + 2];
        let inner = fence
            .trim_start_matches("${{")
            .trim_end_matches("}}")
            .trim();
        let value = Expr::parse(inner)
            .ok()
            .and_then(|expression| evaluate(&expression, matrix));
        match value {
            Some(value) => name.push(value.to_text()),
            None => name.push_unknown(fence),
        }
        rest = &rest[start + length + 2..];
    }
    name.push(rest);
    name
}

fn evaluate(expression: &SpannedExpr<'_>, matrix: &Combination) -> Option<Value> {
    match &expression.inner {
        Expr::Literal(literal) => Some(match literal {
            Literal::Number(number) => Value::Number(*number),
            Literal::String(text) => Value::Text(text.to_string()),
            Literal::Boolean(flag) => Value::Bool(*flag),
            Literal::Null => Value::Null,
        }),
        Expr::Context(context) => {
            let pattern = context.as_pattern()?;
            let mut path = pattern.split('.');
            if path.next() != Some("matrix") || pattern.contains('*') {
                return None;
            }
            let Some(node) = matrix.get(path.next()?) else {
                return Some(Value::Null);
            };
            descend(node, path)
        }
        Expr::BinExpr(BinExpr { lhs, op, rhs }) => {
            let left = evaluate(lhs, matrix)?;
            match op {
                BinOp::And if !left.is_truthy() => Some(left),
                BinOp::Or if left.is_truthy() => Some(left),
                BinOp::And | BinOp::Or => evaluate(rhs, matrix),
                BinOp::Eq => left.equals(&evaluate(rhs, matrix)?).map(Value::Bool),
                BinOp::Neq => left
                    .equals(&evaluate(rhs, matrix)?)
                    .map(|equal| Value::Bool(!equal)),
                _ => None,
            }
        }
        Expr::UnExpr {
            op: UnOp::Not,
            expr,
        } => evaluate(expr, matrix).map(|value| Value::Bool(!value.is_truthy())),
        _ => None,
    }
}

fn descend<'a>(node: &Node, path: impl Iterator<Item = &'a str>) -> Option<Value> {
    let mut node = node;
    for key in path {
        let found = node
            .as_map()?
            .iter()
            .find(|entry| entry.key.value.eq_ignore_ascii_case(key));
        match found {
            Some(entry) => node = &entry.value,
            None => return Some(Value::Null),
        }
    }
    node.as_text().map(Value::of)
}
