use std::path::{Path, PathBuf};

use bstr::ByteSlice;

use super::codes::{SOURCE_ADDRESS, SOURCE_TOKEN_MISSING, SOURCE_TOKEN_UNUSABLE};
use crate::config::Provider;
use crate::context::{Environment, Token};
use crate::gate::Obstacle;

/// What a ref names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pin {
    /// A full commit id, in lowercase hex.
    Commit(String),
    /// A branch, tag, `HEAD` or full ref name.
    Name(String),
}

impl Pin {
    /// # Errors
    /// When the text is not a ref that may be handed to git.
    pub fn parse(reference: &str) -> Result<Self, Obstacle> {
        if is_hex_id(reference) {
            return Ok(Self::Commit(reference.to_ascii_lowercase()));
        }
        let well_formed = !reference.starts_with('-')
            && reference.len() <= 255
            && gix::validate::reference::name_partial(reference.as_bytes().as_bstr()).is_ok();
        if well_formed {
            Ok(Self::Name(reference.to_owned()))
        } else {
            Err(Obstacle::refused(
                &SOURCE_ADDRESS,
                format!(
                    "`{}` is not a commit, tag or branch",
                    reference.escape_debug()
                ),
            ))
        }
    }
}

/// 40 hex digits.
pub fn is_hex_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// How a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    Http,
    Ssh,
    /// A path or `file` URL on this machine.
    Local,
}

/// Where a repository is. The token is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// As git takes it; local paths are absolute.
    pub url: String,
    pub transport: Transport,
}

impl Address {
    /// Where `repo` is at `provider`. Relative paths are relative to `root`.
    ///
    /// # Errors
    /// When `repo` is not one that may be handed to git.
    pub fn new(provider: &Provider, repo: &str, root: &Path) -> Result<Self, Obstacle> {
        if !is_repo(repo) {
            return Err(Obstacle::refused(
                &SOURCE_ADDRESS,
                format!("`{}` is not a repository", repo.escape_debug()),
            )
            .help("write `owner/name`: letters, digits, `.`, `_`, `-` and `/`, no part starting with `-` or `.`"));
        }
        let url = provider.url.replace("{repo}", repo);
        let transport = match url.split_once("://") {
            Some(("http" | "https", _)) => Transport::Http,
            Some(("ssh", host)) => {
                refuse_dash(host)?;
                Transport::Ssh
            }
            Some(("file", _)) => Transport::Local,
            Some(_) => return Err(unsupported(&url)),
            None if url.contains("::") || url.starts_with('-') => return Err(unsupported(&url)),
            None => {
                let before_slash = url.split('/').next().unwrap_or_default();
                if before_slash.contains(':') {
                    refuse_dash(&url)?;
                    Transport::Ssh
                } else {
                    return Ok(Self::local(&root.join(&url)));
                }
            }
        };
        if url.chars().any(|c| c.is_control() || c == ' ') {
            return Err(unsupported(&url));
        }
        Ok(Self { url, transport })
    }

    fn local(path: &Path) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        Self {
            url: path.display().to_string(),
            transport: Transport::Local,
        }
    }

    /// The folder of a local repository.
    pub fn local_path(&self) -> Option<PathBuf> {
        if self.transport != Transport::Local {
            return None;
        }
        Some(match self.url.strip_prefix("file://") {
            // Percent signs are left to git, which knows what it does with them.
            Some(path) if path.starts_with('/') && !path.contains('%') => PathBuf::from(path),
            Some(_) => return None,
            None => PathBuf::from(&self.url),
        })
    }

    /// The token to read a repository of `provider` with, if it has one.
    ///
    /// # Errors
    /// When the repository is private and there is none, and when it cannot be sent safely.
    pub fn token(
        &self,
        provider_name: &str,
        provider: &Provider,
        private: bool,
        environment: &Environment,
    ) -> Result<Option<Token>, Obstacle> {
        let Some(variable) = &provider.token_env else {
            if private && self.transport == Transport::Http {
                return Err(Obstacle::refused(
                    &SOURCE_TOKEN_MISSING,
                    format!("it is private, and provider `{provider_name}` names no token"),
                )
                .help("add `token_env` with the name of the variable to the provider"));
            }
            return Ok(None);
        };
        let Some(value) = environment.get(variable) else {
            if private {
                return Err(Obstacle::refused(
                    &SOURCE_TOKEN_MISSING,
                    format!("it is private, and the variable {variable} is not set"),
                )
                .help(format!(
                    "set {variable} to a token that may read it at provider `{provider_name}`"
                )));
            }
            return Ok(None);
        };
        if self.transport != Transport::Http {
            return Ok(None);
        }
        if value.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Obstacle::refused(
                &SOURCE_TOKEN_UNUSABLE,
                format!("the value of {variable} has white space or control characters in it"),
            ));
        }
        if self.url.starts_with("http://") && !is_loopback(&self.url) {
            return Err(Obstacle::refused(
                &SOURCE_TOKEN_UNUSABLE,
                format!("the value of {variable} would be sent over plain http"),
            ));
        }
        Ok(Some(Token::new(value)))
    }
}

fn unsupported(url: &str) -> Obstacle {
    Obstacle::refused(
        &SOURCE_ADDRESS,
        format!(
            "`{}` is not an address that sources are fetched from",
            url.escape_debug()
        ),
    )
    .help("use https, ssh, file or a local path")
}

fn refuse_dash(host: &str) -> Result<(), Obstacle> {
    let host = host.rsplit('@').next().unwrap_or(host);
    if host.starts_with('-') {
        return Err(unsupported(host));
    }
    Ok(())
}

fn is_repo(repo: &str) -> bool {
    repo.len() <= 200
        && !repo.is_empty()
        && repo
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'))
        && repo
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with(['-', '.']))
}

fn is_loopback(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn provider(url: &str) -> Provider {
        Provider {
            url: url.to_owned(),
            token_env: Some("TOKEN".to_owned()),
        }
    }

    fn address(url: &str, repo: &str) -> Result<Address, Obstacle> {
        Address::new(&provider(url), repo, Path::new("/root"))
    }

    #[test]
    fn each_transport_is_recognised() {
        for (url, transport, whole) in [
            ("https://h/{repo}.git", Transport::Http, "https://h/a/b.git"),
            ("ssh://git@h/{repo}", Transport::Ssh, "ssh://git@h/a/b"),
            ("git@h:{repo}.git", Transport::Ssh, "git@h:a/b.git"),
            ("file:///srv/{repo}", Transport::Local, "file:///srv/a/b"),
            ("/srv/{repo}", Transport::Local, "/srv/a/b"),
            ("sources/{repo}", Transport::Local, "/root/sources/a/b"),
        ] {
            let address = address(url, "a/b").expect(url);
            assert_eq!(
                (address.transport, address.url.as_str()),
                (transport, whole)
            );
        }
    }

    #[test]
    fn repositories_that_are_options_paths_or_commands_are_refused() {
        for repo in [
            "",
            "-x",
            "a/-x",
            "../a",
            "a/../b",
            "/a",
            "a/",
            "a//b",
            "a b",
            "a\nb",
            "ext::sh",
            "a:b",
            ".git",
            "a/.git",
            "é",
            "a@{0}",
            "https://h/a",
        ] {
            let error = address("https://h/{repo}", repo).expect_err(repo);
            assert_eq!(error.code.name, "source-address", "{repo}");
        }
        for url in [
            "ext::sh {repo}",
            "git://h/{repo}",
            "-u{repo}",
            "ssh://-oProxyCommand=x/{repo}",
        ] {
            assert!(address(url, "a/b").is_err(), "{url}");
        }
    }

    #[test]
    fn refs_are_commits_or_names_and_nothing_else() {
        let id = "0123456789abcdefABCDEF0123456789abcdef01";
        assert_eq!(
            Pin::parse(id).expect("a commit"),
            Pin::Commit(id.to_ascii_lowercase())
        );
        for name in [
            "main",
            "v1.0.0",
            "feature/x",
            "HEAD",
            "refs/tags/v1",
            &id[1..],
        ] {
            assert_eq!(Pin::parse(name).expect(name), Pin::Name(name.to_owned()));
        }
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "a..b",
            "a b",
            "a:b",
            "a^b",
            "a~1",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "a@{1}",
            "a.lock",
            "a/",
            "/a",
            "a\u{7}",
        ] {
            assert!(Pin::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_token_is_demanded_for_what_is_private_and_never_sent_in_the_clear() {
        let full: Environment = [("TOKEN", "s3cret")].into_iter().collect();
        let bad: Environment = [("TOKEN", "s3\ncret")].into_iter().collect();
        let empty = Environment::default();
        let token = |url: &str, private: bool, environment: &Environment| {
            address(url, "a/b")
                .expect("an address")
                .token("p", &provider(url), private, environment)
                .map(|token| token.is_some())
                .map_err(|obstacle| obstacle.code.name)
        };
        assert_eq!(token("https://h/{repo}", true, &full), Ok(true));
        assert_eq!(token("https://h/{repo}", false, &empty), Ok(false));
        assert_eq!(
            token("https://h/{repo}", true, &empty),
            Err("source-token-missing")
        );
        assert_eq!(
            token("https://h/{repo}", true, &bad),
            Err("source-token-unusable")
        );
        assert_eq!(
            token("http://h/{repo}", false, &full),
            Err("source-token-unusable")
        );
        assert_eq!(token("http://127.0.0.1:1/{repo}", false, &full), Ok(true));
        assert_eq!(token("/srv/{repo}", false, &full), Ok(false));
    }

    proptest! {
        #[test]
        fn an_accepted_repository_never_leads_out_of_the_provider(repo in ".{0,40}|[a-z./-]{0,12}") {
            if let Ok(address) = address("/srv/{repo}", &repo) {
                prop_assert!(address.url.starts_with("/srv/"));
                prop_assert!(!address.url.contains("/.") && !address.url.contains("/-"));
            }
        }

        #[test]
        fn an_accepted_name_is_never_an_option(reference in ".{0,40}|[a-z./@{-]{0,12}") {
            if let Ok(Pin::Name(name)) = Pin::parse(&reference) {
                prop_assert!(!name.starts_with('-') && !name.contains("..") && !name.contains(' '));
            }
        }
    }
}
