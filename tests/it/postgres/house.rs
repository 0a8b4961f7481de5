use serde_json::Value;

use crate::support::Sandbox;

/// A gate with these lines below the common keys.
pub(super) fn gate(body: &str) -> String {
    format!("id: db\nabout: The database is as it must be.\nkind: postgres\n{HEAD}{body}")
}

/// The server is one of this machine's own programs.
pub const HEAD: &str = "backend: process\n";

/// A root with one gate, `db`, and these migrations.
pub(super) fn sandbox(body: &str, migrations: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox.write("gates/db.yaml", gate(body));
    for (name, text) in migrations {
        sandbox.write(&format!("migrations/{name}"), text);
    }
    sandbox
}

/// What a run said of the only gate.
pub(super) struct Said(pub(super) Value);

impl Said {
    #[track_caller]
    pub(super) fn of(sandbox: &Sandbox, exit: i32) -> Self {
        let ran = sandbox.run_with_server(&["run", "--retries", "0", "--output", "json"]);
        Self(ran.exits(exit).json()["gates"][0].take())
    }

    pub(super) fn verdict(&self) -> &str {
        self.0["verdict"].as_str().expect("a verdict")
    }

    /// Each finding as `code place`.
    pub(super) fn findings(&self) -> Vec<String> {
        let found = self.0["findings"].as_array().expect("findings");
        found
            .iter()
            .map(|finding| {
                let place = &finding["locations"][0];
                let number = |key: &str| match place[key].as_u64() {
                    Some(n) => format!(":{n}"),
                    None => String::new(),
                };
                let code = finding["code"].as_str().expect("a code");
                let path = place["path"].as_str().unwrap_or_default();
                let at = format!("{code} {path}{}{}", number("line"), number("column"));
                at.trim_end().to_owned()
            })
            .collect()
    }

    /// A key of the first finding.
    pub(super) fn first(&self, key: &str) -> &str {
        self.0["findings"][0][key].as_str().unwrap_or_default()
    }

    pub(super) fn fact(&self, key: &str) -> &Value {
        &self.0["facts"][key]
    }
}

pub(super) const FOLDER: &str = "migrations: { folder: migrations }\n";

pub(super) const W: [(&str, &str); 2] = [
    (
        "001_w.up.sql",
        "CREATE TABLE w (\n  id int PRIMARY KEY,\n  kind text NOT NULL DEFAULT 'a' CONSTRAINT w_kind CHECK (kind IN ('a', 'b'))\n);\n",
    ),
    ("001_w.down.sql", "DROP TABLE w;\n"),
];

/// The table `w`, and one more migration with what undoes it.
pub(super) fn with(up: &str, down: &str) -> Sandbox {
    let sandbox = sandbox(FOLDER, &W);
    sandbox
        .write("migrations/002_x.up.sql", up)
        .write("migrations/002_x.down.sql", down);
    sandbox
}
