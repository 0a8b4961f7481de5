use std::collections::BTreeMap;

use super::ground::Ground;
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use crate::gate::{Code, Finding, Level};
use crate::kinds::workflows::model::Job;
use crate::kinds::workflows::yaml::{Node, Text};

pub(super) static IDEA: Idea = Idea {
    code: &ACTION_MUTABLE,
    hangs_on_requirement: false,
    advises: false,
    check,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = ["- uses: planted/setup-planted@v1"];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation("action at a tag", &ACTION_MUTABLE, planted)
    },
};

static ACTION_MUTABLE: Code = Code {
    name: "action-mutable",
    what: "An action, a reusable workflow or an image is named by a tag or branch.",
    why: "Whoever can move the tag decides what the check is, and runs with the job's token and secrets.",
    mend: "Name the full commit id, or the digest of the image, with the version in a comment behind it.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for (file_at, file) in ground.files() {
        // Once a reference and file: the first place, and the strictest level.
        let mut found: BTreeMap<&str, (Finding, usize)> = BTreeMap::new();
        for view in ground.jobs_of(file_at) {
            let steps = view.job.steps.iter().filter_map(|step| step.uses.as_ref());
            let named = view.job.uses.iter().chain(steps);
            let named = named.filter_map(|uses| Some((uses, mutable(uses)?)));
            let images = images(view.job).into_iter();
            let images = images.filter_map(|image| Some((image, mutable_image(&image.value)?)));
            for (uses, how) in named.chain(images) {
                let level = view.level();
                let (finding, times) = found.entry(&uses.value).or_insert_with(|| {
                    let message = format!("`{}` is named by {how}", uses.value);
                    let mut finding =
                        Finding::new(&ACTION_MUTABLE, message).at(uses.location(&file.path, 0));
                    finding.level = level;
                    (finding, 0)
                });
                *times += 1;
                if level == Level::Block {
                    finding.level = Level::Block;
                }
            }
        }
        findings.extend(found.into_values().map(|(mut finding, times)| {
            if times > 1 {
                finding.message = format!("{} ({times} times in this file)", finding.message);
            }
            finding
        }));
    }
}

/// The images that a job runs in, and those of its services.
fn images(job: &Job) -> Vec<&Text> {
    fn image(node: &Node) -> Option<&Text> {
        node.as_text().or_else(|| node.text("image"))
    }
    let services = job.services.as_ref().and_then(Node::as_map);
    let of_services = services
        .unwrap_or_default()
        .iter()
        .map(|entry| &entry.value);
    job.container
        .iter()
        .chain(of_services)
        .filter_map(image)
        .collect()
}

/// How an image can be moved; `None` for one that cannot.
fn mutable_image(image: &str) -> Option<&'static str> {
    let image = image.trim();
    if image.is_empty() || image.contains("${{") || image.contains("@sha256:") {
        return None;
    }
    Some("a tag, not a digest")
}

/// How a reference can be moved; `None` for one that cannot.
fn mutable(uses: &Text) -> Option<&'static str> {
    let uses = uses.value.trim();
    if uses.is_empty() || uses.starts_with("./") || uses.starts_with("../") || uses.contains("${{")
    {
        return None;
    }
    if let Some(image) = uses.strip_prefix("docker://") {
        return mutable_image(image);
    }
    match uses.rsplit_once('@') {
        None => Some("no version at all"),
        Some((_, reference)) => {
            let commit = matches!(reference.len(), 40 | 64)
                && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
            (!commit).then_some("a tag or branch")
        }
    }
}
