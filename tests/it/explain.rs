//! `driftgate explain`.

use crate::support::Sandbox;

#[test]
fn every_code_that_is_listed_is_explained_in_prose() {
    let sandbox = Sandbox::with_settings();
    let list = sandbox.run(&["list", "--output", "json"]).exits(0).json();
    let codes: Vec<String> = list["kinds"]
        .as_array()
        .expect("kinds")
        .iter()
        .flat_map(|kind| kind["codes"].as_array().expect("codes"))
        .map(|code| code.as_str().expect("a name").to_owned())
        .chain(["timed-out", "harness-bug", "waiver-expired"].map(str::to_owned))
        .collect();
    assert!(codes.len() > 10, "{codes:?}");
    for code in codes {
        let ran = sandbox.run(&["explain", &code]);
        ran.exits(0);
        let parts: Vec<_> = ran.stdout.split("\n\n").collect();
        assert_eq!(parts[0], format!("{code}  a finding code"));
        assert!(parts[1].len() > 10, "{code}: {}", ran.stdout);
        assert!(parts[2].starts_with("Why it matters\n"), "{code}");
        assert!(parts[3].starts_with("How to mend it\n"), "{code}");
    }
}

#[test]
fn kinds_and_verdicts_are_explained_without_a_checkout() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["explain", "delivery"]);
    ran.exits(0);
    assert!(
        ran.stdout.contains("driftgate schema delivery"),
        "{}",
        ran.stdout
    );
    let ran = sandbox.run(&["explain", "vacuous"]);
    ran.exits(0);
    assert!(
        ran.stdout.starts_with("vacuous  a verdict\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_gate_is_explained_with_its_file_and_lanes() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "lanes: [pr]\n");
    let ran = sandbox.run(&["explain", "one"]);
    ran.exits(0);
    for part in [
        "one  a gate of kind delivery\n",
        "The copy of one equals its source.\n",
        "file: gates/one.yaml\n",
        "lanes: pr\n",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn an_unknown_name_is_a_usage_error_with_the_nearest_name() {
    let sandbox = Sandbox::with_settings();
    let ran = sandbox.run(&["explain", "content-difers"]);
    ran.exits(2);
    assert_eq!(
        ran.stderr,
        "error: no code, kind, verdict or gate is named `content-difers`\n  help: did you mean `content-differs`?\n"
    );
}

#[test]
fn without_a_name_all_names_are_listed() {
    let ran = Sandbox::new().run(&["explain"]);
    ran.exits(0);
    for name in ["delivery", "refused", "content-differs", "timed-out"] {
        assert!(ran.stdout.contains(&format!("  {name}\n")), "{name}");
    }
}
