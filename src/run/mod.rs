//! From loaded gates to events: plan, schedule, time, retry, partition, interrupt.

mod attempt;
mod backoff;
mod codes;
mod event;
mod interrupt;
mod limits;
mod outcome;
mod partition;
mod plan;
mod run;
mod schedule;
mod state;
mod stop;
mod stragglers;

pub use backoff::Backoff;
pub use codes::CODES;
pub use event::{Event, RunEnd, RunStart};
pub use interrupt::{InterruptError, interrupts, outlive_file_limits};
pub use limits::Limits;
pub use outcome::{Counts, GateOutcome, exit_code};
pub use partition::{Partition, PartitionError};
pub use plan::{Fate, Plan, Planned, Selection, UnknownGate};
pub use run::{Finished, run};
pub use stragglers::Stragglers;

#[cfg(test)]
mod tests;
