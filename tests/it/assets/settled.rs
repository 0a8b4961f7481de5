//! A delivery that is still on its way is awaited, until a deadline.

use serde_json::json;

use super::server::{Reply, Server};
use super::support::{
    CONFIG, FAST, ONCE, PROMPT, bundle, ends, finds, gate, gzip, listing, right, tar, world,
};

const STUB: &str = "# tbd\n";
/// Less time than two looks take.
const IMPATIENT: &str = "      settle: { every: 20ms, within: 100ms }\n";

#[test]
fn a_short_placeholder_is_awaited_however_often_it_is_the_same() {
    let server = Server::start(|asked| match asked.before {
        0..4 => Reply::ok(tar(&[("config.yaml", STUB), ("prompts/a.md", PROMPT)])),
        _ => Reply::ok(right()),
    });
    let gate = finds(&world(&(bundle(&server.url()) + FAST)), &[]);
    assert_eq!(gate["facts"]["deliveries"][0]["looks"], 6);
}

#[test]
fn a_file_that_is_not_there_yet_is_awaited() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.before) {
        ("/list", 0..2) => Reply::json(&json!(["config.yaml"])),
        ("/list", _) => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        ("/files/config.yaml", _) => Reply::ok(CONFIG),
        // It is listed before it is there.
        (_, 0..2) => Reply::status(404),
        _ => Reply::ok(PROMPT),
    });
    finds(&world(&(listing(&server.url()) + FAST)), &[]);
    assert_eq!(server.count("/list"), 6);
}

#[test]
fn what_is_listed_anew_while_it_is_written_is_awaited() {
    let entry = |size: usize| json!([{ "path": "config.yaml", "size": size }, "prompts/a.md"]);
    let server = Server::start(move |asked| match (asked.path.as_str(), asked.before) {
        ("/list", 0..2) => Reply::json(&entry(3)),
        ("/list", _) => Reply::json(&entry(CONFIG.len())),
        ("/files/config.yaml", _) => Reply::ok(CONFIG),
        _ => Reply::ok(PROMPT),
    });
    finds(&world(&(listing(&server.url()) + FAST)), &[]);
    assert_eq!(server.count("/list"), 4);
}

#[test]
fn what_is_of_the_right_length_and_wrong_is_told_at_once() {
    let wrong = CONFIG.replace("one", "two");
    let server = Server::start(move |_| {
        Reply::ok(tar(&[("config.yaml", &wrong), ("prompts/a.md", PROMPT)]))
    });
    finds(
        &world(&(bundle(&server.url()) + FAST)),
        &["content-differs"],
    );
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_placeholder_that_stays_is_drift_once_there_is_no_more_time() {
    let server = Server::start(|_| Reply::ok(tar(&[("config.yaml", STUB)])));
    finds(
        &world(&(bundle(&server.url()) + IMPATIENT)),
        &["content-differs", "not-delivered"],
    );
}

#[test]
fn a_delivery_that_never_comes_to_rest_is_refused() {
    let server = Server::start(|asked| {
        let config = format!("{CONFIG}# {}\n", asked.before);
        Reply::ok(tar(&[("config.yaml", &config), ("prompts/a.md", PROMPT)]))
    });
    let message = ends(
        &world(&(bundle(&server.url()) + IMPATIENT)),
        "refused",
        "assets-unsettled",
    );
    assert!(
        message.contains("was still changing after 100ms"),
        "{message}"
    );
    let looks = message.rsplit(' ').nth(1).expect("a number");
    assert!(
        ["st", "nd", "rd", "th"]
            .iter()
            .any(|end| looks.ends_with(end)),
        "{message}"
    );
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let server = Server::start(|asked| {
        let tag = format!("\"{}\"", asked.path.len());
        if asked.headers.get("if-none-match") == Some(&tag) {
            return Reply::status(304).header("etag", tag);
        }
        let reply = match asked.path.as_str() {
            "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
            "/files/config.yaml" => Reply::ok(CONFIG),
            _ => Reply::ok(PROMPT),
        };
        reply.header("etag", tag)
    });
    let gate = finds(&world(&(listing(&server.url()) + FAST)), &[]);
    let facts = &gate["facts"]["deliveries"][0];
    assert_eq!(facts["looks"], 2);
    assert_eq!(facts["requests"], 6);
    assert_eq!(facts["not_modified"], 3);
}

#[test]
fn a_weak_tag_promises_no_bytes_and_is_not_asked_by() {
    let server = Server::start(|asked| match asked.headers.get("if-none-match") {
        Some(_) => Reply::status(304),
        None => Reply::ok(right()).header("etag", "W/\"1\""),
    });
    let gate = finds(&world(&(bundle(&server.url()) + FAST)), &[]);
    assert_eq!(gate["facts"]["deliveries"][0]["not_modified"], 0);
}

#[test]
fn other_bytes_under_the_same_tag_are_refused() {
    let server = Server::start(|asked| {
        let config = format!("{CONFIG}# {}\n", asked.before);
        Reply::ok(tar(&[("config.yaml", &config), ("prompts/a.md", PROMPT)]))
            .header("etag", "\"v1\"")
    });
    let message = ends(
        &world(&(bundle(&server.url()) + FAST)),
        "refused",
        "assets-stale-tag",
    );
    assert!(message.contains("same tag \"v1\""), "{message}");
    // The same of a file of a list.
    let server = Server::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        "/files/config.yaml" => {
            Reply::ok(format!("{CONFIG}# {}\n", asked.before)).header("etag", "\"v1\"")
        }
        _ => Reply::ok(PROMPT),
    });
    ends(
        &world(&(listing(&server.url()) + FAST)),
        "refused",
        "assets-stale-tag",
    );
}

#[test]
fn a_304_that_nobody_asked_for_is_refused() {
    let server = Server::start(|_| Reply::status(304));
    ends(
        &world(&(bundle(&server.url()) + ONCE)),
        "refused",
        "assets-refused",
    );
}

#[test]
fn a_subset_waits_for_nothing_that_need_not_be_there() {
    let server = Server::of(&[("/", &tar(&[("config.yaml", CONFIG)]))]);
    let sandbox = world("");
    let url = format!("{}/", server.url());
    sandbox.write(
        "gates/assets.yaml",
        gate(&(bundle(&url) + FAST), "    mode: subset\n"),
    );
    let gate = finds(&sandbox, &[]);
    assert_eq!(gate["facts"]["deliveries"][0]["looks"], 2);
}

#[test]
fn a_bundle_that_is_no_archive_yet_is_awaited_and_refused_once_there_is_no_more_time() {
    let whole = right();
    for (stub, says) in [
        (Vec::new(), "no content"),
        (b"# tbd\n".to_vec(), ""),
        (whole[..700].to_vec(), "cut off"),
        (whole[..1024].to_vec(), "without the mark of its end"),
        (gzip(&whole)[..40].to_vec(), "gzip"),
    ] {
        let early = stub.clone();
        let server = Server::start(move |asked| match asked.before {
            0..3 => Reply::ok(&early),
            _ => Reply::ok(right()),
        });
        let gate = finds(&world(&(bundle(&server.url()) + FAST)), &[]);
        assert_eq!(gate["facts"]["deliveries"][0]["looks"], 5);
        let server = Server::start(move |_| Reply::ok(&stub));
        let message = ends(
            &world(&(bundle(&server.url()) + IMPATIENT)),
            "refused",
            "assets-malformed",
        );
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn what_means_harm_is_refused_at_once() {
    let server = Server::start(|_| Reply::ok(tar(&[("a\\b", "x")])));
    ends(
        &world(&(bundle(&server.url()) + FAST)),
        "refused",
        "assets-unsafe-entry",
    );
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_list_that_is_not_made_yet_is_awaited() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.before) {
        ("/list", 0) => Reply::ok(""),
        ("/list", 1) => Reply::ok("[\"config.yaml\", \"pro"),
        ("/list", _) => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        ("/files/config.yaml", _) => Reply::ok(CONFIG),
        _ => Reply::ok(PROMPT),
    });
    finds(&world(&(listing(&server.url()) + FAST)), &[]);
    assert_eq!(server.count("/list"), 4);
}
