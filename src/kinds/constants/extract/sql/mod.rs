//! Constraints and enums as an ordered set of migrations leaves them.

mod order;
mod plain;
mod schema;
mod script;
mod sets;
mod statements;
mod wanted;

pub(in super::super) use order::migration_order;
pub(super) use sets::extract;
pub(in super::super) use wanted::Wanted;
