use std::future::Future;
use std::time::Duration;

use super::codes::CHECK_TIMED_OUT;
use super::failure::Failure;
use super::stop::{Outcome, Stop};
use super::turn::Turn;
use crate::backend::{Look, Wait, WaitError};
use crate::gate::Obstacle;

/// What one look came to.
#[derive(Debug)]
pub(super) enum Seen<T> {
    /// It holds.
    Yes(T),
    /// It does not hold yet: what is there instead.
    NotYet(String),
}

/// Whether what was seen last is so long ago that nobody knows what is there now: the look after it was open for
/// a good part of the time, and never answered. A short one was only cut off by the deadline.
fn is_stale(open: Duration, within: Duration) -> bool {
    open >= SHORT && open >= within / 4
}

/// What any answer may take.
const SHORT: Duration = Duration::from_millis(250);

/// Looks until something holds, or the check's time is up.
///
/// # Errors
/// What the looking ends with. When the time is up: a failure with the last thing seen, or an obstacle where
/// nobody answered any more.
pub(super) async fn wait_for<T, F, L>(what: &str, mut look: F) -> Outcome<T>
where
    F: FnMut() -> L,
    L: Future<Output = Outcome<Seen<T>>>,
{
    let wait = Wait {
        // Most of what is waited for takes some milliseconds.
        longest: Duration::from_millis(60),
        ..Wait::new(what, Turn::time_left())
    };
    let found = wait.until(|| {
        let looking = look();
        async {
            match looking.await {
                Ok(Seen::Yes(found)) => Look::Ready(Ok(found)),
                Ok(Seen::NotYet(seen)) => Look::NotYet(seen),
                Err(stop) => Look::Ready(Err(stop)),
            }
        }
    });
    match found.await {
        Ok(found) => found,
        Err(WaitError::Late {
            within,
            last,
            unanswered,
            ..
        }) => Err(match unanswered {
            Some(open) if is_stale(open, within) => Obstacle::unreachable(
                &CHECK_TIMED_OUT,
                format!(
                    "{what}: no answer in the last {:.1} s of {:.1} s; last seen: {last}",
                    open.as_secs_f64(),
                    within.as_secs_f64()
                ),
            )
            .into(),
            _ => Stop::from(Failure::new(
                what,
                format!("still {last} after {:.1} s", within.as_secs_f64()),
            )),
        }),
        Err(WaitError::Never { reason, .. }) => Err(Failure::new(what, reason).into()),
    }
}
