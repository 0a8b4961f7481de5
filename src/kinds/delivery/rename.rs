use super::patterns::Declared;
use crate::tree::TreePath;

/// Where files and folders of the source go: the longest entry that fits a path decides.
#[derive(Debug, Clone, Default)]
pub(crate) struct Renames {
    /// Sorted by source path.
    entries: Vec<Rename>,
}

#[derive(Debug, Clone)]
pub(crate) struct Rename {
    pub from: TreePath,
    pub to: TreePath,
    pub declared: Declared,
}

impl Renames {
    pub(crate) fn new(mut entries: Vec<Rename>) -> Self {
        entries.sort_by(|a, b| a.from.cmp(&b.from));
        Self { entries }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The name that a path of the source has in the delivery.
    pub(crate) fn apply(&self, path: &TreePath) -> TreePath {
        let best = self
            .entries
            .iter()
            .filter_map(|entry| Some((entry, path.strip_prefix(&entry.from)?)))
            .max_by_key(|(entry, _)| entry.from.as_bytes().len());
        match best {
            Some((entry, rest)) => entry.to.join(rest),
            None => path.clone(),
        }
    }

    /// The paths of the source that a delivered path can come from.
    pub(crate) fn origins(&self, delivered: &TreePath) -> Vec<TreePath> {
        self.entries
            .iter()
            .filter_map(|entry| Some(entry.from.join(delivered.strip_prefix(&entry.to)?)))
            .chain([delivered.clone()])
            .filter(|origin| self.apply(origin) == *delivered)
            .collect()
    }

    /// The entries that fit none of the paths.
    pub(crate) fn unused<'p>(
        &self,
        paths: impl Iterator<Item = &'p TreePath> + Clone,
    ) -> impl Iterator<Item = &Rename> {
        self.entries
            .iter()
            .filter(move |entry| !paths.clone().any(|path| path.is_within(&entry.from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Location;

    fn renames(entries: &[(&str, &str)]) -> Renames {
        Renames::new(
            entries
                .iter()
                .map(|(from, to)| Rename {
                    from: TreePath::new(from).unwrap(),
                    to: TreePath::new(to).unwrap(),
                    declared: Declared {
                        text: (*from).to_owned(),
                        at: Location::file("gate.yaml"),
                    },
                })
                .collect(),
        )
    }

    #[test]
    fn the_longest_entry_that_fits_decides() {
        let renames = renames(&[("a", "x"), ("a/b", "y"), ("a/b/c.md", "z.md")]);
        let apply = |path: &str| renames.apply(&TreePath::new(path).unwrap()).to_string();
        assert_eq!(apply("a/1"), "x/1");
        assert_eq!(apply("a/b/1"), "y/1");
        assert_eq!(apply("a/b/c.md"), "z.md");
        assert_eq!(apply("ab"), "ab");
    }

    #[test]
    fn a_delivered_path_is_traced_back() {
        let renames = renames(&[("a", "x"), ("b.md", "x/b.md")]);
        let origins = |path: &str| renames.origins(&TreePath::new(path).unwrap());
        assert_eq!(
            origins("x/1"),
            [TreePath::new("a/1").unwrap(), TreePath::new("x/1").unwrap()]
        );
        assert_eq!(origins("a/1"), []);
        assert_eq!(origins("c"), [TreePath::new("c").unwrap()]);
    }

    #[test]
    fn an_entry_that_fits_nothing_is_unused() {
        let renames = renames(&[("a", "x"), ("b.md", "y.md")]);
        let paths = [TreePath::new("a/1").unwrap()];
        let unused: Vec<_> = renames
            .unused(paths.iter())
            .map(|r| r.from.to_string())
            .collect();
        assert_eq!(unused, ["b.md"]);
    }
}
