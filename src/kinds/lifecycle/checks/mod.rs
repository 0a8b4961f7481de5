//! The checks: a file for each chapter of the life, and a second one for two of them.

pub(super) mod approvals;
pub(super) mod boot;
pub(super) mod concierge;
pub(super) mod constraints;
pub(super) mod container;
pub(super) mod delete;
pub(super) mod identity;
pub(super) mod management;
pub(super) mod messages;
pub(super) mod neighbour;
pub(super) mod online_gate;
pub(super) mod org_root;
pub(super) mod records;
pub(super) mod registry;
pub(super) mod restart;
pub(super) mod runtime;
pub(super) mod switch;
pub(super) mod workspace;
