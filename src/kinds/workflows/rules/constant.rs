use super::evaluate::constant;
use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use super::skippable::one_line;
use crate::gate::{Code, Finding};
use crate::kinds::workflows::model::Condition;
use crate::kinds::workflows::yaml::Text;

pub(super) static IDEA: Idea = Idea {
    code: &CONDITION_CONSTANT,
    hangs_on_requirement: false,
    advises: false,
    check,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = ["- if: ${{ github.actor }} == 'planted'", "  run: ./planted"];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation(
            "condition that is always true",
            &CONDITION_CONSTANT,
            planted,
        )
    },
};

static CONDITION_CONSTANT: Code = Code {
    name: "condition-constant",
    what: "An `if:` has the same value in every run, although it was meant to decide.",
    why: "Text around `${{ … }}`, be it only the newline behind a block, makes a text of the condition, and a text is true. A condition that is always false turns a check off for good.",
    mend: "Put one pair of `${{ }}` around all of it, or none; write blocks with `>-`. Delete what never runs.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in ground.jobs() {
        if let Some(condition) = &view.job.condition {
            let whose = view.name();
            // A job that never runs is told by another rule where it counts.
            let never = !view.standing().is_required();
            findings.extend(look(&view, condition, &whose, never));
        }
        for step in &view.job.steps {
            if let Some(condition) = &step.condition {
                let whose = format!("{} of {}", step.label(), view.name());
                findings.extend(look(&view, condition, &whose, true));
            }
        }
    }
}

fn look(view: &JobView<'_>, condition: &Text, whose: &str, never: bool) -> Option<Finding> {
    let how = match Condition::of(&condition.value) {
        Condition::Template(text) => {
            if text.trim().starts_with("${{") && text.trim().ends_with("}}") && text != text.trim()
            {
                "is always true, for the text behind the expression counts"
            } else {
                "is always true, for it is text with an expression in it"
            }
        }
        Condition::Expression(_) => match constant(&condition.value) {
            Some(false) if never => "is always false",
            _ => return None,
        },
    };
    let message = format!(
        "the condition of {whose} {how}: `if: {}`",
        one_line(&condition.value)
    );
    Some(
        view.finding(&CONDITION_CONSTANT, message)
            .at(condition.location(&view.file.path, 0)),
    )
}
