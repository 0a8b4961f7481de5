use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, Hindrance, is_block, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::model::Step;
use crate::kinds::workflows::yaml::{Node, Text};

pub(super) static IDEA: Idea = Idea {
    code: &SECRETS_MEET_PROPOSED_CODE,
    hangs_on_requirement: false,
    advises: false,
    check,
    plant: |ground| {
        let planted = ground
            .jobs()
            .filter(|view| !view.job.steps.is_empty() && is_block(view))
            .find(|view| trusted_event(view).is_some() && find(view).is_none())
            .ok_or(Hindrance::NotHere)
            .map(|view| {
                let lines = [
                    "- uses: actions/checkout@0000000000000000000000000000000000000000",
                    "  with:",
                    "    ref: ${{ github.event.pull_request.head.sha }}",
                    "- run: make",
                    "  shell: bash",
                    "  env:",
                    "    PLANTED: ${{ secrets.PLANTED }}",
                ];
                Edits::of(view.file).step(&view, &lines).in_job(&view)
            });
        violation(
            "secret in a job that runs proposed code",
            &SECRETS_MEET_PROPOSED_CODE,
            planted,
        )
    },
};

static SECRETS_MEET_PROPOSED_CODE: Code = Code {
    name: "secrets-meet-proposed-code",
    what: "A job on `pull_request_target`, `workflow_run` or a comment checks proposed code out and runs it, with secrets or a token that can write.",
    why: "These events run with the target's secrets. Whoever proposes a change decides what the code does with them, before anybody has reviewed it.",
    mend: "Run proposed code on `pull_request`, which has no secrets; or let the job read the proposed files as data only, and hand results on as artifacts.",
};

/// Events that run with the secrets of the repository, whoever caused them.
const TRUSTED: &[&str] = &["pull_request_target", "workflow_run", "issue_comment"];

fn trusted_event(view: &JobView<'_>) -> Option<&'static str> {
    TRUSTED
        .iter()
        .copied()
        .find(|event| view.file.on.has(event))
}

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in ground.jobs() {
        let Some(event) = trusted_event(&view) else {
            continue;
        };
        let Some((checkout, runs)) = find(&view) else {
            continue;
        };
        let Some(what) = privilege(&view) else {
            continue;
        };
        let message = format!(
            "job `{}` runs on `{event}`, checks the proposed code out, runs it in {}, and has {what}",
            view.key(),
            runs.label()
        );
        findings.push(
            Finding::new(&SECRETS_MEET_PROPOSED_CODE, message)
                .at(checkout.location(&view.file.path, 0)),
        );
    }
}

/// Where proposed code is checked out, and the step that then runs it.
fn find<'a>(view: &JobView<'a>) -> Option<(&'a Text, &'a Step)> {
    let mut checkout: Option<(&Text, Option<&str>)> = None;
    for step in &view.job.steps {
        if let Some(reference) = proposed_checkout(step) {
            let path = step
                .with
                .as_ref()
                .and_then(|with| with.text("path"))
                .map(|path| path.value.as_str());
            checkout = Some((reference, path));
            continue;
        }
        let Some((reference, path)) = checkout else {
            continue;
        };
        let runs = match (&step.run, &step.uses) {
            (Some(run), _) => {
                let touches = path.is_none_or(|path| {
                    run.value.contains(path)
                        || step
                            .working_directory
                            .as_ref()
                            .is_some_and(|folder| folder.value.contains(path))
                });
                touches && view.script(step).is_none_or(|analysis| analysis.works)
            }
            (None, Some(uses)) => uses.value.starts_with("./"),
            _ => false,
        };
        if runs {
            return Some((reference, step));
        }
    }
    None
}

/// What of a step checks proposed code out.
fn proposed_checkout(step: &Step) -> Option<&Text> {
    const HEADS: &[&str] = &[
        "github.event.pull_request.head.sha",
        "github.event.pull_request.head.ref",
        "github.head_ref",
        "github.event.workflow_run.head_sha",
        "github.event.workflow_run.head_branch",
        "refs/pull/",
        "gitea.head_ref",
        "gitea.event.pull_request.head",
    ];
    if let Some(uses) = &step.uses
        && uses.value.contains("checkout")
    {
        return step
            .with
            .as_ref()
            .and_then(|with| with.text("ref"))
            .filter(|reference| HEADS.iter().any(|head| reference.value.contains(head)));
    }
    step.run
        .as_ref()
        .filter(|run| run.value.contains("gh pr checkout"))
}

/// What a job has that proposed code must not get.
fn privilege(view: &JobView<'_>) -> Option<&'static str> {
    let names_secret = |text: &str| {
        text.match_indices("secrets.").any(|(at, _)| {
            let name = &text[at + "secrets.".len()..];
            !name.starts_with("GITHUB_TOKEN") && !name.starts_with("GITEA_TOKEN")
        }) || text.contains("secrets[")
            || text.contains("toJSON(secrets")
            || text.trim() == "inherit"
    };
    let in_file = view
        .file
        .env
        .as_ref()
        .is_some_and(|env| env.scalars().iter().any(|text| names_secret(&text.value)));
    if in_file
        || view
            .job
            .body
            .scalars()
            .iter()
            .any(|text| names_secret(&text.value))
    {
        return Some("secrets");
    }
    let permissions = view
        .job
        .permissions
        .as_ref()
        .or(view.file.permissions.as_ref());
    match permissions {
        None => Some("a token that can write"),
        Some(node) => can_write(node).then_some("a token that can write"),
    }
}

fn can_write(permissions: &Node) -> bool {
    permissions
        .scalars()
        .iter()
        .any(|text| matches!(text.value.as_str(), "write" | "write-all"))
}
