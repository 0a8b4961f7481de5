use super::evaluate::{contexts_of, contexts_of_condition};
use super::forgiven::does_work;
use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use super::skippable::one_line;
use crate::gate::{Code, Finding};
use crate::kinds::workflows::model::Step;
use crate::kinds::workflows::shell::{Condition, expressions_in};

pub(super) static IDEA: Idea = Idea {
    code: &SKIPS_WITHOUT_SECRET,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = [
                "- env:",
                "    PLANTED: ${{ secrets.PLANTED }}",
                "  shell: bash",
                "  run: |",
                "    if [ -z \"$PLANTED\" ]; then exit 0; fi",
                "    ./planted",
            ];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation(
            "check that skips without a secret",
            &SKIPS_WITHOUT_SECRET,
            planted,
        )
    },
};

static SKIPS_WITHOUT_SECRET: Code = Code {
    name: "skips-without-secret",
    what: "A step of a job that a required context hangs on is skipped, or ends early with 0, when a secret is empty.",
    why: "A secret that was never set, has expired, or is withheld from a fork reads as empty: the check is skipped, and green, for ever.",
    mend: "Fail where the secret is missing; where changes from forks are to pass without it, say so with a condition on the fork.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in ground.jobs().filter(|view| view.standing().is_required()) {
        for step in &view.job.steps {
            if does_work(&view, step)
                && let Some(condition) = &step.condition
                && let Some(secret) = secret_of_condition(&view, step, &condition.value)
            {
                let message = format!(
                    "{} of {} runs only where the secret `{secret}` is set: `if: {}`",
                    step.label(),
                    view.name(),
                    one_line(&condition.value)
                );
                findings.push(
                    view.finding(&SKIPS_WITHOUT_SECRET, message)
                        .at(condition.location(&view.file.path, 0)),
                );
            }
            let (Some(analysis), Some(run)) = (view.script(step), &step.run) else {
                continue;
            };
            let before = findings.len();
            for exit in analysis.exits.iter().filter(|exit| exit.before_work) {
                if let Some(secret) = secret_asked_for(&view, step, &exit.condition) {
                    let message = format!(
                        "{} of {} ends with 0 where the secret `{secret}` is empty: `{}`",
                        step.label(),
                        view.name(),
                        exit.condition.text
                    );
                    findings.push(
                        view.finding(&SKIPS_WITHOUT_SECRET, message)
                            .at(run.location(&view.file.path, exit.at)),
                    );
                }
            }
            // What comes behind such an end hangs on it as well. Where the script can end with a status of its own
            // choice, the other branch may do so.
            if findings.len() > before || says_no(&run.value) {
                continue;
            }
            for guard in &analysis.guards {
                if let Some(secret) = secret_asked_for(&view, step, guard) {
                    let message = format!(
                        "{} of {} does its work only where the secret `{secret}` is set: `{}`",
                        step.label(),
                        view.name(),
                        guard.text
                    );
                    findings.push(
                        view.finding(&SKIPS_WITHOUT_SECRET, message)
                            .at(run.location(&view.file.path, guard.at)),
                    );
                }
            }
        }
    }
}

/// The secret that a condition of a script asks for, to see whether it is empty.
fn secret_asked_for(view: &JobView<'_>, step: &Step, condition: &Condition) -> Option<String> {
    let asks_for_emptiness = ["-z ", "-n ", "= \"\"", "== \"\"", "!= \"\"", "= ''", ":-"]
        .iter()
        .any(|sign| condition.text.contains(sign));
    if !asks_for_emptiness {
        return None;
    }
    let variables = &condition.variables;
    variables
        .iter()
        .find_map(|name| secret_of(view, step, name))
        .or_else(|| condition.expressions.iter().find_map(|e| secret_in(e)))
}

/// Whether a script ends itself with a status that is not 0.
fn says_no(script: &str) -> bool {
    let words: Vec<&str> = script
        .split(|c: char| c.is_whitespace() || c == ';' || c == '}')
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .any(|pair| matches!(pair[0], "exit" | "return") && pair[1] != "0")
        || words.contains(&"false")
}

/// The secret that an expression reads.
fn secret_in(expression: &str) -> Option<String> {
    contexts_of(expression)
        .iter()
        .find_map(|context| context.strip_prefix("secrets."))
        .filter(|name| !matches!(*name, "github_token" | "gitea_token"))
        .map(str::to_uppercase)
}

/// The secret that a variable of the environment holds.
fn secret_of(view: &JobView<'_>, step: &Step, name: &str) -> Option<String> {
    let value = view.environment(step).get(name).copied()?.value.clone();
    expressions_in(&value)
        .iter()
        .find_map(|expression| secret_in(expression))
}

fn secret_of_condition(view: &JobView<'_>, step: &Step, condition: &str) -> Option<String> {
    contexts_of_condition(condition).iter().find_map(|context| {
        if let Some(name) = context.strip_prefix("secrets.") {
            return Some(name.to_uppercase());
        }
        let name = context.strip_prefix("env.")?;
        let environment = view.environment(step);
        let (key, _) = environment
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        secret_of(view, step, key)
    })
}
