use super::check::{Subject, expected, look, record};
use super::codes::{
    CONTEXT_CANCELLED, CONTEXT_MISSING, CONTEXT_NEVER_DERIVED, CONTEXT_PENDING, CONTEXT_RED,
    CONTEXT_SKIPPED, CONTEXT_STALE, LANE_VANISHED, REQUIRED_EMPTY, STATUSES_MALFORMED,
    STATUSES_OF_ANOTHER_COMMIT,
};
use super::forge_plants;
use super::halt::Halt;
use super::judge::{Skipped, Suffix};
use super::plan::{Demands, Input, Plan};
use super::plants::{Plants, Turned};
use super::requirement::Requirement;
use super::review_plants;
use super::rules::forge_of;
use super::state::State;
use super::table::{Standing, Why};
use crate::context::Context;
use crate::gate::{Change, Code, Location, Plant, Protection};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::workflows::contexts::strip_event;
use crate::kinds::workflows::forge::{Feature, Forge};

/// All that a gate of this kind promises to catch. What holds for every required context is planted in the
/// first one that has a name; the rule does not know one from another.
pub(super) fn all(plan: &Plan, context: &Context) -> Vec<Protection> {
    match of_look(plan, context) {
        Ok(all) => all,
        Err(halt) => vec![protection(
            "red context",
            &CONTEXT_RED,
            "",
            Err(match halt {
                Halt::Obstacle(obstacle) => obstacle.to_string(),
                Halt::Gone(finding) => finding.message,
            }),
        )],
    }
}

pub(super) fn protection(
    name: impl Into<String>,
    expected: &'static Code,
    mentions: &str,
    plant: Result<Plant, String>,
) -> Protection {
    Protection {
        name: name.into(),
        expected,
        mentions: mentions.to_owned(),
        plant,
    }
}

fn of_look(plan: &Plan, context: &Context) -> Result<Vec<Protection>, Halt> {
    let target = plan.target(context)?;
    let subject = Subject::of(plan, context, target.as_ref())?;
    let (_, record) = record(plan, context, &subject)?;
    let plants = Plants {
        plan,
        record: &record,
    };
    let table = look(plan, context).table.unwrap_or_default();
    let mut all = Vec::new();
    let green = |standing: &&Standing| standing.state == State::Green;
    let named = table
        .required
        .iter()
        .filter(green)
        .find(|standing| standing.why == Why::Named);
    if let Some(standing) = named {
        let forge = forge_of(context.settings(), target.as_ref(), record.is_of_github());
        all.extend(of_context(plan, &plants, standing, forge));
    }
    all.extend(forge_plants::all(plan, &subject, named));
    all.extend(of_patterns(plan, &plants));
    all.extend(of_demands(plan, context));
    all.push(protection(
        "cut-off statuses",
        &STATUSES_MALFORMED,
        "",
        Ok(plants.cut_off()),
    ));
    all.push(protection(
        "a page of HTML in place of statuses",
        &STATUSES_MALFORMED,
        "",
        Ok(plants.plant("<html><body>Bad gateway</body></html>")),
    ));
    if let Some(commit) = &subject.commit {
        all.push(protection(
            "statuses of another commit",
            &STATUSES_OF_ANOTHER_COMMIT,
            commit,
            Ok(plants.of_another_commit()),
        ));
    }
    if let Some(Input::File(path)) = &plan.recorded {
        let path = path.to_string();
        let plant = Plant::in_root(Change::remove(&path));
        all.push(protection(
            "vanished record",
            &SUBJECT_MISSING,
            &path,
            Ok(plant),
        ));
    }
    all.extend(of_lanes(plan, context, &subject, &plants)?);
    if plan.reviews.is_some() {
        all.extend(review_plants::all(plan, context, &subject)?);
    }
    Ok(all)
}

fn of_context(
    plan: &Plan,
    plants: &Plants<'_>,
    standing: &Standing,
    forge: Forge,
) -> Vec<Protection> {
    let context = &standing.context;
    let posted: Vec<String> = standing
        .rows
        .iter()
        .map(|row| row.context.clone())
        .collect();
    let mut all: Vec<_> = [
        ("red", Turned::Red, &CONTEXT_RED),
        ("broken down", Turned::Error, &CONTEXT_RED),
        ("cancelled", Turned::Cancelled, &CONTEXT_CANCELLED),
        ("pending", Turned::Pending, &CONTEXT_PENDING),
        ("skipped", Turned::Skipped, &CONTEXT_SKIPPED),
        (
            "skipped and posted as a success",
            Turned::SkippedAsSuccess,
            &CONTEXT_SKIPPED,
        ),
        (
            "word that is nearly a success",
            Turned::UnknownWord,
            &CONTEXT_RED,
        ),
        ("of another commit", Turned::OfAnotherCommit, &CONTEXT_STALE),
    ]
    .into_iter()
    .map(|(name, how, code)| {
        let plant = Ok(plants.turned(&posted, how));
        protection(format!("{name}: {context}"), code, context, plant)
    })
    .collect();
    let missing = if standing.is_never_derived() {
        &CONTEXT_NEVER_DERIVED
    } else {
        &CONTEXT_MISSING
    };
    let plant = Ok(plants.without(&posted));
    all.push(protection(
        format!("never posted: {context}"),
        missing,
        context,
        plant,
    ));
    let newer = posted.first().map_or(context, |name| name);
    if standing.rows.iter().any(|row| row.suite.is_none()) {
        let plant = Ok(plants.with_red(newer));
        all.push(protection(
            format!("newer and red: {context}"),
            &CONTEXT_RED,
            context,
            plant,
        ));
        let plant = Ok(plants.with_red_run(newer));
        let name = format!("red in another run: {context}");
        all.push(protection(name, &CONTEXT_RED, context, plant));
    }
    if !standing.apps.is_empty() {
        let plant = Ok(plants.turned(&posted, Turned::OfAnotherApp));
        let name = format!("green by another app: {context}");
        all.push(protection(name, missing, context, plant));
    }
    if plan.suffix == Suffix::Worst && forge.has(Feature::ContextHasEvent) {
        let base = strip_event(context).0;
        let second = ["push", "pull_request", "pull_request_target", "release"]
            .map(|event| format!("{base} ({event})"))
            .into_iter()
            .find(|name| !posted.contains(name))
            .unwrap_or_default();
        let plant = Ok(plants.with_red(&second));
        let name = format!("red under a second event: {context}");
        all.push(protection(name, &CONTEXT_RED, context, plant));
    }
    all
}

/// A red context that nobody names, and a pattern matches; and a skipped one.
fn of_patterns(plan: &Plan, plants: &Plants<'_>) -> Vec<Protection> {
    let text = plan.demands.iter().find_map(|demand| match demand {
        Demands::Context(text, _) => {
            let requirement = Requirement::new(text, Location::file("")).ok()?;
            requirement.is_pattern().then_some((text, requirement))
        }
        _ => None,
    });
    let Some((text, requirement)) = text else {
        return Vec::new();
    };
    let example = text.replace('*', "planted");
    let mentions = strip_event(&example).0.to_owned();
    let plant = |how| match requirement.matches(&example) {
        true => Ok(plants.with(&example, how)),
        false => Err("the pattern has no simple example".to_owned()),
    };
    let of = |name: &str, code, how| {
        protection(
            format!("{name} under a pattern: {text}"),
            code,
            &mentions,
            plant(how),
        )
    };
    let mut all = vec![of("red", &CONTEXT_RED, Turned::Red)];
    if plan.skipped == Skipped::Block {
        all.push(of("skipped", &CONTEXT_SKIPPED, Turned::Skipped));
    }
    all
}

/// What happens to the lists of what is required.
fn of_demands(plan: &Plan, context: &Context) -> Vec<Protection> {
    let mut all = Vec::new();
    for demand in &plan.demands {
        let (Demands::List(Input::File(path)) | Demands::Protection(Input::File(path), _)) = demand
        else {
            continue;
        };
        let name = path.to_string();
        let removed = Plant::in_root(Change::remove(&name));
        all.push(protection(
            format!("removed list: {name}"),
            &SUBJECT_MISSING,
            &name,
            Ok(removed),
        ));
        if let Demands::List(input) = demand {
            let emptied = Plant::in_root(Change::write(&name, "# nothing is required\n"));
            all.push(protection(
                format!("emptied list: {name}"),
                &REQUIRED_EMPTY,
                &name,
                Ok(emptied),
            ));
            let parked = match input.read(context) {
                Ok(Some((_, bytes))) => {
                    let mut parked = b"# pending-#1\n".to_vec();
                    parked.extend(bytes);
                    Ok(Plant::in_root(Change::write(&name, parked)))
                }
                Ok(None) => Err("the list is not there".to_owned()),
                Err(obstacle) => Err(obstacle.to_string()),
            };
            all.push(protection(
                format!("parked list: {name}"),
                &REQUIRED_EMPTY,
                &name,
                parked,
            ));
        }
    }
    all
}

/// A lane that its forge never scheduled.
fn of_lanes(
    plan: &Plan,
    context: &Context,
    subject: &Subject<'_>,
    plants: &Plants<'_>,
) -> Result<Vec<Protection>, Halt> {
    let Some(lanes) = expected(plan, context, subject)? else {
        return Ok(Vec::new());
    };
    let table = look(plan, context).table.unwrap_or_default();
    // A named one that goes missing is told as that.
    let is_named = |name: &str| {
        table
            .required
            .iter()
            .filter(|standing| standing.why == Why::Named)
            .any(|standing| strip_event(&standing.context).0 == strip_event(name).0)
    };
    let lane = lanes
        .lanes
        .iter()
        .filter(|lane| lane.certain)
        .map(|lane| lane.name.to_string())
        .find(|name| !is_named(name));
    Ok(lane
        .map(|name| {
            let plant = Ok(plants.without(std::slice::from_ref(&name)));
            protection(
                format!("vanished lane: {name}"),
                &LANE_VANISHED,
                &name,
                plant,
            )
        })
        .into_iter()
        .collect())
}
