use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice};

use super::codes::CASE_TWINS;
use crate::gate::{Finding, Location};
use crate::kinds::delivery::equality::Item;
use crate::tree::TreePath;

/// Delivered names, of files and of folders, that differ from another one in case alone.
#[derive(Debug, Default)]
pub(super) struct Twins {
    /// Those that the source does not have, each with the one that it is like.
    odd: BTreeMap<TreePath, TreePath>,
}

impl Twins {
    pub(super) fn among(delivered: &[Item], source: &[Item]) -> Self {
        let known: BTreeSet<TreePath> =
            source.iter().flat_map(|item| upwards(&item.name)).collect();
        let mut alike: BTreeMap<BString, BTreeSet<TreePath>> = BTreeMap::new();
        for path in delivered.iter().flat_map(|item| upwards(&item.name)) {
            let folded = path.as_bytes().to_lowercase().into();
            alike.entry(folded).or_default().insert(path);
        }
        let mut odd = BTreeMap::new();
        for names in alike.values() {
            // The one to stay is what the source has.
            let Some(first) = names
                .iter()
                .find(|name| known.contains(*name))
                .or(names.first())
            else {
                continue;
            };
            for name in names
                .iter()
                .filter(|name| *name != first && !known.contains(*name))
            {
                // Below folders that are told already each file would be told again.
                let is_told = name
                    .parent()
                    .is_some_and(|above| upwards(&above).any(|above| odd.contains_key(&above)));
                if !is_told {
                    odd.insert(name.clone(), first.clone());
                }
            }
        }
        Self { odd }
    }

    /// Whether a file is one of them, or stands in a folder that is.
    pub(super) fn has(&self, name: &TreePath) -> bool {
        !self.odd.is_empty() && upwards(name).any(|path| self.odd.contains_key(&path))
    }

    pub(super) fn findings(&self, place: impl Fn(&TreePath) -> Location) -> Vec<Finding> {
        self.odd
            .iter()
            .map(|(name, other)| {
                let message = format!(
                    "{name} is delivered beside {other}, and the source does not have both"
                );
                Finding::new(&CASE_TWINS, message)
                    .about(name.to_string())
                    .at(place(name))
            })
            .collect()
    }
}

/// A path and the folders above it, without the root.
fn upwards(path: &TreePath) -> impl Iterator<Item = TreePath> + use<> {
    std::iter::successors(Some(path.clone()), TreePath::parent).take_while(|path| !path.is_root())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::NodeKind;

    fn odd(delivered: &[&str], source: &[&str]) -> Vec<String> {
        let items = |names: &[&str]| {
            let item = |name: &&str| Item::at(TreePath::new(name).expect("a path"), NodeKind::File);
            names.iter().map(item).collect::<Vec<_>>()
        };
        let twins = Twins::among(&items(delivered), &items(source));
        twins.odd.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn a_twin_that_the_source_does_not_have_is_told() {
        assert_eq!(odd(&["a.md", "A.md"], &["a.md"]), ["A.md"]);
        assert_eq!(odd(&["a.md", "A.md"], &["A.md"]), ["a.md"]);
        assert_eq!(odd(&["a.md", "A.md"], &[]), ["a.md"]);
        assert_eq!(
            odd(&["a.md", "A.md", "b"], &["a.md", "A.md"]),
            [] as [&str; 0]
        );
        // Another case than the source's alone is no twin.
        assert_eq!(odd(&["A.md"], &["a.md"]), [] as [&str; 0]);
    }

    #[test]
    fn a_folder_is_told_once_and_not_each_file_in_it() {
        let delivered = ["prompts/a.md", "Prompts/a.md", "Prompts/b.md"];
        assert_eq!(odd(&delivered, &["prompts/a.md"]), ["Prompts"]);
    }
}
