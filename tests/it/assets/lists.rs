//! A list of files, and each of them.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::server::{Reply, Server};
use super::support::{CONFIG, ONCE, PROMPT, codes, ends, finds, gate, listing, report, run, world};

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Serves this list, and the right files.
fn serve(list: Value) -> Server {
    Server::start(move |asked| match asked.path.as_str() {
        "/list" => Reply::json(&list),
        "/files/config.yaml" => Reply::ok(CONFIG),
        "/files/prompts/a.md" => Reply::ok(PROMPT),
        _ => Reply::status(404),
    })
}

fn listed(list: Value) -> (crate::support::Sandbox, Server) {
    let server = serve(list);
    (world(&(listing(&server.url()) + ONCE)), server)
}

#[test]
fn a_list_in_each_of_its_shapes_passes() {
    let entry = |path: &str, content: &str| json!({ "path": path, "size": content.len(), "sha256": sha256(content) });
    let entries = json!([entry("config.yaml", CONFIG), entry("prompts/a.md", PROMPT)]);
    for list in [
        json!(["config.yaml", "prompts/", "prompts/a.md"]),
        json!([{ "path": "config.yaml" }, { "path": "prompts", "dir": true }, { "path": "prompts/a.md" }]),
        entries.clone(),
        json!({ "template": "one", "assets": entries }),
    ] {
        let (sandbox, _server) = listed(list);
        assert_eq!(finds(&sandbox, &[])["inspected"], 2);
    }
}

#[test]
fn a_list_beside_others_is_named() {
    let (sandbox, server) = listed(json!({ "old": [], "new": ["config.yaml", "prompts/a.md"] }));
    let message = ends(&sandbox, "refused", "assets-malformed");
    assert!(message.contains("name one in `key`"), "{message}");
    let keys = listing(&server.url()).replace(" }", ", key: new }");
    sandbox.write("gates/assets.yaml", gate(&(keys + ONCE), ""));
    finds(&sandbox, &[]);
}

#[test]
fn names_of_a_list_that_mean_harm_are_refused_before_anything_is_fetched() {
    for path in [
        "../x",
        "/etc/x",
        "prompts/../../x",
        "..\\x",
        "config.yaml/x",
    ] {
        let (sandbox, server) = listed(json!(["config.yaml", path]));
        ends(&sandbox, "refused", "assets-unsafe-entry");
        assert_eq!(server.asked().len(), 1, "{path}");
    }
    let (sandbox, _server) = listed(json!(["config.yaml", "config.yaml"]));
    let message = ends(&sandbox, "refused", "assets-unsafe-entry");
    assert!(
        message.contains("entry `config.yaml` is there twice"),
        "{message}"
    );
}

#[test]
fn a_file_that_is_listed_and_not_served_is_one_finding() {
    let (sandbox, _server) = listed(json!(["config.yaml", "prompts/a.md", "prompts/b.md"]));
    let gate = finds(&sandbox, &["asset-not-served"]);
    let message = gate["findings"][0]["message"].as_str().expect("a message");
    assert!(message.starts_with("prompts/b.md is listed"), "{message}");
    sandbox.write("source/prompts/b.md", "b\n");
    finds(&sandbox, &["asset-not-served"]);
}

#[test]
fn a_file_that_is_served_as_another_than_it_was_listed_is_refused() {
    for entry in [
        json!({ "path": "config.yaml", "size": 5 }),
        json!({ "path": "config.yaml", "sha256": sha256("other") }),
    ] {
        let (sandbox, _server) = listed(json!([entry, "prompts/a.md"]));
        let message = ends(&sandbox, "refused", "assets-malformed");
        assert!(
            message.contains("/files/config.yaml: listed with"),
            "{message}"
        );
    }
}

#[test]
fn a_file_whose_announced_size_is_past_the_limit_is_not_fetched() {
    let (sandbox, server) = listed(json!([{ "path": "config.yaml", "size": 1_u64 << 40 }]));
    ends(&sandbox, "refused", "assets-limit");
    assert_eq!(server.count("/files/config.yaml"), 0);
}

#[test]
fn a_body_past_the_limit_is_not_read_to_its_end() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        "/files/config.yaml" => Reply::ok(vec![b'x'; 3 << 20]),
        _ => Reply::ok(PROMPT),
    });
    let keys = listing(&server.url()) + ONCE + "      limits: { file: 1000 }\n";
    let message = ends(&world(&keys), "refused", "assets-limit");
    assert!(message.ends_with("is larger than 1000 bytes"), "{message}");
}

#[test]
fn paths_are_encoded_for_urls() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(&json!(["config.yaml", "prompts/a b+ü?.md"])),
        "/get?p=config.yaml" => Reply::ok(CONFIG),
        "/get?p=prompts%2Fa%20b%2B%C3%BC%3F.md" => Reply::ok(PROMPT),
        _ => Reply::status(404),
    });
    let url = server.url();
    let sandbox = world(&format!(
        "      listing: {{ url: \"{url}/list\", files: \"/get?p={{path}}\" }}\n{ONCE}"
    ));
    std::fs::rename(
        sandbox.root().join("source/prompts/a.md"),
        sandbox.root().join("source/prompts/a b+ü?.md"),
    )
    .expect("a name");
    finds(&sandbox, &[]);
}

#[test]
fn a_file_that_is_packed_unasked_is_refused() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(&json!(["config.yaml", "prompts/a.md"])),
        _ => Reply::ok("x").header("content-encoding", "gzip"),
    });
    let message = ends(
        &world(&(listing(&server.url()) + ONCE)),
        "refused",
        "assets-malformed",
    );
    assert!(message.contains("encoded with gzip"), "{message}");
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.headers["accept-encoding"] == "identity")
    );
}

#[test]
fn many_files_are_fetched_whatever_their_order() {
    let names: Vec<_> = (0..300).map(|n| format!("prompts/{n:03}.md")).collect();
    let list = json!(names.iter().rev().collect::<Vec<_>>());
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/list" => Reply::json(&list),
        path => Reply::ok(path.trim_start_matches("/files/")),
    });
    let sandbox = world(&(listing(&server.url()) + ONCE));
    for path in ["source/config.yaml", "source/prompts/a.md"] {
        std::fs::remove_file(sandbox.root().join(path)).expect("removed");
    }
    for name in &names {
        sandbox.write(&format!("source/{name}"), name);
    }
    let gate = report(&run(&sandbox));
    // The config is on the allow list, and on neither side.
    assert_eq!(codes(&gate), ["allowance-unused"], "{gate:#}");
    assert_eq!(gate["inspected"], 300);
}

#[test]
fn a_token_goes_to_no_server_that_a_list_chooses() {
    let stranger = Server::of(&[]);
    let place = stranger.url().replace("http://", "");
    let list = json!([
        "config.yaml",
        "prompts/a.md",
        format!("prompts/?u={place}"),
        format!("prompts/#{place}"),
        format!("prompts/@{place}"),
        format!("prompts/http:/{place}"),
        format!("prompts/.{place}"),
    ]);
    let listed = list.as_array().expect("a list").len();
    let server = serve(list);
    let run = |keys: String| {
        let sandbox = world(&(keys + ONCE + "      token_env: THE_TOKEN\n"));
        let mut command = sandbox.command(&["run", "assets", "--retries", "0", "--output", "json"]);
        let command = command.env("THE_TOKEN", "t0ken").env("BASE", server.url());
        report(&crate::support::Ran::from(
            command.output().expect("the binary starts"),
        ))
    };
    let gate = run(listing(&server.url()));
    assert_eq!(
        codes(&gate),
        vec!["asset-not-served"; listed - 2],
        "{gate:#}"
    );
    let asked = server.asked();
    assert_eq!(asked.len(), listed + 1);
    assert!(
        asked
            .iter()
            .all(|asked| asked.headers["authorization"] == "Bearer t0ken")
    );
    // A variable that ends with the server's name would let the list go on with it.
    let keys = format!(
        "      listing: {{ url: \"{}/list\", files: \"${{BASE}}{{path}}\" }}\n",
        server.url()
    );
    let gate = run(keys);
    assert_eq!(codes(&gate), ["assets-refused"], "{gate:#}");
    let message = gate["findings"][0]["message"].as_str().expect("a message");
    assert!(message.contains("a part of the server's name"), "{message}");
    assert!(stranger.asked().is_empty());
}
