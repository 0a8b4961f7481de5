use serde_json::{Value, json};

use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::mcp_file::servers_of;
use crate::kinds::lifecycle::runtime_kind::RuntimeKind;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};

/// Demands that the runtime's own file names the management server, and how to launch it.
async fn wired(life: &Life, concierge: &Member, runtime: RuntimeKind) -> Outcome {
    let path = runtime.mcp_file();
    let file = life.file(concierge, path).await?;
    let servers = servers_of(runtime, &file.bytes)
        .map_err(|problem| Failure::new(format!("{path} that the runtime can read"), problem))?;
    let name = life.rules.management_server();
    let Some(server) = servers.get(name) else {
        let names: Vec<&String> = servers.keys().collect();
        return Err(
            Failure::new(format!("the server {name} in {path}"), format!("{names:?}")).into(),
        );
    };
    ensure(
        server["command"]
            .as_str()
            .is_some_and(|command| !command.is_empty()),
        format!("a command of the server {name} in {path}"),
        || server.to_string(),
    )
}

/// What is read of a workspace's configuration.
#[derive(serde::Deserialize)]
struct Config {
    #[serde(default)]
    prompt_files: Vec<String>,
}

/// Demands that the runtime's program reads who the concierge is: the prompts that its configuration names.
async fn is_told_who_it_is(life: &Life, concierge: &Member, runtime: RuntimeKind) -> Outcome {
    let config = life.file(concierge, "/configs/config.yaml").await?;
    let config: Config = serde_saphyr::from_slice(&config.bytes)
        .map_err(|error| Failure::new("a configuration that can be read", error.to_string()))?;
    let words = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        text.split_whitespace().map(str::to_owned).collect()
    };
    let mut expected = Vec::new();
    for name in &config.prompt_files {
        let file = life.file(concierge, &format!("/configs/{name}")).await?;
        expected.extend(words(&file.bytes));
    }
    let path = runtime.persona_file();
    let persona = life.file(concierge, path).await?;
    let found = words(&persona.bytes);
    ensure(
        !found.is_empty() && found == expected,
        format!(
            "{} words of {:?} in {path}",
            expected.len(),
            config.prompt_files
        ),
        || format!("{} words: {:.200}", found.len(), found.join(" ")),
    )
}

/// Switches the concierge to a runtime, and demands that it is online by it with its tools.
async fn switch(life: &Life, runtime: RuntimeKind) -> Outcome {
    let concierge = life.member(Role::Concierge)?;
    let old = life.running(&concierge).await?;
    let path = format!("/workspaces/{}", concierge.id);
    let answer = life
        .server
        .patch(path.as_str(), json!({"runtime": runtime.as_str()}))
        .admin()
        .await?;
    answer.expect(200)?;
    let model = life
        .rules
        .models
        .get(&runtime)
        .cloned()
        .unwrap_or_else(|| runtime.usual_model());
    life.server
        .put(format!("{path}/model"), json!({"model": model.name}))
        .admin()
        .await?
        .expect(200)?;
    life.until_online_changed(&concierge, Some(&old.id)).await?;
    let row = life.row(concierge.id).await?;
    ensure_eq("runtime", &row["runtime"], &json!(runtime.as_str()))?;
    let new = life.running(&concierge).await?;
    if let Some(image) = &new.image {
        ensure(
            image.contains(runtime.as_str()),
            format!("an image of {}", runtime.as_str()),
            || image.clone(),
        )?;
    }
    wired(life, &concierge, runtime).await?;
    // Where claude-code reads it, the platform itself puts it; that is the identity's check.
    if runtime != RuntimeKind::ClaudeCode {
        is_told_who_it_is(life, &concierge, runtime).await?;
    }
    for other in RuntimeKind::ALL {
        // What stands in a volume may be left from the time before the switch.
        if other == runtime || other.mcp_file().starts_with("/configs") {
            continue;
        }
        let path = other.mcp_file();
        let stray = life.world()?.read(&concierge.container(), path).await?;
        let servers = stray.map(|file| servers_of(other, &file.bytes).unwrap_or_default());
        ensure(
            servers.is_none_or(|servers| !servers.contains_key(life.rules.management_server())),
            format!("nothing of {} in {path}", runtime.as_str()),
            || "the management server".to_owned(),
        )?;
    }
    Ok(())
}

life_check! {
    WIRING_IS_ADDITIVE = "wiring-is-additive", Switch, Hardened, 60 s;
    proves "Wiring the management server leaves a user's own entries alone, and wiring it again changes no byte."
    cites "later contract 4.4, additive and idempotent"
    needs [Disposable, Database, World, ManagementTools]
    after ["concierge-is-online"]
    faults ["clobber-user-entries", "not-idempotent", "wrong-mcp-file"]
    wrong "Wiring the management server takes away what a user had entered, or piles up."
    why "The file is the user's too; an entry that is lost at every restart is never noticed as the platform's doing."
    mend "Read the file, add the one entry, write it back in the same order, and only where it changed."
    |life| {
        let runtime = RuntimeKind::ClaudeCode;
        let concierge = life.member(Role::Concierge)?;
        wired(life, &concierge, runtime).await?;
        let path = runtime.mcp_file();
        let file = life.file(&concierge, path).await?;
        let mut settings: Value = serde_json::from_slice(&file.bytes)
            .map_err(|error| Failure::new(format!("{path} in JSON"), error.to_string()))?;
        let own = json!({"command": "/bin/true", "args": ["of", "the", "user"]});
        settings["mcpServers"]["users-own"] = own.clone();
        settings["theme"] = json!("dark");
        let text = serde_json::to_vec_pretty(&settings).unwrap_or_default();
        life.world()?.write(&concierge.container(), path, &text).await?;
        let mut runs = Vec::new();
        for _ in 0..2 {
            let old = life.running(&concierge).await?;
            life.restart(&concierge).await?;
            life.until_online_by_new(&concierge, &old.id).await?;
            runs.push(life.file(&concierge, path).await?.bytes);
        }
        wired(life, &concierge, runtime).await?;
        let after: Value = serde_json::from_slice(&runs[0])
            .map_err(|error| Failure::new(format!("{path} in JSON"), error.to_string()))?;
        ensure_eq("the user's own server", &after["mcpServers"]["users-own"], &own)?;
        ensure_eq("the user's own setting", &after["theme"], &json!("dark"))?;
        ensure(runs[0] == runs[1], "the same bytes after wiring it again", || {
            format!("{} bytes, then {}", runs[0].len(), runs[1].len())
        })
    }
}

life_check! {
    SWITCH_TO_CODEX = "switch-to-codex", Switch, Hardened, 60 s;
    proves "The concierge switches to codex: a new container, online, with its tools in codex's own file."
    cites "later contract 4.4, ~/.codex/config.toml"
    needs [Disposable, Database, World, ManagementTools]
    after ["concierge-is-online"]
    faults ["one-image-for-all", "wrong-mcp-file", "no-persona"]
    wrong "The concierge does not come up on codex with its tools."
    why "Tools that are wired into another runtime's file are listed nowhere, and no error says so."
    mend "Write [mcp_servers.<name>] into ~/.codex/config.toml, and only there."
    |life| { switch(life, RuntimeKind::Codex).await }
}

life_check! {
    SWITCH_TO_HERMES = "switch-to-hermes", Switch, Hardened, 60 s;
    proves "The concierge switches to hermes: a new container, online, with its tools in hermes' own file."
    cites "later contract 4.4, ~/.hermes/config.yaml"
    needs [Disposable, Database, World, ManagementTools]
    after ["concierge-is-online"]
    faults ["one-image-for-all", "wrong-mcp-file", "no-persona"]
    wrong "The concierge does not come up on hermes with its tools."
    why "Tools that are wired into another runtime's file are listed nowhere, and no error says so."
    mend "Write mcp_servers into ~/.hermes/config.yaml, and only there."
    |life| { switch(life, RuntimeKind::Hermes).await }
}

life_check! {
    SWITCH_TO_OPENCLAW = "switch-to-openclaw", Switch, Hardened, 60 s;
    proves "The concierge switches to openclaw: a new container, online, with its tools in openclaw's own file."
    cites "later contract 4.4, ~/.openclaw/openclaw.json"
    needs [Disposable, Database, World, ManagementTools]
    after ["concierge-is-online"]
    faults ["one-image-for-all", "wrong-mcp-file", "no-persona"]
    wrong "The concierge does not come up on openclaw with its tools."
    why "Tools that are wired into another runtime's file are listed nowhere, and no error says so."
    mend "Write mcp.servers into ~/.openclaw/openclaw.json, and only there."
    |life| { switch(life, RuntimeKind::Openclaw).await }
}

life_check! {
    SWITCH_TO_CLAUDE_CODE = "switch-to-claude-code", Switch, Hardened, 60 s;
    proves "The concierge switches to claude-code: a new container, online, with its tools in claude-code's own file."
    cites "later contract 4.4, /configs/.claude/settings.json"
    needs [Disposable, Database, World, ManagementTools]
    after ["concierge-is-online"]
    faults ["wrong-mcp-file"]
    wrong "The concierge does not come up on claude-code with its tools."
    why "Tools that are wired into another runtime's file are listed nowhere, and no error says so."
    mend "Write mcpServers into /configs/.claude/settings.json, and only there."
    |life| { switch(life, RuntimeKind::ClaudeCode).await }
}
