use super::archive::{self, Archive};
use super::build_context::{Found, Kept, Lookup, MOST_FILES};
use super::builder::{Builder, Current};
use super::copy_parents::excludes;
use super::error::Located;
use super::image_path::image_path;
use super::pattern::has_wildcard;
use super::stage_fs::StageFs;
use super::{Ignored, Origin, Place, ProblemKind};
use crate::tree::{NodeKind, TreePath};

impl Builder<'_> {
    pub(super) fn context_source(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        text: &str,
        at: Place,
    ) -> Result<(), Located> {
        if has_wildcard(text) {
            let (matches, kept) = self.context.glob(text)?;
            if matches.is_empty() && kept.is_empty() {
                let source = text.to_owned();
                self.problem(at, ProblemKind::EmptyWildcard { source });
            }
            for kept in kept {
                if matches.is_empty() {
                    self.ignored_source(at, text, kept);
                    continue;
                }
                // The others are copied, and nobody is told.
                self.ignored.push(Ignored {
                    at,
                    image_path: current.target(kept.path.name()),
                    path: kept.path,
                    ignore_file: self.context.ignore_file.clone(),
                    line: kept.line,
                    pattern: kept.pattern,
                });
            }
            if matches.len() > 1 && !current.is_folder {
                let all_folders = matches.iter().all(|path| {
                    matches!(
                        self.context.lookup(path),
                        Ok(Lookup::There(_, NodeKind::Dir))
                    )
                });
                if !all_folders {
                    self.refuse(
                        at,
                        format!(
                            "`{text}` matches several files, and /{} has no slash at its end",
                            current.dest
                        ),
                    );
                }
            }
            for path in matches {
                self.context_path(fs, current, text, &path, at)?;
            }
            return Ok(());
        }
        let path = image_path(&TreePath::root(), text.as_bytes());
        self.context_path(fs, current, text, &path, at)
    }

    pub(super) fn ignored_source(&mut self, at: Place, source: &str, kept: Kept) {
        self.problem(
            at,
            ProblemKind::Ignored {
                source: source.to_owned(),
                path: kept.path,
                ignore_file: self.context.ignore_file.clone(),
                line: kept.line,
                pattern: kept.pattern,
            },
        );
    }

    /// Copies one path of the context. Its name is that of the path as it is given; its content is
    /// what symlinks lead to.
    fn context_path(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        text: &str,
        path: &TreePath,
        at: Place,
    ) -> Result<(), Located> {
        let (followed, kind) = match self.context.lookup(path)? {
            Lookup::There(path, kind) => (path, kind),
            Lookup::Ignored(kept) => {
                self.ignored_source(at, text, kept);
                return Ok(());
            }
            Lookup::Missing(path) => {
                self.problem(
                    at,
                    ProblemKind::MissingSource {
                        source: text.to_owned(),
                        path: Some(path),
                    },
                );
                return Ok(());
            }
        };
        match kind {
            NodeKind::Dir => self.context_folder(fs, current, text, &followed, at),
            NodeKind::File => {
                let in_tree = self.context.in_tree(&followed);
                if current.copy.unpack.unwrap_or(current.copy.is_add) && self.matters(&current.dest)
                {
                    match archive::open(self.context.tree, &in_tree)? {
                        Archive::No => {}
                        Archive::Members(members) => {
                            self.unpack(fs, current, &in_tree, members, at);
                            return Ok(());
                        }
                        Archive::Opaque(why) => {
                            fs.unknown.push(current.unknown(current.dest.clone(), why));
                            return Ok(());
                        }
                    }
                }
                let target = current.target(path.name());
                self.context_file(fs, current, &target, &followed, NodeKind::File, at)
            }
            other => {
                let target = current.target(path.name());
                fs.unknown.push(current.unknown(
                    target,
                    format!("`{text}` is {}, whose content is not known", other.noun()),
                ));
                Ok(())
            }
        }
    }

    pub(super) fn context_file(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        target: &TreePath,
        path: &TreePath,
        kind: NodeKind,
        at: Place,
    ) -> Result<(), Located> {
        // A symlink anywhere can lead a later copy to where it matters.
        if !self.matters(target) && kind != NodeKind::Symlink {
            return Ok(());
        }
        let path = self.context.in_tree(path);
        match kind {
            NodeKind::File => {
                let executable = match &current.copy.chmod {
                    Some(chmod) if chmod.settled().is_none() => {
                        Some(chmod.apply(self.context.tree.facts(&path)?.executable))
                    }
                    _ => None,
                };
                let file = current.file(Origin::Context { path }, executable, at);
                self.put(fs, target, file, None);
            }
            NodeKind::Symlink => {
                let link = self.context.tree.link(&path)?;
                let mut file = current.file(Origin::Context { path }, None, at);
                file.executable = None;
                self.put(fs, target, file, Some(link));
            }
            other => fs.unknown.push(current.unknown(
                target.clone(),
                format!("{path} is {}, whose content is not known", other.noun()),
            )),
        }
        Ok(())
    }

    /// Copies what is in a folder, not the folder.
    fn context_folder(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        text: &str,
        folder: &TreePath,
        at: Place,
    ) -> Result<(), Located> {
        let excludes = excludes(current, at)?;
        if !self.folder_at(fs, current, at) {
            return Ok(());
        }
        let walked = self.context.walk(folder)?;
        if walked.found.len() > MOST_FILES {
            return Err(Located::too_large(
                format!("`{text}` holds more than {MOST_FILES} files"),
                at,
            ));
        }
        for kept in walked.kept {
            let there = self.context.in_tree(folder);
            let Some(rest) = kept.path.strip_prefix(&there) else {
                continue;
            };
            self.ignored.push(Ignored {
                at,
                image_path: current.dest.join(rest.as_bytes()),
                path: kept.path,
                ignore_file: self.context.ignore_file.clone(),
                line: kept.line,
                pattern: kept.pattern,
            });
        }
        for Found { rest, kind } in walked.found {
            if excludes.check_alone(rest.as_bytes()).is_some() {
                continue;
            }
            let target = current.dest.join(rest.as_bytes());
            let path = folder.join(rest.as_bytes());
            self.context_file(fs, current, &target, &path, kind, at)?;
        }
        Ok(())
    }

    pub(super) fn folder_at(&mut self, fs: &mut StageFs, current: &Current<'_>, at: Place) -> bool {
        fs.settle(&current.dest);
        match fs.make_dir(&current.dest) {
            Ok(()) => true,
            Err(obstacle) => {
                self.refuse(at, format!("/{obstacle} is a file, not a folder"));
                false
            }
        }
    }
}
