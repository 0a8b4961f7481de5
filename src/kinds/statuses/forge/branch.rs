use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use crate::config::ForgeName;
use crate::gate::Obstacle;
use crate::kinds::statuses::record::malformed;

/// What a branch asks of what is merged into it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::kinds::statuses) struct BranchRules {
    /// Required contexts as the forge has them, with the app that has to post them, where they are bound to one.
    pub(in crate::kinds::statuses) contexts: Vec<(String, Option<u64>)>,
    /// Whether the forge takes them for patterns.
    pub(in crate::kinds::statuses) patterns: bool,
}

/// A branch of Gitea: whoever may read it is told its rules, whichever pattern they are from.
#[derive(Debug, Deserialize)]
struct GiteaBranch {
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    enable_status_check: bool,
    status_check_contexts: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct GithubBranch {
    protection: Option<GithubProtection>,
}

#[derive(Debug, Deserialize)]
struct GithubProtection {
    required_status_checks: Option<GithubChecks>,
}

#[derive(Debug, Deserialize)]
struct GithubChecks {
    #[serde(default)]
    contexts: Vec<String>,
    #[serde(default)]
    checks: Vec<GithubCheck>,
}

/// A rule of a ruleset that holds for a branch.
#[derive(Debug, Deserialize)]
struct GithubRule {
    #[serde(rename = "type")]
    kind: String,
    parameters: Option<GithubParameters>,
}

#[derive(Debug, Deserialize)]
struct GithubParameters {
    #[serde(default)]
    required_status_checks: Vec<GithubCheck>,
}

/// A required check. One that any app satisfies has no id, or -1.
#[derive(Debug, Deserialize)]
struct GithubCheck {
    context: String,
    #[serde(alias = "app_id")]
    integration_id: Option<i64>,
}

impl GithubCheck {
    fn bound(self) -> (String, Option<u64>) {
        let app = self.integration_id.and_then(|id| u64::try_from(id).ok());
        (self.context, app)
    }
}

impl Client<'_> {
    /// What the branch requires; `None` where there is no such branch.
    ///
    /// # Errors
    /// When it is not told, or cannot be read.
    pub(in crate::kinds::statuses) fn branch(
        &self,
        branch: &str,
    ) -> Result<Option<BranchRules>, Obstacle> {
        let name = in_path(branch);
        let url = self.in_repository(&format!("/branches/{name}"));
        let Some(value) = self.get(&url)? else {
            return Ok(None);
        };
        match self.target.forge {
            ForgeName::Gitea | ForgeName::Forgejo => {
                let branch: GiteaBranch = read(&url, value)?;
                let asks = branch.protected && branch.enable_status_check;
                let contexts = branch.status_check_contexts.filter(|_| asks);
                let mut contexts = contexts.unwrap_or_default();
                if asks && contexts.is_empty() {
                    // Gitea asks for every posted status then (services/pull/commit_status.go).
                    contexts.push("*".to_owned());
                }
                Ok(Some(BranchRules {
                    contexts: contexts.into_iter().map(|name| (name, None)).collect(),
                    patterns: true,
                }))
            }
            ForgeName::Github => {
                let branch: GithubBranch = read(&url, value)?;
                let checks = branch.protection.and_then(|one| one.required_status_checks);
                let (names, checks) = checks
                    .map(|checks| (checks.contexts, checks.checks))
                    .unwrap_or_default();
                let mut contexts: Vec<_> = names.into_iter().map(|name| (name, None)).collect();
                contexts.extend(checks.into_iter().map(GithubCheck::bound));
                contexts.extend(self.rules(&name)?);
                contexts.sort_unstable();
                contexts.dedup();
                let bound: Vec<_> = contexts
                    .iter()
                    .filter(|one| one.1.is_some())
                    .cloned()
                    .collect();
                // What is bound to an app stands among the names as well.
                contexts
                    .retain(|one| one.1.is_some() || !bound.iter().any(|(name, _)| *name == one.0));
                Ok(Some(BranchRules {
                    contexts,
                    patterns: false,
                }))
            }
        }
    }

    /// What rulesets require of a branch of GitHub. They have no ids of their own, and no commit has pages of them.
    fn rules(&self, branch: &str) -> Result<Vec<(String, Option<u64>)>, Obstacle> {
        let url = self.in_repository(&format!("/rules/branches/{branch}?per_page=100"));
        let rules: Vec<GithubRule> = match self.get(&url)? {
            Some(value) => read(&url, value)?,
            None => Vec::new(),
        };
        if rules.len() >= 100 {
            return Err(malformed(format!(
                "{url}: a hundred rules, and there may be more"
            )));
        }
        Ok(rules
            .into_iter()
            .filter(|rule| rule.kind == "required_status_checks")
            .filter_map(|rule| rule.parameters)
            .flat_map(|parameters| parameters.required_status_checks)
            .map(GithubCheck::bound)
            .collect())
    }
}

fn read<T: serde::de::DeserializeOwned>(url: &str, value: Value) -> Result<T, Obstacle> {
    serde_json::from_value(value).map_err(|error| malformed(format!("{url}: {error}")))
}

/// A branch as it stands in an address; `/` parts it there as well.
pub(in crate::kinds::statuses) fn in_path(branch: &str) -> String {
    let encode = |part: &str| -> String {
        part.bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'~' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect()
    };
    branch.split('/').map(encode).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_stays_one_part_of_its_address() {
        assert_eq!(in_path("release/1.2"), "release/1.2");
        assert_eq!(in_path("a?b#c d"), "a%3Fb%23c%20d");
    }
}
