use serde_json::{Value, json};

use super::branch::in_path;
use super::client::Client;
use crate::config::ForgeName;
use crate::context::Context;
use crate::gate::{Code, Obstacle};
use crate::kinds::statuses::codes::{
    FORGE_REFUSED, FORGE_UNNAMED, FORGE_UNREACHABLE, STATUSES_MALFORMED, VARIABLE_MISSING,
};
use crate::kinds::statuses::plan::{Asked, Word};
use crate::kinds::statuses::record::malformed;

/// What can keep a forge's rules from being known.
pub(in crate::kinds) static ASKING_CODES: [&Code; 5] = [
    &FORGE_UNNAMED,
    &VARIABLE_MISSING,
    &FORGE_REFUSED,
    &FORGE_UNREACHABLE,
    &STATUSES_MALFORMED,
];

/// What the forge of the settings says of the protection of a branch: documents of the shapes that committed
/// copies of its answers have. `None` where there is no such branch.
///
/// # Errors
/// When it is not told, or cannot be read.
pub(in crate::kinds) fn protection_of(
    context: &Context,
    repository: &Word,
    branch: &str,
) -> Result<Option<Vec<Value>>, Obstacle> {
    let target = Asked::OfSettings(repository.clone()).target(context)?;
    Client::new(context, &target)?.protection(branch)
}

impl Client<'_> {
    fn protection(&self, branch: &str) -> Result<Option<Vec<Value>>, Obstacle> {
        let name = in_path(branch);
        let url = self.in_repository(&format!("/branches/{name}"));
        let Some(value) = self.get(&url)? else {
            return Ok(None);
        };
        let lacks = |key: &str| malformed(format!("{url}: the branch does not say `{key}`"));
        let is_protected = value
            .get("protected")
            .and_then(Value::as_bool)
            .ok_or_else(|| lacks("protected"))?;
        match self.target.forge {
            ForgeName::Gitea | ForgeName::Forgejo => {
                let asks = is_protected
                    && value
                        .get("enable_status_check")
                        .and_then(Value::as_bool)
                        .ok_or_else(|| lacks("enable_status_check"))?;
                let contexts = match value.get("status_check_contexts") {
                    Some(Value::Array(contexts)) if !contexts.is_empty() => contexts.clone(),
                    // It asks for every posted status then (services/pull/commit_status.go).
                    Some(Value::Array(_) | Value::Null) | None => vec![Value::from("*")],
                    Some(_) => return Err(lacks("status_check_contexts")),
                };
                Ok(Some(vec![json!({
                    "enable_status_check": asks,
                    "status_check_contexts": if asks { contexts } else { Vec::new() },
                })]))
            }
            ForgeName::Github => {
                let protection = value.get("protection").filter(|_| is_protected);
                let checks = protection.and_then(|one| one.get("required_status_checks"));
                let url = self.in_repository(&format!("/rules/branches/{name}?per_page=100"));
                let rules = match self.get(&url)? {
                    Some(Value::Array(rules)) if rules.len() >= 100 => {
                        return Err(malformed(format!(
                            "{url}: a hundred rules, and there may be more"
                        )));
                    }
                    Some(Value::Array(rules)) => rules,
                    Some(_) => return Err(malformed(format!("{url}: it is not a list"))),
                    None => Vec::new(),
                };
                Ok(Some(vec![
                    json!({"required_status_checks": checks}),
                    Value::from(rules),
                ]))
            }
        }
    }
}
