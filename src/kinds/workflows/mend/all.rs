use super::layout::Layout;
use super::{merge_group, results, roster};
use crate::gate::{Edit, Mend, apply_edits};
use crate::kinds::workflows::Scene;
use crate::kinds::workflows::forge::Feature;
use crate::kinds::workflows::model::{Job, WorkflowFile, parse_workflow};
use crate::kinds::workflows::yaml::Text;

/// Why a job with an `if` is not simply needed.
const MAY_SKIP: &str = "it has an `if`, and where that skips it the job that needs it turns red; see that it holds for every proposed change";

/// Why a job is not simply made to demand the success of what it needs.
const NEED_MAY_SKIP: &str = "something that it needs has an `if`, and where that skips it this job turns red; see that it holds for every proposed change";

/// All that is known how to mend, file by file.
pub(in crate::kinds::workflows) fn all(scene: &Scene<'_>) -> Vec<Mend> {
    let mut mends = Vec::new();
    let queue = scene.forge.has(Feature::MergeQueue)
        && scene
            .protection
            .is_some_and(|protection| protection.merge_queue == Some(true));
    let mut seen: Vec<&str> = Vec::new();
    for (file, job) in scene.required_jobs() {
        if queue && !seen.contains(&file.path.as_str()) && !file.on.has("merge_group") {
            seen.push(&file.path);
            mends.extend(mend(
                file,
                "let it run in the merge queue (`merge_group`)".to_owned(),
                merge_group::add(file).into_iter().collect(),
                None,
                &|after| after.on.has("merge_group"),
            ));
        }
        // A wildcard asks for no job in particular.
        let named = scene
            .demands_on(&file.path, &job.key.value)
            .iter()
            .any(|demand| !demand.is_glob);
        if named && !job.needs.is_empty() && job.uses.is_none() {
            mends.extend(of_job(file, job));
        }
    }
    mends
}

fn of_job(file: &WorkflowFile, job: &Job) -> Vec<Mend> {
    let key = job.key.as_str();
    let needs: Vec<&str> = job.needs.iter().map(Text::as_str).collect();
    let reads = results::are_read(job);
    // Where a need is skipped on purpose, the job would turn red for ever.
    let doubt = roster::upstream(file, job)
        .iter()
        .any(|need| need.condition.is_some())
        .then_some(NEED_MAY_SKIP);
    let mut mends = Vec::new();
    if job.condition.is_none() {
        // That it reads the results somewhere does not say that it ends by them.
        let edits = match (always(file, job), results::step(file, job, &needs)) {
            (Some(always), Some(step)) => vec![always, step],
            _ => Vec::new(),
        };
        let about = format!(
            "let job `{key}` run whatever becomes of its needs, and fail unless each of them succeeded"
        );
        mends.extend(mend(file, about, edits, doubt, &|after| {
            after
                .job(key)
                .is_some_and(|job| runs_always(job) && results::are_read(job))
        }));
    } else if runs_always(job) && !reads {
        mends.extend(mend(
            file,
            format!("let job `{key}` fail unless each of its needs succeeded"),
            results::step(file, job, &needs).into_iter().collect(),
            doubt,
            &|after| after.job(key).is_some_and(results::are_read),
        ));
    }
    if roster::is_aggregator(job) {
        let (sure, doubtful): (Vec<&Job>, Vec<&Job>) = roster::missing(file, job)
            .into_iter()
            .partition(|job| job.condition.is_none());
        mends.extend(add_needs(file, job, &sure, None));
        for other in doubtful {
            mends.extend(add_needs(file, job, &[other], Some(MAY_SKIP)));
        }
    }
    mends
}

fn runs_always(job: &Job) -> bool {
    let condition = job.condition.as_ref();
    condition.is_some_and(|condition| condition.value.contains("always()"))
}

/// `if: always()` before the first key of a job.
fn always(file: &WorkflowFile, job: &Job) -> Option<Edit> {
    let first = job.body.as_map()?.first()?;
    if first.merged || job.body.alias.is_some() {
        return None;
    }
    // After the name, where there is one: that is where people look for it.
    let entries = job.body.as_map()?;
    let before = entries
        .iter()
        .find(|entry| entry.key.value != "name" && !entry.merged)?;
    Layout::of(file).line_before(before.key.span, "if: always()")
}

fn add_needs(file: &WorkflowFile, job: &Job, more: &[&Job], doubt: Option<&str>) -> Option<Mend> {
    if more.is_empty() {
        return None;
    }
    let names: Vec<&str> = more.iter().map(|job| job.key.as_str()).collect();
    let layout = Layout::of(file);
    let mut edits = vec![layout.add_words(job.body.get("needs")?, &names)?];
    if !results::all_are_read(job) {
        edits.push(results::step(file, job, &names)?);
    }
    let key = job.key.as_str();
    let listed: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    mend(
        file,
        format!("let job `{key}` need {} too", listed.join(", ")),
        edits,
        doubt,
        &|after| {
            after
                .job(key)
                .is_some_and(|job| names.iter().all(|name| job.needs(name)))
        },
    )
}

/// A mend, if the file is then what it is to be, and nothing is wrong with it that was not before.
fn mend(
    file: &WorkflowFile,
    about: String,
    edits: Vec<Edit>,
    doubt: Option<&str>,
    is_done: &dyn Fn(&WorkflowFile) -> bool,
) -> Option<Mend> {
    if edits.is_empty() {
        return None;
    }
    let text = apply_edits(&file.text, &edits)?;
    let after = parse_workflow(&file.path, file.folder, text.as_bytes()).ok()?;
    let is_sound = after.faults.len() == file.faults.len() && after.shape.len() == file.shape.len();
    (is_sound && is_done(&after)).then(|| Mend {
        about,
        path: file.path.clone(),
        edits,
        doubt: doubt.map(str::to_owned),
    })
}
