use super::codes::{
    CONTEXT_NOT_DERIVABLE, CONTEXT_PRODUCED_TWICE, CONTEXT_REMOVED, CONTEXT_WITHOUT_PRODUCER,
    NO_WORKFLOWS, REQUIRED_CONTEXTS_DISAGREE, REQUIRED_CONTEXTS_DISPUTED, REQUIRED_UNREADABLE,
    WORKFLOW_DIALECT, WORKFLOW_DUPLICATE_KEY, WORKFLOW_ENCODING, WORKFLOW_REFUSED,
    WORKFLOW_UNREADABLE,
};
use super::contexts::Context;
use super::load::Gate;
use super::model::WorkflowFile;
use super::reading::Reading;
use super::rules::RULES;
use super::{Scene, asked_protections};
use crate::context::Context as Gated;
use crate::gate::{Change, Code, Plant, Protection};
use crate::kinds::SUBJECT_MISSING;
use crate::tree::{SMALL_FILE, Tree, TreePath};

/// The name of a workflow that is planted beside the others.
const PLANTED: &str = "driftgate-planted.yml";

/// All that a gate of this kind promises to catch. What holds for every file is planted in one; the
/// reader does not know one from another.
pub(super) fn all(
    gate: &Gate,
    reading: &Reading,
    scene: &Scene<'_>,
    context: &Gated,
) -> Vec<Protection> {
    let tree = context.root();
    let mut all = of_reading(reading);
    all.extend(of_contexts(scene));
    all.extend(of_lists(gate, reading, tree));
    all.extend(asked_protections::all(gate, reading, scene, context));
    all.extend(of_change(reading, scene));
    for rule in RULES {
        all.extend(rule.violations(scene).into_iter().map(|violation| {
            let plant = violation.changes.map(in_root);
            Protection {
                name: violation.name,
                expected: violation.expected,
                mentions: violation.mentions,
                plant,
            }
        }));
    }
    all
}

fn in_root(changes: Vec<Change>) -> Plant {
    changes.into_iter().fold(Plant::default(), |plant, change| {
        plant.and(crate::gate::TreeRef::Root, change)
    })
}

fn protection(
    name: impl Into<String>,
    expected: &'static Code,
    mentions: &str,
    change: Change,
) -> Protection {
    Protection {
        name: name.into(),
        expected,
        mentions: mentions.to_owned(),
        plant: Ok(Plant::in_root(change)),
    }
}

fn of_reading(reading: &Reading) -> Vec<Protection> {
    let folder = reading.folder.path();
    let planted = format!("{folder}/{PLANTED}");
    let beside = |name: &str, expected: &'static Code, text: &str| {
        protection(name, expected, PLANTED, Change::write(&planted, text))
    };
    let mut all = vec![Protection {
        name: "vanished workflows".to_owned(),
        expected: &NO_WORKFLOWS,
        mentions: String::new(),
        plant: Ok(vanished(reading)),
    }];
    all.push(beside(
        "workflow that is no YAML",
        &WORKFLOW_UNREADABLE,
        "on: push\njobs:\n\tplanted: {}\n",
    ));
    all.push(beside(
        "workflow without triggers",
        &WORKFLOW_REFUSED,
        "name: planted\njobs:\n  planted:\n    runs-on: planted\n    timeout-minutes: 1\n    steps: [{run: 'true'}]\n",
    ));
    all.push(beside(
        "word that is a boolean to some readers",
        &WORKFLOW_DIALECT,
        "name: planted\non: workflow_dispatch\npermissions: {}\njobs:\n  planted:\n    runs-on: planted\n    timeout-minutes: 1\n    strategy: {fail-fast: no}\n    steps: [{run: 'true'}]\n",
    ));
    if let Some(file) = reading.workflows.files.first() {
        let path = &file.path;
        all.push(protection(
            format!("duplicate key: {path}"),
            &WORKFLOW_DUPLICATE_KEY,
            path,
            Change::write(path, with_duplicate(file)),
        ));
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(file.text.encode_utf16().flat_map(u16::to_le_bytes));
        all.push(protection(
            format!("other encoding: {path}"),
            &WORKFLOW_ENCODING,
            path,
            Change::write(path, utf16),
        ));
    }
    all
}

/// Every folder that the forge looks into goes, one after the other would stand in.
fn vanished(reading: &Reading) -> Plant {
    let forge = reading.chosen.forge;
    let folders = forge
        .folders()
        .iter()
        .filter(|folder| **folder == reading.folder || reading.unseen.contains(folder));
    in_root(
        folders
            .map(|folder| Change::remove(folder.path()))
            .collect(),
    )
}

/// The file with its first key once more at its end.
fn with_duplicate(file: &WorkflowFile) -> String {
    let first = file.root.as_map().and_then(|entries| entries.first());
    let key = first.map_or("on", |entry| entry.key.as_str());
    let newline = if file.text.ends_with('\n') { "" } else { "\n" };
    format!("{}{newline}{key}: planted\n", file.text)
}

fn of_contexts(scene: &Scene<'_>) -> Vec<Protection> {
    let mut all = Vec::new();
    for (index, demand) in scene.demands.iter().enumerate() {
        // A pattern misses nothing in particular.
        if demand.is_glob {
            continue;
        }
        let mut files: Vec<&str> = scene.producers(index).map(|c| c.file.as_str()).collect();
        files.dedup();
        let (Some(producer), [path]) = (scene.producers(index).next(), files.as_slice()) else {
            continue;
        };
        let Some(file) = scene.file(path) else {
            continue;
        };
        all.push(match renamed(file, producer) {
            Ok(text) => protection(
                format!("renamed producer of {}", demand.name),
                &CONTEXT_WITHOUT_PRODUCER,
                &demand.name,
                Change::write(path, text),
            ),
            Err(problem) => Protection {
                name: format!("renamed producer of {}", demand.name),
                expected: &CONTEXT_WITHOUT_PRODUCER,
                mentions: demand.name.clone(),
                plant: Err(problem),
            },
        });
        if let Ok(text) = named(file, producer, "${{ vars.PLANTED }}") {
            all.push(protection(
                format!("name that only the run knows: {}", demand.name),
                &CONTEXT_NOT_DERIVABLE,
                &demand.name,
                Change::write(path, text),
            ));
        }
        let copy = copy_of(path);
        all.push(protection(
            format!("second producer of {}", demand.name),
            &CONTEXT_PRODUCED_TWICE,
            &copy,
            Change::write(&copy, file.text.as_bytes()),
        ));
    }
    all
}

/// A context that nobody requires and that the change renames.
fn of_change(reading: &Reading, scene: &Scene<'_>) -> Option<Protection> {
    let before = reading.before.as_ref()?;
    let came = |context: &&Context| {
        let name = context.name.to_string();
        let mut before = before.contexts.iter();
        context.name.is_known()
            && before.any(|other| other.name == context.name)
            && !scene
                .demands
                .iter()
                .any(|demand| demand.is_met_by(&name, scene.forge))
    };
    let context = scene.contexts.iter().find(came)?;
    let file = scene.file(&context.file)?;
    Some(Protection {
        name: format!("renamed context: {}", context.name),
        expected: &CONTEXT_REMOVED,
        mentions: context.name.to_string(),
        plant: renamed(file, context)
            .map(|text| Plant::in_root(Change::write(&context.file, text))),
    })
}

fn copy_of(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{PLANTED}"),
        None => PLANTED.to_owned(),
    }
}

/// The file with the job that makes a context under another name.
fn renamed(file: &WorkflowFile, context: &Context) -> Result<String, String> {
    named(file, context, "planted and renamed")
}

/// The file with another name for a job.
fn named(file: &WorkflowFile, context: &Context, name: &str) -> Result<String, String> {
    let job = file
        .job(&context.job)
        .ok_or_else(|| "the job is not in the file".to_owned())?;
    let mut text = file.text.to_string();
    match job.body.entry("name") {
        Some(entry) if entry.value.alias.is_none() && !entry.merged => {
            let span = entry.value.span;
            let end = text
                .get(span.start..span.end)
                .map_or(span.end, |old| span.start + old.trim_end().len());
            text.replace_range(span.start..end, name);
            // A block keeps its newline.
            Ok(text)
        }
        Some(_) => Err("the job's name stands elsewhere in the file".to_owned()),
        None => {
            let first = job
                .body
                .as_map()
                .and_then(|entries| entries.first())
                .ok_or_else(|| "the job is empty".to_owned())?;
            let at = first.key.span;
            let in_block = text[..at.start]
                .rsplit('\n')
                .next()
                .is_some_and(|before| before.trim().is_empty());
            let line = if in_block {
                let indent = " ".repeat(usize::try_from(at.column).unwrap_or(1).saturating_sub(1));
                format!("name: {name}\n{indent}")
            } else {
                format!("name: '{name}', ")
            };
            text.insert_str(at.start, &line);
            Ok(text)
        }
    }
}

fn of_lists(gate: &Gate, reading: &Reading, tree: &dyn Tree) -> Vec<Protection> {
    let mut all = Vec::new();
    for path in gate.required_contexts.iter().chain(&gate.snapshot) {
        all.push(protection(
            format!("vanished {path}"),
            &SUBJECT_MISSING,
            &path.to_string(),
            Change::remove(path),
        ));
        all.push(protection(
            format!("unreadable {path}"),
            &REQUIRED_UNREADABLE,
            &path.to_string(),
            Change::write(path, [0xff, 0xfe, 0x00]),
        ));
    }
    let (Some(path), Some(file)) = (&gate.required_contexts, &reading.required) else {
        return all;
    };
    let Some(text) = text_of(tree, path) else {
        return all;
    };
    if let Some(first) = file.enforced.first() {
        all.push(protection(
            format!("context twice in {path}"),
            &REQUIRED_CONTEXTS_DISPUTED,
            &first.name,
            Change::write(path, format!("{}\n{text}", first.name)),
        ));
    }
    all.push(protection(
        format!("marker that not every reader knows in {path}"),
        &REQUIRED_CONTEXTS_DISPUTED,
        &path.to_string(),
        Change::write(path, format!("# Pending-#1\n{text}")),
    ));
    if !reading.protections.is_empty()
        && let Some(last) = file.enforced.last()
    {
        let parked: Vec<&str> = text
            .lines()
            .filter(|line| line.trim() != last.name)
            .collect();
        all.push(protection(
            format!("context parked in {path}"),
            &REQUIRED_CONTEXTS_DISAGREE,
            &last.name,
            Change::write(
                path,
                format!("{}\n# pending-#1\n{}\n", parked.join("\n"), last.name),
            ),
        ));
    }
    all
}

fn text_of(tree: &dyn Tree, path: &TreePath) -> Option<String> {
    let bytes = tree.read(path, SMALL_FILE).ok()?;
    String::from_utf8(bytes).ok()
}
