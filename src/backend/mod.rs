//! What a gate brings up and takes down again: databases, services, the system under test.
//!
//! Everything is written into a ledger before it exists, so that what a killed run left behind can
//! be removed by its recorded identity.

mod choose;
mod codes;
mod container;
mod daemon_relay;
mod docker_loss;
mod docker_time;
mod folders;
mod images;
mod kept_logs;
mod ledger;
mod network;
mod obstacles;
mod plan;
mod ports;
mod postgres;
mod program;
mod random;
mod ready;
mod reap;
mod remove;
mod run;
mod run_id;
mod services;
mod spec;
mod spec_check;
mod stage;
mod state;
mod system;
mod template;
mod thing;
mod values;
mod wait;

pub use choose::{Backend, Choice};
pub use codes::CODES;
pub use daemon_relay::{Ailing, DaemonRelay};
pub use docker_loss::DockerLoss;
pub use ledger::{Ledger, LedgerError};
pub use obstacles::{docker_obstacle, http_obstacle};
pub use plan::{Base, PostgresPlan, Ready, RunPlan, ServicePlan, StagePlan, SystemPlan, Variables};
pub use postgres::{Database, Installation, Postgres, find_installations};
pub use reap::{Reap, Reaped, ReapedRun, reap};
pub use remove::{Outcome, Removal};
pub use run::Run;
pub use run_id::RunId;
pub use spec::{BackendName, PostgresSpec, ReadySpec, ServiceSpec, SystemSpec};
pub use spec_check::{StageSpec, SystemWanted, check_stage};
pub use stage::{Beside, Extra, Stage, Timings};
pub use state::state_folder;
pub use system::System;
pub use template::{PLACEHOLDERS, Template};
pub use thing::Thing;
use values::Values;
pub use wait::{Look, Wait, WaitError};

#[cfg(test)]
mod spec_tests;
