//! The core words of driftgate. No I/O happens here, and nothing here knows the other rooms.

mod code;
mod finding;
mod header;
mod inspection;
mod lane;
mod location;
mod matrix;
mod mend;
mod not_run;
mod obstacle;
mod pattern;
mod protection;
mod source_ref;
mod verdict;
mod waiver;

pub use code::Code;
pub use finding::{Digests, Finding, Level};
pub use header::{GateId, Header, Severity};
pub use inspection::{Inspection, Part, Witness};
pub use lane::Lane;
pub use location::Location;
pub use matrix::{Cell, CellState, Column, Matrix, Row};
pub use mend::{Edit, Mend, apply_edits};
pub use not_run::{NotRun, not_run, skip_before_run};
pub use obstacle::{Obstacle, ObstacleKind};
pub use pattern::Pattern;
pub use protection::{
    AnswerChange, AnswerPatch, Change, Fault, ImagePatch, Plant, Protection, TreeRef,
};
pub use source_ref::{Category, SourceRef};
pub use verdict::{Evidence, Judged, Verdict, VerdictName, judge};
pub use waiver::{ANY_CODE, WAIVER_CODES, WAIVER_EXPIRED, WAIVER_UNUSED, Waiver};
use waiver::{WaiverOutcome, apply_waivers};

#[cfg(test)]
mod tests;
