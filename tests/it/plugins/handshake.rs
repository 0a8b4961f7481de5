use super::support::World;

const FILE: &str = "ws/configs/.claude/settings.json";
const BINARY: &str = env!("CARGO_BIN_EXE_driftgate");

/// Plugin `tools` brings this server, and it is wired as it is described.
fn served(command: &str, args: &[&str]) -> World {
    let described =
        serde_json::json!({"mcpServers": {"tools": {"command": command, "args": args}}});
    let described = format!("{described}\n");
    let world = World::with_tools(&described);
    world.write(FILE, &described);
    world
}

fn asking(world: &World, handshake: &str) {
    world.gate(&format!("runtime: claude-code, handshake: {{{handshake}}}"));
}

#[test]
fn a_server_that_serves_what_is_demanded_passes_with_its_tools_counted() {
    let world = served(BINARY, &["stub-mcp", "--management"]);
    asking(
        &world,
        "tools: [mcp__tools__create_workspace, mcp__tools__list_workspaces]",
    );
    let gate = world.finds(&[]);
    let count = &gate["facts"]["deliveries"][0]["tools"]["tools"];
    assert!(count.as_u64().is_some_and(|count| count > 3), "{gate:#}");
}

#[test]
fn a_tool_that_is_not_served_is_found_with_those_that_are() {
    let world = served(BINARY, &["stub-mcp", "--management"]);
    asking(
        &world,
        "tools: [mcp__tools__create_workspaces, mcp__other__x]",
    );
    let gate = world.finds(&["plugin-tool-unserved"; 2]);
    let finding = &gate["findings"][0];
    assert_eq!(
        finding["message"],
        "mcp__tools__create_workspaces is used, and server tools serves no tool `create_workspaces`"
    );
    let help = finding["help"].as_str().expect("help");
    assert!(
        help.starts_with("did you mean `mcp__tools__create_workspace`?"),
        "{help}"
    );
    assert_eq!(
        gate["findings"][1]["message"],
        "mcp__other__x is demanded, and no declared plugin brings its server"
    );
}

#[test]
fn ids_that_the_source_speaks_of_must_be_served() {
    let world = served(BINARY, &["stub-mcp", "--management"]);
    asking(&world, "mentioned_in: [\"prompts/**\"]");
    let config = crate::support::git(
        &world.sandbox.path().join("repos/o/one"),
        &["show", "HEAD:config.yaml"],
    );
    world.config(&config);
    let prompt = world.sandbox.path().join("copy/prompts/concierge.md");
    crate::support::write(
        &prompt,
        "Use `mcp__tools__create_workspace`.\nNever mcp__a2a__peers.\n",
    );
    world.finds(&[]);
    crate::support::write(&prompt, "Hello.\nUse `mcp__tools__make_workspace`.\n");
    let (message, place) = world.finds_one("plugin-tool-unserved");
    assert!(
        message.starts_with("mcp__tools__make_workspace is used"),
        "{message}"
    );
    assert!(place.ends_with("prompts/concierge.md:2"), "{place}");
    std::fs::remove_file(prompt).expect("removed");
    world.finds(&["include-unmatched"]);
}

#[test]
fn nothing_is_started_unless_the_gate_asks_for_it() {
    let world = served("sh", &["-c", "touch started; exec cat"]);
    world.finds(&[]);
    assert!(!world.sandbox.root().join("started").exists());
    asking(&world, "timeout: 5m");
    let (message, _) = world.finds_one("plugin-handshake-failed");
    assert!(world.sandbox.root().join("started").exists(), "{message}");
}

#[test]
fn each_way_of_not_answering_has_its_own_end() {
    for (script, code, words) in [
        (
            "echo no key >&2; exit 1",
            1,
            "it ended before it answered `initialize`",
        ),
        ("exec yes", 1, "it wrote more than"),
        (
            "read -r a; echo '{\"id\":1,\"error\":{\"message\":\"no key\"}}'; read -r b",
            1,
            "it answers `initialize` with an error: no key",
        ),
    ] {
        let world = served("sh", &["-c", script]);
        asking(&world, "timeout: 5m");
        let ran = world.ran();
        ran.exits(code);
        let finding = &ran.json()["gates"][0]["findings"][0];
        assert_eq!(finding["code"], "plugin-handshake-failed");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains(words), "{message}");
    }
    let world = served("sh", &["-c", "exec sleep 600"]);
    asking(&world, "timeout: 100ms");
    let ran = world
        .sandbox
        .run(&["run", "--output", "json", "--retries", "0"]);
    ran.exits(4);
    assert_eq!(
        ran.json()["gates"][0]["findings"][0]["code"],
        "plugin-server-silent"
    );
    let world = served("driftgate-no-such-program", &[]);
    asking(&world, "");
    let ran = world.ran();
    ran.exits(3);
    assert_eq!(
        ran.json()["gates"][0]["findings"][0]["code"],
        "plugin-program-missing"
    );
}

#[test]
fn a_server_gets_the_variables_that_it_is_given_and_no_others() {
    let script = "[ \"$GIVEN\" = yes ] && [ \"$1\" = passed-s3cret ] && [ -z \"$HIDDEN\" ] || { echo \"GIVEN=$GIVEN 1=$1 HIDDEN=$HIDDEN\" >&2; exit 1; }; exec \"$0\" stub-mcp";
    let world = served("sh", &["-c", script, BINARY, "${PASSED}"]);
    asking(&world, "env: {GIVEN: \"yes\"}, pass: [PASSED]");
    let mut command = world.sandbox.command(&["run", "--output", "json"]);
    command.env("PASSED", "passed-s3cret").env("HIDDEN", "h");
    let ran = crate::support::Ran::from(command.output().expect("the binary starts"));
    ran.exits(0);
    // What is passed is never shown.
    let world = served("sh", &["-c", "echo \"key ${KEY}\" >&2; exit 1"]);
    asking(&world, "pass: [KEY]");
    let mut command = world.sandbox.command(&["run", "--output", "json"]);
    command.env("KEY", "passed-s3cret");
    let ran = crate::support::Ran::from(command.output().expect("the binary starts"));
    ran.exits(1);
    assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
}

#[test]
fn what_a_server_started_does_not_outlive_the_handshake() {
    let mark = format!("sleep 60{}", std::process::id());
    let world = served(
        "sh",
        &["-c", &format!("{mark} & exec \"$0\" stub-mcp"), BINARY],
    );
    asking(&world, "timeout: 5m");
    world.finds(&[]);
    let is_there = || {
        std::fs::read_dir("/proc")
            .expect("processes")
            .flatten()
            .any(|entry| {
                let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                String::from_utf8_lossy(&line).replace('\0', " ").trim() == mark
            })
    };
    while is_there() {
        std::thread::yield_now();
    }
}

/// The servers that the gate tells were not started, after it found this.
#[track_caller]
fn not_started(world: &World, code: &str) {
    let gate = world.finds(&[code]);
    assert!(!world.sandbox.root().join("started").exists(), "{gate:#}");
    let message = gate["findings"][0]["message"].as_str().expect("a message");
    assert!(
        message.ends_with("; server tools was not started"),
        "{message}"
    );
    let facts = &gate["facts"]["deliveries"][0];
    assert_eq!(facts["not_started"], serde_json::json!(["tools"]));
}

const STARTS: [&str; 2] = ["-c", "touch started; exec cat"];

#[test]
fn an_entry_that_is_found_wrong_is_not_started_and_that_is_said() {
    // Its plugin describes another one.
    let world = served("true", &[]);
    let wired = serde_json::json!({"mcpServers": {"tools": {"command": "sh", "args": STARTS}}});
    world.write(FILE, wired.to_string());
    asking(&world, "timeout: 5m");
    not_started(&world, "plugin-wiring-differs");
    // It fetches whatever was published last.
    let world = served("sh", &["-c", "touch started; npx -y tools"]);
    asking(&world, "timeout: 5m");
    not_started(&world, "plugin-command-unpinned");
    // It is there twice, and which of the two counts nobody knows.
    let world = served("sh", &STARTS);
    let entry = serde_json::json!({"command": "sh", "args": STARTS});
    world.write(
        FILE,
        format!("{{\"mcpServers\": {{\"tools\": {entry}, \"tools\": {entry}}}}}"),
    );
    asking(&world, "timeout: 5m");
    not_started(&world, "plugin-wired-twice");
    // It is declared at another ref.
    let world = served("sh", &STARTS);
    asking(&world, "timeout: 5m");
    let config = crate::support::git(
        &world.sandbox.path().join("repos/o/one"),
        &["show", "HEAD:config.yaml"],
    );
    world.config(&config.replace(&world.tools, &"0".repeat(40)));
    not_started(&world, "plugin-other-ref");
}

/// The gate is neither green nor red, and says that this was not looked at.
#[track_caller]
fn vacuous(world: &World, about: &str) -> serde_json::Value {
    let ran = world.ran();
    ran.exits(3);
    let gate = ran.json()["gates"][0].clone();
    assert_eq!(gate["verdict"], "vacuous", "{gate:#}");
    let reason = gate["reason"].as_str().expect("a reason");
    assert!(reason.contains(about), "{reason}");
    gate
}

#[test]
fn a_server_that_was_not_started_leaves_the_gate_vacuous_where_the_reason_is_waived() {
    let world = served("true", &[]);
    let wired = serde_json::json!({"mcpServers": {"tools": {"command": "sh", "args": STARTS}}});
    world.write(FILE, wired.to_string());
    asking(&world, "timeout: 5m");
    world.waive("plugin-wiring-differs");
    vacuous(&world, ": tools");
    assert!(!world.sandbox.root().join("started").exists());
}

#[test]
fn a_server_that_is_not_pinned_is_asked_where_that_is_waived() {
    let script = "false && npx -y tools; exec \"$0\" stub-mcp --management";
    let world = served("sh", &["-c", script, BINARY]);
    asking(&world, "tools: [mcp__tools__create_workspace]");
    world.finds(&["plugin-command-unpinned"]);
    world.waive("plugin-command-unpinned");
    let ran = world.ran();
    ran.exits(0);
    let gate = &ran.json()["gates"][0];
    assert_eq!(gate["findings"][0]["level"], "advisory", "{gate:#}");
    let count = &gate["facts"]["deliveries"][0]["tools"]["tools"];
    assert!(count.as_u64().is_some_and(|count| count > 3), "{gate:#}");
    // One that is wrong in another way is not, whatever is waived.
    let other = serde_json::json!({"mcpServers": {"tools": {"command": "sh", "args": ["-c", "touch started; npx -y tools"]}}});
    world.write(FILE, other.to_string());
    let ran = world.ran();
    ran.exits(1);
    assert!(!world.sandbox.root().join("started").exists());
}

#[test]
fn a_tool_of_a_server_that_gave_no_answer_is_not_forgotten_where_that_is_waived() {
    let servers = |tools: serde_json::Value| {
        let other = serde_json::json!({"command": BINARY, "args": ["stub-mcp"]});
        let all = serde_json::json!({"mcpServers": {"other": other, "tools": tools}});
        format!("{all}\n")
    };
    let described = servers(serde_json::json!({"command": "sh", "args": ["-c", "exit 0"]}));
    let world = World::with_tools(&described);
    world.write(FILE, &described);
    world.source(&[("prompts/a.md", "Use mcp__tools__create_workspace.\n")]);
    const IDS: [&str; 1] = ["mcp__tools__create_workspace"];
    for relied_on in [
        "tools: [mcp__tools__create_workspace]",
        "mentioned_in: [\"prompts/**\"]",
    ] {
        asking(&world, relied_on);
        world.finds(&["plugin-handshake-failed"]);
        world.waive("plugin-handshake-failed");
        let gate = vacuous(&world, IDS[0]);
        assert_eq!(
            gate["facts"]["deliveries"][0]["undecided_tools"],
            serde_json::json!(IDS)
        );
        // The same of a server that nobody wired.
        asking(&world, relied_on);
        let others = serde_json::json!({"command": BINARY, "args": ["stub-mcp"]});
        let others = serde_json::json!({"mcpServers": {"other": others}});
        world.write(FILE, others.to_string());
        world.finds(&["plugin-not-wired"]);
        world.waive("plugin-not-wired");
        vacuous(&world, IDS[0]);
        world.write(FILE, &described);
    }
    // Who relies on nothing of it accepts that it does not answer.
    asking(&world, "timeout: 5m");
    world.waive("plugin-handshake-failed");
    world.ran().exits(0);
}

#[test]
fn a_text_that_speaks_of_a_server_that_nobody_has_is_told() {
    let world = served(BINARY, &["stub-mcp", "--management"]);
    asking(&world, "mentioned_in: [\"prompts/**\"]");
    let wired = std::fs::read_to_string(world.sandbox.root().join(FILE)).expect("the file");
    let mine = "{\"mine\": {\"command\": \"mine\"}, ";
    world.write(
        FILE,
        wired.replacen("{\"tools\"", &format!("{mine}\"tools\""), 1),
    );
    world.source(&[(
        "prompts/a.md",
        "Use mcp__tools__create_workspace, mcp__mine__x and mcp__a2a__list_peers.\n",
    )]);
    world.finds(&[]);
    world.source(&[(
        "prompts/a.md",
        "Hello.\nUse mcp__toools__create_workspace.\n",
    )]);
    let ran = world.ran();
    ran.exits(0);
    let finding = &ran.json()["gates"][0]["findings"][0];
    assert_eq!(finding["code"], "plugin-server-unknown", "{finding:#}");
    assert_eq!(finding["level"], "advisory");
    assert_eq!(finding["locations"][0]["line"], 2);
    assert_eq!(
        finding["message"],
        "mcp__toools__create_workspace is spoken of, and neither a declared plugin nor the runtime's file has its server"
    );
}

#[test]
fn a_tool_with_a_dot_or_a_slash_in_its_name_is_looked_for_as_a_whole() {
    const SERVER: &str = r#"read -r a; echo '{"id":1,"result":{"protocolVersion":"2024-11-05"}}'
read -r b; read -r c; echo '{"id":2,"result":{"tools":[{"name":"list"},{"name":"list.all"},{"name":"org/list"}]}}'; read -r d"#;
    let world = served("sh", &["-c", SERVER]);
    asking(
        &world,
        "tools: [mcp__tools__list.all], mentioned_in: [\"prompts/**\"]",
    );
    world.source(&[(
        "prompts/a.md",
        "Use mcp__tools__list.all, mcp__tools__org/list or mcp__tools__list.\n",
    )]);
    world.finds(&[]);
    for gone in ["mcp__tools__list.every", "mcp__tools__org/lists"] {
        world.source(&[("prompts/a.md", &format!("Use {gone}.\n"))]);
        let (message, _) = world.finds_one("plugin-tool-unserved");
        assert!(message.starts_with(&format!("{gone} is used")), "{message}");
    }
}

#[test]
fn what_a_server_says_is_told_in_few_words() {
    let script =
        "read -r a; printf '{\"id\":1,\"error\":{\"message\":\"%05000d\"}}\\n' 0; read -r b";
    let world = served("sh", &["-c", script]);
    asking(&world, "timeout: 5m");
    let (message, _) = world.finds_one("plugin-handshake-failed");
    assert!(message.ends_with("00…"), "{message}");
    assert!(message.len() < 400, "{message}");
    // A secret at the end of it is not shown by half.
    let script = "printf '%0240d%s' 0 \"$KEY\" >&2; exit 1";
    let world = served("sh", &["-c", script]);
    asking(&world, "pass: [KEY]");
    let mut command = world.sandbox.command(&["run", "--output", "json"]);
    command.env("KEY", "passed-s3cret-passed-s3cret");
    let ran = crate::support::Ran::from(command.output().expect("the binary starts"));
    ran.exits(1);
    assert!(ran.stdout.contains("0000"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("passed-s"), "{}", ran.stdout);
}

#[test]
fn a_handshake_in_which_nobody_is_asked_is_vacuous() {
    for described in [
        "{}\n",
        r#"{"mcpServers": {"tools": {"url": "http://h/mcp"}}}"#,
    ] {
        let world = World::with_tools(described);
        world.write(FILE, described);
        world.finds(&[]);
        asking(&world, "timeout: 5m");
        let ran = world.ran();
        ran.exits(3);
        let gate = &ran.json()["gates"][0];
        assert_eq!(gate["verdict"], "vacuous", "{gate:#}");
        let reason = gate["reason"].as_str().expect("a reason");
        assert!(reason.contains(": tools"), "{reason}");
    }
}

#[test]
fn a_misspelt_server_is_not_forgotten_where_not_all_plugins_are_known() {
    let world = served(BINARY, &["stub-mcp", "--management"]);
    asking(&world, "tools: [mcp__toools__create_workspace]");
    world.finds(&["plugin-tool-unserved"]);
    let config = crate::support::git(
        &world.sandbox.path().join("repos/o/one"),
        &["show", "HEAD:config.yaml"],
    );
    world.config(&format!("{config}  - nowhere\n"));
    world.write("ws/configs/plugins/nowhere/plugin.yaml", "name: nowhere\n");
    world.finds(&["plugin-unknown"]);
    world.waive("plugin-unknown");
    vacuous(&world, "mcp__toools__create_workspace");
}
