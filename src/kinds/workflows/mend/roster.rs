use std::collections::HashSet;

use super::results;
use crate::kinds::workflows::model::{Job, WorkflowFile};
use crate::kinds::workflows::yaml::Text;

/// Whether a job does nothing but look at others: it runs whatever became of them, reads their
/// results, and uses no action.
pub(super) fn is_aggregator(job: &Job) -> bool {
    let runs_always = job.condition.as_ref().is_some_and(|condition| {
        condition.value.contains("always()") || condition.value.contains("!cancelled()")
    });
    runs_always
        && job.needs.len() > 1
        && results::are_read(job)
        && job.steps.iter().all(|step| step.uses.is_none())
}

/// The jobs that a job needs, directly and through others.
pub(super) fn upstream<'a>(file: &'a WorkflowFile, job: &Job) -> Vec<&'a Job> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut all = Vec::new();
    let mut queue: Vec<&str> = job.needs.iter().map(Text::as_str).collect();
    while let Some(key) = queue.pop() {
        if let Some(need) = file.job(key)
            && seen.insert(need.key.as_str())
        {
            queue.extend(need.needs.iter().map(Text::as_str));
            all.push(need);
        }
    }
    all
}

/// The jobs of the file that an aggregator neither needs, directly or through others, nor comes
/// before.
pub(super) fn missing<'a>(file: &'a WorkflowFile, aggregator: &Job) -> Vec<&'a Job> {
    let mut covered: HashSet<&str> = HashSet::from([aggregator.key.as_str()]);
    covered.extend(
        upstream(file, aggregator)
            .iter()
            .map(|job| job.key.as_str()),
    );
    // Whatever waits for the aggregator cannot be waited for.
    let mut after: HashSet<&str> = HashSet::from([aggregator.key.as_str()]);
    loop {
        let before = after.len();
        for job in &file.jobs {
            if job.needs.iter().any(|need| after.contains(need.as_str())) {
                after.insert(job.key.as_str());
            }
        }
        if after.len() == before {
            break;
        }
    }
    file.jobs
        .iter()
        .filter(|job| !covered.contains(job.key.as_str()) && !after.contains(job.key.as_str()))
        .collect()
}
