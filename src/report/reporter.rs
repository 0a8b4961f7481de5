use std::io;

use crate::run::Event;

/// Makes one report out of the events of a run.
pub trait Reporter {
    /// # Errors
    /// When the report cannot be written.
    fn tell(&mut self, event: &Event<'_>) -> io::Result<()>;
}
