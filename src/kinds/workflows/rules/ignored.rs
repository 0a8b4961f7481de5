use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, Hindrance, victim, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::forge::Feature;
use crate::kinds::workflows::model::WorkflowFile;
use crate::kinds::workflows::yaml::Span;

pub(super) static IDEA: Idea = Idea {
    code: &KEY_IGNORED,
    hangs_on_requirement: false,
    advises: true,
    check,
    plant: |ground| {
        let key = KEYS
            .iter()
            .find(|key| !ground.forge.has(key.feature) && key.planted.is_some());
        let planted = match key.and_then(|key| key.planted.zip(Some(key))) {
            None => Err(Hindrance::NotHere),
            Some((line, key)) => victim(ground, |view| (key.of_job)(view).is_none())
                .map(|view| Edits::of(view.file).keys(&view, &[line]).in_job(&view)),
        };
        violation("key that the forge ignores", &KEY_IGNORED, planted)
    },
};

static KEY_IGNORED: Code = Code {
    name: "key-ignored",
    what: "A workflow uses a key that this version of the forge reads and does nothing about.",
    why: "It looks like a protection: a time limit, narrowed permissions, one run at a time. There is none.",
    mend: "Do without it: `driftgate explain` shows the forge's row. Where the forge is newer, write its version into driftgate.yaml.",
};

/// A key that some forges ignore.
struct Key {
    feature: Feature,
    key: &'static str,
    of_job: fn(&JobView<'_>) -> Option<Span>,
    of_file: fn(&WorkflowFile) -> Option<Span>,
    /// The line of a job that has it.
    planted: Option<&'static str>,
}

const KEYS: &[Key] = &[
    Key {
        feature: Feature::Environment,
        key: "environment",
        of_job: |view| view.job.environment.as_ref().map(|node| node.span),
        of_file: |_| None,
        planted: Some("environment: planted"),
    },
    Key {
        feature: Feature::Permissions,
        key: "permissions",
        of_job: |view| view.job.permissions.as_ref().map(|node| node.span),
        of_file: |file| file.permissions.as_ref().map(|node| node.span),
        planted: Some("permissions: {}"),
    },
    Key {
        feature: Feature::Concurrency,
        key: "concurrency",
        of_job: |view| view.job.concurrency.as_ref().map(|node| node.span),
        of_file: |file| file.concurrency.as_ref().map(|node| node.span),
        planted: Some("concurrency: planted"),
    },
    Key {
        feature: Feature::JobTimeout,
        key: "timeout-minutes",
        of_job: |view| view.job.timeout_minutes.as_ref().map(|text| text.span),
        of_file: |_| None,
        planted: None,
    },
    Key {
        feature: Feature::JobContinueOnError,
        key: "continue-on-error",
        of_job: |view| {
            let value = view.job.continue_on_error.as_ref()?;
            (!value.value.trim().eq_ignore_ascii_case("false")).then_some(value.span)
        },
        of_file: |_| None,
        planted: None,
    },
    Key {
        feature: Feature::WorkflowRun,
        key: "on: workflow_run",
        of_job: |_| None,
        of_file: |file| file.on.get("workflow_run").map(|t| t.event.span),
        planted: None,
    },
    Key {
        feature: Feature::MergeQueue,
        key: "on: merge_group",
        of_job: |_| None,
        of_file: |file| file.on.get("merge_group").map(|t| t.event.span),
        planted: None,
    },
];

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for key in KEYS.iter().filter(|key| !ground.forge.has(key.feature)) {
        let Some(row) = ground.forge.row(key.feature) else {
            continue;
        };
        let mut places = Vec::new();
        let mut files = 0;
        for (file_at, file) in ground.files() {
            let mut spans: Vec<Span> = (key.of_file)(file).into_iter().collect();
            spans.extend(
                ground
                    .jobs_of(file_at)
                    .filter_map(|view| (key.of_job)(&view)),
            );
            spans.sort_unstable();
            files += usize::from(!spans.is_empty());
            places.extend(spans.into_iter().map(|span| file.at(span)));
        }
        let times = match places.len() {
            0 => continue,
            1 => String::new(),
            n => format!(
                " ({n} times in {files} {})",
                if files == 1 { "file" } else { "files" }
            ),
        };
        let message = format!(
            "{} does nothing about `{}`{times}. {}",
            ground.forge, key.key, row.otherwise
        );
        let mut finding = Finding::new(&KEY_IGNORED, message)
            .advisory()
            .help(format!("source: {}", row.source));
        finding.locations = places;
        findings.push(finding);
    }
}
