//! `driftgate list`.

use crate::support::Sandbox;

#[test]
fn gates_and_kinds_are_listed_with_their_lanes_and_what_they_promise() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("one", "lanes: [pr, nightly]\nrequired: true\n")
        .passing("two", "severity: advisory\n");
    let ran = sandbox.run(&["list"]);
    ran.exits(0);
    for line in [
        "  one  delivery   pr, nightly         required  The copy of one equals its source.\n",
        "  two  delivery   local, pr, nightly  advisory  The copy of two equals its source.\n",
    ] {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain(&ran.stdout).contains(&plain(line)), "{}", ran.stdout);
    }
}

#[test]
fn kinds_alone_are_listed_without_a_checkout() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["list", "--kinds"]);
    ran.exits(0);
    assert!(
        ran.stdout.starts_with("Kinds\n  delivery "),
        "{}",
        ran.stdout
    );
    let list = sandbox
        .run(&["list", "--kinds", "--output", "json"])
        .exits(0)
        .json();
    assert_eq!(
        list["kinds"].as_array().map(Vec::len),
        Some(driftgate::kinds::KINDS.len())
    );
    sandbox.run(&["list"]).exits(2);
}

#[test]
fn the_json_list_is_valid_by_its_schema_and_can_be_narrowed_to_a_lane() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .passing("one", "lanes: [nightly]\n")
        .passing("two", "lanes: [pr]\n");
    let list = sandbox
        .run(&["list", "--output", "json", "--lane", "pr"])
        .exits(0)
        .json();
    let schema = sandbox.run(&["schema", "list"]).exits(0).json();
    assert!(
        jsonschema::draft202012::new(&schema)
            .expect("a schema")
            .is_valid(&list)
    );
    let ids: Vec<_> = list["gates"]
        .as_array()
        .expect("gates")
        .iter()
        .map(|gate| gate["id"].clone())
        .collect();
    assert_eq!(ids, ["two"]);
    assert_eq!(list["gates"][0]["file"], "gates/two.yaml");
    let delivery = list["kinds"]
        .as_array()
        .expect("kinds")
        .iter()
        .find(|kind| kind["name"] == "delivery")
        .expect("the kind");
    assert!(
        delivery["codes"]
            .as_array()
            .is_some_and(|codes| codes.contains(&"content-differs".into()))
    );
}
