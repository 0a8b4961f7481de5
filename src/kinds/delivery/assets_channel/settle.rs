use std::time::{Duration, Instant};

use super::plan::Settle;

/// Decides when a delivery has come to rest.
#[derive(Debug)]
pub(super) struct Settling {
    rule: Settle,
    begun: Instant,
    /// Whether it is waited for; what was answered before does not change by waiting.
    is_live: bool,
    looks: u32,
    last: Option<[u8; 32]>,
    in_a_row: u32,
}

/// What to do after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is at rest.
    Done,
    /// Look again, after this wait.
    Again(Duration),
    /// There is no more time, and it is not at rest.
    GiveUp,
}

impl Settling {
    pub(super) fn new(rule: Settle, is_live: bool) -> Self {
        Self {
            rule,
            begun: Instant::now(),
            is_live,
            looks: 0,
            last: None,
            in_a_row: 0,
        }
    }

    /// Takes what a look saw: the digest of all of it, `None` where it did not fit together; and whether it may be
    /// whole.
    pub(super) fn see(&mut self, digest: Option<[u8; 32]>, is_whole: bool) -> Next {
        self.see_after(self.begun.elapsed(), digest, is_whole)
    }

    fn see_after(&mut self, passed: Duration, digest: Option<[u8; 32]>, is_whole: bool) -> Next {
        let Settle {
            looks,
            every,
            within,
        } = self.rule;
        self.looks += 1;
        self.in_a_row = match digest {
            None => 0,
            Some(_) if digest == self.last => self.in_a_row + 1,
            Some(_) => 1,
        };
        self.last = digest;
        let is_late = if self.is_live && looks > 1 {
            passed + every > within
        } else {
            self.looks >= looks
        };
        match (self.in_a_row >= looks, is_late) {
            (true, true) => Next::Done,
            (true, false) if is_whole => Next::Done,
            (false, true) => Next::GiveUp,
            (_, false) => Next::Again(if self.is_live { every } else { Duration::ZERO }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: Settle = Settle {
        looks: 2,
        every: Duration::from_secs(1),
        within: Duration::from_secs(4),
    };

    /// What comes after each of these looks, one a second.
    fn after(rule: Settle, looks: &[(Option<u8>, bool)]) -> Vec<Next> {
        let mut settling = Settling::new(rule, true);
        let mut all = Vec::new();
        for (second, (digest, is_whole)) in (0..).zip(looks) {
            let digest = digest.map(|byte| [byte; 32]);
            all.push(settling.see_after(Duration::from_secs(second), digest, *is_whole));
        }
        all
    }

    const AGAIN: Next = Next::Again(Duration::from_secs(1));

    #[test]
    fn the_same_twice_in_a_row_is_at_rest() {
        let looks = [(Some(1), true), (Some(2), true), (Some(2), true)];
        assert_eq!(after(RULE, &looks), [AGAIN, AGAIN, Next::Done]);
    }

    #[test]
    fn what_is_the_same_and_too_short_is_awaited_until_there_is_no_more_time() {
        let short = (Some(1), false);
        assert_eq!(
            after(RULE, &[short; 5]),
            [AGAIN, AGAIN, AGAIN, AGAIN, Next::Done]
        );
        let looks = [short, short, (Some(2), true), (Some(2), true)];
        assert_eq!(after(RULE, &looks), [AGAIN, AGAIN, AGAIN, Next::Done]);
    }

    #[test]
    fn what_changes_or_does_not_fit_together_until_the_end_is_given_up() {
        let looks: Vec<_> = (0..5).map(|n| (Some(n), true)).collect();
        assert_eq!(after(RULE, &looks).last(), Some(&Next::GiveUp));
        assert_eq!(after(RULE, &[(None, true); 5]).last(), Some(&Next::GiveUp));
    }

    #[test]
    fn a_gate_that_wants_one_look_does_not_wait() {
        let rule = Settle { looks: 1, ..RULE };
        assert_eq!(after(rule, &[(Some(1), false)]), [Next::Done]);
        assert_eq!(after(rule, &[(None, true)]), [Next::GiveUp]);
    }

    #[test]
    fn what_was_answered_before_is_looked_at_without_waiting() {
        let mut settling = Settling::new(RULE, false);
        assert_eq!(
            settling.see(Some([1; 32]), false),
            Next::Again(Duration::ZERO)
        );
        assert_eq!(settling.see(Some([1; 32]), false), Next::Done);
        let mut settling = Settling::new(RULE, false);
        settling.see(Some([1; 32]), true);
        assert_eq!(settling.see(Some([2; 32]), true), Next::GiveUp);
    }

    proptest! {
        #[test]
        fn nothing_is_done_that_was_not_the_same_often_enough(
            looks in proptest::collection::vec((proptest::option::of(0u8..3), any::<bool>()), 1..12),
            often in 1u32..4,
        ) {
            let rule = Settle { looks: often, ..RULE };
            for (index, next) in after(rule, &looks).into_iter().enumerate() {
                if next == Next::Done {
                    let start = (index + 1).checked_sub(often as usize).expect("enough looks");
                    let row = &looks[start..=index];
                    prop_assert!(row.iter().all(|look| look.0.is_some() && look.0 == row[0].0));
                }
                if next != AGAIN { break; }
            }
        }
    }
}
