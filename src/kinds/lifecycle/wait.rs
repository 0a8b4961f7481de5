use std::future::Future;
use std::time::Duration;

use super::failure::Failure;
use super::stop::{Outcome, Stop};
use super::turn::Turn;
use crate::backend::{Look, Wait, WaitError};

/// What one look came to.
#[derive(Debug)]
pub(super) enum Seen<T> {
    /// It holds.
    Yes(T),
    /// It does not hold yet: what is there instead.
    NotYet(String),
}

/// Looks until something holds, or the check's time is up.
///
/// # Errors
/// What the looking ends with; or a failure with the last thing seen, when the time is up.
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
        Err(WaitError::Late { within, last, .. }) => Err(Stop::from(Failure::new(
            what,
            format!("still {last} after {:.1} s", within.as_secs_f64()),
        ))),
        Err(WaitError::Never { reason, .. }) => Err(Failure::new(what, reason).into()),
    }
}
