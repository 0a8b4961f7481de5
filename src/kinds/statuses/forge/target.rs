use std::time::Duration;

use crate::config::ForgeName;
use crate::context::Context;
use crate::gate::Obstacle;
use crate::kinds::statuses::codes::VARIABLE_MISSING;

/// A repository on a forge, and what is needed to ask about it.
#[derive(Debug, Clone)]
pub struct Target {
    pub forge: ForgeName,
    /// Where the forge's interface is, without a slash at its end.
    pub api: String,
    /// `owner/name`.
    pub repository: String,
    /// The name of the variable with the token.
    pub token_env: Option<String>,
    /// The time for one answer.
    pub within: Duration,
    /// How often what was not answered is asked again.
    pub retries: u32,
}

/// The address of a forge's interface, by the address of the forge.
///
/// # Errors
/// When there is none, or it is not one.
pub fn api_of(forge: ForgeName, url: Option<&str>) -> Result<String, String> {
    let url = match (forge, url) {
        (ForgeName::Github, None) => return Ok("https://api.github.com".to_owned()),
        (_, None) => return Err("the address of the forge is not known".to_owned()),
        (_, Some(url)) => url,
    };
    let parsed = url::Url::parse(url).map_err(|error| format!("`{url}` is not a URL: {error}"))?;
    let Some(host) = parsed
        .host_str()
        .filter(|_| matches!(parsed.scheme(), "http" | "https"))
    else {
        return Err(format!("`{url}` is not an address on the web"));
    };
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(
            "a url must not carry credentials; name the variable with the token".to_owned(),
        );
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(format!("`{url}` is more than the address of a forge"));
    }
    let base = url.trim_end_matches('/');
    Ok(match forge {
        ForgeName::Github if matches!(host, "github.com" | "www.github.com" | "api.github.com") => {
            "https://api.github.com".to_owned()
        }
        ForgeName::Github => format!("{base}/api/v3"),
        ForgeName::Gitea | ForgeName::Forgejo => format!("{base}/api/v1"),
    })
}

/// # Errors
/// When the text is not `owner/name`.
pub fn check_repository(text: &str) -> Result<(), String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name != "."
            && name != ".."
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    match text.split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => Ok(()),
        _ => Err(format!("`{text}` is not a repository such as owner/name")),
    }
}

/// # Errors
/// When the text is not the id of a commit.
pub fn check_commit(text: &str) -> Result<(), String> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && (7..=64).contains(&text.len()) {
        return Ok(());
    }
    Err(format!("`{text}` is not the id of a commit"))
}

impl Target {
    /// The token, if one is named. It is struck out of messages from then on.
    ///
    /// # Errors
    /// When its variable is not set, or it would go over the network for all to read.
    pub(super) fn token(&self, context: &Context) -> Result<Option<String>, Obstacle> {
        let Some(name) = &self.token_env else {
            return Ok(None);
        };
        let token = context.environment().get(name).ok_or_else(|| {
            Obstacle::refused(&VARIABLE_MISSING, format!("the variable {name} is not set"))
                .help("set it to a token that may read the repository")
        })?;
        context.secrets().add(token);
        if !self.api.starts_with("https://") && !self.is_near() {
            return Err(Obstacle::refused(
                &crate::kinds::statuses::codes::FORGE_REFUSED,
                format!("{} is not encrypted; a token is not sent there", self.api),
            )
            .help("name the forge by https"));
        }
        Ok(Some(token.to_owned()))
    }

    /// Whether the forge is on this very machine.
    pub(super) fn is_near(&self) -> bool {
        url::Url::parse(&self.api).is_ok_and(|url| match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_of_a_forge_is_found_by_its_address() {
        let api = |forge, url| api_of(forge, url).map_err(|_| ());
        assert_eq!(
            api(ForgeName::Github, None),
            Ok("https://api.github.com".to_owned())
        );
        assert_eq!(
            api(ForgeName::Github, Some("https://github.com/")),
            Ok("https://api.github.com".to_owned())
        );
        assert_eq!(
            api(ForgeName::Gitea, Some("https://git.example.org/git/")),
            Ok("https://git.example.org/git/api/v1".to_owned())
        );
        assert_eq!(api(ForgeName::Gitea, None), Err(()));
        for url in [
            "git.example.org",
            "ftp://a.b",
            "https://a:b@c.d",
            "https://a.b?x=1",
        ] {
            assert_eq!(api(ForgeName::Gitea, Some(url)), Err(()), "{url}");
        }
    }

    #[test]
    fn names_that_would_lead_elsewhere_are_no_names() {
        for text in ["a", "a/b/c", "../b", "a/..", "a/b?x", "a /b", "/b", "a/"] {
            assert!(check_repository(text).is_err(), "{text}");
        }
        assert!(check_repository("EnterOS-AI/enteros-core").is_ok());
        for text in ["main", "123456", "79be72g", ""] {
            assert!(check_commit(text).is_err(), "{text}");
        }
        assert!(check_commit("79be721591").is_ok());
    }
}
