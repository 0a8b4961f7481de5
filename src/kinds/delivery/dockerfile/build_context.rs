use bstr::BString;

use super::ErrorKind;
use super::error::Located;
use super::ignore::{IgnoreList, Inherited};
use super::image_path::image_path;
use super::pattern::{Dialect, Pattern, has_wildcard};
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreeError, TreePath};

/// The build context as the builder sees it: a folder of a tree without what the ignore file keeps
/// out. Paths are relative to the context.
pub(super) struct BuildContext<'a> {
    pub(super) tree: &'a dyn Tree,
    dir: TreePath,
    ignore: IgnoreList,
    /// By its path in the tree.
    pub(super) ignore_file: TreePath,
}

/// A file, symlink or other thing below a folder.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Relative to the folder that was walked.
    pub(super) rest: TreePath,
    pub(super) kind: NodeKind,
}

/// An ignored path with the rule that ignores it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) path: TreePath,
    pub(super) line: u32,
    pub(super) pattern: String,
}

/// All that a walk found, and what the ignore file kept from it.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) found: Vec<Found>,
    /// The uppermost ignored paths.
    pub(super) kept: Vec<Kept>,
}

/// What a source text leads to.
#[derive(Debug)]
pub(super) enum Lookup {
    There(TreePath, NodeKind),
    Ignored(Kept),
    Missing(TreePath),
}

/// More files than one step can copy.
pub(super) const MOST_FILES: usize = 200_000;
/// Chains of symlinks are followed no further.
const MOST_LINKS: usize = 64;
/// Folders are nested no deeper.
const DEEPEST: usize = 256;

impl<'a> BuildContext<'a> {
    /// Reads the ignore file: `<Dockerfile>.dockerignore` beside the Dockerfile, else
    /// `.dockerignore` in the root of the context. Source: the Dockerfile reference, "Filename and
    /// location" of `.dockerignore`.
    ///
    /// # Errors
    /// When it cannot be read; the second part is the file, where it does not parse.
    pub(super) fn open(
        tree: &'a dyn Tree,
        dir: &TreePath,
        dockerfile: &TreePath,
    ) -> Result<Self, (Located, TreePath)> {
        let mut own = dockerfile.as_bytes().to_vec();
        own.extend_from_slice(b".dockerignore");
        let candidates = [
            image_path(&TreePath::root(), &own),
            dir.join(".dockerignore"),
        ];
        for ignore_file in candidates {
            let fail = |error: Located| (error, ignore_file.clone());
            let kind = tree
                .kind(&ignore_file)
                .map_err(|error| fail(error.into()))?;
            if kind.is_none() {
                continue;
            }
            let bytes = tree
                .read(&ignore_file, SMALL_FILE)
                .map_err(|error| fail(error.into()))?;
            let ignore = IgnoreList::parse(&bytes).map_err(fail)?;
            return Ok(Self {
                tree,
                dir: dir.clone(),
                ignore,
                ignore_file,
            });
        }
        Ok(Self {
            tree,
            dir: dir.clone(),
            ignore: IgnoreList::default(),
            ignore_file: dir.join(".dockerignore"),
        })
    }

    /// The path in the tree.
    pub(super) fn in_tree(&self, path: &TreePath) -> TreePath {
        self.dir.join(path.as_bytes())
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        self.tree.kind(&self.in_tree(path))
    }

    /// Follows symlinks on a path, inside of the context: an absolute link begins at its root, and
    /// `..` stops there. `None` for a loop.
    fn follow(&self, path: &TreePath) -> Result<Option<TreePath>, TreeError> {
        let mut done = TreePath::root();
        let mut rest: Vec<BString> = path.parts().rev().map(ToOwned::to_owned).collect();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                done = done.parent().unwrap_or_default();
                continue;
            }
            let next = done.join(&part);
            if self.kind(&next)? != Some(NodeKind::Symlink) {
                done = next;
                continue;
            }
            links += 1;
            if links > MOST_LINKS {
                return Ok(None);
            }
            let target = self.tree.link(&self.in_tree(&next))?;
            if target.starts_with(b"/") {
                done = TreePath::root();
            }
            let parts: Vec<BString> = target
                .split(|byte| *byte == b'/')
                .filter(|part| !part.is_empty() && *part != b".")
                .map(BString::from)
                .collect();
            rest.extend(parts.into_iter().rev());
        }
        Ok(Some(done))
    }

    /// What stands at a path without wildcards, symlinks followed.
    pub(super) fn lookup(&self, path: &TreePath) -> Result<Lookup, TreeError> {
        let Some(followed) = self.follow(path)? else {
            return Ok(Lookup::Missing(self.in_tree(path)));
        };
        let Some(kind) = self.kind(&followed)? else {
            return Ok(Lookup::Missing(self.in_tree(&followed)));
        };
        if let Some(rule) = self.ignore.check_alone(followed.as_bytes())
            && !followed.is_root()
        {
            let kept = Kept {
                path: self.in_tree(&followed),
                line: rule.line,
                pattern: rule.text.clone(),
            };
            let may_hold_more = kind == NodeKind::Dir && self.ignore.has_inclusions();
            if !may_hold_more || self.walk(&followed)?.found.is_empty() {
                return Ok(Lookup::Ignored(kept));
            }
        }
        Ok(Lookup::There(followed, kind))
    }

    fn inherited(&self, dir: &TreePath) -> Inherited {
        let mut inherited = Inherited::default();
        let mut at = TreePath::root();
        for part in dir.parts() {
            at = at.join(part);
            inherited = self.ignore.check(at.as_bytes(), &inherited).1;
        }
        inherited
    }

    /// All files below a folder that are in the context, sorted.
    pub(super) fn walk(&self, dir: &TreePath) -> Result<Walked, TreeError> {
        let mut walked = Walked::default();
        let mut pending = vec![(dir.clone(), self.inherited(dir), 0usize, false)];
        while let Some((at, inherited, depth, is_ignored)) = pending.pop() {
            for child in self.tree.children(&self.in_tree(&at))? {
                let path = at.join(&child.name);
                let (rule, next) = if self.ignore.is_empty() {
                    (None, Inherited::default())
                } else {
                    self.ignore.check(path.as_bytes(), &inherited)
                };
                if let Some(rule) = rule {
                    if !is_ignored {
                        walked.kept.push(Kept {
                            path: self.in_tree(&path),
                            line: rule.line,
                            pattern: rule.text.clone(),
                        });
                    }
                    if child.kind != NodeKind::Dir || !self.ignore.has_inclusions() {
                        continue;
                    }
                }
                if child.kind == NodeKind::Dir {
                    if depth < DEEPEST {
                        pending.push((path, next, depth + 1, rule.is_some()));
                    }
                } else if let Some(rest) = path.strip_prefix(dir) {
                    walked.found.push(Found {
                        rest,
                        kind: child.kind,
                    });
                }
            }
            if walked.found.len() > MOST_FILES {
                break;
            }
        }
        walked.found.sort_unstable_by(|a, b| a.rest.cmp(&b.rest));
        walked.kept.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(walked)
    }

    /// The paths that a source with wildcards matches, sorted, and those that it would match if the
    /// ignore file did not keep them out. A matched folder is not searched further.
    pub(super) fn glob(&self, source: &str) -> Result<(Vec<TreePath>, Vec<Kept>), Located> {
        let cleaned = image_path(&TreePath::root(), source.as_bytes());
        let mut base = TreePath::root();
        let mut pattern: Vec<String> = Vec::new();
        for part in cleaned.parts() {
            let part = String::from_utf8_lossy(part).into_owned();
            if pattern.is_empty() && !has_wildcard(&part) {
                base = base.join(part);
            } else {
                pattern.push(part);
            }
        }
        let matcher =
            Pattern::new(&pattern.join("/"), Dialect::Wildcard).map_err(|why| Located {
                kind: ErrorKind::Unsupported(why),
                at: None,
            })?;
        // A class can match a slash.
        let deepest = if pattern.iter().any(|part| part.contains('[')) {
            DEEPEST
        } else {
            pattern.len()
        };
        let Some(base) = self.follow(&base)? else {
            return Ok(Default::default());
        };
        let mut matches = Vec::new();
        let mut kept = Vec::new();
        let mut pending = vec![(base.clone(), self.inherited(&base), 1usize)];
        let mut seen = 0usize;
        while let Some((at, inherited, depth)) = pending.pop() {
            for child in self.tree.children(&self.in_tree(&at))? {
                seen += 1;
                let path = at.join(&child.name);
                let Some(rest) = path.strip_prefix(&base) else {
                    continue;
                };
                let (rule, next) = self.ignore.check(path.as_bytes(), &inherited);
                let is_match = matcher.is_match(rest.as_bytes());
                if let (true, Some(rule)) = (is_match, rule) {
                    let is_partly_there = child.kind == NodeKind::Dir
                        && self.ignore.has_inclusions()
                        && !self.walk(&path)?.found.is_empty();
                    if !is_partly_there {
                        kept.push(Kept {
                            path: self.in_tree(&path),
                            line: rule.line,
                            pattern: rule.text.clone(),
                        });
                        continue;
                    }
                }
                if is_match {
                    matches.push(path);
                } else if child.kind == NodeKind::Dir && depth < deepest {
                    pending.push((path, next, depth + 1));
                }
            }
            if seen > MOST_FILES {
                return Err(Located {
                    kind: ErrorKind::TooLarge(format!(
                        "`{source}` searches more than {MOST_FILES} files"
                    )),
                    at: None,
                });
            }
        }
        matches.sort_unstable();
        kept.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok((matches, kept))
    }
}
