//! A folder, what a server gives, and the plugins of a workspace, of one source: one look shows which of them drifted.

use serde_json::{Value, json};

use super::support::World;
use crate::assets::server::{Reply, Server};
use crate::assets::support::tar;

/// The template as a folder, as a bundle and as a workspace.
fn gate(world: &World, server: &Server, more: &str) {
    let gate = format!(
        "id: plugins\nabout: The template arrives.\nkind: delivery\nsource: {{ template: one }}\ndeliveries:\n\
         \x20 - {{ name: folder, directory: copy }}\n\
         \x20 - name: served\n    assets: {{ bundle: \"{}/b\", allow: [config.yaml, \"prompts/**\"], settle: {{ looks: 1 }}{more} }}\n\
         \x20 - {{ name: workspace, plugin: {{ configs: ws/configs, runtime: claude-code }} }}\n",
        server.url()
    );
    world.write("gates/plugins.yaml", gate);
}

fn cells(gate: &Value, file: &str) -> Vec<String> {
    let rows = gate["facts"]["matrix"]["files"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["file"] == file);
    let row = row.unwrap_or_else(|| panic!("no row {file}: {rows:#?}"));
    let state = |cell: &Value| cell["state"].as_str().expect("a state").to_owned();
    let cells = row["cells"].as_array().expect("cells");
    cells.iter().map(state).collect()
}

#[test]
fn one_look_shows_which_of_a_folder_a_bundle_and_a_workspace_drifted() {
    let world = World::new();
    let repository = world.sandbox.path().join("repos/o/one");
    let config = crate::support::git(&repository, &["show", "HEAD:config.yaml"]);
    let served = config.clone();
    let server = Server::start(move |asked| match asked.before {
        0 => Reply::ok(tar(&[("config.yaml", &served)])),
        _ => Reply::ok(tar(&[
            ("config.yaml", &served.replace("one", "two")),
            ("prompts/x.md", "x"),
        ])),
    });
    gate(&world, &server, "");
    world.write("copy/config.yaml", &config);
    // Nothing goes over as prompts: that is told, and the files agree.
    let first = world.ran().json()["gates"][0].clone();
    let states: Vec<_> = first["facts"]["matrix"]["deliveries"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|column| (column["name"].clone(), column["state"].clone()))
        .collect();
    assert_eq!(
        states,
        [
            (json!("folder"), json!("agrees")),
            (json!("served"), json!("differs")),
            (json!("workspace"), json!("agrees")),
        ]
    );
    // All three drift, each in its own way.
    world
        .write("copy/more.md", "more\n")
        .write("ws/configs/plugins/tools/skills/a/SKILL.md", "other\n");
    let ran = world.ran();
    ran.exits(1);
    let drifted = ran.json()["gates"][0].clone();
    assert_eq!(
        cells(&drifted, "config.yaml"),
        ["agrees", "differs", "not-compared"]
    );
    assert_eq!(
        cells(&drifted, "more.md"),
        ["differs", "not-compared", "not-compared"]
    );
    assert_eq!(
        cells(&drifted, "prompts/x.md"),
        ["not-compared", "differs", "not-compared"]
    );
    assert_eq!(
        cells(&drifted, "tools/skills/a/SKILL.md"),
        ["not-compared", "not-compared", "differs"]
    );
    let shown = world.sandbox.run(&["run"]).stdout;
    assert!(shown.contains("by delivery"), "{shown}");
    let ran = world.sandbox.run(&["diff", "plugins"]);
    ran.exits(1);
    let heads: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("== "))
        .collect();
    assert_eq!(
        heads,
        [
            "== config.yaml in served",
            "== more.md in folder",
            "== prompts/x.md in served",
            "== tools/skills/a/SKILL.md in workspace",
        ]
    );
}
