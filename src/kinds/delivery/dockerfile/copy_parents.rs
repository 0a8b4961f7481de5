use super::build_context::{Found, Lookup, MOST_FILES};
use super::builder::{Builder, Current};
use super::error::Located;
use super::ignore::IgnoreList;
use super::image_path::image_path;
use super::pattern::has_wildcard;
use super::stage_fs::StageFs;
use super::{Place, ProblemKind};
use crate::tree::{NodeKind, TreePath};

impl Builder<'_> {
    /// `--parents`: keeps the folders of the source, from the root of the context or from `/./` on.
    pub(super) fn context_parents(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        text: &str,
        at: Place,
    ) -> Result<(), Located> {
        let Pivot { base, pattern } = pivot(text, at)?;
        let rest = image_path(&TreePath::root(), pattern.as_bytes());
        if !has_wildcard(pattern) {
            match self.context.lookup(&base.join(rest.as_bytes()))? {
                Lookup::There(..) => {}
                Lookup::Ignored(kept) => {
                    self.ignored_source(at, text, kept);
                    return Ok(());
                }
                Lookup::Missing(path) => {
                    let kind = ProblemKind::MissingSource {
                        source: text.to_owned(),
                        path: Some(path),
                    };
                    self.problem(at, kind);
                    return Ok(());
                }
            }
        }
        let base = match self.context.lookup(&base)? {
            Lookup::There(path, NodeKind::Dir) => path,
            _ => {
                self.refuse(at, format!("`{text}` does not begin in a folder"));
                return Ok(());
            }
        };
        if !self.folder_at(fs, current, at) {
            return Ok(());
        }
        let includes = includes(&rest, at)?;
        let excludes = excludes(current, at)?;
        let walked = self.context.walk(&base)?;
        if walked.found.len() > MOST_FILES {
            return Err(Located::too_large(
                format!("`{text}` searches more than {MOST_FILES} files"),
                at,
            ));
        }
        let mut any = false;
        for Found { rest, kind } in walked.found {
            if includes.check_alone(rest.as_bytes()).is_none() {
                continue;
            }
            any = true;
            if excludes.check_alone(rest.as_bytes()).is_some() {
                continue;
            }
            let target = current.dest.join(rest.as_bytes());
            let path = base.join(rest.as_bytes());
            self.context_file(fs, current, &target, &path, kind, at)?;
        }
        if !any && has_wildcard(pattern) {
            let source = text.to_owned();
            self.problem(at, ProblemKind::EmptyWildcard { source });
        }
        Ok(())
    }
}

/// Where `--parents` begins to keep folders.
pub(super) struct Pivot<'a> {
    pub(super) base: TreePath,
    pub(super) pattern: &'a str,
}

pub(super) fn pivot(text: &str, at: Place) -> Result<Pivot<'_>, Located> {
    let (base, pattern) = text.split_once("/./").unwrap_or(("", text));
    if has_wildcard(base) {
        return Err(Located::unsupported(
            "a wildcard before the `/./` of `--parents`",
            at,
        ));
    }
    Ok(Pivot {
        base: image_path(&TreePath::root(), base.as_bytes()),
        pattern,
    })
}

pub(super) fn includes(rest: &TreePath, at: Place) -> Result<IgnoreList, Located> {
    let pattern = String::from_utf8_lossy(rest.as_bytes()).into_owned();
    if pattern.is_empty() {
        return IgnoreList::of_flags(&["**".to_owned()])
            .map_err(|why| Located::unsupported(why, at));
    }
    IgnoreList::of_flags(&[pattern]).map_err(|why| Located::unsupported(why, at))
}

/// `--exclude` concerns what is in a copied folder, by its path there. A file that is itself a source
/// is always copied.
pub(super) fn excludes(current: &Current<'_>, at: Place) -> Result<IgnoreList, Located> {
    IgnoreList::of_flags(&current.copy.excludes).map_err(|why| Located::syntax(why, at))
}
