//! The checks, one file a chapter of the life.

pub(super) mod approvals;
pub(super) mod boot;
pub(super) mod concierge;
pub(super) mod constraints;
pub(super) mod delete;
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
