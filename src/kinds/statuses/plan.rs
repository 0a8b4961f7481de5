use std::time::Duration;

use super::forge::Target;
use super::judge::{Skipped, Suffix};
use super::reviews::ReviewRule;
use crate::gate::{Header, Location};
use crate::tree::TreePath;

/// A document that a gate reads.
#[derive(Debug, Clone)]
pub enum Input {
    /// A file of the checkout.
    File(TreePath),
    /// Its content, and what messages call it.
    Given { name: String, bytes: Vec<u8> },
}

/// A word that stands in the gate, or in a variable that the gate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Literal(String),
    Variable(String),
}

/// Whom to ask.
#[derive(Debug, Clone)]
pub enum Asked {
    /// The forge of the settings, about this repository.
    OfSettings(Word),
    Target(Target),
}

/// What says which contexts are required. All that are named count together.
#[derive(Debug, Clone)]
pub enum Demands {
    /// A list of contexts with a pending marker.
    List(Input),
    /// A snapshot of a branch's protection, and which of its rules counts.
    Protection(Input, Option<String>),
    /// The protection of a branch, as the forge has it.
    Branch(String),
    /// A name or pattern in the gate itself.
    Context(String, Location),
}

/// Which contexts have to be there, by the workflows of the checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// What happened to the head.
    pub events: Vec<String>,
    /// The branch that the change is proposed to.
    pub base: Option<String>,
}

/// The reviews that are asked for.
#[derive(Debug, Clone)]
pub struct Reviews {
    pub rule: ReviewRule,
    /// Recorded ones, and the author of the change; without them the forge is asked about the change.
    pub recorded: Option<(Input, String)>,
}

/// How long statuses may change before they are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settle {
    /// Zero: look once.
    pub within: Duration,
    pub every: Duration,
}

impl Settle {
    pub const EVERY: Duration = Duration::from_secs(5);

    pub const ONCE: Self = Self {
        within: Duration::ZERO,
        every: Self::EVERY,
    };
}

/// A checked gate of this kind, or what the command line asks for.
#[derive(Debug, Clone)]
pub struct Plan {
    pub header: Header,
    pub demands: Vec<Demands>,
    /// Recorded statuses; without them the forge is asked.
    pub recorded: Option<Input>,
    pub asked: Option<Asked>,
    pub commit: Option<Word>,
    /// The number of the proposed change.
    pub pull: Option<Word>,
    pub suffix: Suffix,
    pub skipped: Skipped,
    pub own: Vec<String>,
    pub expect: Option<Expect>,
    pub reviews: Option<Reviews>,
    pub settle: Settle,
}
