use std::collections::BTreeMap;

use super::codes::STATUSES_OF_ANOTHER_COMMIT;
use super::posted::Posted;
use super::record::{Record, malformed};
use super::state::State;
use crate::gate::Obstacle;

/// What stands on a commit: of each producer of a context the newest status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Observed {
    pub(super) commit: Option<String>,
    /// Sorted by context.
    pub(super) rows: Vec<Posted>,
    /// Of runs that a later run of the same context has replaced, the last status, where it is not green.
    pub(super) replaced: Vec<Posted>,
    /// Whether it has the shape of GitHub's answers.
    pub(super) of_github: bool,
    /// How many rows came a second time.
    pub(super) repeated: usize,
    /// How many the answer says there are, where that is more than there were.
    pub(super) said: Option<u64>,
}

impl Observed {
    /// Reduces the rows of a record: each id once, of each context the newest by id.
    ///
    /// # Errors
    /// When a row cannot be read, two rows of one id differ, or the record is about another commit.
    pub(super) fn of(name: &str, record: &Record, commit: Option<&str>) -> Result<Self, Obstacle> {
        if let (Some(wanted), Some(sha)) = (commit, &record.sha)
            && !same_commit(wanted, sha)
        {
            return Err(Obstacle::refused(
                &STATUSES_OF_ANOTHER_COMMIT,
                format!("{name} is about commit {sha}, and {wanted} was asked for"),
            ));
        }
        let commit = record
            .sha
            .as_deref()
            .or(commit)
            .map(str::to_ascii_lowercase);
        let mut by_id: BTreeMap<(bool, u64), Posted> = BTreeMap::new();
        let mut repeated = 0;
        for mut posted in record.posted(name)? {
            if let (Some(of), Some(head)) = (&posted.commit, &commit)
                && !same_commit(head, of)
            {
                posted.state = State::Stale;
                posted.description = format!("it is about commit {of}");
            }
            // Ids of statuses and of check runs are counted apart.
            let key = (posted.suite.is_some(), posted.id);
            match by_id.get(&key) {
                Some(first) if *first == posted => repeated += 1,
                Some(first) => {
                    return Err(malformed(format!(
                        "{name}: id {} stands there twice, as `{}` ({}) and as `{}` ({})",
                        posted.id, first.context, first.word, posted.context, posted.word
                    ))
                    .help("the list changed while it was read; ask again"));
                }
                None => {
                    by_id.insert(key, posted);
                }
            }
        }
        let unique = by_id.len() as u64;
        let mut producers: BTreeMap<(String, Option<u64>), Vec<Posted>> = BTreeMap::new();
        // Ascending by id.
        for posted in by_id.into_values() {
            producers
                .entry((posted.context.clone(), posted.suite))
                .or_default()
                .push(posted);
        }
        let (mut rows, mut replaced) = (Vec::new(), Vec::new());
        for (stand, gone) in producers.into_values().map(stand) {
            rows.extend(stand);
            replaced.extend(gone.into_iter().filter(|row| row.state != State::Green));
        }
        Ok(Self {
            commit,
            rows,
            replaced,
            of_github: record.is_of_github(),
            repeated,
            said: record.said.filter(|said| *said > unique + repeated as u64),
        })
    }
}

/// What one run posted for one context.
struct Run {
    /// `None` for all that no run posted.
    run: Option<String>,
    first: Posted,
    last: Posted,
}

/// Of the statuses of one context, ascending by id, those that stand, and those that were replaced.
///
/// Of one run the newest counts: it was run again. Two runs are two producers (two workflow files of one name,
/// say), and the newer green of one says nothing about the red of the other; unless the later one is seen to
/// have begun when the earlier one had ended, as where an event comes a second time.
fn stand(rows: Vec<Posted>) -> (Vec<Posted>, Vec<Posted>) {
    let mut runs: Vec<Run> = Vec::new();
    for row in rows {
        // A link to a run is soon written: it is of the run where who posts it posts for the run.
        let same = |run: &&mut Run| {
            run.run == row.run && (row.run.is_none() || run.last.creator == row.creator)
        };
        match runs.iter_mut().find(same) {
            Some(run) => run.last = row,
            None => runs.push(Run {
                run: row.run.clone(),
                first: row.clone(),
                last: row,
            }),
        }
    }
    let replaces = |later: &Run, earlier: &Run| {
        later.run.is_some()
            && earlier.run.is_some()
            && later.last.creator == earlier.last.creator
            && later.first.state == State::Pending
            && later.first.id > earlier.last.id
            && earlier.last.state != State::Pending
    };
    let is_replaced: Vec<bool> = runs
        .iter()
        .map(|earlier| runs.iter().any(|later| replaces(later, earlier)))
        .collect();
    let (mut stand, mut replaced) = (Vec::new(), Vec::new());
    for (run, is_replaced) in runs.into_iter().zip(is_replaced) {
        if is_replaced {
            replaced.push(run.last);
        } else {
            stand.push(run.last);
        }
    }
    (stand, replaced)
}

/// Whether two ids name one commit; one of them may be shortened.
pub(super) fn same_commit(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.len() >= 7
        && long
            .get(..short.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(short))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn observed(statuses: &serde_json::Value) -> Result<Observed, String> {
        let record = Record::from_value("it", json!({ "statuses": statuses })).expect("a record");
        Observed::of("it", &record, None).map_err(|obstacle| obstacle.to_string())
    }

    #[test]
    fn the_newest_by_id_counts_wherever_it_stands_in_the_list() {
        let rows = json!([
            {"id": 9, "context": "a", "status": "failure"},
            {"id": 3, "context": "a", "status": "success"},
            {"id": 4, "context": "b", "status": "success"},
        ]);
        let states: Vec<_> = observed(&rows)
            .expect("rows")
            .rows
            .iter()
            .map(|row| (row.id, row.state))
            .collect();
        assert_eq!(states, [(9, State::Red), (4, State::Green)]);
    }

    #[test]
    fn the_same_row_twice_is_one_and_one_id_for_two_rows_is_none() {
        let row = json!({"id": 1, "context": "a", "status": "success"});
        let twice = observed(&json!([row, row])).expect("rows");
        assert_eq!((twice.rows.len(), twice.repeated), (1, 1));
        let other = json!({"id": 1, "context": "a", "status": "failure"});
        let problem = observed(&json!([row, other])).expect_err("which of them?");
        assert!(problem.contains("id 1 stands there twice"), "{problem}");
    }

    fn of_run(id: u64, run: u64, word: &str) -> serde_json::Value {
        let link = format!("/o/r/actions/runs/{run}/jobs/0");
        json!({"id": id, "context": "a", "status": word, "target_url": link})
    }

    fn stands(rows: &[serde_json::Value]) -> Vec<State> {
        let observed = observed(&json!(rows)).expect("rows");
        observed.rows.iter().map(|row| row.state).collect()
    }

    #[test]
    fn the_green_of_another_run_hides_no_red() {
        let rows = [of_run(1, 7, "failure"), of_run(2, 8, "success")];
        assert_eq!(stands(&rows), [State::Red, State::Green]);
        // They ran side by side.
        let rows = [
            of_run(1, 7, "pending"),
            of_run(2, 8, "pending"),
            of_run(3, 7, "failure"),
            of_run(4, 8, "success"),
        ];
        assert_eq!(stands(&rows), [State::Red, State::Green]);
        // What a script sets hides no run, and no run hides it.
        let set = |id: u64, word: &str| json!({"id": id, "context": "a", "status": word});
        assert_eq!(
            stands(&[
                of_run(1, 7, "failure"),
                set(2, "pending"),
                set(3, "success")
            ]),
            [State::Red, State::Green]
        );
        assert_eq!(
            stands(&[
                set(1, "failure"),
                of_run(2, 7, "pending"),
                of_run(3, 7, "success")
            ]),
            [State::Red, State::Green]
        );
    }

    #[test]
    fn a_link_to_the_run_that_somebody_else_posts_hides_no_red() {
        let by = |id: u64, run: u64, word: &str, who: &str| {
            let mut row = of_run(id, run, word);
            row["creator"] = json!({"login": who});
            row
        };
        let red = by(1, 7, "failure", "gitea-actions");
        assert_eq!(
            stands(&[red.clone(), by(2, 7, "success", "eve")]),
            [State::Red, State::Green]
        );
        assert_eq!(
            stands(&[red, by(2, 8, "pending", "eve"), by(3, 8, "success", "eve")]),
            [State::Red, State::Green]
        );
    }

    #[test]
    fn a_run_that_was_run_again_and_one_that_began_after_the_end_replace_what_was_before() {
        let again = [of_run(1, 7, "failure"), of_run(2, 7, "success")];
        assert_eq!(stands(&again), [State::Green]);
        let later = [
            of_run(1, 7, "pending"),
            of_run(2, 7, "failure"),
            of_run(3, 8, "pending"),
            of_run(4, 8, "success"),
        ];
        assert_eq!(stands(&later), [State::Green]);
        let replaced = observed(&json!(later)).expect("rows").replaced;
        assert_eq!(replaced.len(), 1);
        // One that has not ended is replaced by none.
        let waits = [
            of_run(1, 7, "pending"),
            of_run(3, 8, "pending"),
            of_run(4, 8, "success"),
        ];
        assert_eq!(stands(&waits), [State::Pending, State::Green]);
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_rows_and_that_some_come_twice_changes_nothing(
            drawn in proptest::collection::vec((0..4_u8, 0..3_u8), 1..20),
            turn in 0..20_usize,
        ) {
            let words = ["success", "failure", "pending"];
            let mut rows: Vec<_> = (1..)
                .zip(&drawn)
                .map(|(id, (name, word)): (u64, _)| {
                    json!({"id": id, "context": format!("c{name}"), "status": words[usize::from(*word)]})
                })
                .collect();
            let straight = observed(&json!(rows)).expect("rows").rows;
            let first = rows[0].clone();
            rows.rotate_left(turn % drawn.len());
            rows.push(first);
            proptest::prop_assert_eq!(observed(&json!(rows)).expect("rows").rows, straight);
        }
    }

    #[test]
    fn a_short_id_names_a_commit_from_seven_digits_on() {
        let full = "79be72159151218bdecb49c0e2081aef65fbc88d";
        assert!(same_commit("79be721", full));
        assert!(same_commit(full, "79BE721591"));
        assert!(!same_commit("79be72", full));
        assert!(!same_commit("", full));
    }
}
