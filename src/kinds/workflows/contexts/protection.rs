use super::Demand;
use super::ruleset::{holds_for, is_ruleset};
use crate::gate::Location;
use crate::ssot::{Json, JsonValue, read_json};

/// What a forge's branch protection demands, from its API or a committed copy of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BranchProtection {
    /// What it was read from.
    pub path: String,
    pub demands: Vec<Demand>,
    /// Contexts that one app alone satisfies, with the app's id (GitHub).
    pub apps: Vec<(String, u64)>,
    /// Whether the answer tells of apps at all: a bare list of names does not.
    pub tells_apps: bool,
    /// Whether contexts are required at all.
    pub enabled: bool,
    /// Whether merges go through a queue; `None` where the answer does not tell.
    pub merge_queue: Option<bool>,
    /// How many approvals a merge needs, where the answer tells.
    pub approvals: Option<u64>,
    /// Whether a new commit takes old approvals away, where the answer tells.
    pub dismiss_stale: Option<bool>,
}

/// Reads branch protection. Known shapes:
/// * GitHub: a branch's protection (`required_status_checks`), a branch that holds it
///   (`protection`), a ruleset or a list of such, or the list of rules of a branch (`type`, `parameters`);
/// * Gitea and Forgejo: a rule (`status_check_contexts`), or a list of rules.
///
/// Of a list of Gitea's rules the one named `branch` counts, or the only one; of rulesets those whose conditions take
/// that branch.
///
/// # Errors
/// Says why it is none of these.
pub fn read_protection(
    path: &str,
    bytes: &[u8],
    branch: Option<&str>,
) -> Result<BranchProtection, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))?;
    let json = read_json(text);
    if let Some(problem) = json.problems.first() {
        let line = problem.span.start.line;
        return Err(format!("{path}:{line}: {}", problem.message));
    }
    let root = json.root.ok_or_else(|| format!("{path} is empty"))?;
    let mut protection = BranchProtection {
        path: path.to_owned(),
        ..BranchProtection::default()
    };
    if protection.read(&root, branch)? {
        Ok(protection)
    } else {
        Err(format!(
            "{path} is no branch protection: neither `required_status_checks`, nor `status_check_contexts`, nor rules"
        ))
    }
}

impl BranchProtection {
    /// Whether it is of a known shape.
    fn read(&mut self, json: &Json, branch: Option<&str>) -> Result<bool, String> {
        match &json.value {
            JsonValue::List(rules) if rules.iter().any(is_gitea_rule) => {
                let named = rules.iter().find(|rule| {
                    let name = text(rule, "rule_name").or_else(|| text(rule, "branch_name"));
                    branch.is_some_and(|branch| name == Some(branch))
                });
                let rule = match (named, rules.as_slice()) {
                    (Some(rule), _) | (None, [rule]) => rule,
                    _ => {
                        return Err(format!(
                            "{} has {} rules; say which one counts by `branch`",
                            self.path,
                            rules.len()
                        ));
                    }
                };
                self.gitea(rule);
                Ok(true)
            }
            JsonValue::List(rulesets) if rulesets.iter().any(is_ruleset) => {
                for ruleset in rulesets {
                    if !self.ruleset(ruleset, branch)? {
                        return Err(format!(
                            "{} has a ruleset that does not tell its rules; each has them under its own address",
                            self.path
                        ));
                    }
                }
                Ok(true)
            }
            JsonValue::List(rules) => Ok(self.rules(rules)),
            JsonValue::Object(_) if is_gitea_rule(json) => {
                self.gitea(json);
                Ok(true)
            }
            JsonValue::Object(_) => {
                if let Some(inner) = get(json, "protection") {
                    return self.read(inner, branch);
                }
                if is_ruleset(json) {
                    return self.ruleset(json, branch);
                }
                let reviews = get(json, "required_pull_request_reviews");
                if let Some(reviews) = reviews {
                    self.approvals = number(reviews, "required_approving_review_count");
                    self.dismiss_stale = flag(reviews, "dismiss_stale_reviews");
                }
                match get(json, "required_status_checks") {
                    Some(checks) => {
                        self.checks(checks);
                        Ok(true)
                    }
                    // Protection without required checks leaves the key out.
                    None => Ok(reviews.is_some() || get(json, "enforce_admins").is_some()),
                }
            }
            _ => Ok(false),
        }
    }

    /// A ruleset of GitHub. Whether it is one that tells its rules, as far as those matter.
    fn ruleset(&mut self, ruleset: &Json, branch: Option<&str>) -> Result<bool, String> {
        if !holds_for(ruleset, branch)? {
            return Ok(true);
        }
        let rules = get(ruleset, "rules").and_then(list);
        Ok(rules.is_some_and(|rules| self.rules(rules)))
    }

    /// `required_status_checks` of GitHub: `contexts`, and `checks` that say the same.
    fn checks(&mut self, checks: &Json) {
        if matches!(checks.value, JsonValue::Null) {
            return;
        }
        self.enabled = true;
        for context in get(checks, "contexts").and_then(list).unwrap_or_default() {
            self.demand(context, false);
        }
        let bound = get(checks, "checks").and_then(list);
        self.tells_apps |= bound.is_some();
        for check in bound.unwrap_or_default() {
            self.check(check, "app_id");
        }
    }

    /// A required check, and the app that it is bound to; one that is not bound has none, or -1.
    fn check(&mut self, check: &Json, key: &str) {
        let Some(context) = get(check, "context") else {
            return;
        };
        self.demand(context, false);
        if let (JsonValue::String(name), Some(app)) = (&context.value, number(check, key)) {
            let bound = (name.clone(), app);
            if !self.apps.contains(&bound) {
                self.apps.push(bound);
            }
        }
    }

    /// Rules of GitHub's rulesets. Whether there is one at all says that the shape is known.
    fn rules(&mut self, rules: &[Json]) -> bool {
        let mut known = rules.is_empty();
        self.merge_queue.get_or_insert(false);
        self.tells_apps = true;
        for rule in rules {
            known |= text(rule, "type").is_some();
            let parameters = get(rule, "parameters");
            match text(rule, "type") {
                Some("merge_queue") => self.merge_queue = Some(true),
                Some("required_status_checks") => {
                    self.enabled = true;
                    let checks = parameters.and_then(|p| get(p, "required_status_checks"));
                    for check in checks.and_then(list).unwrap_or_default() {
                        self.check(check, "integration_id");
                    }
                }
                Some("pull_request") => {
                    if let Some(parameters) = parameters {
                        self.approvals = number(parameters, "required_approving_review_count");
                        self.dismiss_stale = flag(parameters, "dismiss_stale_reviews_on_push");
                    }
                }
                _ => {}
            }
        }
        known
    }

    fn gitea(&mut self, rule: &Json) {
        self.enabled = flag(rule, "enable_status_check").unwrap_or(true);
        self.merge_queue = Some(false);
        self.approvals = number(rule, "required_approvals");
        self.dismiss_stale = flag(rule, "dismiss_stale_approvals");
        let contexts = get(rule, "status_check_contexts").and_then(list);
        for context in contexts.unwrap_or_default() {
            self.demand(context, true);
        }
    }

    /// The ids of the apps that a context is bound to, sorted.
    pub(super) fn apps_of(&self, context: &str) -> Vec<u64> {
        let apps = self.apps.iter().filter(|(name, _)| name == context);
        let mut apps: Vec<u64> = apps.map(|(_, app)| *app).collect();
        apps.sort_unstable();
        apps.dedup();
        apps
    }

    fn demand(&mut self, context: &Json, globs: bool) {
        if let JsonValue::String(name) = &context.value
            && !self.demands.iter().any(|demand| demand.name == *name)
        {
            let start = context.span.start;
            self.demands.push(Demand {
                name: name.clone(),
                is_glob: globs && name.contains(['*', '?', '[', '{', '\\']),
                at: Location::at(&self.path, start.line, start.column),
            });
        }
    }
}

fn is_gitea_rule(json: &Json) -> bool {
    get(json, "status_check_contexts").is_some() || get(json, "enable_status_check").is_some()
}

pub(super) fn get<'a>(json: &'a Json, key: &str) -> Option<&'a Json> {
    match &json.value {
        JsonValue::Object(members) => members
            .iter()
            .find(|member| member.key == key)
            .map(|member| &member.value),
        _ => None,
    }
}

pub(super) fn list(json: &Json) -> Option<&[Json]> {
    match &json.value {
        JsonValue::List(items) => Some(items),
        _ => None,
    }
}

pub(super) fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    match &get(json, key)?.value {
        JsonValue::String(text) => Some(text),
        _ => None,
    }
}

fn number(json: &Json, key: &str) -> Option<u64> {
    match &get(json, key)?.value {
        JsonValue::Number(number) => number.parse().ok(),
        _ => None,
    }
}

fn flag(json: &Json, key: &str) -> Option<bool> {
    match get(json, key)?.value {
        JsonValue::Bool(flag) => Some(flag),
        _ => None,
    }
}
