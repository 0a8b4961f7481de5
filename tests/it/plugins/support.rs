use serde_json::Value;

use crate::support::{Ran, Sandbox};

/// A workspace whose plugins are as they should be. The template declares `tools` by an address and `notes` by name,
/// and `deep`, which is a folder of a repository.
pub struct World {
    pub sandbox: Sandbox,
    /// The commits of the plugins `tools` and `deep`.
    pub tools: String,
    pub deep: String,
}

/// What plugin `tools` says of its server.
pub const TOOLS: &str = r#"{"mcpServers": {"tools": {"command": "node", "args": ["${CLAUDE_DIR}/server.js", "--stdio"], "env": {"API_KEY": "${API_KEY}"}}}}
"#;

/// The same as it is wired in `settings.json`.
pub const SETTINGS: &str = r#"{"model": "m", "mcpServers": {"mine": {"command": "mine"}, "tools": {"command": "node", "args": ["/configs/.claude/server.js", "--stdio"], "env": {"API_KEY": "k"}}}}
"#;

pub const GATE: &str = "\
id: plugins
about: The workspace has the plugins of its template.
kind: delivery
source: { template: one }
deliveries:
  - plugin: { configs: ws/configs, runtime: claude-code }
";

impl World {
    pub fn new() -> Self {
        Self::with_tools(TOOLS)
    }

    /// `tools` describes its server like this.
    pub fn with_tools(described: &str) -> Self {
        let sandbox = Sandbox::new();
        let tools = sandbox.repository(
            "repos/o/tools",
            &[
                ("plugin.yaml", "name: tools\n"),
                ("settings-fragment.json", described),
                ("skills/a/SKILL.md", "# a\n"),
            ],
        );
        let notes = sandbox.repository(
            "repos/o/plugin-notes",
            &[
                ("plugin.yaml", "name: notes\n"),
                ("SKILL.md", "# notes\n"),
                ("hooks/__init__.py", ""),
            ],
        );
        let deep = sandbox.repository(
            "repos/o/mono",
            &[
                ("skills/deep/plugin.yaml", "name: deep\n"),
                ("skills/deep/SKILL.md", "# deep\n"),
                ("README.md", "all\n"),
            ],
        );
        let config = format!(
            "name: one\nplugins:\n  - gitea://o/tools#{tools}\n  - notes\n  - source: gitea://o/mono/skills/deep#sha:{deep}\n    config:\n      schedules: []\n"
        );
        let one = sandbox.repository("repos/o/one", &[("config.yaml", &config)]);
        let entry = |name: &str, repo: &str, commit: &str| {
            format!("    {{\"name\": \"{name}\", \"repo\": \"o/{repo}\", \"ref\": \"{commit}\"}}")
        };
        let plugins = [
            entry("tools", "tools", &tools),
            entry("notes", "plugin-notes", &notes),
            entry("mono", "mono", &deep),
        ];
        sandbox
            .write(
                "driftgate.yaml",
                "providers: { local: { url: '../repos/{repo}' } }\n",
            )
            .write(
                "manifest.json",
                format!(
                    "{{\n  \"plugins\": [\n{}\n  ],\n  \"workspace_templates\": [\n{}\n  ]\n}}\n",
                    plugins.join(",\n"),
                    entry("one", "one", &one)
                ),
            )
            .write("gates/plugins.yaml", GATE)
            .write("ws/configs/.claude/settings.json", SETTINGS);
        let plugins = "ws/configs/plugins";
        for (path, content) in [
            ("tools/plugin.yaml", "name: tools\n"),
            ("tools/settings-fragment.json", described),
            ("tools/skills/a/SKILL.md", "# a\n"),
            ("notes/plugin.yaml", "name: notes\n"),
            ("notes/SKILL.md", "# notes\n"),
            ("notes/hooks/__init__.py", ""),
            ("deep/plugin.yaml", "name: deep\n"),
            ("deep/SKILL.md", "# deep\n"),
        ] {
            sandbox.write(&format!("{plugins}/{path}"), content);
        }
        sandbox.run(&["sync"]).exits(0);
        Self {
            sandbox,
            tools,
            deep,
        }
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.sandbox.write(path, content);
        self
    }

    /// Writes the gate with further keys of `plugin`.
    pub fn gate(&self, keys: &str) -> &Self {
        let gate = GATE.replace("runtime: claude-code", keys);
        self.write("gates/plugins.yaml", gate)
    }

    /// Another `config.yaml` of the template, which is then a working copy.
    pub fn config(&self, text: &str) -> &Self {
        crate::support::write(&self.sandbox.path().join("copy/config.yaml"), text);
        self
    }

    /// The template as it is, with further files; a working copy from then on.
    pub fn source(&self, files: &[(&str, &str)]) -> &Self {
        let repository = self.sandbox.path().join("repos/o/one");
        self.config(&crate::support::git(
            &repository,
            &["show", "HEAD:config.yaml"],
        ));
        for (path, content) in files {
            crate::support::write(&self.sandbox.path().join("copy").join(path), content);
        }
        self
    }

    /// Waives a code in the gate as it stands.
    pub fn waive(&self, code: &str) -> &Self {
        let gate = std::fs::read_to_string(self.sandbox.root().join("gates/plugins.yaml"));
        let gate = gate.expect("the gate");
        let waiver = format!("waivers: [{{code: {code}, reason: for now, until: 2999-01-01}}]\n");
        self.write("gates/plugins.yaml", format!("{gate}{waiver}"))
    }

    pub fn remove(&self, path: &str) -> &Self {
        let path = self.sandbox.root().join(path);
        if path.is_dir() {
            std::fs::remove_dir_all(path).expect("removed");
        } else {
            std::fs::remove_file(path).expect("removed");
        }
        self
    }

    pub fn ran(&self) -> Ran {
        let mut args = vec!["run", "--output", "json"];
        let copy = format!("one={}", self.sandbox.path().join("copy").display());
        if self.sandbox.path().join("copy").exists() {
            args.extend(["--source", &copy]);
        }
        self.sandbox.run(&args)
    }

    /// Runs the gate, which must find exactly these; returns it.
    #[track_caller]
    pub fn finds(&self, expected: &[&str]) -> Value {
        let ran = self.ran();
        let gate = ran.json()["gates"][0].clone();
        let codes: Vec<&str> = gate["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .map(|finding| finding["code"].as_str().expect("a code"))
            .collect();
        assert_eq!(codes, expected, "{gate:#}");
        ran.exits(i32::from(!expected.is_empty()));
        gate
    }

    /// The same for one finding; returns its message and its first place.
    #[track_caller]
    pub fn finds_one(&self, code: &str) -> (String, String) {
        let gate = self.finds(&[code]);
        let finding = &gate["findings"][0];
        let at = &finding["locations"][0];
        let place = match at["line"].as_u64() {
            Some(line) => format!("{}:{line}", at["path"].as_str().expect("a path")),
            None => at["path"].as_str().expect("a path").to_owned(),
        };
        (
            finding["message"].as_str().expect("a message").to_owned(),
            place,
        )
    }

    /// Proves the gate; returns its protections, each with its code.
    #[track_caller]
    pub fn proved(&self) -> Vec<(String, String)> {
        let ran = self.sandbox.run(&["prove", "--output", "json"]);
        let gate = ran.json()["gates"][0].clone();
        ran.exits(0);
        gate["protections"]
            .as_array()
            .expect("protections")
            .iter()
            .map(|one| {
                let text = |key: &str| one[key].as_str().expect("a text").to_owned();
                (text("name"), text("expected"))
            })
            .collect()
    }
}
