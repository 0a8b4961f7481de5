use std::time::{Duration, Instant};

/// What one look at something awaited came to.
#[derive(Debug)]
pub enum Look<T> {
    Ready(T),
    /// Not so far; with what was seen instead.
    NotYet(String),
    /// It will never be so; with why.
    Never(String),
}

/// Waits for something to become so: the one way to wait. It looks at once and then ever less
/// often, to a deadline, and says in the end what it saw last.
#[derive(Debug, Clone)]
pub struct Wait {
    /// What is awaited, as in "no answer from …": a noun with its state.
    pub what: String,
    pub within: Duration,
    /// The pause after the first look; it doubles.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
}

/// Why something awaited did not come.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WaitError {
    #[error("{what}: not within {within:?}; last seen: {last}{}", said(.unanswered))]
    Late {
        what: String,
        within: Duration,
        last: String,
        /// For how long the last look had no answer, where it had none.
        unanswered: Option<Duration>,
    },
    #[error("{what}: {reason}")]
    Never { what: String, reason: String },
}

fn said(unanswered: &Option<Duration>) -> String {
    match unanswered {
        Some(open) if *open >= WORTH_A_WORD => {
            format!(
                ", {:.1} s before that, and no answer since",
                open.as_secs_f64()
            )
        }
        _ => String::new(),
    }
}

/// A look that was cut off sooner is one like any other.
const WORTH_A_WORD: Duration = Duration::from_secs(1);

impl Wait {
    pub fn new(what: impl Into<String>, within: Duration) -> Self {
        Self {
            what: what.into(),
            within,
            first: Duration::from_millis(2),
            longest: Duration::from_millis(250),
        }
    }

    /// Looks until it is so, can never be so, or the time is up. A look that takes longer than
    /// what is left counts as none.
    ///
    /// # Errors
    /// When it did not become so.
    pub async fn until<T>(&self, mut look: impl AsyncFnMut() -> Look<T>) -> Result<T, WaitError> {
        let begun = Instant::now();
        let mut pause = self.first;
        let mut last = "nothing".to_owned();
        loop {
            let left = self.within.saturating_sub(begun.elapsed());
            let looked = Instant::now();
            let mut unanswered = None;
            match tokio::time::timeout(left, look()).await {
                Ok(Look::Ready(ready)) => return Ok(ready),
                Ok(Look::NotYet(seen)) => last = seen,
                Ok(Look::Never(reason)) => {
                    return Err(WaitError::Never {
                        what: self.what.clone(),
                        reason,
                    });
                }
                Err(_) => unanswered = Some(looked.elapsed()),
            }
            let left = self.within.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(WaitError::Late {
                    what: self.what.clone(),
                    within: self.within,
                    last,
                    unanswered,
                });
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(self.longest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Cancel, Runtime};

    fn until(within: Duration, looks: Vec<Look<u8>>) -> Result<u8, WaitError> {
        let mut looks = looks.into_iter();
        let wait = Wait::new("the server's health", within);
        Runtime::new()
            .block_on(
                &Cancel::new(),
                wait.until(async || match looks.next() {
                    Some(look) => look,
                    None => std::future::pending().await,
                }),
            )
            .expect("not cancelled")
    }

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn it_looks_again_until_it_is_so() {
        let looks = vec![
            Look::NotYet("503".to_owned()),
            Look::NotYet("503".to_owned()),
            Look::Ready(7),
        ];
        assert_eq!(until(LONG, looks).expect("it comes"), 7);
    }

    #[test]
    fn what_was_seen_last_is_said_even_if_the_last_look_hung() {
        let error = until(
            Duration::from_millis(20),
            vec![Look::NotYet("503".to_owned())],
        )
        .expect_err("late");
        assert_eq!(
            error.to_string(),
            "the server's health: not within 20ms; last seen: 503"
        );
    }

    #[test]
    fn what_can_never_be_is_not_waited_for() {
        let error = until(LONG, vec![Look::Never("it ended".to_owned())]).expect_err("never");
        assert_eq!(error.to_string(), "the server's health: it ended");
    }
}
