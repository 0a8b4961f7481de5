use std::time::Duration;

/// How long to wait before trying again: doubling, with jitter, so that many gates (and many runs)
/// that lost the same server do not come back to it at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(15),
        }
    }
}

impl Backoff {
    /// The wait after failed attempt `attempt` (counted from 1): between half of the doubled time
    /// and all of it. `random` lies between 0 and 1.
    pub fn wait(&self, attempt: u32, random: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let whole = self.first.saturating_mul(1 << doublings).min(self.longest);
        whole.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wait_is_never_longer_than_the_longest_nor_shorter_than_half_the_first(
            attempt in any::<u32>(),
            random in 0.0..1.0_f64,
        ) {
            let backoff = Backoff::default();
            let wait = backoff.wait(attempt, random);
            prop_assert!(wait <= backoff.longest);
            prop_assert!(wait >= backoff.first / 2);
        }
    }

    #[test]
    fn waits_double() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(2, 0.3), backoff.wait(1, 0.3) * 2);
    }
}
