//! Answers that come and prevent checking: none of them is read as a difference.

use serde_json::json;

use super::server::{Reply, Server};
use super::support::{CONFIG, ONCE, bundle, ends, finds, listing, right, tar, world};

const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>\n";

#[test]
fn an_error_page_with_the_status_of_success_is_refused() {
    for reply in [
        Reply::ok(PAGE).header("content-type", "text/html; charset=utf-8"),
        Reply::ok(PAGE).header("content-type", "application/octet-stream"),
    ] {
        let server = Server::start(move |_| reply.clone());
        for keys in [bundle(&server.url()), listing(&server.url())] {
            let message = ends(&world(&(keys + ONCE)), "refused", "assets-malformed");
            assert!(message.contains("HTML page"), "{message}");
        }
    }
}

#[test]
fn an_error_page_in_the_place_of_a_file_is_refused_and_not_shown_as_drift() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        "/files/config.yaml" => Reply::ok(CONFIG),
        _ => Reply::ok(PAGE).header("content-type", "text/html"),
    });
    let message = ends(
        &world(&(listing(&server.url()) + ONCE)),
        "refused",
        "assets-malformed",
    );
    assert!(
        message.contains("/files/prompts/a.md: the answer is an HTML page"),
        "{message}"
    );
}

#[test]
fn a_page_that_is_a_file_of_the_source_is_a_file() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(&json!(["config.yaml", "prompts/a.html"])),
        "/files/config.yaml" => Reply::ok(CONFIG),
        _ => Reply::ok(PAGE).header("content-type", "text/html"),
    });
    let sandbox = world(&(listing(&server.url()) + ONCE));
    std::fs::remove_file(sandbox.root().join("source/prompts/a.md")).expect("removed");
    sandbox.write("source/prompts/a.html", PAGE);
    finds(&sandbox, &[]);
}

#[test]
fn statuses_that_say_no_are_refused_and_nothing_is_taken_for_missing() {
    for status in [400, 401, 403, 404, 410, 204, 206] {
        let server = Server::start(move |_| Reply::status(status));
        for keys in [bundle(&server.url()), listing(&server.url())] {
            let message = ends(&world(&(keys + ONCE)), "refused", "assets-refused");
            assert!(message.ends_with(&format!(": {status}")), "{message}");
        }
    }
    // A file that may not be read is not one that is missing.
    for status in [401, 403] {
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
            _ => Reply::status(status),
        });
        ends(
            &world(&(listing(&server.url()) + ONCE)),
            "refused",
            "assets-refused",
        );
    }
}

#[test]
fn a_token_reaches_the_server_that_the_gate_names_and_is_shown_nowhere() {
    let server =
        Server::start(
            |asked| match asked.headers.get("authorization").map(String::as_str) {
                Some("Bearer tok-7c1f9a55")
                    if asked.headers.get("x-org").map(String::as_str) == Some("seven") =>
                {
                    Reply::ok(right())
                }
                _ => Reply::status(401),
            },
        );
    let keys = bundle(&server.url())
        + ONCE
        + "      token_env: ASSETS_TOKEN\n      headers: { X-Org: \"${ORG}\" }\n";
    let sandbox = world(&keys);
    let run = |token: &str| {
        let mut command = sandbox.command(&["run", "assets", "--output", "json"]);
        let output = command
            .env("ASSETS_TOKEN", token)
            .env("ORG", "seven")
            .output();
        crate::support::Ran::from(output.expect("the binary starts"))
    };
    run("tok-7c1f9a55").exits(0);
    let wrong = run("tok-that-is-wrong");
    wrong.exits(3);
    assert!(!format!("{}{}", wrong.stdout, wrong.stderr).contains("tok-that-is-wrong"));
    let message = ends(&sandbox, "refused", "assets-refused");
    assert_eq!(message, "ASSETS_TOKEN is not set");
}

#[test]
fn a_redirect_to_another_host_is_followed_without_the_token() {
    let elsewhere = Server::start(|_| Reply::ok(right()));
    let target = format!("{}/bucket/b.tar?signed=1", elsewhere.url());
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/b.tar" => Reply::redirect("/moved/b.tar"),
        _ => Reply::redirect(&target),
    });
    let keys = bundle(&format!("{}/b.tar", server.url()))
        + ONCE
        + "      token_env: ASSETS_TOKEN\n      headers: { X-Org: seven }\n";
    let sandbox = world(&keys);
    let mut command = sandbox.command(&["run", "assets", "--output", "json"]);
    let output = command.env("ASSETS_TOKEN", "tok-7c1f9a55").output();
    crate::support::Ran::from(output.expect("the binary starts")).exits(0);
    // On the same host it goes along.
    assert_eq!(server.asked().len(), 2);
    for asked in server.asked() {
        assert_eq!(asked.headers["authorization"], "Bearer tok-7c1f9a55");
    }
    let [asked] = &elsewhere.asked()[..] else {
        panic!("asked {} times", elsewhere.asked().len());
    };
    assert!(!asked.headers.contains_key("authorization"), "{asked:?}");
    assert!(!asked.headers.contains_key("x-org"), "{asked:?}");
}

#[test]
fn redirects_in_a_circle_and_to_nowhere_are_refused() {
    let server = Server::start(|_| Reply::redirect("/again"));
    let message = ends(
        &world(&(bundle(&server.url()) + ONCE)),
        "refused",
        "assets-refused",
    );
    assert!(
        message.contains("redirected more than 4 times"),
        "{message}"
    );
    for to in ["file:///etc/passwd", "http://"] {
        let server = Server::start(move |_| Reply::redirect(to));
        ends(
            &world(&(bundle(&server.url()) + ONCE)),
            "refused",
            "assets-refused",
        );
    }
}

#[test]
fn what_is_not_http_is_refused() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
            let _ = std::io::Write::write_all(&mut stream, b"SSH-2.0-OpenSSH_9\r\n\r\n");
        }
    });
    ends(
        &world(&(bundle(&url) + ONCE)),
        "refused",
        "assets-malformed",
    );
}

#[test]
fn a_list_that_holds_something_else_than_files_is_refused() {
    for (body, says) in [
        ("not json", "not JSON"),
        ("{\"assets\": 1}", "no list"),
        ("[3]", "neither"),
    ] {
        let server = Server::start(move |_| Reply::ok(body));
        let message = ends(
            &world(&(listing(&server.url()) + ONCE)),
            "refused",
            "assets-malformed",
        );
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn an_empty_delivery_is_not_the_same_as_one_that_cannot_be_read() {
    let server = Server::of(&[("/list", b"[]")]);
    finds(
        &world(&(listing(&server.url()) + ONCE)),
        &["not-delivered", "not-delivered"],
    );
    let server = Server::of(&[("/list", b"")]);
    ends(
        &world(&(listing(&server.url()) + ONCE)),
        "refused",
        "assets-malformed",
    );
}

#[test]
fn what_goes_along_in_headers_and_urls_is_shown_nowhere() {
    // The server says back whatever it is told, where messages, places and diffs have it.
    let server = Server::start(|asked| {
        let key = asked.headers.get("x-api-key").cloned().unwrap_or_default();
        let token = asked.path.split("sig-").nth(1).unwrap_or_default();
        Reply::ok(tar(&[
            ("config.yaml", &format!("{CONFIG}{key} {token}\n")),
            (&format!("prompts/{key}.md"), "x\n"),
        ]))
    });
    let keys = bundle(&format!("{}/sig-${{SIGNING_KEY}}", server.url()))
        + ONCE
        + "      headers: { X-Api-Key: \"k ${API_KEY}\" }\n";
    let sandbox = world(&keys);
    for output in ["json", "human"] {
        let mut command = sandbox.command(&["run", "assets", "--output", output]);
        let output = command
            .env("API_KEY", "s3cret-of-header")
            .env("SIGNING_KEY", "s3cret-of-url")
            .output();
        let ran = crate::support::Ran::from(output.expect("the binary starts"));
        ran.exits(1);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.contains("s3cret"), "{said}");
        assert!(said.contains("[secret]"), "{said}");
    }
    // An address that is none.
    let sandbox = world(&(bundle("${SERVER}/b?sig=s3cret") + ONCE));
    let mut command = sandbox.command(&["run", "assets", "--retries", "0"]);
    let output = command.env("SERVER", "no address?k=s3cret").output();
    let ran = crate::support::Ran::from(output.expect("the binary starts"));
    ran.exits(3);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("`no address` is not a URL"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn offline_holds_for_where_a_redirect_leads_as_well() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/b.tar" => Reply::redirect("/moved"),
        _ => Reply::redirect("http://assets.example.org/b.tar?sig=s3cret"),
    });
    let sandbox = world(&(bundle(&format!("{}/b.tar", server.url())) + ONCE));
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
    let message = &ran.json()["gates"][0]["findings"][0]["message"];
    assert_eq!(
        message,
        "http://assets.example.org/b.tar is not on this machine, and --offline forbids to ask it"
    );
}

#[test]
fn of_an_answer_that_a_file_is_not_there_no_more_is_read_than_its_beginning() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        "/files/config.yaml" => Reply::ok(CONFIG),
        _ => Reply::ok(vec![b'x'; 1 << 20]).but(404),
    });
    let limits = "      limits: { file: 100 }\n";
    finds(
        &world(&(listing(&server.url()) + ONCE + limits)),
        &["asset-not-served"],
    );
}
