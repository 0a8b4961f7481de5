use super::codes::PERMISSIONS_DIFFER;
use super::owned::{delivered, named};
use super::plan::ImagePlan;
use super::provenance::layer_words;
use super::seen::Seen;
use crate::gate::Finding;
use crate::tree::image::Standing;
use crate::tree::{NodeKind, Tree};

/// What the permissions of all that is delivered are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permissions {
    /// Of files that their owner may not execute, of those that he may, and of folders; `None` for any.
    pub files: Option<u16>,
    pub executables: Option<u16>,
    pub folders: Option<u16>,
    /// The bits that are compared.
    pub mask: u16,
}

impl Permissions {
    /// What is expected of something, in the bits that are compared. Symlinks have no permissions of their own.
    pub(crate) fn of(&self, standing: &Standing) -> Option<u16> {
        let expected = match standing.kind {
            NodeKind::File if standing.owned.mode & 0o100 != 0 => self.executables,
            NodeKind::File => self.files,
            NodeKind::Dir => self.folders,
            _ => None,
        };
        expected.map(|mode| mode & self.mask)
    }
}

/// A finding for each delivered file and folder with other permissions than the gate expects.
pub(super) fn permission_findings(seen: &Seen, plan: &ImagePlan) -> Vec<Finding> {
    let Some(permissions) = plan.permissions else {
        return Vec::new();
    };
    let mask = permissions.mask;
    delivered(seen, plan)
        .iter()
        .filter_map(|(path, standing)| Some((path, standing, permissions.of(standing)?)))
        .filter(|(_, standing, expected)| standing.owned.mode & mask != *expected)
        .map(|(path, standing, expected)| {
            let name = named(seen, path);
            let of_them = if mask == 0o7777 {
                String::new()
            } else {
                format!(" in the bits {mask:04o}")
            };
            Finding::new(
                &PERMISSIONS_DIFFER,
                format!(
                    "{name} has the mode {:04o}, expected {expected:04o}{of_them}; {} brought it",
                    standing.owned.mode,
                    layer_words(&seen.layers, standing.layer)
                ),
            )
            .about(name)
            .at(seen.tree.location(path))
        })
        .collect()
}
