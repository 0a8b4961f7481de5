//! A server that does not answer says nothing about what it delivers.

use serde_json::json;

use super::server::{Reply, Server};
use super::support::{CONFIG, ONCE, PROMPT, bundle, ends, finds, listing, right, world};

#[test]
fn nobody_listening_is_unreachable_and_not_missing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    for keys in [bundle(&url), listing(&url)] {
        ends(&world(&(keys + ONCE)), "unreachable", "assets-unreachable");
    }
}

#[test]
fn no_answer_in_each_of_its_kinds_is_unreachable_after_three_tries() {
    for reply in [
        Reply::status(500),
        Reply::status(502),
        Reply::status(503),
        Reply::status(429).header("retry-after", "0"),
        Reply::hang_up(),
        // Less came than was announced.
        Reply::ok(right()).announcing(1 << 20),
    ] {
        let server = Server::start(move |_| reply.clone());
        ends(
            &world(&(bundle(&server.url()) + ONCE)),
            "unreachable",
            "assets-unreachable",
        );
        assert_eq!(server.asked().len(), 3);
    }
}

#[test]
fn a_file_that_does_not_come_is_unreachable_though_its_list_came() {
    for reply in [
        Reply::status(503),
        Reply::hang_up(),
        Reply::ok("a").announcing(4),
    ] {
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
            "/files/config.yaml" => Reply::ok(CONFIG),
            _ => reply.clone(),
        });
        let message = ends(
            &world(&(listing(&server.url()) + ONCE)),
            "unreachable",
            "assets-unreachable",
        );
        assert!(message.contains("/files/prompts/a.md"), "{message}");
    }
}

#[test]
fn a_server_that_answers_at_the_third_try_is_looked_at() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.before) {
        ("/list", 0) => Reply::status(503),
        ("/list", 1) => Reply::hang_up(),
        ("/list", _) => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        (_, 0) => Reply::status(429).header("retry-after", "0"),
        ("/files/config.yaml", _) => Reply::ok(CONFIG),
        _ => Reply::ok(PROMPT),
    });
    let gate = finds(&world(&(listing(&server.url()) + ONCE)), &[]);
    assert_eq!(gate["facts"]["deliveries"][0]["requests"], 7);
}

#[test]
fn the_run_tries_again_what_stayed_silent() {
    let server = Server::start(|asked| match asked.before {
        0..3 => Reply::status(503),
        _ => Reply::ok(right()),
    });
    let sandbox = world(&(bundle(&server.url()) + ONCE));
    sandbox.run(&["run", "assets", "--retries", "1"]).exits(0);
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn offline_asks_nobody_but_this_machine() {
    let sandbox = world(&(bundle("https://assets.example.org/b.tar") + ONCE));
    let ran = sandbox.run(&[
        "run",
        "assets",
        "--offline",
        "--retries",
        "0",
        "--output",
        "json",
    ]);
    ran.exits(4);
    assert!(
        ran.stdout.contains("--offline forbids to ask it"),
        "{}",
        ran.stdout
    );
}
