use super::job_rules::JobRules;
use crate::kinds::workflows::Rule;

/// All rules, in the order in which the reference lists them.
pub static RULES: &[&dyn Rule] = &[&JobRules];
