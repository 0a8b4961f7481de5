use super::ground::Ground;
use crate::gate::{Code, Finding};
use crate::kinds::workflows::Violation;

/// One idea of what can go wrong with a job, with its code.
pub(super) struct Idea {
    pub(super) code: &'static Code,
    /// Whether it is wrong only where the context is required; where the gate does not say what is, its
    /// findings advise.
    pub(super) hangs_on_requirement: bool,
    /// Whether its findings advise, whatever hangs on the job.
    pub(super) advises: bool,
    pub(super) check: fn(&Ground<'_>, &mut Vec<Finding>),
    /// A violation to plant in these very files; `None` where nothing in them could break it.
    pub(super) plant: fn(&Ground<'_>) -> Option<Violation>,
}
