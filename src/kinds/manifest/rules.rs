use std::collections::BTreeMap;

use regex::bytes::Regex;

use super::Dialect;
use super::spec::Clones;
use crate::gate::{Category, Header, Location, SourceRef};
use crate::tree::{Globs, TreePath};

/// A checked gate of this kind.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) header: Header,
    /// `None` for the manifest of the settings.
    pub(super) manifest: Option<String>,
    pub(super) categories: Vec<Category>,
    pub(super) strict: bool,
    pub(super) pinned: bool,
    pub(super) one_ref_per_repository: bool,
    pub(super) reachable: bool,
    pub(super) required_files: BTreeMap<Category, Vec<TreePath>>,
    pub(super) forbidden: Vec<Forbidden>,
    pub(super) consumers: Vec<Consumer>,
    pub(super) unread: BTreeMap<SourceRef, Unread>,
}

/// Content that may not be there.
#[derive(Debug)]
pub(super) struct Forbidden {
    pub(super) category: Category,
    /// As the gate writes it.
    pub(super) path: String,
    pub(super) globs: Globs,
    pub(super) pattern: Regex,
    pub(super) reason: String,
    /// A text that the pattern matches, if one is known.
    pub(super) example: Option<String>,
}

impl Forbidden {
    /// What its part is called.
    pub(super) fn part(&self) -> String {
        format!("{} in {}", self.path, self.category.key())
    }
}

/// A reader of the manifest.
#[derive(Debug)]
pub(super) struct Consumer {
    pub(super) name: String,
    pub(super) dialect: Dialect,
    pub(super) clones: Clones,
}

/// Why a repository is not read, and where the gate says so.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) reason: String,
    pub(super) at: Location,
}
