//! Changes that take findings away: the safe ones only make a workflow stricter.

mod all;
mod layout;
mod merge_group;
mod results;
mod roster;

pub(super) use all::all;

#[cfg(test)]
mod tests;
