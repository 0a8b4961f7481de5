use proptest::prelude::*;

use super::judge::{Case, Skipped, Suffix, judge};
use super::observed::Observed;
use super::posted::Posted;
use super::requirement::Requirement;
use super::state::State;
use super::table::{Lane, Standing, Table, Why};
use crate::gate::Location;
use crate::kinds::workflows::contexts::{Name, strip_event};
use crate::kinds::workflows::forge::Forge;

const GITEA: Forge = Forge::Gitea(Forge::GITEA_NEWEST);

fn row(id: u64, context: &str, state: State) -> Posted {
    Posted {
        id,
        context: context.to_owned(),
        state,
        word: state.to_string(),
        description: String::new(),
        creator: None,
        run: None,
        app: None,
        suite: None,
        commit: None,
    }
}

fn observed(rows: Vec<Posted>) -> Observed {
    Observed {
        rows,
        ..Observed::default()
    }
}

fn required(texts: &[&str]) -> Vec<Requirement> {
    texts
        .iter()
        .map(|text| Requirement::new(text, Location::file("list")).expect("a requirement"))
        .collect()
}

fn judged(texts: &[&str], rows: Vec<Posted>, suffix: Suffix) -> Table {
    judge(&Case {
        required: &required(texts),
        observed: &observed(rows),
        lanes: None,
        suffix,
        skipped: Skipped::Block,
        forge: GITEA,
        own: &[],
    })
}

#[test]
fn a_context_that_is_named_and_matched_stands_there_once() {
    let rows = vec![row(1, "a / b (push)", State::Green)];
    let table = judged(&["*", "a / b", "a / *"], rows, Suffix::Worst);
    assert_eq!(table.required.len(), 1);
    assert_eq!(table.required[0].why, Why::Named);
    assert!(table.others.is_empty() && !table.only_patterns);
}

#[test]
fn one_name_on_two_lists_is_judged_once_and_points_at_both() {
    let rows = vec![row(1, "a / b (push)", State::Red)];
    let table = judged(&["a / b", "a / b (push)"], rows, Suffix::Worst);
    assert_eq!(table.required.len(), 1);
    assert_eq!(table.required[0].at.len(), 2);
}

#[test]
fn a_lane_of_an_event_that_posted_nothing_has_vanished_beside_its_green_twin() {
    let lane = |name: &str, certain| Lane {
        name: Name::known(name),
        at: Location::file("ci.yml"),
        event: "push".to_owned(),
        certain,
    };
    let rows = observed(vec![row(1, "a / b (push)", State::Green)]);
    let table = judge(&Case {
        required: &required(&["a / b"]),
        observed: &rows,
        lanes: Some(&[
            lane("a / b (push)", true),
            lane("a / b (pull_request)", true),
            lane("a / c (push)", false),
        ]),
        suffix: Suffix::Worst,
        skipped: Skipped::Block,
        forge: GITEA,
        own: &[],
    });
    let vanished: Vec<_> = table
        .vanished
        .iter()
        .map(|lane| lane.name.to_string())
        .collect();
    assert_eq!(vanished, ["a / b (pull_request)"]);
}

#[test]
fn jobs_that_share_a_context_are_told_unless_each_is_seen() {
    let lane = |file: &str, line: u32, event: &str| Lane {
        name: Name::known("a / b"),
        at: Location::at(file, line, 1),
        event: event.to_owned(),
        certain: true,
    };
    let twins = |lanes: &[Lane], rows: Vec<Posted>| {
        let table = judge(&Case {
            required: &required(&["a / b"]),
            observed: &observed(rows),
            lanes: Some(lanes),
            suffix: Suffix::Worst,
            skipped: Skipped::Block,
            forge: GITEA,
            own: &[],
        });
        (table.required[0].twins.len(), table.required[0].blocks())
    };
    let one = || row(1, "a / b", State::Green);
    let two = || vec![one(), row(2, "a / b", State::Green)];
    let files = [lane("x.yml", 3, "push"), lane("y.yml", 3, "push")];
    assert_eq!(twins(&files, vec![one()]), (2, true));
    assert_eq!(twins(&files, two()), (0, false));
    let jobs = [lane("x.yml", 3, "push"), lane("x.yml", 7, "push")];
    assert_eq!(twins(&jobs, two()), (2, true));
    // One job under two events is no twin of itself.
    let events = [lane("x.yml", 3, "push"), lane("x.yml", 3, "pull_request")];
    assert_eq!(twins(&events, vec![one()]), (0, false));
}

#[test]
fn a_name_that_ends_as_an_event_is_not_taken_for_its_shorter_namesake() {
    let state = |required: &str, rows: Vec<Posted>, forge: Forge| {
        let table = judge(&Case {
            required: &self::required(&[required]),
            observed: &observed(rows),
            lanes: None,
            suffix: Suffix::Worst,
            skipped: Skipped::Block,
            forge,
            own: &[],
        });
        table.required[0].state
    };
    let red = || row(1, "a / b (push) (pull_request)", State::Red);
    let green = || row(2, "a / b (push)", State::Green);
    assert_eq!(state("a / b (push)", vec![red()], GITEA), State::Red);
    assert_eq!(
        state("a / b (push)", vec![red(), green()], GITEA),
        State::Red
    );
    assert_eq!(state("a / b", vec![red(), green()], GITEA), State::Green);
    // GitHub writes no event: these are two jobs.
    assert_eq!(state("a / b", vec![green()], Forge::GitHub), State::Missing);
    assert_eq!(
        state("a / b (push)", vec![green()], Forge::GitHub),
        State::Green
    );
}

const NAMES: [&str; 3] = ["a", "b", "c"];
const EVENTS: [&str; 3] = ["", " (push)", " (pull_request)"];

fn rows() -> impl Strategy<Value = Vec<Posted>> {
    let context = (0..NAMES.len(), 0..EVENTS.len());
    let one = (context, 0..State::ALL.len() - 1);
    proptest::collection::vec(one, 0..12).prop_map(|drawn| {
        let mut rows: Vec<Posted> = Vec::new();
        for (id, ((name, event), state)) in (1..).zip(drawn) {
            let context = format!("{}{}", NAMES[name], EVENTS[event]);
            rows.retain(|row| row.context != context);
            rows.push(row(id, &context, State::ALL[state]));
        }
        rows
    })
}

proptest! {
    #[test]
    fn what_blocks_nobody_is_green_everywhere(rows in rows()) {
        let table = judged(&["a", "b"], rows.clone(), Suffix::Worst);
        for name in ["a", "b"] {
            let of: Vec<_> = rows
                .iter()
                .filter(|row| strip_event(&row.context).0 == name)
                .collect();
            let green = !of.is_empty() && of.iter().all(|row| row.state == State::Green);
            let standing = table
                .required
                .iter()
                .find(|standing| standing.context == name);
            prop_assert_eq!(standing.map(Standing::blocks), Some(!green));
        }
    }

    #[test]
    fn every_row_is_told_exactly_once(rows in rows(), exact in any::<bool>()) {
        let suffix = if exact { Suffix::Exact } else { Suffix::Worst };
        let table = judged(&["a", "b (push)", "c*"], rows.clone(), suffix);
        let mut told: Vec<u64> = table
            .required
            .iter()
            .chain(&table.others)
            .flat_map(|standing| standing.rows.iter().map(|row| row.id))
            .collect();
        told.sort_unstable();
        let mut all: Vec<u64> = rows.iter().map(|row| row.id).collect();
        all.sort_unstable();
        prop_assert_eq!(told, all);
    }
}
