use super::rules::{IdentityRules, Template};
use crate::context::Context;
use crate::gate::Obstacle;
use crate::tree::{NodeKind, SMALL_FILE, SOURCE_MISSING, SubTree, Tree, walk};

/// The files that make a concierge what it is, as its template has them.
#[derive(Debug)]
pub(super) struct Identity {
    /// Where they come from: a source with its commit, or a folder.
    pub(super) from: String,
    /// Paths relative to the template, and to `/configs`; sorted.
    pub(super) files: Vec<(String, Vec<u8>)>,
}

/// What stands in a template for the concierge's name.
const PLACEHOLDER: &str = "{{CONCIERGE_NAME}}";

impl Identity {
    /// # Errors
    /// When the template is not to be had, or has none of the files.
    pub(super) fn read(rules: &IdentityRules, context: &Context) -> Result<Self, Obstacle> {
        match &rules.template {
            Template::Source(source) => {
                let found = context.source(source)?;
                let from = match &found.commit {
                    Some(commit) => format!("{source} at {commit}"),
                    None => source.to_string(),
                };
                Self::of(found.tree.as_ref(), from, rules)
            }
            Template::Folder(folder) => {
                let tree = SubTree::new(context.root(), folder.clone());
                Self::of(&tree, folder.to_string(), rules)
            }
        }
    }

    fn of(tree: &dyn Tree, from: String, rules: &IdentityRules) -> Result<Self, Obstacle> {
        let mut files = Vec::new();
        for (path, kind) in walk(tree, &crate::tree::TreePath::root())? {
            if kind == NodeKind::File && rules.include.is_match(&path) {
                files.push((path.to_string(), tree.read(&path, SMALL_FILE)?));
            }
        }
        if files.is_empty() {
            return Err(Obstacle::refused(
                &SOURCE_MISSING,
                format!("{from} has none of the files of an identity"),
            ));
        }
        Ok(Self { from, files })
    }

    /// The content as it is to arrive for a concierge of this name.
    pub(super) fn delivered(content: &[u8], name: &str) -> Vec<u8> {
        match std::str::from_utf8(content) {
            Ok(text) => text.replace(PLACEHOLDER, name).into_bytes(),
            Err(_) => content.to_vec(),
        }
    }
}
