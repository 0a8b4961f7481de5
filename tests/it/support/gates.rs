//! Sandboxes with gates that compare folders of the root itself.

use super::Sandbox;

/// A gate over the folders `<id>/source` and `<id>/copy`; `extra` are further lines of the file.
pub fn gate(id: &str, extra: &str) -> String {
    format!(
        "id: {id}\nabout: The copy of {id} equals its source.\nkind: delivery\n{extra}\
         source:\n  path: {id}/source\ndeliveries:\n  - directory: {id}/copy\n"
    )
}

impl Sandbox {
    /// A root with settings and no gates.
    pub fn with_settings() -> Self {
        let sandbox = Self::new();
        sandbox.write("driftgate.yaml", "");
        sandbox
    }

    /// Adds a gate that passes.
    pub fn passing(&self, id: &str, extra: &str) -> &Self {
        self.write(&format!("gates/{id}.yaml"), gate(id, extra))
            .write(&format!("{id}/source/a.txt"), "same\n")
            .write(&format!("{id}/source/b.txt"), "also same\n")
            .write(&format!("{id}/copy/a.txt"), "same\n")
            .write(&format!("{id}/copy/b.txt"), "also same\n")
    }

    /// Adds a gate that fails: one of two files differs.
    pub fn failing(&self, id: &str, extra: &str) -> &Self {
        self.passing(id, extra)
            .write(&format!("{id}/copy/b.txt"), "changed\n")
    }

    /// Adds a gate that has nothing to look at.
    pub fn vacuous(&self, id: &str, extra: &str) -> &Self {
        self.write(&format!("gates/{id}.yaml"), gate(id, extra));
        for side in ["source", "copy"] {
            std::fs::create_dir_all(self.root().join(id).join(side)).expect("a folder");
        }
        self
    }
}
