//! One file a format, all fed by the same events.

mod atomic;
mod document;
mod documents;
mod fact_text;
mod finding_text;
mod human;
mod json;
mod junit;
mod matrix_text;
mod output;
mod outputs;
mod progress;
mod reap;
mod reporter;
mod statuses;
mod sync;
mod text;

pub use document::{FindingReport, GateReport, Report, SCHEMA_NAME, Summary, Tool, report_schema};
pub use documents::Documents;
pub use finding_text::{DiffLines, write_finding};
pub use human::{Detail, Human};
pub use json::Json;
pub use junit::Junit;
pub use matrix_text::matrix_of;
pub use output::{Format, Output, OutputError};
pub use outputs::{OpenError, Outputs, Style};
pub use progress::Progress;
pub use reap::{REAP_SCHEMA_NAME, ReapReport, write_reap};
pub use reporter::Reporter;
pub use statuses::{STATUSES_SCHEMA_NAME, StatusesReport, write_posted, write_statuses};
pub use sync::{SYNC_SCHEMA_NAME, SourceReport, SyncReport, write_sync};
pub use text::{duration, printable};

#[cfg(test)]
mod tests;
