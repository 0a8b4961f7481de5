use super::ground::Ground;
use super::idea::Idea;
use super::plant::{Edits, Hindrance, is_block, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::yaml::Shape;

pub(super) static IDEA: Idea = Idea {
    code: &MATRIX_MAY_BE_EMPTY,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        // Of a job that posts a required context the name would not be known any more.
        let planted = ground
            .jobs()
            .filter(|view| view.standing().is_required() && !view.standing().posts())
            .find(|view| view.job.strategy.is_none() && is_block(view))
            .ok_or(Hindrance::NotHere)
            .map(|view| {
                let lines = [
                    "strategy:",
                    "  matrix:",
                    "    planted: ${{ fromJSON(vars.PLANTED) }}",
                ];
                Edits::of(view.file).keys(&view, &lines).in_job(&view)
            });
        violation("matrix that may be empty", &MATRIX_MAY_BE_EMPTY, planted)
    },
};

static MATRIX_MAY_BE_EMPTY: Code = Code {
    name: "matrix-may-be-empty",
    what: "The matrix of a job that a required context hangs on comes from an expression, which may give an empty list.",
    why: "Of an empty list no job comes: what was to check the change does not exist, and what needs it is skipped or refused.",
    mend: "Write the list out; or fail in the job that makes it where it is empty, and require an aggregate that asks for the result.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in ground.jobs().filter(|view| view.standing().is_required()) {
        let Some(matrix) = view.job.strategy.as_ref().and_then(|s| s.matrix.as_ref()) else {
            continue;
        };
        let (span, what) = match &matrix.shape {
            Shape::Scalar(text) => (matrix.span, text.value.clone()),
            Shape::Map(entries) => {
                let found = entries.iter().find_map(|entry| {
                    let text = entry.value.as_text()?;
                    text.value
                        .contains("${{")
                        .then(|| (text.span, text.value.clone()))
                });
                // Beside another list, `include` alone cannot empty it.
                match found {
                    Some(found) => found,
                    None => continue,
                }
            }
            Shape::List(_) => continue,
        };
        let message = format!(
            "the matrix of {} comes from an expression that may give nothing: `{}`",
            view.name(),
            super::skippable::one_line(&what)
        );
        findings.push(
            view.finding(&MATRIX_MAY_BE_EMPTY, message)
                .at(view.at(span)),
        );
    }
}
