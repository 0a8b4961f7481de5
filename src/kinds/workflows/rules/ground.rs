use std::collections::BTreeMap;

use rayon::prelude::*;

use super::held::{self, Held};
use super::standing::{Standing, standings, standings_of_actions};
use crate::context::ChangedPaths;
use crate::gate::{Code, Finding, Level, Location};
use crate::kinds::workflows::Scene;
use crate::kinds::workflows::forge::Forge;
use crate::kinds::workflows::model::{Job, Step, WorkflowFile};
use crate::kinds::workflows::shell::{Analysis, ShellOptions, analyse};
use crate::kinds::workflows::yaml::{Node, Span, Text};

/// What the rules about jobs look at: the scene, what hangs on each job, and what each script does.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    pub(super) files: &'a [WorkflowFile],
    /// Composite actions of the checkout, each with one job for its steps.
    actions: &'a [WorkflowFile],
    pub(super) forge: Forge,
    /// Whether the gate says which contexts are required.
    pub(super) knows_required: bool,
    /// Whether a pattern requires every context that is posted.
    pub(super) requires_all: bool,
    /// Whether changes are merged by a queue.
    pub(super) queue: bool,
    /// What the change touches, and since when, where it is known where that begins.
    pub(super) change: Option<(&'a str, &'a ChangedPaths)>,
    /// What does not come of the change.
    pub(super) held: Vec<Held>,
    /// By file and job, in the order of the files; the actions come behind them.
    standings: Vec<Vec<Standing>>,
    /// By file, job and step.
    scripts: BTreeMap<(usize, usize, usize), Analysis>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(scene: &Scene<'a>) -> Self {
        let mut ground = Self {
            files: scene.files,
            actions: scene.actions,
            forge: scene.forge,
            knows_required: !scene.demands.is_empty(),
            requires_all: scene
                .demands
                .iter()
                .any(|demand| demand.is_glob && demand.name == "*"),
            queue: scene
                .protection
                .is_some_and(|protection| protection.merge_queue == Some(true)),
            standings: standings(scene.files, scene.contexts, scene.demands, scene.forge),
            change: scene.change,
            held: held::all(scene),
            scripts: BTreeMap::new(),
        };
        let of_actions = standings_of_actions(scene, &ground.standings);
        ground.standings.extend(of_actions);
        let runs: Vec<_> = ground
            .work()
            .flat_map(|view| view.job.steps.iter().map(move |step| (view, step)))
            .filter_map(|(view, step)| step.run.as_ref().map(|run| (view, step, &run.value)))
            .collect();
        let scripts = runs
            .par_iter()
            .filter_map(|(view, step, script)| {
                let analysis = analyse(script, view.shell(step))?;
                Some(((view.file_at, view.job_at, step.index), analysis))
            })
            .collect();
        ground.scripts = scripts;
        ground
    }

    /// All jobs of all files that a forge takes.
    pub(super) fn jobs(&self) -> impl Iterator<Item = JobView<'_>> {
        (0..self.files.len()).flat_map(move |file_at| self.jobs_of(file_at))
    }

    /// The same, and the steps of each action as one job more.
    pub(super) fn work(&self) -> impl Iterator<Item = JobView<'_>> {
        self.jobs().chain(self.actions())
    }

    /// The steps of each action of the checkout as a job.
    pub(super) fn actions(&self) -> impl Iterator<Item = JobView<'_>> {
        let actions = self.actions.iter().enumerate();
        actions
            .filter(|(_, file)| !file.is_refused())
            .filter_map(move |(at, file)| {
                Some(JobView {
                    ground: self,
                    file,
                    job: file.jobs.first()?,
                    file_at: self.files.len() + at,
                    job_at: 0,
                })
            })
    }

    /// The jobs of a file, if a forge takes it.
    pub(super) fn jobs_of(&self, file_at: usize) -> impl Iterator<Item = JobView<'_>> {
        self.files
            .get(file_at)
            .into_iter()
            .filter(|file| !file.is_refused())
            .flat_map(move |file| {
                file.jobs
                    .iter()
                    .enumerate()
                    .map(move |(job_at, job)| JobView {
                        ground: self,
                        file,
                        job,
                        file_at,
                        job_at,
                    })
            })
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (usize, &'a WorkflowFile)> {
        self.files
            .iter()
            .enumerate()
            .filter(|(_, file)| !file.is_refused())
    }
}

/// A job with all that stands around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct JobView<'a> {
    pub(super) ground: &'a Ground<'a>,
    pub(super) file: &'a WorkflowFile,
    pub(super) job: &'a Job,
    pub(super) file_at: usize,
    pub(super) job_at: usize,
}

impl<'a> JobView<'a> {
    pub(super) fn standing(&self) -> &'a Standing {
        &self.ground.standings[self.file_at][self.job_at]
    }

    pub(super) fn key(&self) -> &'a str {
        &self.job.key.value
    }

    /// A finding about this job: it blocks where a required context hangs on the job.
    pub(super) fn finding(&self, code: &'static Code, message: String) -> Finding {
        let mut finding = Finding::new(code, message);
        finding.level = self.level();
        finding
    }

    pub(super) fn level(&self) -> Level {
        if self.standing().is_required() {
            Level::Block
        } else {
            Level::Advisory
        }
    }

    /// The job as messages name it.
    pub(super) fn name(&self) -> String {
        let is_action = self.file_at >= self.ground.files.len();
        let what = if is_action { "action" } else { "job" };
        format!("{what} `{}`{}", self.key(), self.standing())
    }

    pub(super) fn at(&self, span: Span) -> Location {
        self.file.at(span)
    }

    pub(super) fn script(&self, step: &Step) -> Option<&'a Analysis> {
        self.ground
            .scripts
            .get(&(self.file_at, self.job_at, step.index))
    }

    /// The other job of the same file.
    pub(super) fn sibling(&self, key: &str) -> Option<Self> {
        let job_at = self.file.jobs.iter().position(|job| job.key.value == key)?;
        Some(Self {
            job: &self.file.jobs[job_at],
            job_at,
            ..*self
        })
    }

    /// The jobs of the workflow of this tree that it calls.
    pub(super) fn called(&self) -> impl Iterator<Item = Self> + use<'a> {
        let ground = self.ground;
        let uses = self.job.uses.as_ref();
        let path = uses.and_then(|uses| uses.value.strip_prefix("./"));
        let file_at = path.and_then(|path| {
            let path = path.split('@').next().unwrap_or(path);
            ground.files.iter().position(|file| file.path == path)
        });
        file_at
            .into_iter()
            .flat_map(|file_at| ground.jobs_of(file_at))
    }

    /// The events that bring it, and that count for it.
    pub(super) fn events(&self) -> Vec<&'a str> {
        let own = self.standing().events();
        if !own.is_empty() {
            return own.iter().map(String::as_str).collect();
        }
        self.file
            .on
            .all
            .iter()
            .map(|trigger| trigger.event.value.as_str())
            .collect()
    }

    /// How the shell of a step is started.
    pub(super) fn shell(&self, step: &Step) -> ShellOptions {
        let named = step
            .shell
            .as_ref()
            .or(self.job.defaults.shell.as_ref())
            .or(self.file.defaults.shell.as_ref())
            .map(|shell| shell.value.as_str());
        let windows = self.job.runs_on.as_ref().is_some_and(|on| {
            on.texts()
                .iter()
                .any(|label| label.value.to_ascii_lowercase().starts_with("windows"))
        });
        match named {
            // Without a key it is PowerShell there.
            None if windows => ShellOptions::of(Some("pwsh"), false),
            // In a container of the job's own it is `sh` (docs.github.com, `jobs.<job_id>.container`; act's step_run).
            None if self.job.container.is_some() => ShellOptions::of(Some("sh"), false),
            named => ShellOptions::of(named, self.ground.forge.is_gitea_like()),
        }
    }

    /// All variables of a step's environment, as they are written.
    pub(super) fn environment(&self, step: &'a Step) -> BTreeMap<&'a str, &'a Text> {
        let mut all = BTreeMap::new();
        let levels: [Option<&Node>; 3] = [
            self.file.env.as_ref(),
            self.job.env.as_ref(),
            step.env.as_ref(),
        ];
        for entry in levels
            .into_iter()
            .flatten()
            .filter_map(Node::as_map)
            .flatten()
        {
            if let Some(text) = entry.value.as_text() {
                all.insert(entry.key.value.as_str(), text);
            }
        }
        all
    }
}
