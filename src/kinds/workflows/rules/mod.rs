//! The rules of the kind `workflows`: one file a rule.

mod actions;
mod aggregate;
mod all;
mod constant;
pub(super) mod directives;
mod empty_matrix;
mod evaluate;
mod filtered;
mod forgiven;
mod gated;
mod ground;
mod held;
mod idea;
mod idle;
mod ignored;
mod job_rules;
mod masked;
mod merge_group;
mod needs;
mod pinned;
mod plant;
mod roster;
mod schedule;
mod secret_skip;
mod skippable;
mod standing;
mod tidying;
mod timeout;
mod untrusted;

pub use all::RULES;
pub(super) use filtered::TRIGGER_FILTERED;
pub(super) use held::CONTEXT_HELD_BACK;
pub(super) use job_rules::advises;
