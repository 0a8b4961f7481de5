use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::state::Finished;
use crate::context::Cancel;

/// Gates that were left behind at the end of a run, because they did not stop when told to.
#[derive(Debug)]
pub struct Stragglers {
    /// Closed once the last of them has come to its end.
    ends: Receiver<Finished>,
}

impl Stragglers {
    pub(super) fn new(ends: Receiver<Finished>) -> Self {
        Self { ends }
    }

    /// Ends what they still have under way, a fetch that other gates might have waited for among
    /// it: cancels the whole run, and gives them `grace` to end their children. Where nobody was
    /// left behind, this takes no time.
    pub fn stop(self, cancel: &Cancel, grace: Duration) {
        let until = Instant::now() + grace;
        cancel.cancel();
        while !matches!(
            self.ends.recv_deadline(until),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)
        ) {}
    }
}
