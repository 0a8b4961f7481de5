use std::collections::{HashMap, HashSet};

use super::codes::{
    CONTEXT_NOT_DERIVABLE, CONTEXT_PRODUCED_TWICE, CONTEXT_REMOVED, CONTEXT_WITHOUT_PRODUCER,
    REQUIRED_CONTEXTS_DISAGREE, REQUIRED_CONTEXTS_DISPUTED, WORKFLOW_DIALECT,
    WORKFLOW_DUPLICATE_KEY, WORKFLOW_ENCODING, WORKFLOW_REFUSED, WORKFLOW_UNREADABLE,
};
use super::contexts::{BranchProtection, Context, RequiredFile, bindings, disagreements};
use super::forge::{Feature, Forge};
use super::model::{ShapeKind, WorkflowFile};
use super::reading::{Before, Reading};
use super::scene::{Scene, meets};
use super::yaml::{Fault, FaultKind};
use crate::config::nearest;
use crate::gate::{Code, Finding, Location};

/// What is wrong with the files themselves.
pub(super) fn of_files(reading: &Reading) -> Vec<Finding> {
    let forge = reading.chosen.forge;
    let mut found = Vec::new();
    for unread in &reading.workflows.unread {
        for fault in &unread.faults {
            found.extend(of_fault(&unread.path, fault, forge));
        }
    }
    for file in &reading.workflows.files {
        for fault in &file.faults {
            found.extend(of_fault(&file.path, fault, forge));
        }
        found.extend(of_shape(file, forge));
    }
    found
}

fn of_fault(path: &str, fault: &Fault, forge: Forge) -> Option<Finding> {
    let (code, help): (&'static Code, &str) = match fault.kind {
        FaultKind::Unreadable => (&WORKFLOW_UNREADABLE, ""),
        FaultKind::DuplicateKey => (&WORKFLOW_DUPLICATE_KEY, ""),
        FaultKind::KeyCase if forge == Forge::GitHub => (&WORKFLOW_DUPLICATE_KEY, ""),
        FaultKind::Encoding => (&WORKFLOW_ENCODING, ""),
        FaultKind::SecondDocument => (
            &WORKFLOW_DIALECT,
            "move it to a file of its own: one forge reads the first, another refuses both",
        ),
        FaultKind::MergeKey if forge.ignores(Feature::MergeKeys) => (
            &WORKFLOW_REFUSED,
            "this forge reads no merge keys; write the keys out, or give the whole value an anchor",
        ),
        FaultKind::Anchor if forge.ignores(Feature::Anchors) => {
            (&WORKFLOW_REFUSED, "this forge reads no anchors")
        }
        FaultKind::Tag => (&WORKFLOW_DIALECT, "leave the tag out"),
        FaultKind::Dialect => (&WORKFLOW_DIALECT, ""),
        FaultKind::KeyCase | FaultKind::MergeKey | FaultKind::Anchor => return None,
    };
    let mut finding = Finding::new(code, fault.message.clone()).at(fault.span.location(path));
    if let Some(other) = fault.other {
        finding = finding.at(other.location(path));
    }
    if !help.is_empty() {
        finding = finding.help(help);
    }
    // A byte order mark is decoded by every reader that matters; the other encodings are not.
    if fault.kind == FaultKind::Encoding && fault.message.contains("UTF-8") {
        finding = finding.advisory();
    }
    Some(finding)
}

fn of_shape(file: &WorkflowFile, forge: Forge) -> Vec<Finding> {
    let refuses_keys = forge.has(Feature::UnknownKeysRefused);
    file.shape
        .iter()
        .map(|fault| {
            let code = match fault.kind {
                ShapeKind::Refused => &WORKFLOW_REFUSED,
                ShapeKind::UnknownKey if refuses_keys => &WORKFLOW_REFUSED,
                ShapeKind::UnknownKey | ShapeKind::Dialect | ShapeKind::Unusual => {
                    &WORKFLOW_DIALECT
                }
            };
            let mut finding = Finding::new(code, fault.message.clone()).at(file.at(fault.span));
            if let Some(help) = &fault.help {
                finding = finding.help(help.clone());
            }
            if fault.kind == ShapeKind::Unusual {
                finding = finding.advisory();
            }
            finding
        })
        .collect()
}

/// Whether each required context has one producer.
///
/// `told` are the files that something blocks on. What they do not post is told there.
pub(super) fn of_demands(
    reading: &Reading,
    scene: &Scene<'_>,
    told: &HashSet<String>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    // What an unreadable file would post nobody knows; that is said at the file.
    let mut unread = reading.workflows.unread.iter();
    let blind = unread.any(|unread| told.contains(&unread.path));
    for (index, demand) in scene.demands.iter().enumerate() {
        let (producers, lost): (Vec<&Context>, Vec<&Context>) = scene
            .producers(index)
            .partition(|context| !is_lost(scene, context, told));
        if let Some(lost) = lost.first()
            && producers.is_empty()
        {
            let message = format!(
                "no workflow posts the required context `{}`: {} takes nothing of {}, which would",
                demand.name, scene.forge, lost.file
            );
            let finding = Finding::new(&CONTEXT_WITHOUT_PRODUCER, message).at(demand.at.clone());
            found.push(finding.at(lost.span.location(&lost.file)));
        } else if producers.is_empty() {
            let message = if demand.is_glob {
                format!("no workflow posts a context that matches `{}`", demand.name)
            } else {
                format!("no workflow posts the required context `{}`", demand.name)
            };
            let mut finding =
                Finding::new(&CONTEXT_WITHOUT_PRODUCER, message).at(demand.at.clone());
            let names: Vec<String> = scene.contexts.iter().map(|c| c.name.base()).collect();
            if let Some(near) = nearest(&demand.name, names.iter().map(String::as_str)) {
                finding = finding.help(format!("did you mean `{near}`?"));
            }
            // A file that the forge does not schedule is told by itself.
            let mut lost = reading.lost.iter();
            let lost = lost
                .any(|context| told.contains(&context.file) && meets(context, demand, scene.forge));
            if blind || lost {
                finding = finding.advisory();
            }
            found.push(finding);
        } else if !demand.is_glob && producers.iter().all(|context| !context.name.is_known()) {
            let mut finding = Finding::new(
                &CONTEXT_NOT_DERIVABLE,
                format!(
                    "the required context `{}` comes, if at all, of names with gaps: {}",
                    demand.name,
                    producers
                        .iter()
                        .map(|context| format!("`{}`", context.name))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            )
            .at(demand.at.clone());
            for context in producers {
                finding = finding.at(context.span.location(&context.file));
            }
            found.push(finding);
        }
    }
    found.extend(twice(scene));
    found
}

/// Whether a context is of a file that GitHub refuses as a whole, and nothing there says so: that is waived, or
/// off. What other forges leave of such a file is not the same for all faults.
fn is_lost(scene: &Scene<'_>, context: &Context, told: &HashSet<String>) -> bool {
    let is_fatal = |file: &WorkflowFile| {
        let shape = file
            .shape
            .iter()
            .any(|fault| matches!(fault.kind, ShapeKind::Refused | ShapeKind::UnknownKey));
        let keys = file
            .faults
            .iter()
            .any(|fault| matches!(fault.kind, FaultKind::KeyCase | FaultKind::MergeKey));
        shape || keys
    };
    scene.forge == Forge::GitHub
        && !told.contains(&context.file)
        && scene.file(&context.file).is_some_and(is_fatal)
}

/// Contexts of one name that come of two jobs, or twice of the matrix of one. Where the forge does not
/// write the event behind a name, contexts of two events stand under one name too.
fn twice(scene: &Scene<'_>) -> Vec<Finding> {
    let mut by_name: HashMap<String, Vec<&Context>> = HashMap::new();
    let mut order = Vec::new();
    for context in scene.contexts.iter().filter(|c| c.name.is_known()) {
        let name = context.name.to_string();
        let all = by_name.entry(name.clone()).or_insert_with(|| {
            order.push(name);
            Vec::new()
        });
        // One job under two events is one producer.
        let again = all.iter().any(|other| {
            (&other.file, &other.job) == (&context.file, &context.job)
                && other.event != context.event
        });
        if !again {
            all.push(context);
        }
    }
    let mut found = Vec::new();
    for name in order {
        let all = &by_name[&name];
        if all.len() < 2 {
            continue;
        }
        let mut jobs: Vec<_> = all
            .iter()
            .map(|context| format!("{} of {}", context.job, context.file))
            .collect();
        jobs.dedup();
        let message = match jobs.as_slice() {
            [one] => format!(
                "`{name}` comes {} times of the matrix of job {one}",
                all.len()
            ),
            _ => format!("`{name}` comes of {} jobs: {}", jobs.len(), jobs.join(", ")),
        };
        let mut finding = Finding::new(&CONTEXT_PRODUCED_TWICE, message);
        let mut places: Vec<Location> = all
            .iter()
            .map(|context| context.span.location(&context.file))
            .collect();
        places.dedup();
        finding.locations = places;
        let required = scene
            .demands
            .iter()
            .any(|demand| !demand.is_glob && demand.is_met_by(&name, scene.forge));
        if !required {
            finding = finding.advisory();
        }
        found.push(finding);
    }
    found
}

/// What the lists of required contexts say of themselves and of each other.
pub(super) fn of_lists(reading: &Reading) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(file) = &reading.required {
        for (message, at) in &file.faults {
            found.push(Finding::new(&REQUIRED_CONTEXTS_DISPUTED, message.clone()).at(at.clone()));
        }
        for protection in &reading.protections {
            found.extend(of_pair(file, protection, reading.chosen.forge));
        }
    }
    // A copy is only as good as it is fresh.
    if let [copy, asked] = reading.protections.as_slice() {
        let listed = RequiredFile {
            path: copy.path.clone(),
            enforced: copy
                .demands
                .iter()
                .filter(|_| copy.enabled)
                .cloned()
                .collect(),
            ..RequiredFile::default()
        };
        found.extend(of_pair(&listed, asked, reading.chosen.forge));
        found.extend(bindings(copy, asked).into_iter().map(|binding| {
            let message = format!(
                "`{}` may be posted by {} here, and by {} as {} has it",
                binding.demand.name,
                apps(&binding.copied),
                apps(&binding.asked),
                asked.path
            );
            Finding::new(&REQUIRED_CONTEXTS_DISAGREE, message)
                .at(binding.demand.at)
                .at(Location::file(&asked.path))
        }));
    }
    found
}

/// Those who may post a context, for messages.
fn apps(ids: &[u64]) -> String {
    match ids {
        [] => "anybody".to_owned(),
        [one] => format!("the app {one} alone"),
        several => {
            let ids: Vec<_> = several.iter().map(u64::to_string).collect();
            format!("the apps {} alone", ids.join(" and "))
        }
    }
}

/// What a list and branch protection do not say alike.
fn of_pair(file: &RequiredFile, protection: &BranchProtection, forge: Forge) -> Vec<Finding> {
    let mut found = Vec::new();
    if !protection.enabled && file.enforced.is_empty() {
        return found;
    }
    if !protection.enabled {
        found.push(
            Finding::new(
                &REQUIRED_CONTEXTS_DISAGREE,
                format!(
                    "branch protection ({}) requires no contexts at all, and {} asks for {}",
                    protection.path,
                    file.path,
                    file.enforced.len()
                ),
            )
            .at(Location::file(&protection.path))
            .at(Location::file(&file.path)),
        );
        return found;
    }
    for disagreement in disagreements(file, protection, forge) {
        let parked = if disagreement.is_pending {
            " above its pending marker"
        } else {
            ""
        };
        found.push(
            Finding::new(
                &REQUIRED_CONTEXTS_DISAGREE,
                format!(
                    "`{}` is required here, and not in {}{parked}",
                    disagreement.demand.name, disagreement.lacking
                ),
            )
            .at(disagreement.demand.at.clone())
            .at(Location::file(&disagreement.lacking)),
        );
    }
    found
}

/// Contexts that came before the change and do not come now. Required ones are missed as such, and
/// those of files that cannot be read are told at the file, as long as something blocks there.
pub(super) fn of_change(
    reading: &Reading,
    scene: &Scene<'_>,
    told: &HashSet<String>,
) -> Vec<Finding> {
    let Some(Before {
        label, contexts, ..
    }) = &reading.before
    else {
        return Vec::new();
    };
    let now: HashSet<String> = scene.contexts.iter().map(|c| c.name.to_string()).collect();
    let before: HashSet<String> = contexts.iter().map(|c| c.name.to_string()).collect();
    let mut by_job: HashMap<(&String, &String, &String), Vec<&Context>> = HashMap::new();
    for context in scene.contexts {
        let key = (&context.file, &context.job, &context.event);
        by_job.entry(key).or_default().push(context);
    }
    let silent: HashSet<&str> = reading
        .workflows
        .files
        .iter()
        .filter(|file| file.is_refused())
        .map(|file| file.path.as_str())
        .chain(reading.workflows.unread.iter().map(|u| u.path.as_str()))
        .filter(|path| told.contains(*path))
        .collect();
    let mut found = Vec::new();
    for gone in contexts.iter().filter(|context| context.name.is_known()) {
        let name = gone.name.to_string();
        // Most are there still: nothing else is asked of those.
        if now.contains(&name) {
            continue;
        }
        let of_job = by_job
            .get(&(&gone.file, &gone.job, &gone.event))
            .map_or(&[][..], Vec::as_slice);
        let may_come = of_job
            .iter()
            .any(|c| !c.name.is_known() && c.name.may_be(&name));
        let demanded = scene
            .demands
            .iter()
            .any(|demand| !demand.is_glob && demand.is_met_by(&name, scene.forge));
        if may_come || demanded || silent.contains(gone.file.as_str()) {
            continue;
        }
        let renamed = of_job
            .iter()
            .find(|c| !before.contains(&c.name.to_string()));
        let fate = match renamed {
            Some(to) => format!("the change renames it to `{}`", to.name),
            None if scene.file(&gone.file).is_none() => "its file is gone".to_owned(),
            None => "nothing posts it now".to_owned(),
        };
        let place = match scene.file(&gone.file).and_then(|file| {
            let job = file.job(&gone.job)?;
            Some(file.at(job.key.span))
        }) {
            Some(place) => place,
            None => Location::file(&gone.file),
        };
        found.push(
            Finding::new(
                &CONTEXT_REMOVED,
                format!("`{name}` came at {label} of job {}, and {fate}", gone.job),
            )
            .at(place),
        );
    }
    found
}
