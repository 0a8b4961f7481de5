use std::collections::BTreeMap;

use super::capability::Capability;
use super::life_check::LifeCheck;
use super::rules::Rules;
use super::runtime_kind::RuntimeKind;

/// What is not there, and why.
pub(super) type Missing = BTreeMap<Capability, String>;

/// Why a check is left out, if it is: the gate declares what its server is without, or where it runs
/// something cannot be had.
pub(super) fn left_out<'a>(
    rules: &'a Rules,
    missing: &'a Missing,
) -> impl Fn(&LifeCheck) -> Option<String> + Sync + 'a {
    move |check| {
        for capability in check.needs {
            if rules.without.contains(capability) {
                return Some(format!("the gate is without {}", capability.as_str()));
            }
            if let Some(why) = missing.get(capability) {
                return Some(format!("{}: {why}", capability.as_str()));
            }
        }
        let runtime = check.id().strip_prefix("switch-to-")?;
        let is_named = |one: &RuntimeKind| one.as_str() == runtime;
        (!rules.runtimes.iter().any(is_named))
            .then(|| format!("the gate's `runtimes` do not name {runtime}"))
    }
}
