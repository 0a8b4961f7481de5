use std::collections::BTreeMap;

use regex::bytes::Regex;

use super::Dialect;
use super::spec::Clones;
use crate::gate::{Category, Header, Location, SourceRef};
use crate::tree::{Globs, TreePath};

/// A checked gate of this kind.
#[derive(Debug)]
pub struct Rules {
    pub header: Header,
    /// `None` for the manifest of the settings.
    pub manifest: Option<String>,
    pub categories: Vec<Category>,
    pub strict: bool,
    pub pinned: bool,
    pub one_ref_per_repository: bool,
    pub reachable: bool,
    pub required_files: BTreeMap<Category, Vec<TreePath>>,
    pub forbidden: Vec<Forbidden>,
    pub consumers: Vec<Consumer>,
    pub unread: BTreeMap<SourceRef, Unread>,
}

/// Content that may not be there.
#[derive(Debug)]
pub struct Forbidden {
    pub category: Category,
    /// As the gate writes it.
    pub path: String,
    pub globs: Globs,
    pub pattern: Regex,
    pub reason: String,
    /// A text that the pattern matches, if one is known.
    pub example: Option<String>,
}

impl Forbidden {
    /// What its part is called.
    pub fn part(&self) -> String {
        format!("{} in {}", self.path, self.category.key())
    }
}

/// A reader of the manifest.
#[derive(Debug)]
pub struct Consumer {
    pub name: String,
    pub dialect: Dialect,
    pub clones: Clones,
}

/// Why a repository is not read, and where the gate says so.
#[derive(Debug)]
pub struct Unread {
    pub reason: String,
    pub at: Location,
}
