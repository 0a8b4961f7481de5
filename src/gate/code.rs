/// What kind of thing a finding is: a stable kebab-case name with the prose that `explain` prints.
///
/// Codes are declared as `static` items in the `codes.rs` of each kind, so that two codes are the
/// same exactly if their names are.
#[derive(Debug)]
pub struct Code {
    /// The stable name, in kebab case: `content-differs`.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub what: &'static str,
    /// Why it matters: what went wrong, or would, when nobody looked.
    pub why: &'static str,
    /// How to mend it.
    pub mend: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Code {}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
