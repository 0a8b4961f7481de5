use std::time::Duration;

/// Why a request came to nothing that can be used. Each is a case of its own, because a verdict
/// hangs on it: no answer is tried again, a bad answer is not.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// It could not even be sent.
    #[error("{request}: the request cannot be sent: {reason}")]
    Unsendable { request: String, reason: String },
    /// Nobody listens there, or the name is not known.
    #[error("{request}: no connection: {reason}")]
    NoConnection { request: String, reason: String },
    /// The connection broke before there was an answer.
    #[error("{request}: the connection broke before an answer: {reason}")]
    Broken { request: String, reason: String },
    /// Something else than HTTP came back.
    #[error("{request}: the answer is not HTTP: {reason}")]
    NotHttp { request: String, reason: String },
    /// There was no answer in time.
    #[error("{request}: no answer within {within:?}")]
    Late { request: String, within: Duration },
    /// The answer began and did not come to its end in time.
    #[error("{request}: the answer stopped after {got} bytes and did not end within {within:?}")]
    Hung {
        request: String,
        got: usize,
        within: Duration,
    },
    /// The connection broke in the middle of the answer.
    #[error("{request}: the connection broke after {got} bytes of the answer: {reason}")]
    Lost {
        request: String,
        got: usize,
        reason: String,
    },
    /// The answer ended before its end.
    #[error("{request}: the answer is cut off after {got} bytes: {reason}")]
    Truncated {
        request: String,
        got: usize,
        reason: String,
    },
    /// The answer is larger than anybody wants to read.
    #[error("{request}: the answer is larger than {limit} bytes")]
    TooLarge { request: String, limit: usize },
    /// With other answers it is more than anybody wants to hold.
    #[error("{request}: this and other answers together are larger than {all} bytes")]
    TooMuch { request: String, all: usize },
    /// JSON was expected.
    #[error("{request}: the answer ({status}) is not JSON: {reason}; it begins `{start}`")]
    NotJson {
        request: String,
        status: u16,
        reason: String,
        start: String,
    },
    /// An answer was expected here; it is never looked for elsewhere, least of all with a token.
    #[error("{request}: redirected ({status}) to {location}, which is not followed")]
    Redirected {
        request: String,
        status: u16,
        location: String,
    },
}

impl HttpError {
    /// Whether no answer came, so that another try may get one.
    pub fn is_unanswered(&self) -> bool {
        matches!(
            self,
            Self::NoConnection { .. }
                | Self::Broken { .. }
                | Self::Late { .. }
                | Self::Hung { .. }
                | Self::Lost { .. }
        )
    }
}
