use super::archive::{self, Archive, MemberKind};
use super::build_context::{Found, Kept, Lookup, MOST_FILES};
use super::builder::{Builder, Current};
use super::error::Located;
use super::ignore::IgnoreList;
use super::image_path::image_path;
use super::pattern::has_wildcard;
use super::plan::{CopyFrom, CopySource};
use super::stage_fs::StageFs;
use super::{Ignored, Origin, Place, ProblemKind};
use crate::tree::{NodeKind, TreePath};

impl Builder<'_> {
    pub(super) fn source(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        source: &CopySource,
    ) -> Result<(), Located> {
        let (text, at) = match source {
            CopySource::Inline { name, body } => {
                let target = current.target(name.as_bytes());
                let origin = Origin::Inline {
                    bytes: body.as_bytes().to_vec(),
                };
                // The builder writes heredocs with mode 0644.
                let executable = current
                    .copy
                    .chmod
                    .as_ref()
                    .is_some_and(|chmod| chmod.apply(false));
                let file = current.file(origin, Some(executable), current.at);
                self.put(fs, &target, file, None);
                return Ok(());
            }
            CopySource::Path { text, at } => (text.as_str(), *at),
        };
        if let Some(remote) = remote(text) {
            self.remote(fs, current, remote, at);
            return Ok(());
        }
        match &current.copy.from {
            CopyFrom::Context if current.copy.parents => {
                self.context_parents(fs, current, text, at)
            }
            CopyFrom::Context => self.context_source(fs, current, text, at),
            CopyFrom::Stage(stage) => self.stage_source(*stage, fs, current, text, at),
            CopyFrom::Image(reference) => {
                let path = image_path(&TreePath::root(), text.as_bytes());
                if has_wildcard(text) || current.copy.parents || path.is_root() {
                    fs.unknown.push(current.unknown(
                        current.dest.clone(),
                        format!("it copies what the image `{reference}` has"),
                    ));
                    return Ok(());
                }
                let target = current.target(path.name());
                let origin = Origin::External {
                    reference: reference.clone(),
                    path,
                };
                self.put_unknown(fs, current, &target, origin, at);
                Ok(())
            }
        }
        .map_err(|mut error: Located| {
            error.at.get_or_insert(at);
            error
        })
    }

    fn remote(&mut self, fs: &mut StageFs, current: &Current<'_>, remote: Remote<'_>, at: Place) {
        if !current.copy.is_add {
            self.refuse(at, "COPY takes no remote source; ADD does".to_owned());
            return;
        }
        match remote {
            Remote::Git(url) => {
                let origin = Origin::Git {
                    url: url.to_owned(),
                };
                self.put_unknown(fs, current, &current.dest.clone(), origin, at);
            }
            Remote::Url(url) => {
                let path = url.split(['?', '#']).next().unwrap_or(url);
                let path = path.split_once("://").map_or(path, |(_, rest)| rest);
                let name = match path.split_once('/') {
                    Some((_, path)) => path.trim_end_matches('/').rsplit('/').next(),
                    None => None,
                };
                let name = name
                    .filter(|name| !name.is_empty())
                    .unwrap_or("__unnamed__");
                let target = current.target(name.as_bytes());
                if current.copy.unpack == Some(true) {
                    fs.unknown
                        .push(current.unknown(current.dest.clone(), "it unpacks a download"));
                    return;
                }
                let origin = Origin::Url {
                    url: url.to_owned(),
                };
                let file = current.file(origin, None, at);
                self.put(fs, &target, file, None);
            }
        }
    }

    /// Puts something that may be a file or a folder.
    pub(super) fn put_unknown(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        target: &TreePath,
        origin: Origin,
        at: Place,
    ) {
        if fs.is_dir(target) {
            fs.unknown.push(current.unknown(
                target.clone(),
                "it copies a file or folder that is not known without building",
            ));
            return;
        }
        let file = current.file(origin, None, at);
        self.put(fs, target, file, None);
    }

    fn context_source(
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

    fn ignored_source(&mut self, at: Place, source: &str, kept: Kept) {
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

    fn context_file(
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

    /// `--parents`: keeps the folders of the source, from the root of the context or from `/./` on.
    fn context_parents(
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

    fn unpack(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        archive: &TreePath,
        members: Vec<archive::Member>,
        at: Place,
    ) {
        if !self.folder_at(fs, current, at) {
            return;
        }
        for member in members {
            let target = current.dest.join(member.path.as_bytes());
            let origin = |bytes| Origin::Archive {
                archive: archive.clone(),
                member: member.path.clone(),
                bytes,
            };
            match member.kind {
                MemberKind::Dir => {
                    if let Err(obstacle) = fs.make_dir(&target) {
                        self.refuse(at, format!("/{obstacle} is a file, not a folder"));
                    }
                }
                // `--chmod` does not reach what is unpacked.
                MemberKind::File { bytes, executable } => {
                    let mut file = current.file(origin(bytes), None, at);
                    file.executable = Some(executable);
                    self.put(fs, &target, file, None);
                }
                MemberKind::Link(link) => {
                    let mut file = current.file(origin(Vec::new()), None, at);
                    file.executable = None;
                    self.put(fs, &target, file, Some(link));
                }
            }
        }
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

enum Remote<'a> {
    Git(&'a str),
    Url(&'a str),
}

fn remote(text: &str) -> Option<Remote<'_>> {
    let is_http = text.starts_with("http://") || text.starts_with("https://");
    let path = text.split(['?', '#']).next().unwrap_or(text);
    if text.starts_with("git://")
        || text.starts_with("ssh://")
        || text.starts_with("git@")
        || (is_http && path.ends_with(".git"))
    {
        return Some(Remote::Git(text));
    }
    is_http.then_some(Remote::Url(text))
}
