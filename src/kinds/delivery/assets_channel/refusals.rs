use super::answer::Answer;
use super::codes::{ASSETS_LIMIT, ASSETS_MALFORMED, ASSETS_REFUSED, ASSETS_UNREACHABLE};
use crate::context::HttpError;
use crate::gate::Obstacle;

/// The obstacle that an exchange ended with. One that broke off in the middle is no answer, whatever came of it.
pub(super) fn unsent(error: &HttpError) -> Obstacle {
    let message = error.to_string();
    match error {
        HttpError::Truncated { .. } => Obstacle::unreachable(&ASSETS_UNREACHABLE, message),
        HttpError::TooLarge { .. } | HttpError::TooMuch { .. } => {
            Obstacle::refused(&ASSETS_LIMIT, message)
                .help("raise `limits` of the gate's `assets` if the provisioner takes so much")
        }
        HttpError::NotHttp { .. } => Obstacle::refused(&ASSETS_MALFORMED, message),
        error if error.is_unanswered() => Obstacle::unreachable(&ASSETS_UNREACHABLE, message),
        _ => refused(message),
    }
}

/// A status by which a server says that it has no answer now.
pub(super) fn is_silence(status: u16) -> bool {
    matches!(status, 408 | 425 | 429) || status >= 500
}

/// An answer that does not give what was asked for.
pub(super) fn not_given(answer: &Answer, status: u16) -> Obstacle {
    let message = format!("{}: {status}", answer.request);
    if is_silence(status) {
        return Obstacle::unreachable(&ASSETS_UNREACHABLE, message);
    }
    let obstacle = refused(message);
    match status {
        401 | 403 => obstacle.help("name the variable with a token that may read it in `token_env`"),
        404 | 410 => obstacle.help("name a URL that is there; servers also say this of what may not be seen, hence nothing is taken for missing"),
        _ => obstacle,
    }
}

pub(super) fn refused(message: impl Into<String>) -> Obstacle {
    Obstacle::refused(&ASSETS_REFUSED, message)
}

pub(super) fn unset(name: &str) -> Obstacle {
    refused(format!("{name} is not set"))
        .help("set the environment variable for the job that runs the gate")
}
