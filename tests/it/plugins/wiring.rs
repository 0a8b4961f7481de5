use super::support::{SETTINGS, TOOLS, World};

const FILE: &str = "ws/configs/.claude/settings.json";

/// The workspace of another runtime, whose file says this.
fn of(runtime: &str, file: &str, text: &str) -> World {
    let world = World::new();
    world
        .gate(&format!("runtime: {runtime}, home: ws/home"))
        .remove(FILE)
        .write(file, text);
    world
}

const CODEX: &str = "model = \"m\"\n[mcp_servers.tools]\ncommand = \"node\"\nargs = [\"/x/server.js\", \"--stdio\"]\n[mcp_servers.tools.env]\nWORKSPACE_ID = \"w\"\n";
const HERMES: &str = "mcp_servers:\n  tools:\n    command: node\n    args: [/x/server.js, --stdio]\n    env: {API_KEY: k}\n";
const OPENCLAW: &str = "{mcp: {servers: {tools: {command: 'node', args: ['/x/server.js', '--stdio'], env: {API_KEY: 'k'}}}}} // mine\n";

/// Each runtime with its own file, and the place of the server there.
const RUNTIMES: [(&str, &str, &str, u64); 3] = [
    ("codex", "ws/home/.codex/config.toml", CODEX, 2),
    ("hermes", "ws/home/.hermes/config.yaml", HERMES, 3),
    ("openclaw", "ws/home/.openclaw/openclaw.json", OPENCLAW, 1),
];

#[test]
fn each_runtime_is_looked_at_in_its_own_file_and_language() {
    for (runtime, file, text, line) in RUNTIMES {
        let world = of(runtime, file, text);
        let gate = world.finds(&[]);
        assert_eq!(gate["facts"]["deliveries"][0]["file"], file);
        assert_eq!(gate["facts"]["deliveries"][0]["servers"][0], "tools");
        world.write(file, text.replace("node", "nodejs"));
        let (message, place) = world.finds_one("plugin-wiring-differs");
        assert!(
            message.ends_with("`command` is \"nodejs\", expected \"node\""),
            "{message}"
        );
        assert!(
            place.starts_with(&format!("{file}:{line}")) || place.starts_with(&format!("{file}:")),
            "{place}"
        );
        world.remove(file);
        let (message, place) = world.finds_one("plugin-not-wired");
        assert!(
            message.starts_with("server tools of plugin tools is not in ws/home/"),
            "{message}"
        );
        assert_eq!(place, file);
    }
}

#[test]
fn a_server_in_another_runtime_s_file_is_wired_for_nobody() {
    for (runtime, file, text, _) in RUNTIMES {
        let world = of(runtime, file, text);
        world.write(FILE, SETTINGS);
        let (message, place) = world.finds_one("plugin-wired-elsewhere");
        assert!(
            message.starts_with(&format!(
                "server tools is wired in {FILE} under `mcpServers`, which {runtime} does not read"
            )),
            "{message}"
        );
        assert!(place.starts_with(FILE), "{place}");
        world.remove(file);
        world.finds(&["plugin-wired-elsewhere"]);
    }
    let world = World::new();
    world.write(FILE, SETTINGS.replace("mcpServers", "mcp_servers"));
    assert!(
        world
            .finds_one("plugin-wired-elsewhere")
            .0
            .contains("under `mcp_servers`")
    );
}

#[test]
fn a_variable_that_was_filled_in_with_nothing_is_found() {
    let world = World::new();
    world.write(FILE, SETTINGS.replace("\"k\"", "\"\""));
    let (message, _) = world.finds_one("plugin-wiring-differs");
    assert!(message.ends_with("`env.API_KEY` is empty"), "{message}");
}

#[test]
fn a_file_that_its_runtime_could_not_read_is_found_with_its_line() {
    for (runtime, file, text) in [
        (
            "codex",
            "ws/home/.codex/config.toml",
            "[mcp_servers.tools]\nx = 1\n[mcp_servers.tools]\n",
        ),
        (
            "hermes",
            "ws/home/.hermes/config.yaml",
            "mcp_servers:\n  tools: [\n\n",
        ),
        (
            "openclaw",
            "ws/home/.openclaw/openclaw.json",
            "{\n\n mcp: }",
        ),
        ("claude-code", FILE, "{\n \"a\": 1,\n } // no comments here"),
    ] {
        let world = of(runtime, file, text);
        let (_, place) = world.finds_one("plugin-wiring-malformed");
        assert!(
            place.starts_with(&format!("{file}:")) && !place.ends_with(":1"),
            "{place}"
        );
    }
    let world = World::new();
    world.write(FILE, "{\"mcpServers\": []}");
    assert_eq!(
        world.finds_one("plugin-wiring-malformed").0,
        "`mcpServers` is a list, expected a mapping"
    );
}

#[test]
fn a_server_that_stands_twice_is_found() {
    let world = World::new();
    let entry = "\"tools\": {\"command\": \"node\", \"args\": [\"/configs/.claude/server.js\", \"--stdio\"], \"env\": {\"API_KEY\": \"k\"}}";
    world.write(FILE, format!("{{\"mcpServers\": {{{entry}, {entry}}}}}"));
    assert_eq!(
        world.finds_one("plugin-wired-twice").0,
        "server `tools` stands here a second time"
    );
    let other = entry.replace("\"tools\"", "\"tools-2\"");
    world.write(FILE, format!("{{\"mcpServers\": {{{entry}, {other}}}}}"));
    assert_eq!(
        world.finds_one("plugin-wired-twice").0,
        "server tools-2 is there again under another name"
    );
    world.write(
        FILE,
        format!("{{\"mcpServers\": {{{entry}}}, \"mcpServers\": {{{entry}}}}}"),
    );
    assert_eq!(
        world.finds_one("plugin-wired-twice").0,
        "key `mcpServers` stands here a second time"
    );
}

#[test]
fn what_the_user_had_must_survive_and_nothing_else_may_be_new() {
    let world = World::new();
    let before = "ws/before.json";
    world
        .gate("runtime: claude-code, before: ws/before.json")
        .write(
            before,
            "{\"model\": \"m\", \"mcpServers\": {\"mine\": {\"command\": \"mine\"}}}\n",
        );
    world.finds(&[]);
    world.write(
        FILE,
        SETTINGS.replace("\"mine\": {\"command\": \"mine\"}, ", ""),
    );
    assert_eq!(
        world.finds_one("user-entry-lost").0,
        "`mcpServers.mine` was there before, and is gone"
    );
    world.write(
        FILE,
        SETTINGS.replace("\"model\": \"m\"", "\"model\": \"n\""),
    );
    assert_eq!(
        world.finds_one("user-entry-lost").0,
        "`model` was there before, and says something else now"
    );
    world.write(
        FILE,
        SETTINGS.replace(
            "\"mine\": {",
            "\"new\": {\"command\": \"new\"}, \"mine\": {",
        ),
    );
    assert_eq!(
        world.finds_one("wiring-unexplained").0,
        "`mcpServers.new` is new, and no declared plugin brings it"
    );
    world.write(FILE, SETTINGS).remove(before);
    world.finds(&["subject-missing"]);
}

#[test]
fn an_entry_of_the_user_s_under_the_name_of_a_plugin_s_server_is_not_taken_for_the_plugin_s() {
    let world = World::new();
    let before = "ws/before.json";
    let with = |tools: &str| {
        format!(
            "{{\"model\": \"m\", \"mcpServers\": {{\"mine\": {{\"command\": \"mine\"}}, \"tools\": {tools}}}}}\n"
        )
    };
    let mine = with("{\"command\": \"node\", \"args\": [\"/home/me/mine.js\"]}");
    world
        .gate("runtime: claude-code, before: ws/before.json")
        .write(before, &mine);
    let (message, place) = world.finds_one("user-entry-lost");
    assert_eq!(
        message,
        "`mcpServers.tools` was there before as another server, and that of a plugin took its name"
    );
    assert_eq!(place, format!("{FILE}:1"));
    // It was left alone, and the plugin has no place.
    world.write(FILE, &mine);
    world.finds(&["plugin-wiring-differs", "plugin-shadowed"]);
    // An older one of the plugin may be replaced.
    world.write(FILE, SETTINGS).write(
        before,
        with("{\"command\": \"node\", \"args\": [\"/x/server.js\", \"--old\"]}"),
    );
    world.finds(&[]);
}

#[test]
fn a_command_that_is_not_pinned_is_found_where_it_is_wired() {
    for (command, args, spec) in [
        (
            "npx",
            "[\"-y\", \"@scope/server\"]",
            "`@scope/server` with `npx`",
        ),
        ("uvx", "[\"server\"]", "`server` with `uvx`"),
        (
            "docker",
            "[\"run\", \"-i\", \"--rm\", \"server:latest\"]",
            "`server:latest` with `docker`",
        ),
    ] {
        let described = format!(
            "{{\"mcpServers\": {{\"tools\": {{\"command\": \"{command}\", \"args\": {args}}}}}}}\n"
        );
        let world = World::with_tools(&described);
        world.write(FILE, &described);
        let (message, place) = world.finds_one("plugin-command-unpinned");
        assert_eq!(
            message,
            format!("server tools starts {spec}, and no pinned version of it")
        );
        assert!(place.starts_with(FILE), "{place}");
    }
}

#[test]
fn servers_are_described_in_three_ways_and_a_broken_description_is_found() {
    let world = World::with_tools("{\"mcpServers\": {\"tools\": {\"args\": []}}}\n");
    let (message, place) = world.finds_one("plugin-descriptor");
    assert!(
        message.contains("server `tools` has neither a `command` nor a `url`"),
        "{message}"
    );
    assert!(place.contains(":settings-fragment.json:1"), "{place}");
    let world = World::new();
    let said = "name: tools\ncontributes: {mcpServers: {tools: {url: \"https://h/mcp\"}}}\n";
    let copy = world.sandbox.path().join("tools");
    for (path, text) in [
        ("plugin.yaml", said),
        ("settings-fragment.json", TOOLS),
        ("skills/a/SKILL.md", "# a\n"),
    ] {
        crate::support::write(&copy.join(path), text);
    }
    world.write("ws/configs/plugins/tools/plugin.yaml", said);
    let source = format!("tools={}", copy.display());
    let ran = world
        .sandbox
        .run(&["run", "--output", "json", "--source", &source]);
    ran.exits(1);
    let finding = &ran.json()["gates"][0]["findings"][0];
    assert_eq!(finding["code"], "plugin-wiring-differs", "{finding:#}");
    assert!(
        finding["message"]
            .as_str()
            .expect("a message")
            .ends_with("it has no `url`")
    );
    world.write(
        FILE,
        "{\"mcpServers\": {\"tools\": {\"url\": \"https://h/mcp\"}}}\n",
    );
    world.sandbox.run(&["run", "--source", &source]).exits(0);
}

#[test]
fn keys_without_their_runtime_or_home_are_errors_of_the_gate() {
    let world = World::new();
    for (keys, words) in [
        (
            "runtime: codex",
            "the file of codex stands in its home, and there is no `home`",
        ),
        (
            "home: ws",
            "`home` is about the file of a runtime, and there is no `runtime`",
        ),
        (
            "before: ws",
            "`before` is about the file of a runtime, and there is no `runtime`",
        ),
        (
            "handshake: {}",
            "`handshake` starts what the runtime's file names, and there is no `runtime`",
        ),
        (
            "runtime: claude-code, handshake: {tools: [x]}",
            "`x` is not the id of a tool",
        ),
    ] {
        world.gate(keys);
        let ran = world.sandbox.run(&["run"]);
        ran.exits(2);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    let gate = super::support::GATE.replace(" - plugin:", " - rename: {a: b}\n    plugin:");
    world.write("gates/plugins.yaml", gate);
    let ran = world.sandbox.run(&["run"]);
    ran.exits(2);
    assert!(
        ran.stderr
            .contains("`rename` has no meaning for a `plugin` delivery"),
        "{}",
        ran.stderr
    );
}
