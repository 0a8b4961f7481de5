use super::support::World;

const BINARY: &str = env!("CARGO_BIN_EXE_driftgate");

fn expected(protections: &[(String, String)]) -> Vec<&str> {
    let mut codes: Vec<&str> = protections.iter().map(|(_, code)| code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Those of every gate over plugins that are installed.
const INSTALLED: [&str; 15] = [
    "content-differs",
    "mode-differs",
    "not-delivered",
    "not-in-source",
    "plugin-declaration",
    "plugin-half-delivered",
    "plugin-not-declared",
    "plugin-not-installed",
    "plugin-opt-out-unused",
    "plugin-other-ref",
    "plugin-shadowed",
    "plugin-unknown",
    "plugin-unpinned",
    "subject-missing",
    "type-differs",
];

#[test]
fn every_promise_about_installed_plugins_is_proved() {
    let world = World::new();
    world.gate("workspace: ~").write(
        "gates/plugins.yaml",
        super::support::GATE.replace(", runtime: claude-code", ""),
    );
    let proved = world.proved();
    let mut codes = expected(&proved);
    codes.retain(|code| *code != "source-missing");
    assert_eq!(codes, INSTALLED, "{proved:#?}");
}

#[test]
fn every_promise_about_wiring_is_proved_for_each_runtime() {
    for (runtime, file, text) in [
        (
            "claude-code",
            ".claude/settings.json",
            super::support::SETTINGS,
        ),
        (
            "codex",
            "codex",
            "model = \"m\"\nat = 2026-01-02\n[mcp_servers.tools]\ncommand = \"node\"\nargs = [\"/x/server.js\", \"--stdio\"]\n",
        ),
        (
            "hermes",
            "hermes",
            "yes: no\nat: 2026-01-02\nmcp_servers:\n  tools: {command: node, args: [/x/server.js, --stdio], env: {API_KEY: k}}\n",
        ),
        (
            "openclaw",
            "openclaw",
            "{mcp: {servers: {tools: {command: 'node', args: ['/x/server.js', '--stdio'], env: {API_KEY: 'k'}}}}, n: 0x1f}\n",
        ),
    ] {
        let world = World::new();
        let path = match file {
            "codex" => "ws/home/.codex/config.toml",
            "hermes" => "ws/home/.hermes/config.yaml",
            "openclaw" => "ws/home/.openclaw/openclaw.json",
            _ => "ws/configs/.claude/settings.json",
        };
        world
            .remove("ws/configs/.claude/settings.json")
            .write(path, text);
        let before = match runtime {
            "claude-code" => {
                "{\"model\": \"m\", \"mcpServers\": {\"mine\": {\"command\": \"mine\"}}}"
            }
            "codex" => "model = \"m\"\nat = 2026-01-02\n",
            "hermes" => "yes: no\nat: 2026-01-02\n",
            _ => "{n: 0x1f}",
        };
        world.write("ws/before", before).gate(&format!(
            "runtime: {runtime}, home: ws/home, before: ws/before"
        ));
        let proved = world.proved();
        let codes = expected(&proved);
        for code in [
            "plugin-command-unpinned",
            "plugin-descriptor",
            "plugin-not-wired",
            "plugin-wired-elsewhere",
            "plugin-wired-twice",
            "plugin-wiring-differs",
            "plugin-wiring-malformed",
            "user-entry-lost",
            "wiring-unexplained",
        ] {
            assert!(
                codes.contains(&code),
                "{runtime}: {code} is not among {proved:#?}"
            );
        }
        let taken = "entry of the user under a server's name";
        assert!(
            proved.iter().any(|(name, _)| name.starts_with(taken)),
            "{runtime}: {proved:#?}"
        );
    }
}

#[test]
fn a_gate_that_asks_servers_is_proved_with_servers_that_serve_something_else() {
    let described = serde_json::json!({"mcpServers": {"tools": {"command": BINARY, "args": ["stub-mcp", "--management"]}}});
    let described = format!("{described}\n");
    let world = World::with_tools(&described);
    world
        .write("ws/configs/.claude/settings.json", &described)
        .gate("runtime: claude-code, handshake: {tools: [mcp__tools__create_workspace]}");
    let proved = world.proved();
    let codes = expected(&proved);
    for code in [
        "plugin-handshake-failed",
        "plugin-tool-unserved",
        "plugin-command-unpinned",
    ] {
        assert!(codes.contains(&code), "{code} is not among {proved:#?}");
    }
}

#[test]
fn a_gate_of_which_texts_alone_speak_of_tools_is_proved() {
    let described = serde_json::json!({"mcpServers": {"tools": {"command": BINARY, "args": ["stub-mcp", "--management"]}}});
    let described = format!("{described}\n");
    let world = World::with_tools(&described);
    let (tools, deep) = (&world.tools, &world.deep);
    world
        .write(
            "org/config.yaml",
            format!(
                "plugins: ['gitea://o/tools#{tools}', notes, 'gitea://o/mono/skills/deep#{deep}']\n"
            ),
        )
        .write("org/prompts/a.md", "Use mcp__tools__create_workspace.\n")
        .write("ws/configs/.claude/settings.json", &described)
        .write(
            "gates/plugins.yaml",
            super::support::GATE
                .replace("template: one", "path: org")
                .replace(
                    "runtime: claude-code",
                    "runtime: claude-code, handshake: {mentioned_in: [\"prompts/**\"]}",
                ),
        );
    let unserved = |proved: Vec<(String, String)>| -> Vec<String> {
        let all = proved.into_iter();
        let all = all.filter(|(_, code)| code == "plugin-tool-unserved");
        all.map(|(name, _)| name.split(" in ").next().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(
        unserved(world.proved()),
        [
            "tool that is not served",
            "text with a tool that is not served"
        ]
    );
    // No text speaks of one, and one that does so later is heard.
    world.write("org/prompts/a.md", "Hello.\n");
    assert_eq!(
        unserved(world.proved()),
        ["text with a tool that is not served"]
    );
}

#[test]
fn a_gate_over_a_workspace_of_an_organisation_in_the_root_is_proved() {
    let world = World::new();
    let (tools, deep) = (&world.tools, &world.deep);
    world
        .write("org/org.yaml", format!("defaults:\n  plugins: ['gitea://o/tools#{tools}', {{source: notes}}]\nworkspaces: [!include w.yaml]\n"))
        .write("org/w.yaml", format!("name: W\nplugins:\n- gitea://o/mono/skills/deep#{deep}\n"))
        .write(
            "gates/plugins.yaml",
            super::support::GATE
                .replace("template: one", "path: org")
                .replace("runtime: claude-code", "runtime: claude-code, workspace: W"),
        );
    let proved = world.proved();
    assert!(proved.len() > 20, "{proved:#?}");
}

#[test]
fn a_gate_on_plugins_without_servers_is_proved_without_a_file_of_the_runtime() {
    let world = World::with_tools("{}\n");
    world.remove("ws/configs/.claude");
    let proved = world.proved();
    let codes = expected(&proved);
    assert!(codes.contains(&"plugin-wiring-malformed"), "{proved:#?}");
    assert!(!codes.contains(&"plugin-not-wired"), "{proved:#?}");
}

#[test]
fn a_gate_whose_source_is_the_declaration_alone_is_proved() {
    let world = World::new();
    let gate =
        super::support::GATE.replace("template: one", "template: one, include: [config.yaml]");
    world.write("gates/plugins.yaml", gate);
    let proved = world.proved();
    assert!(
        expected(&proved).contains(&"include-unmatched"),
        "{proved:#?}"
    );
}

#[test]
fn a_gate_is_proved_alike_wherever_it_is_called_from() {
    // The server is found from the root, and nowhere else.
    let described =
        "{\"mcpServers\": {\"tools\": {\"command\": \"sh\", \"args\": [\"ws/server\"]}}}\n";
    let world = World::with_tools(described);
    world
        .write("ws/configs/.claude/settings.json", described)
        .write(
            "ws/server",
            format!("exec '{BINARY}' stub-mcp --management\n"),
        )
        .gate("runtime: claude-code, handshake: {tools: [mcp__tools__create_workspace]}");
    let root = world.sandbox.root();
    let proofs = |folder: &std::path::Path, root: &std::path::Path| {
        let mut command = world
            .sandbox
            .command(&["prove", "--output", "json", "--root"]);
        let ran = command.arg(root).current_dir(folder).output();
        let ran = crate::support::Ran::from(ran.expect("the binary starts"));
        ran.exits(0);
        ran.json()["gates"].clone()
    };
    let here = proofs(&root, std::path::Path::new("."));
    assert_eq!(proofs(std::path::Path::new("/"), &root), here);
    let name = root.file_name().expect("a name");
    let above = root.parent().expect("a folder");
    assert_eq!(proofs(above, std::path::Path::new(name)), here);
    assert_eq!(proofs(&root.join("ws"), std::path::Path::new("..")), here);
}
