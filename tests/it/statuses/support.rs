//! A folder with a list of required contexts, and the command in it.

use serde_json::{Value, json};

use super::forge::{Forge, HEAD};
use crate::support::{Ran, Sandbox, git};

/// A folder without settings: the command needs no checkout.
pub fn folder(required: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("required.txt", required);
    sandbox
}

impl Sandbox {
    /// Records these statuses.
    pub fn record(&self, statuses: &[Value]) -> &Self {
        let record =
            json!({"sha": HEAD, "state": "failure", "total_count": 0, "statuses": statuses});
        self.write("statuses.json", record.to_string())
    }

    /// Commits all that is there, and records these statuses of that commit.
    pub fn record_of_commit(&self, statuses: &[Value]) -> String {
        let root = self.root();
        if !root.join(".git").exists() {
            git(&root, &["init", "--quiet", "--initial-branch=main"]);
        }
        git(&root, &["add", "--all"]);
        git(
            &root,
            &["commit", "--quiet", "--allow-empty", "-m", "a head"],
        );
        let head = git(&root, &["rev-parse", "HEAD"]).trim().to_owned();
        self.record_about(&head, statuses);
        head
    }

    /// Records these statuses as those of a commit.
    pub fn record_about(&self, commit: &str, statuses: &[Value]) {
        let mut statuses = statuses.to_vec();
        for row in &mut statuses {
            row["url"] = json!(format!("https://forge.example.org/statuses/{commit}"));
        }
        let record = json!({"sha": commit, "total_count": 0, "statuses": statuses});
        self.write("statuses.json", record.to_string());
    }

    /// Judges what was recorded.
    pub fn judge(&self, more: &[&str]) -> Ran {
        let mut args = vec![
            "statuses",
            "--required",
            "required.txt",
            "--statuses",
            "statuses.json",
        ];
        args.extend(["--output", "json"]);
        args.extend(more);
        self.run(&args)
    }

    /// Asks a Gitea.
    pub fn ask(&self, forge: &Forge, more: &[&str]) -> Ran {
        let mut args = vec!["statuses", "--required", "required.txt", "--forge", "gitea"];
        args.extend([
            "--url", &forge.url, "--repo", "o/r", "--sha", HEAD, "--output", "json",
        ]);
        args.extend(more);
        self.run(&args)
    }
}

/// The codes of blocking findings, sorted, each once.
#[track_caller]
pub fn codes(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let mut codes: Vec<String> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["level"] == "block")
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// The advisory ones.
#[track_caller]
pub fn advice(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let findings = report["findings"].as_array().expect("findings");
    let mut codes: Vec<String> = findings
        .iter()
        .filter(|finding| finding["level"] == "advisory")
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// Contexts of a list of the report, with their states.
#[track_caller]
pub fn states(ran: &Ran, list: &str) -> Vec<(String, String)> {
    let report = ran.json();
    report[list]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().expect("a text").to_owned();
            (text("context"), text("state"))
        })
        .collect()
}

/// All messages of findings, in lines.
#[track_caller]
pub fn messages(ran: &Ran) -> String {
    let report = ran.json();
    let findings = report["findings"].as_array().expect("findings");
    let messages: Vec<_> = findings
        .iter()
        .map(|finding| finding["message"].as_str().expect("a message"))
        .collect();
    messages.join("\n")
}
