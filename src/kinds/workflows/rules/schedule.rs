use super::ground::Ground;
use super::idea::Idea;
use super::plant::{Edits, Hindrance, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::forge::Feature;

pub(super) static IDEA: Idea = Idea {
    code: &SCHEDULE_UNSEEN,
    hangs_on_requirement: false,
    advises: true,
    check,
    plant: |ground| {
        let planted = if ground.forge.has(Feature::ScheduleStatus) {
            Err(Hindrance::NotHere)
        } else {
            ground
                .files()
                .map(|(_, file)| file)
                .find(|file| !file.on.has("schedule") && !tells(&file.text))
                .ok_or(Hindrance::NotHere)
                .and_then(|file| {
                    let lines = ["schedule:", "  - cron: '7 3 * * *'"];
                    Ok(Edits::of(file).new_trigger(&lines)?.in_file())
                })
        };
        violation("scheduled run that nobody sees", &SCHEDULE_UNSEEN, planted)
    },
};

static SCHEDULE_UNSEEN: Code = Code {
    name: "schedule-unseen",
    what: "A workflow runs on a schedule, and the forge posts no commit status for scheduled runs.",
    why: "A nightly run that fails shows nowhere: it is red for weeks, and nobody looks.",
    mend: "Post a status from the run itself (`driftgate statuses --post`), or open an issue when it fails.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    if ground.forge.has(Feature::ScheduleStatus) {
        return;
    }
    for (_, file) in ground.files() {
        let Some(trigger) = file.on.get("schedule") else {
            continue;
        };
        if tells(&file.text) {
            continue;
        }
        let message = format!(
            "{} posts no status for a scheduled run, and this workflow tells nobody by itself",
            ground.forge
        );
        findings.push(
            Finding::new(&SCHEDULE_UNSEEN, message)
                .advisory()
                .at(file.at(trigger.event.span)),
        );
    }
}

/// Whether a workflow makes its result known by itself.
fn tells(text: &str) -> bool {
    [
        "/statuses/",
        "statuses --post",
        "/issues",
        "issue create",
        "hooks.slack.com",
        "SLACK_WEBHOOK",
        "slackapi/",
        "discord.com/api/webhooks",
        "sendmail",
        // A script that may open issues does it for a reason.
        "issues: write",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}
