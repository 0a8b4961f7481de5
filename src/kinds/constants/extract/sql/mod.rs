//! Constraints and enums as an ordered set of migrations leaves them.

mod migration;
mod order;
mod plain;
mod schema;
mod script;
mod sets;
mod statements;
mod wanted;

pub(super) use migration::Migration;
pub(in super::super) use order::migration_order;
pub(super) use sets::extract;
pub(in super::super) use wanted::Wanted;
