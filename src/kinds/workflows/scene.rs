use super::contexts::{BranchProtection, Context, Demand, RequiredFile};
use super::forge::Forge;
use super::model::{Job, WorkflowFile};
use crate::context::ChangedPaths;

/// All that rules look at.
#[derive(Debug)]
pub struct Scene<'a> {
    /// Every workflow that could be read, sorted by path.
    pub files: &'a [WorkflowFile],
    /// The composite actions of the checkout that their jobs use, each as a file with one job.
    pub actions: &'a [WorkflowFile],
    pub forge: Forge,
    /// The contexts that the gate's events put on a head; nothing comes of files that the forge
    /// refuses.
    pub contexts: &'a [Context],
    /// The contexts that are required, each once: those of the file above its pending marker, and
    /// those of branch protection. Empty where the gate names neither.
    pub demands: &'a [Demand],
    /// Whether the gate says what is required.
    pub knows_required: bool,
    pub required_file: Option<&'a RequiredFile>,
    pub protection: Option<&'a BranchProtection>,
    /// Since when the change is measured, as messages name it, and the paths that it touches; `None` where
    /// nobody says where it begins.
    pub change: Option<(&'a str, &'a ChangedPaths)>,
    /// For each demand, the contexts that meet it, or may.
    producers: Vec<Vec<usize>>,
}

impl<'a> Scene<'a> {
    pub fn new(
        files: &'a [WorkflowFile],
        forge: Forge,
        contexts: &'a [Context],
        demands: &'a [Demand],
    ) -> Self {
        let producers = demands
            .iter()
            .map(|demand| {
                contexts
                    .iter()
                    .enumerate()
                    .filter(|(_, context)| meets(context, demand, forge))
                    .map(|(index, _)| index)
                    .collect()
            })
            .collect();
        Self {
            files,
            actions: &[],
            forge,
            contexts,
            demands,
            knows_required: false,
            required_file: None,
            protection: None,
            change: None,
            producers,
        }
    }

    /// The contexts that meet a demand, or may where their names have gaps.
    pub fn producers(&self, demand: usize) -> impl Iterator<Item = &'a Context> + '_ {
        let indices = self.producers.get(demand).map_or(&[][..], Vec::as_slice);
        indices.iter().filter_map(|index| self.contexts.get(*index))
    }

    pub fn file(&self, path: &str) -> Option<&'a WorkflowFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The demands that a job meets.
    pub fn demands_on(&self, file: &str, job: &str) -> Vec<&'a Demand> {
        self.demands
            .iter()
            .enumerate()
            .filter(|(index, _)| {
                self.producers(*index)
                    .any(|context| context.file == file && context.job == job)
            })
            .map(|(_, demand)| demand)
            .collect()
    }

    /// The jobs that meet a demand, each once, in the order of files and jobs.
    pub fn required_jobs(&self) -> Vec<(&'a WorkflowFile, &'a Job)> {
        let mut wanted = vec![false; self.contexts.len()];
        for index in self.producers.iter().flatten() {
            wanted[*index] = true;
        }
        let mut keys: Vec<(&str, &str)> = self
            .contexts
            .iter()
            .zip(wanted)
            .filter(|(_, wanted)| *wanted)
            .map(|(context, _)| (context.file.as_str(), context.job.as_str()))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let is_wanted = |file: &WorkflowFile, job: &Job| {
            keys.binary_search(&(file.path.as_str(), job.key.as_str()))
                .is_ok()
        };
        self.files
            .iter()
            .flat_map(|file| file.jobs.iter().map(move |job| (file, job)))
            .filter(|(file, job)| is_wanted(file, job))
            .collect()
    }
}

/// Whether a context is what a demand asks for, or may be.
pub(super) fn meets(context: &Context, demand: &Demand, forge: Forge) -> bool {
    if context.name.is_known() {
        demand.is_met_by(&context.name.to_string(), forge)
    } else if demand.is_glob {
        demand.name == "*" || demand.is_met_by(&context.name.to_string(), forge)
    } else {
        context.name.may_be(&demand.name)
    }
}
