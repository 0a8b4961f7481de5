use crate::gate::VerdictName;

/// What became of one protection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub name: String,
    /// Whether the violation was applied and changed something.
    pub planted: bool,
    /// The code that was promised.
    pub expected: &'static str,
    /// The codes that the gate reported, sorted, each once.
    pub got: Vec<&'static str>,
    /// Why the protection is not proved; `None` where it is.
    pub unproved: Option<String>,
}

impl Proof {
    pub fn proved(&self) -> bool {
        self.unproved.is_none()
    }
}

/// What became of a gate and all that it promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateProof {
    pub id: String,
    /// What the gate ended as with nothing planted.
    pub baseline: VerdictName,
    /// The protections, in the gate's own order; none where the baseline is not `pass`.
    pub protections: Vec<Proof>,
    /// How many more it promises that nobody asked for.
    pub left_out: usize,
    /// Why the gate as a whole is not proved, where its protections do not say it.
    pub reason: Option<String>,
}

impl GateProof {
    /// How many protections are proved.
    pub fn proved(&self) -> usize {
        self.protections
            .iter()
            .filter(|proof| proof.proved())
            .count()
    }

    /// Whether the gate is green, promises something, and keeps every promise that was asked for.
    pub fn keeps_its_promises(&self) -> bool {
        self.baseline == VerdictName::Pass
            && self.reason.is_none()
            && self.protections.len() + self.left_out > 0
            && self.protections.iter().all(Proof::proved)
    }

    /// Whether it keeps every promise that it makes.
    pub fn is_proved(&self) -> bool {
        self.keeps_its_promises() && self.left_out == 0
    }
}
