//! Files whose placeholders are replaced on their way.

use super::server::{Reply, Server};
use super::support::{CONFIG, ONCE, bundle, codes, finds, gate, report, run, tar, world};
use crate::support::Sandbox;

const SUBSTITUTIONS: &str =
    "      substitutions: { \"{{CONCIERGE_NAME}}\": Atlas, \"{{ORG}}\": \"\" }\n";
const SOURCE: &str = "You are {{CONCIERGE_NAME}}{{ORG}}.\nAnswer as {{CONCIERGE_NAME}}.\n";
const ARRIVED: &str = "You are Atlas.\nAnswer as Atlas.\n";

/// A world whose prompt has placeholders, and arrives so.
fn arrives(prompt: &str, keys: &str) -> (Sandbox, Server) {
    let archive = tar(&[("config.yaml", CONFIG), ("prompts/a.md", prompt)]);
    let server = Server::start(move |_| Reply::ok(&archive));
    let sandbox = world(&(bundle(&server.url()) + ONCE + keys));
    sandbox.write("source/prompts/a.md", SOURCE);
    (sandbox, server)
}

#[test]
fn a_source_that_arrives_rendered_byte_for_byte_passes() {
    let (sandbox, _server) = arrives(ARRIVED, SUBSTITUTIONS);
    assert_eq!(finds(&sandbox, &[])["inspected"], 2);
}

#[test]
fn a_placeholder_that_is_left_is_found_at_its_line_and_is_not_drift_besides() {
    let left = "You are Atlas.\nAnswer as {{CONCIERGE_NAME}}.\n";
    let (sandbox, server) = arrives(left, SUBSTITUTIONS);
    let gate = finds(&sandbox, &["placeholder-left"]);
    let finding = &gate["findings"][0];
    let place = &finding["locations"][0];
    assert_eq!(place["path"], format!("{}/:prompts/a.md", server.url()));
    assert_eq!((&place["line"], &place["column"]), (&2.into(), &11.into()));
    let diff = finding["diff"].as_str().expect("a diff");
    assert!(
        diff.ends_with("-Answer as Atlas.\n+Answer as {{CONCIERGE_NAME}}.\n"),
        "{diff}"
    );
}

#[test]
fn anything_else_that_differs_is_drift_beside_the_placeholder() {
    let (sandbox, _server) = arrives("You are {{CONCIERGE_NAME}}!\n", SUBSTITUTIONS);
    finds(&sandbox, &["content-differs", "placeholder-left"]);
    let (sandbox, _server) = arrives(&ARRIVED.replace("Atlas.", "Atlas!"), SUBSTITUTIONS);
    finds(&sandbox, &["content-differs"]);
    // Another value than the declared one.
    let (sandbox, _server) = arrives(&ARRIVED.replace("Atlas", "Hermes"), SUBSTITUTIONS);
    finds(&sandbox, &["content-differs"]);
}

#[test]
fn a_declared_placeholder_is_found_in_a_file_that_has_no_source() {
    let archive = tar(&[
        ("config.yaml", CONFIG),
        ("prompts/a.md", ARRIVED),
        ("prompts/extra.md", "You are {{CONCIERGE_NAME}}.\n"),
    ]);
    let server = Server::start(move |_| Reply::ok(&archive));
    let keys = format!("{SUBSTITUTIONS}    allow_extra: [prompts/extra.md]\n");
    let sandbox = world(&(bundle(&server.url()) + ONCE + &keys));
    sandbox.write("source/prompts/a.md", SOURCE);
    let gate = finds(&sandbox, &["placeholder-left"]);
    let message = gate["findings"][0]["message"].as_str().expect("a message");
    assert!(message.contains("prompts/extra.md"), "{message}");
}

#[test]
fn without_substitutions_the_source_arrives_as_it_is() {
    let (sandbox, _server) = arrives(SOURCE, "");
    finds(&sandbox, &[]);
    let (sandbox, _server) = arrives(ARRIVED, "");
    finds(&sandbox, &["content-differs"]);
}

#[test]
fn a_substitution_that_occurs_nowhere_is_found_at_its_line() {
    let more = SUBSTITUTIONS.replace(" }\n", ", \"{{TEAM}}\": blue }\n");
    let (sandbox, _server) = arrives(ARRIVED, &more);
    let gate = finds(&sandbox, &["substitution-unused"]);
    let finding = &gate["findings"][0];
    assert_eq!(finding["locations"][0]["path"], "gates/assets.yaml");
    assert!(
        finding["message"]
            .as_str()
            .expect("a message")
            .starts_with("`{{TEAM}}`")
    );
    // In a file that does not go over the channel it does not count.
    sandbox.write("source/README.md", "{{TEAM}}\n");
    finds(&sandbox, &["substitution-unused"]);
    sandbox.write("source/prompts/a.md", format!("{SOURCE}{{{{TEAM}}}}"));
    finds(&sandbox, &["content-differs"]);
}

#[test]
fn a_value_that_looks_like_a_placeholder_is_a_value() {
    let keys = "      substitutions: { \"{{CONCIERGE_NAME}}\": \"{{ORG}}\", \"{{ORG}}\": x }\n";
    let (sandbox, _server) = arrives("You are {{ORG}}x.\nAnswer as {{ORG}}.\n", keys);
    finds(&sandbox, &[]);
}

#[test]
fn a_placeholder_that_makes_yaml_of_no_yaml_is_told_as_that() {
    let archive = tar(&[
        ("config.yaml", "name: {{CONCIERGE_NAME}}\n"),
        ("prompts/a.md", ARRIVED),
    ]);
    let server = Server::start(move |_| Reply::ok(&archive));
    let sandbox = world("");
    sandbox
        .write("source/config.yaml", "name: {{CONCIERGE_NAME}}\n")
        .write("source/prompts/a.md", SOURCE)
        .write(
            "gates/assets.yaml",
            gate(
                &(bundle(&server.url()) + ONCE + SUBSTITUTIONS),
                "    compare: [{ glob: '*.yaml', as: yaml }]\n",
            ),
        );
    finds(&sandbox, &["placeholder-left"]);
}

#[test]
fn a_placeholder_that_no_substitution_is_for_is_found_though_the_source_has_it_too() {
    let (sandbox, server) = arrives(&format!("{ARRIVED}Of {{{{TEAM}}}}.\n"), SUBSTITUTIONS);
    sandbox.write("source/prompts/a.md", format!("{SOURCE}Of {{{{TEAM}}}}.\n"));
    let gate = finds(&sandbox, &["placeholder-left"]);
    let finding = &gate["findings"][0];
    assert_eq!(
        finding["message"],
        "prompts/a.md is delivered with the placeholder `{{TEAM}}`, and no substitution of the gate is for it"
    );
    let place = &finding["locations"][0];
    assert_eq!(place["path"], format!("{}/:prompts/a.md", server.url()));
    assert_eq!((&place["line"], &place["column"]), (&3.into(), &4.into()));
    // What is meant to stand there is allowed by its name, and only that.
    let gate = |allowed: &str| {
        let keys = format!("{SUBSTITUTIONS}      allow_unrendered: [{allowed}]\n");
        gate_file(&sandbox, &server, &keys);
        sandbox_codes(&sandbox)
    };
    assert_eq!(gate("TEAM"), [""; 0]);
    assert_eq!(gate("team"), ["placeholder-left", "allowance-unused"]);
    assert_eq!(gate("TEAM, OTHER"), ["allowance-unused"]);
}

fn gate_file(sandbox: &Sandbox, server: &Server, keys: &str) {
    let keys = bundle(&server.url()) + ONCE + keys;
    sandbox.write("gates/assets.yaml", gate(&keys, ""));
}

fn sandbox_codes(sandbox: &Sandbox) -> Vec<String> {
    let report = report(&run(sandbox));
    let codes = codes(&report);
    codes.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_declared_placeholder_that_is_spelt_with_blanks_is_an_undeclared_one() {
    let (sandbox, _server) = arrives(&format!("{ARRIVED}{{{{ ORG }}}}\n"), SUBSTITUTIONS);
    sandbox.write("source/prompts/a.md", format!("{SOURCE}{{{{ ORG }}}}\n"));
    finds(&sandbox, &["placeholder-left"]);
}

#[test]
fn expressions_of_workflows_and_values_are_no_placeholders() {
    let keys = "      substitutions: { \"{{CONCIERGE_NAME}}\": \"{{user}}\", \"{{ORG}}\": \"\" }\n";
    let arrived = "You are {{user}}. ${{ secrets }} {x} {{ a.b }}\n";
    let (sandbox, _server) = arrives(arrived, keys);
    let source = "You are {{CONCIERGE_NAME}}{{ORG}}. ${{ secrets }} {x} {{ a.b }}\n";
    sandbox.write("source/prompts/a.md", source);
    finds(&sandbox, &[]);
}
