use std::sync::OnceLock;

use tree_sitter::{Language, Tree};

use super::sql::Migration;

/// What parsers made of a text, for whoever asks next. It holds many times the text in memory.
#[derive(Debug, Default)]
pub(super) struct Parses {
    tree: OnceLock<(Language, Option<Tree>)>,
    migration: OnceLock<Migration>,
}

impl Parses {
    /// The tree of the text in this language. One language a text is kept: the first asked for.
    pub(super) fn tree(
        &self,
        language: &Language,
        mut parse: impl FnMut() -> Option<Tree>,
    ) -> Option<Tree> {
        let (of, tree) = self.tree.get_or_init(|| (language.clone(), parse()));
        if of == language {
            tree.clone()
        } else {
            parse()
        }
    }

    pub(super) fn migration(&self, read: impl FnOnce() -> Migration) -> &Migration {
        self.migration.get_or_init(read)
    }
}
