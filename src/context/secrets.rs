use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::RwLock;

/// What must never be shown: passwords and tokens, as far as a run came to know them. Clones share
/// their list.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<BTreeSet<String>>>);

/// Shorter ones stand everywhere by accident; to strike them out would show them by their absence.
const SHORTEST: usize = 6;

impl Secrets {
    pub fn new() -> Self {
        Self::default()
    }

    /// Strikes the text out from now on, in plain and as it stands in URLs.
    pub fn add(&self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let mut known = self.0.write();
        known.insert(encoded);
        known.insert(secret.to_owned());
    }

    /// The text without the secrets.
    pub fn scrub(&self, text: &str) -> String {
        let known = self.0.read();
        // The longest first: one may be part of another.
        let mut ordered: Vec<_> = known
            .iter()
            .filter(|secret| text.contains(secret.as_str()))
            .collect();
        ordered.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        ordered.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), "[secret]")
        })
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.read().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_struck_out_in_plain_and_in_urls() {
        let secrets = Secrets::new();
        secrets.add("p/ss w0rd");
        secrets.add("p/ss w0rd-and-more");
        assert_eq!(
            secrets.scrub("a p/ss w0rd, p%2Fss+w0rd, p/ss w0rd-and-more"),
            "a [secret], [secret], [secret]"
        );
        assert!(!format!("{secrets:?}").contains("w0rd"));
    }

    #[test]
    fn what_is_too_short_to_be_a_secret_stays() {
        let secrets = Secrets::new();
        secrets.add("a");
        assert_eq!(secrets.scrub("a cat"), "a cat");
    }
}
