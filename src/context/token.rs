use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An access token. It has no `Display`, and its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    value: String,
    /// `user:token` in base64, as the `Authorization` header carries it.
    basic: String,
}

impl Token {
    /// Forges take any user name with a token for password.
    const USER: &str = "x-access-token";

    pub fn new(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            basic: STANDARD.encode(format!("{}:{value}", Self::USER)),
        }
    }

    /// The HTTP header that carries it. For the environment of a child, and for nothing else.
    pub(crate) fn header(&self) -> String {
        format!("Authorization: Basic {}", self.basic)
    }

    /// The text without the token, whichever way it was written.
    pub(crate) fn scrub(&self, text: &str) -> String {
        text.replace(&self.basic, "[token]")
            .replace(&self.value, "[token]")
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new("s3cret");
        assert_eq!(format!("{token:?}"), "Token(..)");
        let said = format!("a s3cret and {}", token.header());
        let scrubbed = token.scrub(&said);
        assert_eq!(scrubbed, "a [token] and Authorization: Basic [token]");
    }
}
