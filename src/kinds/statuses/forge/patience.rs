use std::time::Duration;

use crate::context::HttpAnswer;

/// How long a forge's own `Retry-After` is waited for; whoever asks for more is left alone for now.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// The first pause where the forge names none; it doubles.
const FIRST: Duration = Duration::from_millis(250);

/// What is to be done about an answer that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    Wait(Duration),
    /// The forge wants to be left alone for longer than anybody waits.
    TooLong(Duration),
}

/// The pause before another try. `attempt` is counted from 0; `random` lies between 0 and 1.
pub(super) fn pause(answer: Option<&HttpAnswer>, attempt: u32, random: f64) -> Pause {
    match answer.and_then(retry_after) {
        Some(asked) if asked > LONGEST_ASKED => Pause::TooLong(asked),
        Some(asked) => Pause::Wait(asked),
        None => {
            let whole = FIRST.saturating_mul(1 << attempt.min(6));
            Pause::Wait(whole.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0))
        }
    }
}

/// Whether a status is no answer: the forge was not able to, or does not want to right now.
pub(super) fn is_no_answer(answer: &HttpAnswer) -> bool {
    match answer.status {
        429 | 500..=599 => true,
        // GitHub says so of whoever asked too often; any other 403 is a refusal.
        403 => {
            answer.header("retry-after").is_some()
                || answer.header("x-ratelimit-remaining") == Some("0")
        }
        _ => false,
    }
}

/// `Retry-After` in either of its forms. A date is measured against the forge's own clock.
fn retry_after(answer: &HttpAnswer) -> Option<Duration> {
    let text = answer.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let parse = |text: &str| jiff::fmt::rfc2822::parse(text).ok();
    let (until, now) = (parse(text)?, parse(answer.header("date")?)?);
    let seconds = until.timestamp().as_second() - now.timestamp().as_second();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> HttpAnswer {
        HttpAnswer {
            request: "GET x".to_owned(),
            status,
            headers: headers
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            body: Vec::new(),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn what_the_forge_asks_for_is_waited() {
        let seconds = answer(429, &[("retry-after", "7")]);
        assert_eq!(
            pause(Some(&seconds), 0, 0.5),
            Pause::Wait(Duration::from_secs(7))
        );
        let date = answer(
            503,
            &[
                ("date", "Sat, 28 Nov 2026 17:00:00 GMT"),
                ("retry-after", "Sat, 28 Nov 2026 17:00:09 GMT"),
            ],
        );
        assert_eq!(
            pause(Some(&date), 0, 0.5),
            Pause::Wait(Duration::from_secs(9))
        );
        let hour = answer(429, &[("retry-after", "3600")]);
        assert_eq!(
            pause(Some(&hour), 0, 0.5),
            Pause::TooLong(Duration::from_secs(3600))
        );
        // Nonsense is as if nothing was said.
        let nonsense = answer(429, &[("retry-after", "soon")]);
        assert_eq!(pause(Some(&nonsense), 0, 1.0), Pause::Wait(FIRST));
        assert_eq!(pause(None, 2, 1.0), Pause::Wait(FIRST * 4));
    }

    #[test]
    fn a_refusal_is_an_answer_and_a_limit_is_none() {
        for status in [401, 403, 404, 409, 422] {
            assert!(!is_no_answer(&answer(status, &[])), "{status}");
        }
        for status in [429, 500, 502, 503, 504] {
            assert!(is_no_answer(&answer(status, &[])), "{status}");
        }
        assert!(is_no_answer(&answer(
            403,
            &[("x-ratelimit-remaining", "0")]
        )));
        assert!(!is_no_answer(&answer(
            403,
            &[("x-ratelimit-remaining", "12")]
        )));
    }
}
