use crate::config::{GateFile, SpecError};
use crate::context::Context;
use crate::gate::{Code, Header, Inspection, Mend, Obstacle, Protection, SourceRef};

/// A sort of gate.
pub trait Kind: Send + Sync {
    /// As gate files name it.
    fn name(&self) -> &'static str;

    /// What gates of this kind check, in one sentence.
    fn about(&self) -> &'static str;

    /// The codes of its own that its findings can have.
    fn codes(&self) -> &'static [&'static Code];

    /// Whether its gates bring systems up, and so can end as such gates do.
    fn brings_up_systems(&self) -> bool {
        false
    }

    /// The JSON Schema of its gate files.
    fn schema(&self) -> schemars::Schema;

    /// Reads and checks a gate file.
    ///
    /// # Errors
    /// All that is wrong with it.
    fn load(&self, file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>>;
}

/// A loaded gate: a pure function from a context to what it saw and found. It never prints, exits,
/// reads the environment, or makes threads of its own.
pub trait Check: Send + Sync {
    fn header(&self) -> &Header;

    /// The sources that it needs, to be made ready before it runs.
    fn sources(&self) -> Vec<SourceRef> {
        Vec::new()
    }

    /// How long it may take to stop once it is told to, where that is longer than usual: what it
    /// has brought up has to be taken down.
    fn grace(&self) -> Option<std::time::Duration> {
        None
    }

    /// Looks.
    fn inspect(&self, context: &Context) -> Inspection;

    /// All that it promises to catch, each with a violation to plant. Called on an untouched
    /// context whose inspection passed.
    fn protections(&self, context: &Context) -> Vec<Protection>;

    /// Changes of the checkout that would take findings away; `None` where this kind knows none.
    /// Nothing is changed here.
    fn mends(&self, _context: &Context) -> Option<Result<Vec<Mend>, Obstacle>> {
        None
    }
}
