use std::time::Instant;

use super::observed::Observed;
use super::plan::Settle;
use super::state::State;
use super::table::Table;
use crate::context::Context;
use crate::gate::Obstacle;

/// What was seen in the end.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) observed: Observed,
    pub(super) table: Table,
    /// Whether what lacks can be told from what is late.
    pub(super) settled: bool,
    /// How often it was looked.
    pub(super) reads: usize,
}

/// After so many looks that see the same, where nothing is under way, nothing more is taken to come.
const SAME: usize = 3;

/// Looks until nothing that matters is under way, or the time is up. A forge that does not answer for a while is
/// asked again all the same: what it says in the end counts, and an outage at the end is one.
///
/// # Errors
/// When the statuses are not to be had, or cancelled.
pub(super) fn settle(
    context: &Context,
    rule: Settle,
    read: &mut dyn FnMut() -> Result<Observed, super::halt::Halt>,
    judge: &dyn Fn(&Observed) -> Table,
) -> Result<Settled, super::halt::Halt> {
    let begun = Instant::now();
    let mut last: Option<Observed> = None;
    let mut same = 0;
    let mut reads = 0;
    loop {
        let observed = match read() {
            Ok(observed) => observed,
            Err(halt) => {
                let left = rule.within.saturating_sub(begun.elapsed());
                if left.is_zero() || !halt.is_outage() || context.cancel().is_cancelled() {
                    return Err(halt);
                }
                last = None;
                pause(context, rule.every.min(left))?;
                continue;
            }
        };
        let table = judge(&observed);
        reads += 1;
        same = if last.as_ref() == Some(&observed) {
            same + 1
        } else {
            1
        };
        let lacks = table.lacks();
        let is_quiet = !table.under_way && (same >= SAME || rule.within.is_zero());
        let left = rule.within.saturating_sub(begun.elapsed());
        let is_still = same >= SAME || rule.within.is_zero();
        let is_done = is_still
            && table.count(State::Pending) == 0
            && (!lacks || is_quiet && !observed.rows.is_empty());
        if is_done || left.is_zero() {
            return Ok(Settled {
                settled: !lacks || is_quiet,
                observed,
                table,
                reads,
            });
        }
        last = Some(observed);
        pause(context, rule.every.min(left))?;
    }
}

fn pause(context: &Context, time: std::time::Duration) -> Result<(), Obstacle> {
    context.block_on(async {
        tokio::time::sleep(time).await;
    })
}
