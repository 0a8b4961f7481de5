use super::evaluate::interpolate;
use super::event::{Started, starts};
use super::{Certainty, Combination, Context, Event, Expansion, Name, expand};
use crate::kinds::workflows::forge::{Feature, Forge};
use crate::kinds::workflows::model::{Job, WorkflowFile};

/// How deep workflows can call each other: GitHub's own limit is 10.
const MAX_CALLS: usize = 10;
/// How many contexts one call brings at the most: 4 times what a matrix may have on GitHub.
const MAX_NAMES: usize = 1024;

/// The contexts that an event brings, in the order of files and jobs.
///
/// Of files that the forge refuses nothing comes.
pub fn derive(files: &[WorkflowFile], forge: Forge, event: &Event<'_>) -> Vec<Context> {
    derive_from(files, forge, event, |file| !file.is_refused())
}

/// The contexts that would come of the files that the forge refuses.
pub fn derive_lost(files: &[WorkflowFile], forge: Forge, events: &[Event<'_>]) -> Vec<Context> {
    events
        .iter()
        .flat_map(|event| derive_from(files, forge, event, WorkflowFile::is_refused))
        .collect()
}

fn derive_from(
    files: &[WorkflowFile],
    forge: Forge,
    event: &Event<'_>,
    counts: impl Fn(&WorkflowFile) -> bool,
) -> Vec<Context> {
    let mut all = Vec::new();
    if forge.is_gitea_like() && !posts(event.name) {
        return all;
    }
    for file in files.iter().filter(|file| counts(file)) {
        let Some(trigger) = file.on.get(event.name) else {
            continue;
        };
        let certainty = match starts(trigger, event, forge) {
            Ok(Started::No(_)) => continue,
            Ok(Started::Yes) => Certainty::Certain,
            Ok(Started::OnlyIf(why)) => Certainty::OnlyIf(why),
            Err(error) => Certainty::NotDerivable(error.to_string()),
        };
        let jobs = Jobs { files, forge };
        for job in &file.jobs {
            for (name, of_job) in jobs.names(file, job, &[]) {
                all.push(Context {
                    name: whole(name, file, forge, event.name),
                    file: file.path.clone(),
                    job: job.key.value.clone(),
                    event: event.name.to_owned(),
                    certainty: certainty.clone().and(of_job),
                    span: job.key.span,
                });
            }
        }
    }
    all
}

/// The contexts of several events.
pub fn derive_all(files: &[WorkflowFile], forge: Forge, events: &[Event<'_>]) -> Vec<Context> {
    events
        .iter()
        .flat_map(|event| derive(files, forge, event))
        .collect()
}

/// Whether Gitea posts statuses for runs of an event. (go-gitea/gitea,
/// services/actions/commit_status.go.)
fn posts(event: &str) -> bool {
    matches!(
        event,
        "push"
            | "pull_request"
            | "pull_request_target"
            | "pull_request_review"
            | "pull_request_review_comment"
            | "release"
    )
}

/// The name of a job with what the forge puts around it.
fn whole(job: Name, file: &WorkflowFile, forge: Forge, event: &str) -> Name {
    if !forge.has(Feature::ContextHasWorkflow) {
        return job;
    }
    let own = file.name.as_ref().map(|name| name.value.trim());
    let workflow = match own.filter(|name| !name.is_empty()) {
        Some(name) => name,
        None if forge.has(Feature::FileNameStandsIn) => file.file_name(),
        None => "",
    };
    let mut name = Name::known(format!("{workflow} / "));
    name.push_name(&job);
    let name = name.trimmed();
    if forge.has(Feature::ContextHasEvent) {
        name.with_event(event)
    } else {
        name
    }
}

/// How long GitHub's name of a job of a matrix is at most, the `...` at its end included. (actions/runner,
/// JobDisplayNameBuilder.cs.)
const GITHUB_LONGEST: usize = 100;
/// Where Gitea begins to shorten the name of a job. (go-gitea/gitea, services/actions: EllipsisDisplayString.)
const GITEA_LONGEST: usize = 255;
/// What every version of it leaves.
const GITEA_KEPT: usize = 100;

struct Jobs<'a> {
    files: &'a [WorkflowFile],
    forge: Forge,
}

impl Jobs<'_> {
    /// The names under which a job is posted. `callers`: the files whose calls led here.
    fn names<'a>(
        &'a self,
        file: &'a WorkflowFile,
        job: &Job,
        callers: &[&'a str],
    ) -> Vec<(Name, Certainty)> {
        let own = self.own_names(job);
        let Some(uses) = &job.uses else {
            return own;
        };
        if !self.forge.has(Feature::CalledJobsAreListed) {
            return own;
        }
        let called = called(self.files, file, &uses.value);
        let callers = [callers, &[file.path.as_str()]].concat();
        let circles = called.is_some_and(|callee| callers.contains(&callee.path.as_str()));
        let mut all = Vec::new();
        for (caller, mut certainty) in own {
            if job.condition.is_some() {
                // A caller that is skipped is one context under its own name.
                let why = "the `if` of the job that calls it holds".to_owned();
                certainty = certainty.and(Certainty::OnlyIf(why));
            }
            match called {
                Some(callee) if callers.len() <= MAX_CALLS && !circles => {
                    for inner in &callee.jobs {
                        if all.len() > MAX_NAMES {
                            break;
                        }
                        for (name, of_inner) in self.names(callee, inner, &callers) {
                            let mut both = caller.clone();
                            both.push(" / ");
                            both.push_name(&name);
                            all.push((both, certainty.clone().and(of_inner)));
                        }
                    }
                }
                _ => {
                    let mut name = caller;
                    name.push(" / ");
                    name.push_unknown("*");
                    let why = match called {
                        Some(_) => {
                            format!("the calls of `{}` go too deep, or in circles", uses.value)
                        }
                        None => format!("the jobs of `{}` are not in this tree", uses.value),
                    };
                    all.push((name, Certainty::NotDerivable(why)));
                }
            }
        }
        if all.len() > MAX_NAMES {
            all.truncate(MAX_NAMES);
            let mut name = Name::known(String::new());
            name.push_unknown("*");
            let why = format!("`{}` posts more than {MAX_NAMES} contexts", uses.value);
            all.push((name, Certainty::NotDerivable(why)));
        }
        all
    }

    /// The names of a job, one for each combination of its matrix.
    fn own_names(&self, job: &Job) -> Vec<(Name, Certainty)> {
        let matrix = job.strategy.as_ref().and_then(|s| s.matrix.as_ref());
        let Some(matrix) = matrix else {
            return vec![self.named(job, &Combination::default(), false)];
        };
        match expand(matrix) {
            Expansion::Known(combinations) => {
                let mut names: Vec<(Name, Certainty)> = combinations
                    .iter()
                    .map(|combination| self.named(job, combination, true))
                    .collect();
                if job.condition.is_some() {
                    // A matrix is expanded only once it runs.
                    for (_, certainty) in &mut names {
                        let why = "its `if` holds (a skipped matrix is one context)".to_owned();
                        *certainty = certainty.clone().and(Certainty::OnlyIf(why));
                    }
                }
                names
            }
            Expansion::Unknown(why) => {
                let (mut name, _) = self.named(job, &Combination::default(), false);
                name.push_unknown("*");
                vec![(name, Certainty::NotDerivable(why))]
            }
        }
    }

    fn named(&self, job: &Job, matrix: &Combination, expanded: bool) -> (Name, Certainty) {
        let written = job.name.as_ref().unwrap_or(&job.key);
        let mut name = interpolate(written.value.trim(), matrix);
        let mut certainty = Certainty::Certain;
        if !name.is_known() {
            let why = format!("the name `{}` has an expression", written.value);
            certainty = Certainty::NotDerivable(why);
        }
        if expanded && !written.value.contains("${{") {
            match matrix.suffix(self.forge.has(Feature::MatrixInOrder)) {
                Some(suffix) => name.push(suffix),
                None => {
                    name.push_unknown("*");
                    let why = "a value of its matrix has parts".to_owned();
                    certainty = Certainty::NotDerivable(why);
                }
            }
        }
        if !name.is_known() {
            return (name, certainty);
        }
        // Forges count in different units; those of ASCII are the same in all.
        let length = name.base().encode_utf16().count();
        if self.forge.is_gitea_like() && name.base().len() > GITEA_LONGEST {
            name.cut(GITEA_KEPT);
            name.push_unknown("…");
            let why = format!("{} shortens so long a name", self.forge);
            certainty = Certainty::NotDerivable(why);
        } else if !self.forge.is_gitea_like() && expanded && length > GITHUB_LONGEST {
            name.cut(GITHUB_LONGEST - 3);
            name.push("...");
        }
        (name, certainty)
    }
}

/// The workflow of the same tree that a job calls.
fn called<'a>(
    files: &'a [WorkflowFile],
    caller: &WorkflowFile,
    uses: &str,
) -> Option<&'a WorkflowFile> {
    let path = uses.strip_prefix("./")?;
    let path = path.split('@').next().unwrap_or(path);
    files
        .iter()
        .find(|file| file.path == path && file.path != caller.path)
        .filter(|file| file.on.has("workflow_call") && !file.is_refused())
}
