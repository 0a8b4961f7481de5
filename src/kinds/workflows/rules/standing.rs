use std::collections::BTreeMap;
use std::fmt;

use crate::kinds::workflows::Scene;
use crate::kinds::workflows::contexts::{Context, Demand};
use crate::kinds::workflows::forge::{Feature, Forge};
use crate::kinds::workflows::model::{WorkflowFile, local_action};
use crate::tree::TreePath;

/// What hangs on a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It posts a required context.
    Required {
        context: String,
        events: Vec<String>,
        /// Whether the gate says so; otherwise it is taken to be.
        known: bool,
    },
    /// A job that posts one needs it, maybe by way of others.
    Needed {
        context: String,
        events: Vec<String>,
    },
    /// No required context hangs on it.
    Elsewhere,
}

impl Standing {
    pub(super) fn is_required(&self) -> bool {
        !matches!(self, Self::Elsewhere)
    }

    /// Whether it posts a required context itself.
    pub(super) fn posts(&self) -> bool {
        matches!(self, Self::Required { .. })
    }

    /// The events that bring the required context.
    pub(super) fn events(&self) -> &[String] {
        match self {
            Self::Required { events, .. } | Self::Needed { events, .. } => events,
            Self::Elsewhere => &[],
        }
    }

    /// What a job is that this one needs.
    fn as_needed(&self) -> Option<Self> {
        match self {
            Self::Required {
                context, events, ..
            }
            | Self::Needed { context, events } => Some(Self::Needed {
                context: context.clone(),
                events: events.clone(),
            }),
            Self::Elsewhere => None,
        }
    }

    pub(super) fn context(&self) -> Option<&str> {
        match self {
            Self::Required { context, .. } | Self::Needed { context, .. } => Some(context),
            Self::Elsewhere => None,
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required {
                context,
                known: true,
                ..
            } => write!(f, " (required: `{context}`)"),
            Self::Required { context, .. } => write!(f, " (posts `{context}`)"),
            Self::Needed { context, .. } => write!(f, " (`{context}` needs it)"),
            Self::Elsewhere => Ok(()),
        }
    }
}

/// The standing of every job, by file and job.
pub(super) fn standings(
    files: &[WorkflowFile],
    contexts: &[Context],
    demands: &[Demand],
    forge: Forge,
) -> Vec<Vec<Standing>> {
    // A list of thousands of contexts is asked once a name.
    let mut required: BTreeMap<(&str, &str), (String, Vec<String>)> = BTreeMap::new();
    for context in contexts {
        let name = context.name.to_string();
        let demanded = demands.is_empty()
            || demands.iter().any(|demand| {
                demand.is_met_by(&name, forge)
                    || !context.name.is_known() && context.name.may_be(&demand.name)
            });
        if demanded {
            let (_, events) = required
                .entry((&context.file, &context.job))
                .or_insert_with(|| (context.name.base(), Vec::new()));
            if !events.contains(&context.event) {
                events.push(context.event.clone());
            }
        }
    }
    let mut standings: Vec<Vec<Standing>> = files
        .iter()
        .map(|file| {
            file.jobs
                .iter()
                .map(|job| {
                    required
                        .get(&(file.path.as_str(), job.key.value.as_str()))
                        .map_or(Standing::Elsewhere, |(context, events)| {
                            Standing::Required {
                                context: context.clone(),
                                events: events.clone(),
                                known: !demands.is_empty(),
                            }
                        })
                })
                .collect()
        })
        .collect();
    // Whether the jobs of a called workflow post contexts of their own.
    let callees_post = forge.has(Feature::CalledJobsAreListed);
    close(files, &mut standings, callees_post);
    standings
}

/// What hangs on each action of the checkout: what hangs on a job that uses it, maybe by way of others.
pub(super) fn standings_of_actions(
    scene: &Scene<'_>,
    of_jobs: &[Vec<Standing>],
) -> Vec<Vec<Standing>> {
    let folders: BTreeMap<TreePath, usize> = scene
        .actions
        .iter()
        .enumerate()
        .filter_map(|(at, action)| Some((local_action(&action.jobs.first()?.key.value)?, at)))
        .collect();
    let used = |file: &WorkflowFile, job_at: usize| -> Vec<usize> {
        let steps = file.jobs.get(job_at).into_iter().flat_map(|job| &job.steps);
        steps
            .filter_map(|step| local_action(&step.uses.as_ref()?.value))
            .filter_map(|folder| folders.get(&folder).copied())
            .collect()
    };
    let mut standings = vec![vec![Standing::Elsewhere]; scene.actions.len()];
    let mut open: Vec<(usize, Standing)> = Vec::new();
    for (file, of_file) in scene.files.iter().zip(of_jobs) {
        for (job_at, standing) in of_file.iter().enumerate() {
            if let Some(needed) = standing.as_needed() {
                let actions = used(file, job_at).into_iter();
                open.extend(actions.map(|at| (at, needed.clone())));
            }
        }
    }
    while let Some((at, needed)) = open.pop() {
        if standings[at][0].is_required() {
            continue;
        }
        standings[at][0] = needed.clone();
        let more = used(&scene.actions[at], 0).into_iter();
        open.extend(more.map(|at| (at, needed.clone())));
    }
    standings
}

/// Whatever a required job needs is needed, to the end, and what it calls does its work.
fn close(files: &[WorkflowFile], standings: &mut [Vec<Standing>], callees_post: bool) {
    let by_key: Vec<BTreeMap<&str, usize>> = files
        .iter()
        .map(|file| {
            let keys = file.jobs.iter().enumerate();
            keys.map(|(at, job)| (job.key.value.as_str(), at)).collect()
        })
        .collect();
    let by_path: BTreeMap<&str, usize> = files
        .iter()
        .enumerate()
        .map(|(at, file)| (file.path.as_str(), at))
        .collect();
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (file_at, of_file) in standings.iter().enumerate() {
        for (job_at, standing) in of_file.iter().enumerate() {
            if standing.is_required() {
                open.push((file_at, job_at));
            }
        }
    }
    while let Some((file_at, job_at)) = open.pop() {
        let own = standings[file_at][job_at].clone();
        let Some(needed) = own.as_needed() else {
            continue;
        };
        let job = &files[file_at].jobs[job_at];
        let mut mark = |file_at: usize, job_at: usize, standing: &Standing| {
            let place = &mut standings[file_at][job_at];
            if !place.is_required() {
                *place = standing.clone();
                open.push((file_at, job_at));
            }
        };
        for need in &job.needs {
            if let Some(&need_at) = by_key[file_at].get(need.value.as_str()) {
                mark(file_at, need_at, &needed);
            }
        }
        let callee = job
            .uses
            .as_ref()
            .and_then(|uses| uses.value.strip_prefix("./"))
            .and_then(|path| by_path.get(path.split('@').next().unwrap_or(path)));
        if let Some(&callee) = callee {
            // Where its jobs are listed, it is they that post.
            let standing = if callees_post { &own } else { &needed };
            for inner in 0..files[callee].jobs.len() {
                mark(callee, inner, standing);
            }
        }
    }
}
