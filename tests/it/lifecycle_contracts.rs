//! The two contracts of the embedded reference: the older one keeps the core, and has its flaws and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::support::Sandbox;

/// Why a server of the pinned contract is red in a check of the hardened profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The contract of the pinned commit marks it as a flaw that is present there.
    Flaw,
    /// It was added, or changed, after the pinned commit.
    Later,
}

use Reason::{Flaw, Later};

/// All that is red on the pinned contract, in the order of a life. Sections with a number alone are the pinned
/// contract's.
const RED: [(&str, Reason, &str); 29] = [
    (
        "install-keeps-the-runtime",
        Later,
        "2.2: an install sets the runtime of a row that is there; later 2.2 preserves it",
    ),
    (
        "install-refuses-foreign-runtimes",
        Later,
        "2.2: an install has no `runtime`, and no 422",
    ),
    (
        "install-spares-a-live-root",
        Later,
        "2.2: no guard against displacing an online root, no 409",
    ),
    (
        "near-miss-is-no-proof",
        Later,
        "2.5: the gate only demotes; the proof before online is later",
    ),
    (
        "no-tools-are-no-proof",
        Later,
        "2.5: the gate only demotes; the proof before online is later",
    ),
    (
        "registering-is-no-proof",
        Later,
        "2.4: registering brings every kind online",
    ),
    (
        "silent-beat-does-not-recover",
        Flaw,
        "1.2, fault 18: a beat without the fields recovers",
    ),
    (
        "resting-root-is-not-woken",
        Flaw,
        "1.2, fault 19: the failing gate guards no status, and registering wakes",
    ),
    (
        "strangers-make-no-rows",
        Flaw,
        "2.4, further faults: an unknown id becomes a row",
    ),
    ("ensure-repairs-the-root", Later, "2.2: no /ensure endpoint"),
    ("tool-is-reported", Later, "1.1: no column loaded_mcp_tools"),
    (
        "concierge-knows-itself",
        Later,
        "3.2: the concierge's additions are others",
    ),
    (
        "ensure-leaves-a-healthy-root",
        Later,
        "2.2: no /ensure endpoint",
    ),
    (
        "concierge-restarts-complete",
        Flaw,
        "3.2, fault 9: LLM_PROVIDER on the provision that first stores it only",
    ),
    (
        "platform-credentials-stay-out",
        Flaw,
        "3.2: ADMIN_TOKEN is put into every container",
    ),
    (
        "token-file-is-private",
        Later,
        "3.1: 0644 at start; 0600 is later",
    ),
    (
        "list-hides-no-row",
        Flaw,
        "2.3, fault 24: a row that cannot be read is dropped",
    ),
    (
        "patch-admits-failure",
        Flaw,
        "2.3, fault 24: a failing write is only logged",
    ),
    (
        "file-comes-back-as-written",
        Later,
        "2.9, by the commit's source: a file that is written lands in /configs/configs",
    ),
    (
        "missing-file-is-missing",
        Flaw,
        "2.9, fault 24: 200 with empty content",
    ),
    (
        "management-plugin-is-for-the-root",
        Later,
        "2.10: POST /plugins does not check the name",
    ),
    (
        "empty-body-is-no-reply",
        Flaw,
        "2.6: an empty agent body keeps its 2xx",
    ),
    (
        "agent-does-not-approve-itself",
        Flaw,
        "2.8, fault 23: any caller of the workspace may decide",
    ),
    (
        "secret-write-is-gated",
        Flaw,
        "2.7, fault 23: neither blocked nor gated over HTTP",
    ),
    (
        "schedules-come-from-the-config",
        Later,
        "2.10: schedules are rows",
    ),
    (
        "old-beat-does-not-bring-online",
        Flaw,
        "2.3, fault 4: the old container's heartbeat",
    ),
    (
        "ensures-at-once-make-one-root",
        Later,
        "2.2: no /ensure endpoint",
    ),
    (
        "deleted-concierge-is-not-revived",
        Flaw,
        "1.2, fault 19: the failing gate guards no status",
    ),
    (
        "ensure-revives-the-deleted",
        Later,
        "2.2: no /ensure endpoint",
    ),
];

/// The gate of a life on the reference that keeps the pinned contract; `extra` are further lines of the file.
fn lived(extra: &str) -> (Option<i32>, Value) {
    let sandbox = Sandbox::with_settings();
    let template =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/provisioner/templates/platform-agent");
    for name in ["config.yaml", "system-prompt.md", "prompts/concierge.md"] {
        let content = std::fs::read(template.join(name)).expect("a file of the template");
        sandbox.write(&format!("identity/{name}"), content);
    }
    sandbox.write(
        "gates/life.yaml",
        format!(
            "id: life\nabout: A concierge lives.\nkind: lifecycle\nbackend: process\nidentity: {{ path: identity }}\n\
             system:\n  env: {{ PROVISIONER_CONTRACT: pinned }}\n{extra}"
        ),
    );
    let ran = sandbox.run_with_server(&["run", "life", "--retries", "0", "--output", "json"]);
    (ran.code, ran.json()["gates"][0].clone())
}

/// The findings of a gate with their messages.
fn findings(gate: &Value) -> BTreeMap<&str, &str> {
    let findings = gate["findings"].as_array().into_iter().flatten();
    findings
        .filter_map(|finding| Some((finding["code"].as_str()?, finding["message"].as_str()?)))
        .collect()
}

#[test]
fn the_pinned_contract_keeps_the_whole_core() {
    let (code, gate) = lived("profile: core\n");
    assert_eq!(gate["verdict"], "pass", "{:#?}", findings(&gate));
    assert_eq!(code, Some(0));
    let outcomes = &gate["facts"]["outcomes"];
    for none in ["failed", "could-not-look", "not-reached"] {
        assert_eq!(outcomes[none], 0, "{none}");
    }
    let passed = outcomes["passed"].as_u64().expect("a number");
    assert!(passed > 100, "{passed}");
}

#[test]
fn the_pinned_contract_fails_the_hardened_profile_by_its_flaws_and_by_what_came_later_and_by_nothing_else()
 {
    // What the tool is called is a setting of the platform.
    let (code, gate) = lived("management_tool: mcp__molecule-platform__create_workspace\n");
    assert_eq!(code, Some(1));
    let found = findings(&gate);
    let red: BTreeSet<&str> = found.keys().copied().collect();
    let expected: BTreeSet<&str> = RED.iter().map(|(check, ..)| *check).collect();
    let unforeseen: Vec<_> = red
        .difference(&expected)
        .map(|check| found[check])
        .collect();
    let green: Vec<_> = RED
        .iter()
        .filter(|(check, ..)| !red.contains(check))
        .collect();
    assert!(
        unforeseen.is_empty() && green.is_empty(),
        "red without a reason: {unforeseen:#?}\ngreen in spite of it: {green:#?}"
    );
    let outcomes = &gate["facts"]["outcomes"];
    for none in ["could-not-look", "not-reached"] {
        assert_eq!(outcomes[none], 0, "{none}");
    }
    // What a check cites as a flaw of the pinned commit is red for that, and no other is called one.
    let checks = gate["facts"]["checks"].as_array().expect("checks");
    let flaws: Vec<&str> = checks
        .iter()
        .filter(|check| {
            let cites = check["cites"].as_str().unwrap_or_default();
            cites.contains("present at the pinned commit as a flaw")
        })
        .filter_map(|check| check["id"].as_str())
        .collect();
    let called: Vec<&str> = RED
        .iter()
        .filter(|(_, reason, _)| *reason == Flaw)
        .map(|(check, ..)| *check)
        .collect();
    assert_eq!(flaws, called);
}
