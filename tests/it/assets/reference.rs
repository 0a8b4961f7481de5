//! The files API of a workspace, and the asset channel of templates: of the reference provisioner, and of servers that
//! answer as others do.

use std::path::Path;

use driftgate::context::{HttpRequest, Runtime};
use serde_json::{Value, json};

use super::server::{Asked, Reply, Server};
use super::support::{CONFIG, FAST, ONCE, PROMPT, codes, ends, finds, gate, report, world};
use crate::faults::town::Town;
use crate::support::{Ran, Sandbox};

/// A root with the identity of the reference's concierge, and a gate over its files.
fn identity(assets: &str) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    let template =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/provisioner/templates/platform-agent");
    for name in [
        "config.yaml",
        "system-prompt.md",
        "prompts/concierge.md",
        "prompts/reports.md",
    ] {
        let content = std::fs::read(template.join(name)).expect("a file of the template");
        sandbox.write(&format!("source/{name}"), content);
    }
    let allow = "[config.yaml, system-prompt.md, \"prompts/**\"]";
    let gate = gate(assets, "").replace("[config.yaml, \"prompts/**\"]", allow);
    sandbox.write("gates/assets.yaml", gate);
    sandbox
}

/// Asks the reference as its administrator.
fn ask(town: &Town, request: HttpRequest) -> Value {
    let answer = Runtime::new().block_on(&driftgate::context::Cancel::new(), async {
        let http = driftgate::context::Http::default();
        http.send(request.bearer(town.admin_token())).await
    });
    let answer = answer.expect("not cancelled").expect("an answer");
    assert!(answer.is_success(), "{}: {}", answer.status, answer.text());
    answer.json().expect("JSON")
}

fn run(town: &Town, sandbox: &Sandbox, command: &str) -> Ran {
    let mut command = sandbox.command(&[command, "assets", "--retries", "0", "--output", "json"]);
    let output = command
        .env("THE_TOKEN", town.admin_token())
        .env("SERVER", format!("http://{}", town.http.place()))
        .output();
    Ran::from(output.expect("the binary starts"))
}

#[test]
fn a_concierge_of_the_reference_gets_its_template_rendered_and_the_asset_channel_serves_it() {
    let town = Town::new();
    let base = format!("http://{}", town.http.place());
    let secret = json!({ "key": "ANTHROPIC_API_KEY", "value": "dummy" });
    ask(
        &town,
        HttpRequest::put(format!("{base}/settings/secrets")).json(&secret),
    );
    let body = json!({ "name": "Atlas", "model": "claude-opus-4-7" });
    let ensured = ask(
        &town,
        HttpRequest::post(format!("{base}/admin/org/platform-agent/ensure")).json(&body),
    );
    let id = ensured["platform_agent_id"].as_str().expect("an id");
    let files = format!(
        "      workspace_files: {{ url: \"${{SERVER}}\", workspace: {id} }}\n      token_env: THE_TOKEN\n      settle: {{ every: 50ms, within: 60s }}\n"
    );
    let named = "      substitutions: { \"{{CONCIERGE_NAME}}\": Atlas }\n";
    let sandbox = identity(&format!("{files}{named}"));
    // Whether it is up already or not: what is not there yet is awaited, silence is tried again.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    let gate = loop {
        let ran = run(&town, &sandbox, "run");
        if ran.code != Some(4) || std::time::Instant::now() > deadline {
            break report(ran.exits(0));
        }
    };
    assert_eq!(gate["inspected"], 4, "{gate:#}");
    assert_eq!(gate["facts"]["deliveries"][0]["from"], "workspace_files");
    // Who does not know the name sees drift, and who knows it wrongly as well.
    sandbox.write("gates/assets.yaml", {
        let other = std::fs::read_to_string(sandbox.root().join("gates/assets.yaml"));
        other.expect("the gate").replace(": Atlas", ": Io")
    });
    let gate = report(run(&town, &sandbox, "run").exits(1));
    assert_eq!(codes(&gate), ["content-differs"], "{gate:#}");
    // Somebody writes over a prompt.
    let sandbox = identity(&format!("{files}{named}"));
    let path = format!("{base}/workspaces/{id}/files/prompts/concierge.md");
    let prompt = std::fs::read_to_string(sandbox.root().join("source/prompts/concierge.md"));
    let changed = prompt.expect("the prompt").replacen('\n', " \n", 1);
    ask(
        &town,
        HttpRequest::put(&path).json(&json!({ "content": changed })),
    );
    let gate = report(run(&town, &sandbox, "run").exits(1));
    assert_eq!(codes(&gate), ["content-differs"], "{gate:#}");
    let message = gate["findings"][0]["message"].as_str().expect("a message");
    assert!(
        message.starts_with("prompts/concierge.md differs"),
        "{message}"
    );
    // The template's own assets are not rendered, and a system prompt is none of them.
    let assets = "      listing: { url: \"${SERVER}/templates/platform-agent/assets\", files: \"assets/{path}\", key: assets }\n      token_env: THE_TOKEN\n      settle: { every: 20ms }\n";
    let sandbox = identity(assets);
    let allow = std::fs::read_to_string(sandbox.root().join("gates/assets.yaml"));
    sandbox.write(
        "gates/assets.yaml",
        allow.expect("the gate").replace(" system-prompt.md,", ""),
    );
    let gate = report(run(&town, &sandbox, "run").exits(0));
    assert_eq!(gate["inspected"], 3, "{gate:#}");
    run(&town, &sandbox, "prove").exits(0);
    // Without the token nothing is seen, and nothing is called missing.
    let mut command = sandbox.command(&["run", "assets", "--output", "json"]);
    let output = command
        .env("THE_TOKEN", "wrong")
        .env("SERVER", &base)
        .output();
    let gate = report(Ran::from(output.expect("the binary starts")).exits(3));
    assert_eq!(codes(&gate), ["assets-refused"], "{gate:#}");
}

/// Keys for the files of workspace `w` of a server.
fn workspace(server: &Server) -> String {
    format!(
        "      workspace_files: {{ url: \"{}/\", workspace: w }}\n",
        server.url()
    )
}

const LIST: &str = "/workspaces/w/files?root=%2Fconfigs&depth=5";

/// The list that the right files have, with things of the workspace's own.
fn listed() -> Value {
    json!([
        { "path": ".auth_token", "size": 43, "dir": false },
        { "path": "config.yaml", "size": CONFIG.len(), "dir": false },
        { "path": "plugins", "size": 0, "dir": true },
        { "path": "plugins/x/plugin.yaml", "size": 9, "dir": false },
        { "path": "prompts", "size": 0, "dir": true },
        { "path": "prompts/a.md", "size": PROMPT.len(), "dir": false },
    ])
}

fn given(content: &str) -> Reply {
    Reply::json(&json!({ "path": "x", "content": content, "size": content.len() }))
}

const FILE: &str = "/workspaces/w/files/prompts/a.md?root=%2Fconfigs";

const STATE: &str = "/workspaces/w";
const PROOF: &str = "/workspaces/w/files?root=%2Fconfigs&depth=1";

fn is(status: &str) -> Reply {
    Reply::json(&json!({ "id": "w", "status": status }))
}

/// A server of workspaces, of which this one runs.
fn running(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked| match asked.path.as_str() {
        STATE => is("online"),
        PROOF => Reply::json(&json!([{ "path": ".auth_token", "size": 43, "dir": false }])),
        _ => answer(asked),
    })
}

/// Serves the right files of a workspace that runs, but for one answer.
fn serve(path: &'static str, reply: Reply) -> Server {
    Server::start(move |asked| match asked.path.as_str() {
        other if other == path => reply.clone(),
        STATE => is("online"),
        PROOF => Reply::json(&json!([".auth_token"])),
        LIST => Reply::json(&listed()),
        FILE => given(PROMPT),
        "/workspaces/w/files/config.yaml?root=%2Fconfigs" => given(CONFIG),
        _ => Reply::status(404),
    })
}

#[test]
fn only_what_the_allow_list_has_is_read_back() {
    let server = serve("", Reply::status(404));
    let gate = finds(&world(&(workspace(&server) + ONCE)), &[]);
    assert_eq!(gate["inspected"], 2);
    // Before and after it is asked whether it runs.
    assert_eq!(server.asked().len(), 3 + 2 * 2);
}

#[test]
fn content_that_is_no_text_comes_as_base64() {
    use base64::Engine as _;
    let bytes = b"\xff\x00prompt";
    let content = base64::engine::general_purpose::STANDARD.encode(bytes);
    let list = json!(["config.yaml", "prompts/a.md"]);
    let file =
        Reply::json(&json!({ "content": content, "size": bytes.len(), "encoding": "base64" }));
    let server = running(move |asked| match asked.path.as_str() {
        LIST => Reply::json(&list),
        FILE => file.clone(),
        _ => given(CONFIG),
    });
    let sandbox = world(&(workspace(&server) + ONCE));
    sandbox.write("source/prompts/a.md", bytes);
    finds(&sandbox, &[]);
}

#[test]
fn a_file_that_cannot_be_read_comes_back_empty_from_some_servers_and_is_not() {
    // What the pinned contract says of a file that is not there, and of one that nobody may read.
    let server = serve(FILE, given(""));
    let message = ends(
        &world(&(workspace(&server) + ONCE)),
        "refused",
        "assets-malformed",
    );
    assert!(
        message.ends_with("listed with 4 bytes, and read back with 0"),
        "{message}"
    );
}

#[test]
fn an_empty_list_is_not_taken_for_an_empty_workspace() {
    let server = serve(LIST, Reply::json(&json!([])));
    let message = ends(
        &world(&(workspace(&server) + ONCE)),
        "refused",
        "assets-refused",
    );
    assert!(message.ends_with("the list is empty"), "{message}");
}

#[test]
fn a_workspace_that_is_being_made_and_has_nothing_yet_is_awaited() {
    let server = running(|asked| match (asked.path.as_str(), asked.before) {
        (LIST, 0..3) => Reply::json(&json!([])),
        (LIST, _) => Reply::json(&listed()),
        (FILE, _) => given(PROMPT),
        _ => given(CONFIG),
    });
    finds(&world(&(workspace(&server) + FAST)), &[]);
    assert_eq!(server.count(LIST), 5);
}

#[test]
fn a_workspace_that_is_offline_is_unreachable_whichever_way_that_is_said() {
    let server = serve(LIST, Reply::status(503));
    ends(
        &world(&(workspace(&server) + ONCE)),
        "unreachable",
        "assets-unreachable",
    );
    let offline = json!({ "error": "workspace is offline", "code": "WORKSPACE_OFFLINE" });
    let server = serve(FILE, Reply::json(&offline).but(404));
    let message = ends(
        &world(&(workspace(&server) + ONCE)),
        "unreachable",
        "assets-unreachable",
    );
    assert!(message.ends_with("the workspace is offline"), "{message}");
}

#[test]
fn a_workspace_that_is_not_there_is_refused_and_its_files_are_not_missing() {
    for status in [401, 403, 404, 410] {
        let server = serve(LIST, Reply::status(status));
        ends(
            &world(&(workspace(&server) + ONCE)),
            "refused",
            "assets-refused",
        );
    }
}

#[test]
fn a_workspace_that_is_down_is_never_green_though_the_server_answers_with_its_template() {
    for status in [
        "offline",
        "failed",
        "removed",
        "paused",
        "hibernated",
        "hibernating",
        "awaiting_agent",
        "provisioning",
        "",
    ] {
        let server = serve(STATE, is(status));
        let message = ends(
            &world(&(workspace(&server) + ONCE)),
            "refused",
            "workspace-not-running",
        );
        assert!(
            message.contains(&format!("/workspaces/w: the workspace is {status}")),
            "{message}"
        );
    }
}

#[test]
fn a_status_that_is_late_is_not_believed_where_the_list_is_that_of_the_template() {
    let server = serve(PROOF, Reply::json(&json!(["config.yaml", "prompts/a.md"])));
    let keys = workspace(&server);
    let message = ends(
        &world(&(keys.clone() + ONCE)),
        "refused",
        "workspace-not-running",
    );
    assert!(message.contains("there is no .auth_token"), "{message}");
    // A folder of that name is none, and the gate may name another proof.
    let server = serve(
        PROOF,
        Reply::json(&json!([{ "path": ".auth_token", "dir": true }, ".session"])),
    );
    let keys = workspace(&server);
    ends(
        &world(&(keys.clone() + ONCE)),
        "refused",
        "workspace-not-running",
    );
    let keys = keys.replace("workspace: w", "workspace: w, proof: .session");
    finds(&world(&(keys + ONCE)), &[]);
}

#[test]
fn a_workspace_that_goes_down_while_it_is_read_is_not_green() {
    for gone in [STATE, PROOF] {
        let server = Server::start(move |asked| match asked.path.as_str() {
            path if path == gone && asked.before > 0 => match gone {
                STATE => is("offline"),
                _ => Reply::json(&json!([])),
            },
            STATE => is("degraded"),
            PROOF => Reply::json(&json!([".auth_token"])),
            LIST => Reply::json(&listed()),
            FILE => given(PROMPT),
            _ => given(CONFIG),
        });
        ends(
            &world(&(workspace(&server) + ONCE)),
            "refused",
            "workspace-not-running",
        );
    }
}

#[test]
fn a_workspace_that_starts_is_awaited() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.before) {
        (STATE, 0..3) => is("provisioning"),
        (STATE, _) => is("online"),
        // It is said to run a little before it does.
        (PROOF, 0..2) => Reply::json(&json!([])),
        (PROOF, _) => Reply::json(&json!([".auth_token"])),
        (LIST, _) => Reply::json(&listed()),
        (FILE, _) => given(PROMPT),
        _ => given(CONFIG),
    });
    let gate = finds(&world(&(workspace(&server) + FAST)), &[]);
    assert_eq!(gate["facts"]["deliveries"][0]["looks"], 7);
}

#[test]
fn who_does_not_say_how_a_workspace_is_is_refused() {
    for (reply, code) in [
        (Reply::ok("{}"), "assets-malformed"),
        (
            Reply::ok("<html>").header("content-type", "text/html"),
            "assets-malformed",
        ),
        (Reply::status(404), "assets-refused"),
        (Reply::status(410), "assets-refused"),
    ] {
        let server = serve(STATE, reply);
        ends(&world(&(workspace(&server) + ONCE)), "refused", code);
    }
}

#[test]
fn folders_without_end_are_refused() {
    let server = running(|asked| match asked.path.as_str() {
        FILE => given(PROMPT),
        path if path.contains("/files?") => {
            let deeper = if path.contains("&path=") {
                "b/c/d/e/f"
            } else {
                "prompts/b/c/d/e"
            };
            Reply::json(&json!([{ "path": deeper, "dir": true }]))
        }
        _ => given(CONFIG),
    });
    let message = ends(
        &world(&(workspace(&server) + ONCE)),
        "refused",
        "assets-limit",
    );
    assert!(message.contains("more than 1000"), "{message}");
}

#[test]
fn a_stub_that_is_served_before_the_delivery_finished_is_awaited() {
    let server = running(|asked| {
        let is_early = asked.before < 3;
        let config = if is_early { "# stub\n" } else { CONFIG };
        match asked.path.as_str() {
            LIST if is_early => {
                Reply::json(&json!([{ "path": "config.yaml", "size": config.len() }]))
            }
            LIST => Reply::json(&listed()),
            FILE => given(PROMPT),
            _ => given(config),
        }
    });
    finds(&world(&(workspace(&server) + FAST)), &[]);
}

#[test]
fn folders_deeper_than_the_server_lists_are_asked_for_by_themselves() {
    let deep = "prompts/b/c/d/e";
    let list = json!([
        { "path": "config.yaml", "size": CONFIG.len(), "dir": false },
        { "path": deep, "size": 0, "dir": true },
    ]);
    let server = running(move |asked| match asked.path.as_str() {
        LIST => Reply::json(&list),
        "/workspaces/w/files?root=%2Fconfigs&path=prompts%2Fb%2Fc%2Fd%2Fe&depth=5" => {
            Reply::json(&json!([{ "path": "a.md", "size": PROMPT.len(), "dir": false }]))
        }
        "/workspaces/w/files/prompts/b/c/d/e/a.md?root=%2Fconfigs" => given(PROMPT),
        _ => given(CONFIG),
    });
    let sandbox = world(&(workspace(&server) + ONCE));
    std::fs::remove_file(sandbox.root().join("source/prompts/a.md")).expect("removed");
    sandbox.write(&format!("source/{deep}/a.md"), PROMPT);
    finds(&sandbox, &[]);
}

const DEEP: &str = "/workspaces/w/files?root=%2Fconfigs&path=prompts%2Fb%2Fc%2Fd%2Fe&depth=5";

/// A workspace with a folder that is asked for by itself, of which this is answered the first so many times.
fn deep(times: usize, early: Reply) -> Server {
    let list = json!([
        { "path": "config.yaml", "size": CONFIG.len() },
        { "path": "prompts/a.md", "size": PROMPT.len() },
        { "path": "prompts/b/c/d/e", "dir": true },
        // What is the workspace's own is not asked for.
        { "path": "plugins/b/c/d/e", "dir": true },
    ]);
    running(move |asked| match asked.path.as_str() {
        LIST => Reply::json(&list),
        DEEP if asked.before < times => early.clone(),
        DEEP => Reply::json(&json!([])),
        FILE => given(PROMPT),
        path if path.contains("plugins") => Reply::status(500),
        _ => given(CONFIG),
    })
}

#[test]
fn a_folder_that_was_listed_and_is_gone_is_awaited_and_never_passed_over() {
    let server = deep(3, Reply::status(404));
    finds(&world(&(workspace(&server) + FAST)), &[]);
    assert_eq!(server.count(DEEP), 5);
    let server = deep(usize::MAX, Reply::status(404));
    let message = ends(
        &world(&(workspace(&server) + ONCE)),
        "refused",
        "assets-refused",
    );
    assert!(
        message.ends_with("folder prompts/b/c/d/e was listed, and is not there"),
        "{message}"
    );
}

#[test]
fn a_list_of_a_workspace_that_is_none_yet_is_awaited() {
    for early in ["null", "", "[{\"path\": \"conf"] {
        let server = deep(2, Reply::ok(early));
        finds(&world(&(workspace(&server) + FAST)), &[]);
        for place in [STATE, PROOF, LIST] {
            let server = Server::start(move |asked| match asked.path.as_str() {
                path if path == place && asked.before < 2 => Reply::ok(early),
                STATE => is("online"),
                PROOF => Reply::json(&json!([".auth_token"])),
                LIST => Reply::json(&listed()),
                FILE => given(PROMPT),
                _ => given(CONFIG),
            });
            finds(&world(&(workspace(&server) + FAST)), &[]);
            let server = serve(place, Reply::ok(early));
            ends(
                &world(&(workspace(&server) + ONCE)),
                "refused",
                "assets-malformed",
            );
        }
    }
}

#[test]
fn what_stands_around_the_files_is_not_held_without_end() {
    const FILES: usize = 60;
    let junk = "x".repeat(1 << 20);
    let server = running(move |asked| match asked.path.as_str() {
        LIST => {
            let entry = |n: usize| json!({ "path": format!("prompts/{n}.md") });
            Reply::json(&(0..FILES).map(entry).collect())
        }
        _ => Reply::json(&json!({ "content": "", "size": 0, "junk": junk })),
    });
    let limits = "      limits: { file: 1048576, total: 1048576, entries: 100 }\n";
    let message = ends(
        &world(&(workspace(&server) + ONCE + limits)),
        "refused",
        "assets-limit",
    );
    assert!(
        message.contains("this and other answers together"),
        "{message}"
    );
    let files = server.asked().len();
    assert!(files < FILES, "{files} files were asked for");
}

#[test]
fn a_proof_may_have_the_name_of_a_file_of_another_folder() {
    let server = serve("", Reply::status(404));
    let keys = workspace(&server).replace(
        "workspace: w",
        "workspace: w, root: /workspace, proof: config.yaml",
    );
    let sandbox = world(&(keys + ONCE));
    // It is loaded, and the server has no such folder.
    ends(&sandbox, "refused", "workspace-not-running");
}

#[test]
fn every_promise_of_a_gate_over_a_workspace_is_proved() {
    let server = serve("", Reply::status(404));
    let sandbox = world(&(workspace(&server) + ONCE));
    let ran = sandbox.run(&["prove", "assets", "--retries", "0", "--output", "json"]);
    let names = ran.exits(0).json();
    let names: Vec<_> = names["gates"][0]["protections"]
        .as_array()
        .expect("protections")
        .iter()
        .map(|protection| protection["name"].as_str().expect("a name").to_owned())
        .collect();
    for name in [
        "status 404 in served",
        "entry without a path in served",
        "workspace that is down in served",
        "template in its place in served",
        "missing file in served: config.yaml",
        "listed file that is not served in served",
        "list with another length in served",
    ] {
        assert!(names.iter().any(|other| other == name), "{name}: {names:?}");
    }
    // What is beside the allow list is the workspace's own.
    assert!(
        !names.iter().any(|name| name.starts_with("file beside")),
        "{names:?}"
    );
}
