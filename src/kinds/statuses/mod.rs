//! The kind `statuses`: whether a head is mergeable, context by context.

mod asked;
mod change;
mod check;
mod codes;
mod demands;
mod findings;
mod forge;
mod forge_plants;
mod halt;
mod judge;
#[cfg(test)]
mod judge_tests;
mod kind;
mod lanes;
mod load;
mod observed;
mod plan;
mod plants;
mod posted;
mod protections;
mod record;
mod requirement;
mod review_plants;
mod reviews;
mod rules;
mod run_report;
mod settle;
pub mod spec;
mod state;
mod table;

use asked::forge_unnamed;
pub use asked::{USUAL_RETRIES, USUAL_WITHIN, nothing_to_set};
pub use check::{Looked, look};
pub(in crate::kinds) use forge::{
    ASKING_CODES, ProtectionAnswers, protection_answers, protection_of,
};
pub use forge::{Posting, Row, Target, api_of, check_commit, check_repository, post};
pub use judge::{Skipped, Suffix};
pub use kind::Statuses;
pub use load::EXPECTED_EVENTS;
pub use plan::{Asked, Demands, Expect, Input, Plan, Reviews, Settle, Word};
pub use posted::Posted;
pub use reviews::ReviewRule;
pub use run_report::RunReport;
pub use state::State;
pub use table::{Lane, Standing, Table, Why};
