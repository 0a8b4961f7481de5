use std::ffi::OsString;

use super::{Environment, Token};

pub(super) type Variable = (OsString, OsString);

/// The user's variables that git keeps: how to get through to the network.
///
/// All other `GIT_*` variables go: a hook or another git that started us may have set `GIT_DIR` or
/// `GIT_INDEX_FILE`, and traces could write a token down. The user's configuration *files* stay in
/// force, for proxies, certificates, `insteadOf` and ssh are set there.
const KEPT: &[&str] = &[
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
    "GIT_HTTP_PROXY_AUTHMETHOD",
    "GIT_PROXY_COMMAND",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_PROXY_SSL_CERT",
    "GIT_PROXY_SSL_KEY",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_SSL_VERSION",
];

/// Set for every child: answers in English, nobody is ever asked for anything, no transport that
/// runs a command, and no object is fetched behind our back.
const SET: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", "false"),
    ("SSH_ASKPASS", "false"),
    ("SSH_ASKPASS_REQUIRE", "force"),
    ("GIT_ALLOW_PROTOCOL", "file:http:https:ssh"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
];

/// Overrides what the user's configuration could do to a mirror: run programs (hooks, credential
/// helpers), keep it busy (garbage collection), drop refs, or leave half a commit behind (objects
/// are kept as the one pack that they came in, never unpacked one by one).
const CONFIG: &[(&str, &str)] = &[
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("credential.helper", ""),
    ("credential.interactive", "false"),
    ("fetch.prune", "false"),
    ("fetch.pruneTags", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.unpackLimit", "1"),
    ("fetch.writeCommitGraph", "false"),
    ("transfer.unpackLimit", "1"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("protocol.version", "2"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "30"),
];

pub(super) fn base(environment: &Environment, secrets: &[&str]) -> Vec<Variable> {
    let kept = |name: &str| {
        if name.starts_with("GIT_") {
            return KEPT.contains(&name);
        }
        name != "LANGUAGE" && !secrets.contains(&name)
    };
    environment
        .all()
        .filter(|(name, _)| name.to_str().is_none_or(kept))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .chain(SET.iter().map(|(name, value)| (name.into(), value.into())))
        .collect()
}

/// The configuration of one call. The token goes into the environment, which other users cannot
/// read, and never onto the command line; it belongs to one URL, and no redirect is followed with
/// it, for git would carry the header along to whatever host the answer names.
pub(super) fn config(token: Option<(&Token, &str)>) -> Vec<Variable> {
    let mut entries: Vec<(String, String)> = CONFIG
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    if let Some((token, url)) = token {
        entries.push((format!("http.{url}.extraHeader"), token.header()));
        entries.push(("http.followRedirects".to_owned(), "false".to_owned()));
    }
    let mut variables: Vec<Variable> =
        vec![("GIT_CONFIG_COUNT".into(), entries.len().to_string().into())];
    for (index, (key, value)) in entries.into_iter().enumerate() {
        variables.push((format!("GIT_CONFIG_KEY_{index}").into(), key.into()));
        variables.push((format!("GIT_CONFIG_VALUE_{index}").into(), value.into()));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_get_the_network_settings_but_no_repository_trace_or_secret() {
        let environment: Environment = [
            ("PATH", "/bin"),
            ("GIT_DIR", "/elsewhere"),
            ("GIT_TRACE", "1"),
            ("GIT_SSH_COMMAND", "ssh -F x"),
            ("LANGUAGE", "de"),
            ("LC_ALL", "de_DE"),
            ("TOKEN", "s3cret"),
        ]
        .into_iter()
        .collect();
        let variables = base(&environment, &["TOKEN"]);
        let last = |name: &str| {
            variables
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .and_then(|(_, value)| value.to_str())
        };
        assert_eq!(last("PATH"), Some("/bin"));
        assert_eq!(last("GIT_SSH_COMMAND"), Some("ssh -F x"));
        assert_eq!(last("LC_ALL"), Some("C"));
        for gone in ["GIT_DIR", "GIT_TRACE", "LANGUAGE", "TOKEN"] {
            assert_eq!(last(gone), None, "{gone}");
        }
    }

    #[test]
    fn a_token_is_bound_to_its_url() {
        let token = Token::new("s3cret");
        let variables = config(Some((&token, "https://h/a/b.git")));
        let has = |value: &str| variables.iter().any(|(_, v)| v == value);
        assert!(has("http.https://h/a/b.git.extraHeader"));
        assert!(has("http.followRedirects"));
        assert!(!has("http.extraHeader"));
        assert!(
            config(None)
                .iter()
                .all(|(_, v)| v != "http.followRedirects")
        );
    }
}
