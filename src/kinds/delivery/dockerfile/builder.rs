use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bstr::BString;

use super::build_context::{BuildContext, Lookup};
use super::error::Located;
use super::image_path::image_path;
use super::plan::{Copy, CopyFrom, CopySource, Dest, Plan, Stage, StageBase, StepKind, Workdir};
use super::run::RunFacts;
use super::stage_fs::{Node, RunRecord, StageFs, Unknown, in_image};
use super::{Ignored, ImageFile, OpaqueKind, OpaqueStep, Origin, Place, Problem, ProblemKind};
use crate::tree::{NodeKind, TreePath};

/// Carries out the plan on what is known of the files.
pub(super) struct Builder<'a> {
    pub(super) context: BuildContext<'a>,
    pub(super) plan: &'a Plan,
    pub(super) done: BTreeMap<usize, StageFs>,
    pub(super) problems: Vec<Problem>,
    pub(super) ignored: Vec<Ignored>,
    /// The only image path that matters, if no stage copies from another one.
    pub(super) only: Option<TreePath>,
    /// Files that a `RUN` names: these matter wherever they are.
    pub(super) named: BTreeSet<TreePath>,
}

/// More files than an image that driftgate evaluates has.
const MOST_NODES: usize = 400_000;

/// One copying instruction while it is carried out.
pub(super) struct Current<'a> {
    pub(super) copy: &'a Copy,
    pub(super) at: Place,
    pub(super) text: &'a str,
    /// Where it goes, symlinks followed.
    pub(super) dest: TreePath,
    /// The destination is a folder, whether or not it exists yet.
    pub(super) is_folder: bool,
}

impl Builder<'_> {
    pub(super) fn stage(&mut self, index: usize, stage: &Stage) -> Result<(), Located> {
        let mut fs = match &stage.base {
            StageBase::Scratch => StageFs::new(false),
            StageBase::Image(_) => StageFs::new(true),
            StageBase::Stage(base) => match self.done.get(base) {
                Some(fs) => fs.clone(),
                None => StageFs::new(true),
            },
        };
        for step in &stage.steps {
            match &step.kind {
                StepKind::Workdir(Workdir::Known(dir)) => {
                    let dir = in_image(dir);
                    let dir = fs.follow(&dir).unwrap_or(dir);
                    fs.settle(&dir);
                    if let Err(obstacle) = fs.make_dir(&dir) {
                        self.refuse(step.at, format!("/{obstacle} is a file, not a folder"));
                    }
                }
                StepKind::Workdir(Workdir::Unknown(_)) => {}
                StepKind::Run(run) => {
                    let mut facts = RunFacts::of(run);
                    facts.scripts = self.scripts(&fs, run, &facts)?;
                    fs.runs.push(Rc::new(RunRecord {
                        at: step.at,
                        text: step.text.clone(),
                        run: facts,
                    }));
                }
                StepKind::Copy(copy) => self.copy(&mut fs, copy, step.at, &step.text)?,
            }
            if fs.len() > MOST_NODES {
                return Err(Located::too_large(
                    format!("the image would hold more than {MOST_NODES} files"),
                    step.at,
                ));
            }
        }
        self.done.insert(index, fs);
        Ok(())
    }

    fn copy(
        &mut self,
        fs: &mut StageFs,
        copy: &Copy,
        at: Place,
        text: &str,
    ) -> Result<(), Located> {
        let (dest, is_folder) = match &copy.dest {
            Dest::Known { path, is_folder } => (in_image(path), *is_folder),
            Dest::Unknown(why) => {
                let kind = if copy.is_add {
                    OpaqueKind::Add
                } else {
                    OpaqueKind::Copy
                };
                fs.unknown.push(Unknown {
                    path: TreePath::root(),
                    step: opaque(kind, at, text, why),
                });
                return Ok(());
            }
        };
        let Some(dest) = fs.follow(&dest) else {
            self.refuse(at, format!("/{dest} is a symlink that leads to itself"));
            return Ok(());
        };
        let is_dir = is_folder || fs.is_dir(&dest) || copy.parents;
        let current = Current {
            copy,
            at,
            text,
            dest,
            is_folder: is_dir,
        };
        if copy.sources.len() > 1 && !is_dir && !self.are_folders(copy) {
            // BuildKit goes on, and each source replaces the one before it.
            self.refuse(
                at,
                format!(
                    "several sources need a folder as destination, and /{} has no slash at its end",
                    current.dest
                ),
            );
        }
        for source in &copy.sources {
            self.source(fs, &current, source)?;
        }
        Ok(())
    }

    /// Whether all sources are folders, which are merged wherever they go.
    fn are_folders(&self, copy: &Copy) -> bool {
        copy.sources.iter().all(|source| {
            let CopySource::Path { text, .. } = source else {
                return false;
            };
            let path = image_path(&TreePath::root(), text.as_bytes());
            match &copy.from {
                CopyFrom::Context => matches!(
                    self.context.lookup(&path),
                    Ok(Lookup::There(_, NodeKind::Dir))
                ),
                CopyFrom::Stage(stage) => self
                    .done
                    .get(stage)
                    .is_some_and(|fs| fs.follow(&path).is_some_and(|path| fs.is_dir(&path))),
                CopyFrom::Image(_) => false,
            }
        })
    }

    pub(super) fn refuse(&mut self, at: Place, why: String) {
        self.problem(at, ProblemKind::Refused { why });
    }

    pub(super) fn problem(&mut self, at: Place, kind: ProblemKind) {
        let problem = Problem { at, kind };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Whether anybody asks for what stands at or below a path.
    pub(super) fn matters(&self, path: &TreePath) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| path.is_within(only) || only.is_within(path))
            || self.named.contains(path)
    }

    /// Puts a file, and says so if the builder could not.
    pub(super) fn put(
        &mut self,
        fs: &mut StageFs,
        path: &TreePath,
        file: ImageFile,
        link: Option<BString>,
    ) {
        if link.is_none() && !self.matters(path) {
            return;
        }
        let at = file.at;
        fs.settle(&path.parent().unwrap_or_default());
        if let Err(obstacle) = fs.put(path, file, link) {
            let why = if obstacle == *path {
                format!("/{path} is a folder, and a file would be put in its place")
            } else {
                format!("/{obstacle} is a file, not a folder")
            };
            self.refuse(at, why);
        }
    }
}

impl Current<'_> {
    /// Where a single file goes.
    pub(super) fn target(&self, name: &[u8]) -> TreePath {
        if self.is_folder {
            self.dest.join(name)
        } else {
            self.dest.clone()
        }
    }

    pub(super) fn file(&self, origin: Origin, executable: Option<bool>, at: Place) -> ImageFile {
        ImageFile {
            origin,
            executable: self
                .copy
                .chmod
                .as_ref()
                .and_then(super::chmod::Chmod::settled)
                .or(executable),
            at,
            overwrote: Vec::new(),
        }
    }

    pub(super) fn kind(&self) -> OpaqueKind {
        if self.copy.is_add {
            OpaqueKind::Add
        } else {
            OpaqueKind::Copy
        }
    }

    /// Something comes to a path that cannot be listed.
    pub(super) fn unknown(&self, path: TreePath, why: impl Into<String>) -> Unknown {
        Unknown {
            path,
            step: opaque(self.kind(), self.at, self.text, why),
        }
    }
}

pub(super) fn opaque(
    kind: OpaqueKind,
    at: Place,
    text: &str,
    why: impl Into<String>,
) -> OpaqueStep {
    OpaqueStep {
        at,
        kind,
        text: text.to_owned(),
        paths: Vec::new(),
        exact: false,
        why: why.into(),
    }
}

/// Whether it is not known what stands at this origin: a file or a whole folder.
pub(super) fn is_unknown(origin: &Origin) -> bool {
    matches!(
        origin,
        Origin::External { .. } | Origin::Built { .. } | Origin::Git { .. }
    )
}

/// Whether the known node is a file that may really be a folder.
pub(super) fn may_be_folder(node: &Node) -> bool {
    node.file().is_some_and(|file| is_unknown(&file.origin))
}
