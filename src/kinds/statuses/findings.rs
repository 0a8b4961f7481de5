use super::codes::{
    CONTEXT_DUPLICATED, CONTEXT_NEVER_DERIVED, CONTEXT_UNKNOWN, LANE_VANISHED, STATUSES_INCOMPLETE,
    STATUSES_UNSETTLED, WILDCARD_BLIND,
};
use super::observed::Observed;
use super::state::State;
use super::table::{Standing, Table};
use crate::gate::{Finding, Inspection, Location, Obstacle};

/// Tells what a judgement found. `settled`: whether what lacks can be told from what is late.
pub(super) fn tell(table: &Table, observed: &Observed, settled: bool, inspection: &mut Inspection) {
    // What is not there outranks all that is: it comes first.
    if settled {
        for lane in &table.vanished {
            inspection.find(
                Finding::new(
                    &LANE_VANISHED,
                    format!("`{}` was not posted, and this job posts it", lane.name),
                )
                .at(lane.at.clone()),
            );
        }
    } else if !table.vanished.is_empty() {
        let names: Vec<_> = table
            .vanished
            .iter()
            .map(|lane| format!("`{}`", lane.name))
            .collect();
        inspection.obstacle(
            Obstacle::unreachable(
                &STATUSES_UNSETTLED,
                format!(
                    "the statuses are unsettled: something is pending or still changing, and not posted so far: {}",
                    names.join(", ")
                ),
            )
            .help("give it more time with `--settle`, or `settle` in the gate"),
        );
    }
    for standing in &table.required {
        required(standing, inspection);
    }
    for standing in &table.others {
        if standing.is_never_derived() {
            inspection.find(
                Finding::new(
                    &CONTEXT_UNKNOWN,
                    format!(
                        "`{}` was posted ({}), is not required, and no workflow of this commit posts it",
                        standing.context, standing.state
                    ),
                )
                .advisory(),
            );
        }
    }
    if table.only_patterns {
        inspection.find(
            Finding::new(
                &WILDCARD_BLIND,
                "only patterns are required; a check that was never posted satisfies them",
            )
            .advisory(),
        );
    }
    if let Some(said) = observed.said {
        inspection.obstacle(Obstacle::refused(
            &STATUSES_INCOMPLETE,
            format!("the record says that there are {said} statuses, and holds fewer"),
        ));
    }
}

fn required(standing: &Standing, inspection: &mut Inspection) {
    if let Some(finding) = blocking(standing) {
        inspection.find(finding);
    } else if standing.is_never_derived() {
        let message = format!(
            "`{}` is required and {}, and no workflow of this commit posts it",
            standing.context, standing.state
        );
        inspection.find(at(Finding::new(&CONTEXT_NEVER_DERIVED, message), standing).advisory());
    }
    duplicated(standing, inspection);
}

fn duplicated(standing: &Standing, inspection: &mut Inspection) {
    let context = &standing.context;
    if !standing.twins.is_empty() {
        let message = format!(
            "`{context}` is posted by {} jobs that cannot be told apart: the newest of them hides the others",
            standing.twins.len()
        );
        let finding = at(Finding::new(&CONTEXT_DUPLICATED, message), standing);
        let twins = standing.twins.iter().cloned();
        inspection.find(twins.fold(finding, Finding::at));
    } else if standing.is_duplicated() {
        let message = format!(
            "`{context}` does not stand the same everywhere: {}",
            rows(standing)
        );
        inspection.find(at(Finding::new(&CONTEXT_DUPLICATED, message), standing).advisory());
    }
    for gone in &standing.replaced {
        let run = gone.run.as_deref().unwrap_or("an earlier run");
        let message = format!(
            "`{context}` was {} in {run}, and a later run counts in its place",
            gone.told()
        );
        inspection.find(at(Finding::new(&CONTEXT_DUPLICATED, message), standing).advisory());
    }
}

fn blocking(standing: &Standing) -> Option<Finding> {
    let code = standing.state.code()?;
    let context = &standing.context;
    if standing.state == State::Missing && standing.awaited.is_none() && standing.is_never_derived()
    {
        let message = format!(
            "`{context}` is required, was not posted, and no workflow of this commit posts it"
        );
        return Some(at(Finding::new(&CONTEXT_NEVER_DERIVED, message), standing));
    }
    let apps: Vec<_> = standing.apps.iter().map(u64::to_string).collect();
    let by = match apps.as_slice() {
        [] => String::new(),
        apps => format!(" of the app {}", apps.join(" and of ")),
    };
    let message = if let Some(awaited) = &standing.awaited {
        format!(
            "the forge waits for `{awaited}` as it is written, and what was posted is {}",
            standing.near.join(", ")
        )
    } else if standing.state == State::Missing {
        match standing.near.as_slice() {
            [] => format!("`{context}` is required{by} and was not posted"),
            near => format!(
                "`{context}` is required{by} and was not posted; posted under its name: {}",
                near.join(", ")
            ),
        }
    } else {
        format!("`{context}` is {}", rows(standing))
    };
    let finding = at(Finding::new(code, message), standing);
    Some(if standing.excused {
        finding.advisory()
    } else {
        finding
    })
}

/// `red: Failing after 4s (as `a (push)`); green: Successful in 2s (as `a (pull_request)`)`.
fn rows(standing: &Standing) -> String {
    let told: Vec<_> = standing
        .rows
        .iter()
        .map(|row| {
            let told = match row.context == standing.context {
                true => row.told(),
                false => format!("{} (as `{}`)", row.told(), row.context),
            };
            let twice = standing
                .rows
                .iter()
                .any(|other| other.id != row.id && other.context == row.context);
            match &row.run {
                Some(run) if twice => format!("{told} (by {run})"),
                _ => told,
            }
        })
        .collect();
    told.join("; ")
}

fn at(finding: Finding, standing: &Standing) -> Finding {
    let lane: Option<&Location> = standing.lane.as_ref().and_then(Option::as_ref);
    standing
        .at
        .iter()
        .chain(lane)
        .fold(finding, |finding, location| finding.at(location.clone()))
}
