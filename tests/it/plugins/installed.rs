use super::support::World;

#[test]
fn a_workspace_with_all_that_is_declared_passes_and_names_where_it_is_from() {
    let world = World::new();
    let gate = world.finds(&[]);
    let facts = &gate["facts"]["deliveries"][0];
    assert_eq!(facts["channel"], "plugin");
    assert_eq!(facts["plugins"][0]["commit"], world.tools.as_str());
    assert_eq!(facts["plugins"][1]["declared"], "notes");
    assert_eq!(facts["plugins"][2]["folder"], "skills/deep");
    assert_eq!(facts["compared"], 8);
    // Each file, and the one server.
    assert_eq!(gate["inspected"], 9);
}

#[test]
fn a_declared_plugin_that_is_not_there_is_found() {
    let world = World::new();
    world.remove("ws/configs/plugins/notes");
    let (message, place) = world.finds_one("plugin-not-installed");
    assert_eq!(message, "plugin notes is declared, and not installed");
    assert_eq!(place, "ws/configs/plugins/notes");
    world.remove("ws/configs/plugins");
    world.finds(&["plugin-not-installed"; 3]);
    world.remove("ws");
    world.finds(&["subject-missing"]);
}

#[test]
fn what_is_installed_and_not_declared_is_found_unless_it_is_allowed() {
    let world = World::new();
    world.write("ws/configs/plugins/retired/plugin.yaml", "name: retired\n");
    let (message, place) = world.finds_one("plugin-not-declared");
    assert_eq!(
        message,
        "plugin retired is installed, and nothing declares it"
    );
    assert_eq!(place, "ws/configs/plugins/retired");
    let gate = super::support::GATE.replace(" - plugin:", " - allow_extra: [retired]\n    plugin:");
    world.write("gates/plugins.yaml", gate);
    world.finds(&[]);
    world.remove("ws/configs/plugins/retired");
    world.finds(&["allowance-unused"]);
}

#[test]
fn a_plugin_without_its_own_file_is_half_delivered() {
    for content in [None, Some(""), Some(" \n")] {
        let world = World::new();
        match content {
            None => world.remove("ws/configs/plugins/tools/plugin.yaml"),
            Some(text) => world.write("ws/configs/plugins/tools/plugin.yaml", text),
        };
        let (message, place) = world.finds_one("plugin-half-delivered");
        assert!(
            message.starts_with("plugin tools is half delivered"),
            "{message}"
        );
        assert_eq!(place, "ws/configs/plugins/tools/plugin.yaml");
    }
}

#[test]
fn contents_are_compared_with_the_plugin_s_source_in_both_directions() {
    let world = World::new();
    world
        .write("ws/configs/plugins/deep/SKILL.md", "# Deep\n")
        .write("ws/configs/plugins/deep/README.md", "all\n")
        .remove("ws/configs/plugins/tools/skills/a/SKILL.md");
    let gate = world.finds(&["not-delivered", "not-in-source", "content-differs"]);
    let diff = gate["findings"][2]["diff"].as_str().expect("a diff");
    assert!(diff.contains("-# deep\n+# Deep\n"), "{diff}");
    let place = gate["findings"][2]["locations"][1]["path"]
        .as_str()
        .expect("a path");
    assert!(
        place.starts_with("mono@") && place.ends_with(":skills/deep/SKILL.md"),
        "{place}"
    );
}

#[test]
fn files_that_an_install_leaves_out_are_excluded_by_their_place_below_plugins() {
    let world = World::new();
    world.remove("ws/configs/plugins/notes/hooks");
    world.finds(&["not-delivered"]);
    let gate =
        super::support::GATE.replace(" - plugin:", " - exclude: [\"*/hooks/**\"]\n    plugin:");
    world.write("gates/plugins.yaml", gate);
    world.finds(&[]);
    let gate =
        super::support::GATE.replace(" - plugin:", " - include: [\"nowhere/**\"]\n    plugin:");
    world.write("gates/plugins.yaml", gate);
    assert_eq!(
        world.finds_one("include-unmatched").0,
        "no plugin has anything that matches `nowhere/**`"
    );
}

#[test]
fn a_symlink_is_not_followed() {
    let world = World::new();
    world.remove("ws/configs/plugins/deep");
    let link = world.sandbox.root().join("ws/configs/plugins/deep");
    std::os::unix::fs::symlink("tools", link).expect("a link");
    assert_eq!(
        world.finds_one("type-differs").0,
        "plugin deep is a symlink, expected a folder"
    );
}

#[test]
fn a_plugin_that_cannot_be_had_is_refused_and_the_others_are_looked_at() {
    let world = World::new();
    let manifest =
        std::fs::read_to_string(world.sandbox.root().join("manifest.json")).expect("a manifest");
    let private = manifest.replace(
        "\"name\": \"notes\", \"repo\"",
        "\"name\": \"notes\", \"private\": true, \"repo\"",
    );
    world
        .write(
            "manifest.json",
            private.replace("o/plugin-notes", "o/hidden"),
        )
        .remove("ws/configs/plugins/deep");
    let ran = world.ran();
    ran.exits(1);
    let gate = &ran.json()["gates"][0];
    let codes: Vec<_> = gate["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|f| f["code"].as_str())
        .collect();
    assert_eq!(
        codes,
        [Some("plugin-not-installed"), Some("lock-stale")],
        "{gate:#}"
    );
}
