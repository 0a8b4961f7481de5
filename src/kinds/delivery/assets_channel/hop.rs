use url::Url;

use super::codes::ASSETS_UNREACHABLE;
use super::refusals::refused;
use crate::context::HttpRequest;
use crate::gate::Obstacle;

/// # Errors
/// When it is not on this machine, and no other may be asked.
pub(super) fn allowed(to: &Url, is_offline: bool) -> Result<(), Obstacle> {
    if !is_offline || is_near(to) {
        return Ok(());
    }
    Err(Obstacle::unreachable(
        &ASSETS_UNREACHABLE,
        format!(
            "{} is not on this machine, and --offline forbids to ask it",
            shown(to)
        ),
    ))
}

/// Where an answer sends to.
///
/// # Errors
/// When that is no place to follow to.
pub(super) fn elsewhere(request: &str, from: &Url, to: Option<Url>) -> Result<Url, Obstacle> {
    let to = to.ok_or_else(|| refused(format!("{request}: redirected to nowhere")))?;
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(refused(format!(
            "{request}: redirected to a place that is not encrypted"
        )));
    }
    if !["http", "https"].contains(&to.scheme()) {
        return Err(refused(format!(
            "{request}: redirected to the scheme `{}`",
            to.scheme()
        )));
    }
    Ok(to)
}

pub(super) fn shown(url: &Url) -> String {
    let name = HttpRequest::get(url.as_str()).name();
    name.trim_start_matches("GET ").to_owned()
}

/// Whether a URL is on this very machine.
fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn offline_no_other_machine_is_asked_and_no_query_is_shown() {
        for near in [
            "http://127.0.0.1:1/a",
            "http://[::1]/",
            "https://localhost/",
        ] {
            assert!(allowed(&url(near), true).is_ok(), "{near}");
        }
        for far in [
            "http://10.0.0.1/",
            "http://localhost.example.org/",
            "http://0.0.0.0/",
        ] {
            assert!(allowed(&url(far), true).is_err(), "{far}");
            assert!(allowed(&url(far), false).is_ok(), "{far}");
        }
        let error = allowed(&url("https://h/a?sig=s3cret"), true).expect_err("far");
        assert!(!error.message.contains("s3cret"), "{}", error.message);
    }

    #[test]
    fn what_was_encrypted_stays_so() {
        let from = url("https://h/");
        assert!(elsewhere("GET x", &from, Some(url("http://h/"))).is_err());
        assert!(elsewhere("GET x", &from, Some(url("https://other/"))).is_ok());
        assert!(elsewhere("GET x", &from, None).is_err());
    }
}
