use schemars::JsonSchema;
use serde::Serialize;

use super::{GateProof, Proof, Proofs};
use crate::gate::VerdictName;

/// The name and version of the format.
pub const PROVE_SCHEMA: &str = "driftgate.prove.v1";

/// What `prove --output json` writes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "driftgate.prove.v1")]
pub struct ProveReport {
    /// Always `driftgate.prove.v1`.
    #[schemars(extend("const" = PROVE_SCHEMA))]
    pub schema: &'static str,
    /// The gates, by id.
    pub gates: Vec<ProvedGate>,
    /// How many protections are proved.
    pub proved: usize,
    /// How many protections there are. Gates whose baseline is not `pass` add none; they are not
    /// proved either way.
    pub of: usize,
    /// How many more there are that nobody asked for.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    pub left_out: usize,
    /// The exit code of the command.
    pub exit_code: u8,
}

/// A gate and its protections.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProvedGate {
    pub id: String,
    /// What the gate ended as with nothing planted.
    pub baseline: VerdictName,
    pub protections: Vec<ProvedProtection>,
    /// How many more it promises that nobody asked for.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    pub left_out: usize,
    /// Why the gate as a whole is not proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A protection and what became of its violation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProvedProtection {
    /// Unique within the gate, stable between runs.
    pub name: String,
    /// Whether the violation was applied and changed something.
    pub planted: bool,
    /// The code that the gate promises.
    pub expected: String,
    /// The codes that it reported, sorted, each once.
    pub got: Vec<String>,
    /// Whether it reported exactly the promised code, about the right thing.
    pub proved: bool,
    /// Why it is not proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl ProveReport {
    pub fn new(proofs: &Proofs) -> Self {
        let gates = &proofs.gates;
        Self {
            schema: PROVE_SCHEMA,
            proved: gates.iter().map(GateProof::proved).sum(),
            of: gates.iter().map(|gate| gate.protections.len()).sum(),
            left_out: gates.iter().map(|gate| gate.left_out).sum(),
            exit_code: proofs.exit_code.number(),
            gates: gates.iter().map(ProvedGate::from).collect(),
        }
    }
}

impl From<&GateProof> for ProvedGate {
    fn from(gate: &GateProof) -> Self {
        Self {
            id: gate.id.clone(),
            baseline: gate.baseline,
            protections: gate.protections.iter().map(Into::into).collect(),
            left_out: gate.left_out,
            reason: gate.reason.clone(),
        }
    }
}

impl From<&Proof> for ProvedProtection {
    fn from(proof: &Proof) -> Self {
        Self {
            name: proof.name.clone(),
            planted: proof.planted,
            expected: proof.expected.to_owned(),
            got: proof.got.iter().map(|code| (*code).to_owned()).collect(),
            proved: proof.proved(),
            reason: proof.unproved.clone(),
        }
    }
}
