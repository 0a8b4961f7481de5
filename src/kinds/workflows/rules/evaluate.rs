use std::collections::BTreeMap;

use github_actions_expressions::call::{Call, Function};
use github_actions_expressions::literal::Literal;
use github_actions_expressions::op::{BinExpr, BinOp, UnOp};
use github_actions_expressions::{Expr, SpannedExpr};

use crate::kinds::workflows::model::Condition;

/// What is known of a run when a condition is read.
#[derive(Debug, Clone, Default)]
pub(super) struct World<'a> {
    pub(super) event: Option<&'a str>,
    /// What `success()` says; `failure()` says the opposite.
    pub(super) success: Option<bool>,
    /// What `cancelled()` says.
    pub(super) cancelled: Option<bool>,
    /// The results of the jobs that are needed, if all of them are known.
    pub(super) results: Option<&'a BTreeMap<String, String>>,
    /// The values of `env`, as far as they are known.
    pub(super) environment: BTreeMap<String, Option<String>>,
}

/// A value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
}

impl Value {
    fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) => true,
        }
    }

    pub(super) fn to_text(&self) -> Option<String> {
        match self {
            Self::Null => Some(String::new()),
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::List(_) => None,
        }
    }

    fn number(&self) -> f64 {
        match self {
            Self::Null => 0.0,
            Self::Bool(flag) => f64::from(u8::from(*flag)),
            Self::Number(number) => *number,
            Self::Text(text) if text.trim().is_empty() => 0.0,
            Self::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
            Self::List(_) => f64::NAN,
        }
    }

    fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.to_lowercase() == b.to_lowercase(),
            (Self::Null, Self::Null) => true,
            (Self::List(_), _) | (_, Self::List(_)) => false,
            (a, b) => (a.number() - b.number()).abs() < f64::EPSILON,
        }
    }
}

/// Whether an `if:` lets its job or step run; `None` where that hangs on something unknown. Without a
/// status function `success()` stands before it, as the forge has it.
pub(super) fn holds(text: &str, world: &World<'_>) -> Option<bool> {
    let expression = match Condition::of(text).parse() {
        // A text around an expression is never empty.
        None => return Some(true),
        Some(Err(_)) => return None,
        Some(Ok(expression)) => expression,
    };
    let condition = value(&expression, world).map(|value| value.is_truthy());
    if has_status_function(&expression) {
        return condition;
    }
    match (world.success, condition) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Whether a job or step with this `if:` may run although something before it failed or was skipped:
/// it is not implied, and not asked for, that all went well.
pub(super) fn runs_after_failure(text: &str) -> bool {
    let world = World {
        success: Some(false),
        ..World::default()
    };
    holds(text, &world) != Some(false)
}

/// Whether an expression has the same value in every run.
pub(super) fn constant(text: &str) -> Option<bool> {
    let expression = match Condition::of(text).parse() {
        Some(Ok(expression)) => expression,
        _ => return None,
    };
    value(&expression, &World::default()).map(|value| value.is_truthy())
}

/// The value of an expression, as it stands in a text.
pub(super) fn text_of(expression: &str, world: &World<'_>) -> Option<String> {
    let expression = Expr::parse(expression).ok()?;
    value(&expression, world)?.to_text()
}

/// All contexts that a condition reads, in dots and lower case: `needs.changes.outputs.api`.
pub(super) fn contexts_of(expression: &str) -> Vec<String> {
    let Ok(expression) = Expr::parse(expression) else {
        return Vec::new();
    };
    expression
        .contexts()
        .into_iter()
        .filter_map(|(context, _)| context.as_pattern())
        .collect()
}

/// Those of an `if:`, whatever it is.
pub(super) fn contexts_of_condition(text: &str) -> Vec<String> {
    match Condition::of(text) {
        Condition::Expression(expression) => contexts_of(expression),
        Condition::Template(text) => crate::kinds::workflows::shell::expressions_in(text)
            .iter()
            .flat_map(|expression| contexts_of(expression))
            .collect(),
    }
}

fn has_status_function(expression: &SpannedExpr<'_>) -> bool {
    match &expression.inner {
        Expr::Call(Call { func, args }) => {
            matches!(
                func,
                Function::Success | Function::Always | Function::Cancelled | Function::Failure
            ) || args.iter().any(has_status_function)
        }
        Expr::BinExpr(BinExpr { lhs, rhs, .. }) => {
            has_status_function(lhs) || has_status_function(rhs)
        }
        Expr::UnExpr { expr, .. } => has_status_function(expr),
        Expr::Index(inner) => has_status_function(inner),
        Expr::Context(context) => context.parts.iter().any(has_status_function),
        _ => false,
    }
}

fn value(expression: &SpannedExpr<'_>, world: &World<'_>) -> Option<Value> {
    match &expression.inner {
        Expr::Literal(literal) => Some(match literal {
            Literal::Number(number) => Value::Number(*number),
            Literal::String(text) => Value::Text(text.to_string()),
            Literal::Boolean(flag) => Value::Bool(*flag),
            Literal::Null => Value::Null,
        }),
        Expr::Context(context) => look_up(&context.as_pattern()?, world),
        Expr::Call(call) => call_value(call, world),
        Expr::BinExpr(BinExpr { lhs, op, rhs }) => {
            let (left, right) = (value(lhs, world), value(rhs, world));
            match op {
                BinOp::And => match (left, right) {
                    (Some(left), right) => {
                        if left.is_truthy() {
                            right
                        } else {
                            Some(left)
                        }
                    }
                    (None, Some(right)) if !right.is_truthy() => Some(Value::Bool(false)),
                    _ => None,
                },
                BinOp::Or => match (left, right) {
                    (Some(left), right) => {
                        if left.is_truthy() {
                            Some(left)
                        } else {
                            right
                        }
                    }
                    (None, Some(right)) if right.is_truthy() => Some(Value::Bool(true)),
                    _ => None,
                },
                BinOp::Eq => Some(Value::Bool(left?.equals(&right?))),
                BinOp::Neq => Some(Value::Bool(!left?.equals(&right?))),
                BinOp::Gt => Some(Value::Bool(left?.number() > right?.number())),
                BinOp::Ge => Some(Value::Bool(left?.number() >= right?.number())),
                BinOp::Lt => Some(Value::Bool(left?.number() < right?.number())),
                BinOp::Le => Some(Value::Bool(left?.number() <= right?.number())),
            }
        }
        Expr::UnExpr {
            op: UnOp::Not,
            expr,
        } => value(expr, world).map(|value| Value::Bool(!value.is_truthy())),
        _ => None,
    }
}

fn call_value(call: &Call<'_>, world: &World<'_>) -> Option<Value> {
    let argument = |at: usize| call.args.get(at).and_then(|arg| value(arg, world));
    match call.func {
        Function::Always => Some(Value::Bool(true)),
        Function::Success => world.success.map(Value::Bool),
        Function::Failure => world.success.map(|ok| Value::Bool(!ok)),
        Function::Cancelled => world.cancelled.map(Value::Bool),
        Function::Contains => {
            let wanted = argument(1)?;
            Some(Value::Bool(match argument(0)? {
                Value::List(all) => all.iter().any(|one| one.equals(&wanted)),
                other => other
                    .to_text()?
                    .to_lowercase()
                    .contains(&wanted.to_text()?.to_lowercase()),
            }))
        }
        Function::StartsWith | Function::EndsWith => {
            let text = argument(0)?.to_text()?.to_lowercase();
            let part = argument(1)?.to_text()?.to_lowercase();
            Some(Value::Bool(if matches!(call.func, Function::StartsWith) {
                text.starts_with(&part)
            } else {
                text.ends_with(&part)
            }))
        }
        Function::Join => {
            let between = match call.args.len() {
                1 => ",".to_owned(),
                _ => argument(1)?.to_text()?,
            };
            match argument(0)? {
                Value::List(all) => {
                    let texts: Option<Vec<_>> = all.iter().map(Value::to_text).collect();
                    Some(Value::Text(texts?.join(&between)))
                }
                other => other.to_text().map(Value::Text),
            }
        }
        Function::ToJSON => match argument(0) {
            Some(Value::List(all)) => {
                let texts: Option<Vec<_>> = all.iter().map(Value::to_text).collect();
                serde_json::to_string(&texts?).ok().map(Value::Text)
            }
            Some(other) => other.to_text().map(Value::Text),
            None => None,
        },
        _ => None,
    }
}

fn look_up(pattern: &str, world: &World<'_>) -> Option<Value> {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    if pattern == "github.event_name" {
        return world.event.and_then(text);
    }
    if let Some(name) = pattern.strip_prefix("env.") {
        return world
            .environment
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.clone())
            .map(Value::Text);
    }
    let results = world.results?;
    if pattern == "needs.*.result" {
        return Some(Value::List(
            results.values().cloned().map(Value::Text).collect(),
        ));
    }
    let need = pattern.strip_prefix("needs.")?.strip_suffix(".result")?;
    results
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(need))
        .and_then(|(_, result)| text(result))
}
