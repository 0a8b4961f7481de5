use crate::support::Sandbox;

/// A repository whose workflows are gated.
pub struct Repo {
    pub sandbox: Sandbox,
    folder: &'static str,
}

impl Repo {
    /// On GitHub; `required` are the contexts that must be green.
    pub fn github(required: &[&str]) -> Self {
        Self::new("forge: { name: github }\n", ".github/workflows", required)
    }

    pub fn gitea(version: &str, required: &[&str]) -> Self {
        let settings = format!("forge: {{ name: gitea, version: \"{version}\" }}\n");
        Self::new(&settings, ".gitea/workflows", required)
    }

    fn new(settings: &str, folder: &'static str, required: &[&str]) -> Self {
        let sandbox = Sandbox::new();
        let named = if required.is_empty() {
            ""
        } else {
            "required_contexts: required.txt\n"
        };
        sandbox
            .write("driftgate.yaml", settings)
            .write(
                "gates/ci.yaml",
                format!("id: ci\nabout: What is required has run.\nkind: workflows\nbranch: main\n{named}"),
            )
            .write("required.txt", required.join("\n") + "\n");
        Self { sandbox, folder }
    }

    /// More lines of the gate.
    pub fn gate(&self, lines: &str) -> &Self {
        let path = self.sandbox.root().join("gates/ci.yaml");
        let mut text = std::fs::read_to_string(&path).expect("the gate");
        text.push_str(lines);
        std::fs::write(path, text).expect("the gate");
        self
    }

    pub fn file(&self, name: &str, text: &str) -> &Self {
        self.sandbox.write(&format!("{}/{name}", self.folder), text);
        self
    }

    /// `ci.yml` with one job `test` that posts the required context `test`: `keys` are lines of the
    /// job, `steps` its steps.
    pub fn job(&self, keys: &str, steps: &str) -> &Self {
        self.file("ci.yml", &job_file(keys, steps))
    }

    /// Every finding as `level code file:line`, without those of `aside`.
    pub fn findings_without(&self, aside: &[&str]) -> Vec<String> {
        self.report()["gates"][0]["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .filter(|finding| !aside.iter().any(|code| finding["code"] == *code))
            .map(|finding| {
                let place = &finding["locations"][0];
                let path = place["path"].as_str().unwrap_or_default();
                format!(
                    "{} {} {}:{}",
                    finding["level"].as_str().unwrap_or_default(),
                    finding["code"].as_str().unwrap_or_default(),
                    path.rsplit('/').next().unwrap_or_default(),
                    place["line"]
                )
            })
            .collect()
    }

    pub fn findings(&self) -> Vec<String> {
        self.findings_without(&[])
    }

    /// The message of the first finding of a code.
    pub fn message(&self, code: &str) -> String {
        self.report()["gates"][0]["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .find(|finding| finding["code"] == code)
            .and_then(|finding| finding["message"].as_str())
            .unwrap_or_else(|| panic!("no {code}"))
            .to_owned()
    }

    pub fn report(&self) -> serde_json::Value {
        let ran = self
            .sandbox
            .run(&["run", "--today", "2026-11-01", "--output", "json"]);
        ran.json()
    }
}

pub fn job_file(keys: &str, steps: &str) -> String {
    let indented = |text: &str, by: usize| {
        text.lines()
            .map(|line| format!("{}{line}\n", " ".repeat(by)))
            .collect::<String>()
    };
    format!(
        "name: CI\non:\n  pull_request:\njobs:\n  test:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n{}    steps:\n{}",
        indented(keys, 4),
        indented(steps, 6)
    )
}
