//! Images that Docker itself builds, keeps and saves.

use std::process::Command;

use super::support::{codes, finds, gate, messages, report, world};
use crate::support::Sandbox;

/// A tag of this run's own, which is removed at the end.
struct Tag(String);

impl Drop for Tag {
    fn drop(&mut self) {
        let _ = Command::new("docker")
            .args(["rmi", "--force", &self.0])
            .output();
    }
}

fn tag(what: &str) -> Tag {
    Tag(format!("driftgate-it-{what}:{}", std::process::id()))
}

#[track_caller]
fn docker(sandbox: &Sandbox, args: &[&str]) {
    let output = Command::new("docker")
        .args(args)
        .current_dir(sandbox.root())
        .output()
        .expect("docker starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {said}");
}

const DOCKERFILE: &str = "FROM scratch\nLABEL org.example.owner=platform\nCOPY source /opt/app\n\
    ENV MODE=production\nENTRYPOINT [\"/opt/app/start.sh\"]\n";

#[test]
fn an_image_that_docker_builds_is_read_from_the_daemon_and_from_what_it_saves() {
    let sandbox = world(b"");
    // Nothing of it is what another test builds, which would go with it at the end.
    let own = format!("FROM scratch\nLABEL pid={}\n", std::process::id());
    sandbox.write("Dockerfile", DOCKERFILE.replace("FROM scratch\n", &own));
    let tag = tag("daemon");
    docker(&sandbox, &["build", "--quiet", "--tag", &tag.0, "."]);
    docker(&sandbox, &["save", "--output", "image.tar", &tag.0]);
    let more = "labels: { org.example.owner: platform }, owner: '0:0', env: { MODE: production }";
    sandbox.write(
        "gates/image.yaml",
        gate(&format!("archive: image.tar, {more}"), ""),
    );
    finds(&sandbox, &[]);
    sandbox.write(
        "gates/image.yaml",
        gate(&format!("daemon: '{}', {more}", tag.0), ""),
    );
    let gate = finds(&sandbox, &[]);
    assert_eq!(gate["inspected"], 4);
    sandbox.write("source/config.yaml", "name: two\n");
    let gate = finds(&sandbox, &["content-differs"]);
    let said = messages(&gate)[0];
    assert!(
        said.contains("layer 1 of 1 (sha256:") && said.contains("COPY "),
        "{said}"
    );
}

#[test]
fn an_image_that_the_daemon_does_not_have_is_a_finding_and_a_daemon_that_is_away_is_not() {
    let sandbox = world(b"");
    sandbox.write(
        "gates/image.yaml",
        gate("daemon: 'driftgate-it-none:0'", ""),
    );
    let gate = finds(&sandbox, &["subject-missing"]);
    assert_eq!(messages(&gate), ["there is no image driftgate-it-none:0"]);
    let output = sandbox
        .command(&["run", "image", "--retries", "0", "--output", "json"])
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .output()
        .expect("the binary starts");
    let ran = crate::support::Ran::from(output);
    ran.exits(4);
    assert_eq!(codes(&report(&ran)), ["image-unreachable"]);
}

/// A gate that looks at a Dockerfile in both ways: read, and built.
fn both_ways(dockerfile: &str, allow: &str) -> Sandbox {
    let sandbox = world(b"");
    sandbox.write("Dockerfile", dockerfile);
    sandbox.write("extra.txt", "extra\n");
    sandbox.write(
        "gates/image.yaml",
        format!(
            "id: image\nabout: Read and built alike.\nkind: delivery\nsource: {{ path: source }}\ndeliveries:\n\
             \x20 - {{ dockerfile: Dockerfile, source_path: source, dest: /opt/app{allow} }}\n\
             \x20 - {{ image: {{ build: {{ dockerfile: Dockerfile }} }}, dest: /opt/app{allow} }}\n"
        ),
    );
    sandbox
}

#[track_caller]
fn run_building(sandbox: &Sandbox, expected: &[&str]) -> serde_json::Value {
    let ran = sandbox.run(&["run", "image", "--output", "json"]);
    let gate = report(&ran);
    assert_eq!(codes(&gate), expected, "{gate:#}");
    gate
}

#[test]
fn a_dockerfile_is_built_and_compared_with_what_reading_it_says() {
    let sandbox = both_ways(DOCKERFILE, "");
    let gate = run_building(&sandbox, &[]);
    assert_eq!(gate["inspected"], 8);
    assert_eq!(gate["facts"]["deliveries"][1]["from"], "build");
    // Something else than the checkout has is built in besides, and allowed.
    let more = format!("{DOCKERFILE}COPY extra.txt /opt/app/extra.txt\n");
    let sandbox = both_ways(&more, ", allow_extra: [extra.txt]");
    run_building(&sandbox, &[]);
}

#[test]
fn a_build_that_fails_is_refused_with_what_it_said_and_none_is_tried_offline() {
    let sandbox = both_ways(
        "FROM scratch\nCOPY source /opt/app\nCOPY missing /opt/app/\n",
        "",
    );
    let ran = sandbox.run(&["run", "image", "--output", "json"]);
    let gate = report(&ran);
    assert!(codes(&gate).contains(&"image-build-failed"), "{gate:#}");
    assert!(
        messages(&gate).iter().any(|said| said.contains("missing")),
        "{gate:#}"
    );
    let ran = sandbox.run(&[
        "run",
        "image",
        "--offline",
        "--retries",
        "0",
        "--output",
        "json",
    ]);
    assert!(codes(&report(&ran)).contains(&"image-unreachable"));
}

#[test]
fn a_build_with_other_arguments_than_are_read_is_not_held_against_the_reading() {
    let text = format!(
        "FROM scratch AS one\nCOPY source /opt/app\nFROM one AS with-extra\nCOPY extra.txt /opt/app/extra.txt\n\
         ARG FINAL=one\nFROM ${{FINAL}}\nLABEL pid={}\n",
        std::process::id()
    );
    let text = format!(
        "ARG FINAL=one\n{}",
        text.replace("ARG FINAL=one\nFROM $", "FROM $")
    );
    let sandbox = both_ways(&text, ", allow_extra: [extra.txt]");
    let gate_text = |args: &str| {
        format!(
            "id: image\nabout: Read and built alike.\nkind: delivery\nsource: {{ path: source }}\ndeliveries:\n\
             \x20 - {{ dockerfile: Dockerfile, source_path: source, dest: /opt/app, build_args: {{ FINAL: with-extra }}, allow_extra: [extra.txt] }}\n\
             \x20 - {{ image: {{ build: {{ dockerfile: Dockerfile{args} }} }}, dest: /opt/app{} }}\n",
            if args.is_empty() {
                ""
            } else {
                ", allow_extra: [extra.txt]"
            }
        )
    };
    sandbox.write("gates/image.yaml", gate_text(""));
    run_building(&sandbox, &[]);
    sandbox.write(
        "gates/image.yaml",
        gate_text(", args: { FINAL: with-extra }"),
    );
    run_building(&sandbox, &[]);
}
