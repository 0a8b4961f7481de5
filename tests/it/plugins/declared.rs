use super::support::World;
use crate::support::write;

#[test]
fn a_plugin_that_the_manifest_lacks_is_found_where_it_is_declared() {
    let world = World::new();
    world.config(&format!(
        "plugins:\n  - gitea://o/tools#{}\n  - gitea://o/other#v1\n  - more\n",
        world.tools
    ));
    world
        .remove("ws/configs/plugins/notes")
        .remove("ws/configs/plugins/deep");
    let gate = world.finds(&[
        "plugin-unknown",
        "plugin-unknown",
        "plugin-not-installed",
        "plugin-not-installed",
    ]);
    let said = |index: usize| {
        gate["findings"][index]["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    };
    assert_eq!(
        said(0),
        "gitea://o/other#v1 is declared, and manifest.json has no repository o/other"
    );
    assert_eq!(
        said(1),
        "more is declared, and manifest.json has no plugin named `more`"
    );
    assert_eq!(gate["findings"][0]["locations"][0]["line"], 3);
}

#[test]
fn another_ref_and_none_at_all_are_two_findings() {
    let world = World::new();
    world.config(
        "plugins:\n  - gitea://o/tools#v1.0.0\n  - notes\n  - gitea://o/mono/skills/deep\n",
    );
    let gate = world.finds(&["plugin-other-ref", "plugin-unpinned"]);
    let said = gate["findings"][0]["message"].as_str().expect("a message");
    assert_eq!(
        said,
        format!(
            "plugin tools is declared at `v1.0.0`, and the manifest has it at `{}`",
            world.tools
        )
    );
    // What is installed of another ref is compared with nothing.
    world.write("ws/configs/plugins/tools/skills/a/SKILL.md", "other\n");
    world.finds(&["plugin-other-ref", "plugin-unpinned"]);
}

#[test]
fn a_short_commit_is_the_same_ref() {
    let world = World::new();
    let (tools, deep) = (&world.tools[..12], &world.deep[..8]);
    world.config(&format!(
        "plugins: [\"gitea://o/tools#{tools}\", notes, \"gitea://o/mono/skills/deep#sha:{deep}\"]\n"
    ));
    world.finds(&[]);
}

#[test]
fn two_plugins_of_one_name_are_found_with_both_places() {
    let world = World::new();
    world.config(&format!(
        "plugins:\n  - gitea://o/tools#{}\n  - notes\n  - gitea://o/mono/skills/deep#{}\n  - gitea://o/mono/notes#{}\n",
        world.tools, world.deep, world.deep
    ));
    let gate = world.finds(&["plugin-shadowed"]);
    let places = gate["findings"][0]["locations"].as_array().expect("places");
    assert_eq!(
        (&places[0]["line"], &places[1]["line"]),
        (&5.into(), &3.into())
    );
}

#[test]
fn what_is_no_address_is_found_with_its_line() {
    let world = World::new();
    let whole = format!("gitea://o/tools#{}", world.tools);
    let deep = format!("gitea://o/mono/skills/deep#{}", world.deep);
    for (entry, words) in [
        (
            "clawhub://x",
            "`clawhub://x` is no plugin: `clawhub://` is not known",
        ),
        (
            "gitea://o",
            "`gitea://o` is no plugin: it names no repository",
        ),
        (
            "[a]",
            "a plugin is a list, expected an address or `{source, config}`",
        ),
        ("{config: {}}", "a plugin has no `source`"),
        ("!other x", "tag `!other` is not known"),
    ] {
        world.config(&format!(
            "plugins:\n  - {whole}\n  - notes\n  - {deep}\n  - {entry}\n"
        ));
        let (message, place) = world.finds_one("plugin-declaration");
        assert!(message.starts_with(words), "{message}");
        assert!(place.ends_with("config.yaml:5"), "{place}");
    }
}

#[test]
fn a_declaration_that_is_not_there_or_cannot_be_read_is_never_no_plugins() {
    let world = World::new();
    world.remove("ws/configs/plugins").write("ws/configs/x", "");
    for (text, words) in [
        (
            "plugins: {a: b}\n",
            "`plugins` is a mapping, expected a list",
        ),
        ("plugins: [a\n", "config.yaml cannot be read:"),
        ("- a\n", "config.yaml is a list, expected a mapping"),
    ] {
        world.config(text);
        let (message, _) = world.finds_one("plugin-declaration");
        assert!(message.starts_with(words), "{message}");
    }
    std::fs::remove_file(world.sandbox.path().join("copy/config.yaml")).expect("removed");
    let (message, _) = world.finds_one("plugin-declaration");
    assert_eq!(
        message,
        "config.yaml declares the plugins, and does not exist"
    );
    // Nothing declared and nothing installed: there was nothing to look at.
    world.config("name: one\n");
    world.ran().exits(3);
}

#[test]
fn plugins_that_the_platform_declares_are_added_by_the_gate() {
    let world = World::new();
    let deep = format!("gitea://o/mono/skills/deep#{}", world.deep);
    world.config(&format!(
        "plugins:\n  - gitea://o/tools#{}\n  - notes\n",
        world.tools
    ));
    world.finds(&["plugin-not-declared"]);
    world.gate(&format!("runtime: claude-code, also: [\"{deep}\"]"));
    world.finds(&[]);
    world.gate(&format!(
        "runtime: claude-code, also: [\"{deep}\", \"!notes\"]"
    ));
    world.finds(&["plugin-not-declared"]);
}

/// An organisation in which the workspace is a child, and has plugins of its template, of the defaults, and its own.
fn organisation(world: &World) {
    let commit = |name: &str, text: &str| {
        world
            .sandbox
            .commit(&format!("repos/o/{name}"), &[("config.yaml", text)])
    };
    let one = commit("one", "plugins: [notes]\n");
    let org = world.sandbox.repository(
        "repos/o/org",
        &[
            (
                "org.yaml",
                &format!(
                    "name: Org\ndefaults:\n  plugins:\n    - gitea://o/tools#{}\n    - gitea://o/mono/skills/deep#{}\nworkspaces:\n  - !include teams/lead.yaml\n  - !external\n    repo: o/else\n    ref: v1\n    path: team.yaml\n",
                    world.tools, world.deep
                ),
            ),
            ("teams/lead.yaml", "name: Lead\nchildren:\n  - !include ../worker/workspace.yaml\n  - name: Other\n"),
            ("worker/workspace.yaml", "name: Worker\ntemplate: one\nplugins: []\n"),
        ],
    );
    let manifest =
        std::fs::read_to_string(world.sandbox.root().join("manifest.json")).expect("a manifest");
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    manifest["workspace_templates"][0]["ref"] = one.into();
    manifest["org_templates"] = serde_json::json!([{"name": "org", "repo": "o/org", "ref": org}]);
    world.write("manifest.json", manifest.to_string()).write(
        "gates/plugins.yaml",
        super::support::GATE
            .replace("template: one", "org_template: org")
            .replace(
                "runtime: claude-code",
                "runtime: claude-code, workspace: Worker",
            ),
    );
    world.sandbox.run(&["sync"]).exits(0);
}

/// Rewrites a file of the organisation, and pins it.
fn rewrite(world: &World, path: &str, text: &str) {
    let commit = world.sandbox.commit("repos/o/org", &[(path, text)]);
    let file = world.sandbox.root().join("manifest.json");
    let manifest = std::fs::read_to_string(&file).expect("a manifest");
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    manifest["org_templates"][0]["ref"] = commit.into();
    write(&file, manifest.to_string());
    world.sandbox.run(&["sync"]).exits(0);
}

#[test]
fn a_nested_workspace_has_the_plugins_of_its_template_of_the_defaults_and_its_own() {
    let world = World::new();
    organisation(&world);
    world.finds(&[]);
    // A child has nothing of the workspace above it.
    rewrite(
        &world,
        "teams/lead.yaml",
        "name: Lead\nplugins: [more]\nchildren: [!include ../worker/workspace.yaml]\n",
    );
    world.finds(&[]);
}

#[test]
fn an_opt_out_removes_what_was_inherited_and_one_that_removes_nothing_is_found() {
    let world = World::new();
    organisation(&world);
    let worker = |plugins: &str| format!("name: Worker\ntemplate: one\nplugins: {plugins}\n");
    let deep = format!("\"!gitea://o/mono/skills/deep#{}\"", world.deep);
    rewrite(
        &world,
        "worker/workspace.yaml",
        &worker(&format!("[{deep}, \"-notes\"]")),
    );
    world.finds(&["plugin-not-declared"; 2]);
    world
        .remove("ws/configs/plugins/deep")
        .remove("ws/configs/plugins/notes");
    world.finds(&[]);
    // The platform compares whole texts, so that the plugin is installed all the same.
    rewrite(
        &world,
        "worker/workspace.yaml",
        &worker("[\"!deep\", \"-notes\"]"),
    );
    let gate = world.finds(&["plugin-opt-out-unused", "plugin-not-installed"]);
    let help = gate["findings"][0]["help"].as_str().expect("help");
    assert!(
        help.contains("write `!gitea://o/mono/skills/deep#"),
        "{help}"
    );
}

#[test]
fn a_workspace_that_is_not_there_or_twice_is_found() {
    let world = World::new();
    organisation(&world);
    let gate =
        std::fs::read_to_string(world.sandbox.root().join("gates/plugins.yaml")).expect("a gate");
    world.write(
        "gates/plugins.yaml",
        gate.replace("workspace: Worker", "workspace: Nobody"),
    );
    let ran = world.ran();
    ran.exits(1);
    let findings = ran.json()["gates"][0]["findings"].clone();
    // What could not be followed may have been the place.
    assert!(
        findings[0]["message"]
            .as_str()
            .expect("a message")
            .contains("`!external` names o/else")
    );
    assert_eq!(
        findings[1]["message"],
        "there is no workspace named `Nobody`"
    );
    assert_eq!(findings[1]["help"], "there are: Lead, Worker, Other");
    world.write("gates/plugins.yaml", gate);
    rewrite(
        &world,
        "teams/lead.yaml",
        "name: Lead\nchildren:\n  - !include ../worker/workspace.yaml\n  - name: Worker\n",
    );
    let (message, _) = world.finds_one("plugin-declaration");
    assert_eq!(message, "a second workspace is named `Worker`");
}

#[test]
fn what_another_repository_declares_is_read_at_the_ref_that_the_manifest_has() {
    let world = World::new();
    organisation(&world);
    let other = world.sandbox.repository(
        "repos/o/else",
        &[("team.yaml", "name: Worker\ntemplate: one\n")],
    );
    let file = world.sandbox.root().join("manifest.json");
    let text = std::fs::read_to_string(&file).expect("a manifest");
    let mut manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    manifest["org_templates"]
        .as_array_mut()
        .expect("a list")
        .push(serde_json::json!({"name": "else", "repo": "o/else", "ref": other}));
    write(&file, manifest.to_string());
    world.sandbox.run(&["sync"]).exits(0);
    let org = |reference: &str| {
        format!(
            "defaults: {{plugins: [\"gitea://o/tools#{}\", \"gitea://o/mono/skills/deep#{}\"]}}\nworkspaces:\n  - !external {{repo: o/else, ref: {reference}, path: team.yaml}}\n",
            world.tools, world.deep
        )
    };
    rewrite(&world, "org.yaml", &org(&other));
    world.finds(&[]);
    rewrite(&world, "org.yaml", &org("v1"));
    let ran = world.ran();
    let findings = ran.json()["gates"][0]["findings"].clone();
    let said = findings[0]["message"].as_str().expect("a message");
    assert!(
        said.starts_with("`!external` names o/else at `v1`, and the manifest has it at"),
        "{said}"
    );
}

#[test]
fn files_that_include_each_other_come_to_an_end() {
    let world = World::new();
    organisation(&world);
    rewrite(
        &world,
        "teams/lead.yaml",
        "name: Lead\nchildren:\n  - !include lead.yaml\n  - !include lead.yaml\n  - !include ../worker/workspace.yaml\n",
    );
    let gate = world.finds(&["plugin-declaration"; 2]);
    assert_eq!(
        gate["findings"][0]["message"],
        "it leads back to teams/lead.yaml, which led here"
    );
}

#[test]
fn what_a_waived_declaration_keeps_from_being_judged_is_told() {
    let world = World::new();
    world
        .gate("runtime: claude-code, before: ws/before.json")
        .write("ws/before.json", "{\"model\": \"m\"}\n")
        .write("ws/configs/plugins/strange/plugin.yaml", "name: strange\n");
    world.source(&[]);
    let copy = world.sandbox.path().join("copy/config.yaml");
    let config = std::fs::read_to_string(&copy).expect("the declaration");
    world.finds(&["plugin-not-declared", "wiring-unexplained"]);
    world.config(&format!("{config}  - clawhub://x\n"));
    world.finds(&["plugin-declaration"]);
    world.waive("plugin-declaration");
    let ran = world.ran();
    ran.exits(0);
    let gate = &ran.json()["gates"][0];
    let finding = &gate["findings"][1];
    assert_eq!(finding["code"], "plugin-not-judged", "{gate:#}");
    assert_eq!(finding["level"], "advisory");
    let message = finding["message"].as_str().expect("a message");
    for left in [
        "what is installed and not declared",
        "what is new in ws/configs/.claude/settings.json",
    ] {
        assert!(message.contains(left), "{message}");
    }
    assert_eq!(
        gate["facts"]["deliveries"][0]["not_judged"][0],
        "what is installed and not declared"
    );
    // Where no plugin at all is known, nothing was looked at that counts.
    world.config("plugins: {a: b}\n");
    let ran = world.ran();
    ran.exits(3);
    assert_eq!(ran.json()["gates"][0]["verdict"], "vacuous");
}
