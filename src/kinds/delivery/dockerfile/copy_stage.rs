use super::builder::{Builder, Current, may_be_folder, opaque};
use super::copy_parents::{excludes, includes, pivot};
use super::error::Located;
use super::image_path::image_path;
use super::pattern::{Dialect, Pattern, has_wildcard};
use super::run::Touch;
use super::stage_fs::{Node, StageFs, Unknown};
use super::{Origin, Place, ProblemKind, shown};
use crate::tree::TreePath;

impl Builder<'_> {
    /// Copies from a stage that is done.
    pub(super) fn stage_source(
        &mut self,
        stage: usize,
        fs: &mut StageFs,
        current: &Current<'_>,
        text: &str,
        at: Place,
    ) -> Result<(), Located> {
        // Taken out while it is read, and put back.
        let Some(from) = self.done.remove(&stage) else {
            return Ok(());
        };
        let result = self.copy_from_stage(stage, &from, fs, current, text, at);
        self.done.insert(stage, from);
        result
    }

    fn copy_from_stage(
        &mut self,
        stage: usize,
        from: &StageFs,
        fs: &mut StageFs,
        current: &Current<'_>,
        text: &str,
        at: Place,
    ) -> Result<(), Located> {
        let is_open = from.has_base || !from.runs.is_empty() || !from.unknown.is_empty();
        if current.copy.parents {
            return self.stage_parents(stage, from, fs, current, text, at);
        }
        if has_wildcard(text) {
            return self.stage_glob(stage, from, fs, current, text, at);
        }
        let path = image_path(&TreePath::root(), text.as_bytes());
        let followed = from.follow(&path).unwrap_or_else(|| path.clone());
        let is_inside_unknown =
            parents(&followed).any(|parent| from.get(&parent).is_some_and(may_be_folder));
        let is_known = followed.is_root() || from.get(&followed).is_some();
        if !is_known && (is_open || is_inside_unknown) {
            let target = current.target(path.name());
            let origin = Origin::Built {
                stage,
                path: followed,
            };
            self.put_unknown(fs, current, &target, origin, at);
            return Ok(());
        }
        if !is_known {
            let kind = ProblemKind::MissingSource {
                source: text.to_owned(),
                path: None,
            };
            self.problem(at, kind);
            return Ok(());
        }
        self.stage_path(stage, from, fs, current, &path, &followed, at)
    }

    /// Copies a known file or folder of a stage.
    #[expect(clippy::too_many_arguments, reason = "two paths and two stages")]
    fn stage_path(
        &mut self,
        stage: usize,
        from: &StageFs,
        fs: &mut StageFs,
        current: &Current<'_>,
        path: &TreePath,
        followed: &TreePath,
        at: Place,
    ) -> Result<(), Located> {
        let is_file = from.get(followed).is_some_and(|node| node.file().is_some());
        let target = if is_file {
            current.target(path.name())
        } else {
            current.dest.clone()
        };
        self.unseen(stage, from, fs, current, followed, &target);
        if let Some(node) = from.get(followed).filter(|_| is_file) {
            self.stage_node(fs, current, node, &target, at)?;
            return Ok(());
        }
        if followed.is_root() && from.has_base {
            fs.unknown.push(current.unknown(
                target.clone(),
                "it copies the whole of a stage that begins from an image",
            ));
        }
        if !self.folder_at(fs, current, at) {
            return Ok(());
        }
        let excludes = excludes(current, at)?;
        for (path, node) in from.below(followed) {
            let Some(rest) = path.strip_prefix(followed) else {
                continue;
            };
            if excludes.check_alone(rest.as_bytes()).is_none() {
                let target = current.dest.join(rest.as_bytes());
                self.stage_node(fs, current, node, &target, at)?;
            }
        }
        Ok(())
    }

    fn stage_node(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        node: &Node,
        target: &TreePath,
        at: Place,
    ) -> Result<(), Located> {
        if !self.matters(target) {
            return Ok(());
        }
        let (file, link) = match node {
            Node::Dir => {
                fs.settle(target);
                if let Err(obstacle) = fs.make_dir(target) {
                    self.refuse(at, format!("/{obstacle} is a file, not a folder"));
                }
                return Ok(());
            }
            Node::File(file) => (file, None),
            Node::Link(file, link) => (file, Some(link.clone())),
        };
        let mut copied = file.clone();
        copied.at = at;
        copied.overwrote = Vec::new();
        if let (Some(chmod), None) = (&current.copy.chmod, &link) {
            let before = match (&copied.origin, copied.executable) {
                (_, Some(executable)) => Some(executable),
                (Origin::Context { path }, None) if chmod.settled().is_none() => {
                    Some(self.context.tree.facts(path)?.executable)
                }
                _ => None,
            };
            copied.executable = chmod
                .settled()
                .or_else(|| before.map(|before| chmod.apply(before)));
        }
        self.put(fs, target, copied, link);
        Ok(())
    }

    /// What a `RUN` or an unknown copy of the other stage may have put where it is copied from.
    fn unseen(
        &mut self,
        stage: usize,
        from: &StageFs,
        fs: &mut StageFs,
        current: &Current<'_>,
        source: &TreePath,
        target: &TreePath,
    ) {
        for record in &from.runs {
            if let Touch::Yes { why, .. } = record.run.touch(source) {
                fs.unknown.push(current.unknown(
                    target.clone(),
                    format!(
                        "in stage {stage}, line {} (`{}`) may change it: {why}",
                        record.at.line,
                        shown(&record.text)
                    ),
                ));
            }
        }
        for unknown in &from.unknown {
            let path = match unknown.path.strip_prefix(source) {
                Some(rest) => target.join(rest.as_bytes()),
                None if source.is_within(&unknown.path) => target.clone(),
                None => continue,
            };
            fs.unknown.push(Unknown {
                path,
                step: opaque(
                    current.kind(),
                    current.at,
                    current.text,
                    format!("line {}: {}", unknown.step.at.line, unknown.step.why),
                ),
            });
        }
    }

    fn stage_glob(
        &mut self,
        stage: usize,
        from: &StageFs,
        fs: &mut StageFs,
        current: &Current<'_>,
        text: &str,
        at: Place,
    ) -> Result<(), Located> {
        let path = image_path(&TreePath::root(), text.as_bytes());
        let folder: TreePath = {
            let mut folder = TreePath::root();
            for part in path.parts() {
                if has_wildcard(&String::from_utf8_lossy(part)) {
                    break;
                }
                folder = folder.join(part);
            }
            folder
        };
        if from.has_base {
            fs.unknown.push(current.unknown(
                current.dest.clone(),
                "it copies by a pattern from a stage that begins from an image",
            ));
        }
        self.unseen(stage, from, fs, current, &folder, &current.dest);
        let pattern = Pattern::new(&String::from_utf8_lossy(path.as_bytes()), Dialect::Wildcard)
            .map_err(|why| Located::unsupported(why, at))?;
        let mut matches: Vec<TreePath> = Vec::new();
        for (path, _) in from.below(&folder) {
            let is_inside = matches.last().is_some_and(|last| path.is_within(last));
            if !is_inside && pattern.is_match(path.as_bytes()) {
                matches.push(path.clone());
            }
        }
        let is_closed = !from.has_base && from.runs.is_empty() && from.unknown.is_empty();
        if matches.is_empty() && is_closed {
            let source = text.to_owned();
            self.problem(at, ProblemKind::EmptyWildcard { source });
        }
        for path in matches {
            let followed = from.follow(&path).unwrap_or_else(|| path.clone());
            if from.get(&followed).is_some() {
                self.stage_path(stage, from, fs, current, &path, &followed, at)?;
            } else if is_closed {
                // A symlink that leads nowhere; the builder follows it and fails.
                let source = format!("/{path}");
                self.problem(at, ProblemKind::MissingSource { source, path: None });
            }
        }
        Ok(())
    }

    fn stage_parents(
        &mut self,
        stage: usize,
        from: &StageFs,
        fs: &mut StageFs,
        current: &Current<'_>,
        text: &str,
        at: Place,
    ) -> Result<(), Located> {
        let split = pivot(text, at)?;
        let rest = image_path(&TreePath::root(), split.pattern.as_bytes());
        let base = from.follow(&split.base).unwrap_or(split.base);
        if from.has_base {
            fs.unknown.push(current.unknown(
                current.dest.clone(),
                "it copies with --parents from a stage that begins from an image",
            ));
        }
        self.unseen(stage, from, fs, current, &base, &current.dest);
        if !self.folder_at(fs, current, at) {
            return Ok(());
        }
        let includes = includes(&rest, at)?;
        let excludes = excludes(current, at)?;
        let mut any = false;
        for (path, node) in from.below(&base) {
            let Some(rest) = path.strip_prefix(&base) else {
                continue;
            };
            if includes.check_alone(rest.as_bytes()).is_none() {
                continue;
            }
            any = true;
            if excludes.check_alone(rest.as_bytes()).is_none() {
                let target = current.dest.join(rest.as_bytes());
                self.stage_node(fs, current, node, &target, at)?;
            }
        }
        let is_closed = !from.has_base && from.runs.is_empty() && from.unknown.is_empty();
        if !any && is_closed {
            let source = text.to_owned();
            let kind = if has_wildcard(split.pattern) {
                ProblemKind::EmptyWildcard { source }
            } else {
                ProblemKind::MissingSource { source, path: None }
            };
            self.problem(at, kind);
        }
        Ok(())
    }
}

fn parents(path: &TreePath) -> impl Iterator<Item = TreePath> {
    std::iter::successors(path.parent(), TreePath::parent)
}
