//! What is expected of an image as a whole.

use super::support::{Image, Layer, archive, finds, gate, messages, oci, right_layers, world};

#[test]
fn labels_entrypoint_command_environment_user_and_folder_are_compared() {
    let sandbox = world(&archive(&oci(&[&Image::right()])));
    let right = "archive: image.tar, labels: { org.example.owner: platform }, \
        entrypoint: [/opt/app/start.sh], cmd: [--serve], env: { MODE: production }, user: app, workdir: /opt/app";
    sandbox.write("gates/image.yaml", gate(right, ""));
    finds(&sandbox, &[]);
    let wrong = "archive: image.tar, labels: { org.example.owner: other, missing: x }, \
        entrypoint: [], cmd: [--help], env: { MODE: test-value, NONE: x }, user: root, workdir: /";
    sandbox.write("gates/image.yaml", gate(wrong, ""));
    let gate = finds(
        &sandbox,
        &[
            "label-differs",
            "label-differs",
            "entrypoint-differs",
            "cmd-differs",
            "env-differs",
            "env-differs",
            "user-differs",
            "workdir-differs",
        ],
    );
    assert_eq!(
        messages(&gate),
        [
            "label missing is missing, expected `x`",
            "label org.example.owner is `platform`, expected `other`",
            "the entrypoint is [\"/opt/app/start.sh\"], expected []",
            "the default command is [\"--serve\"], expected [\"--help\"]",
            "variable MODE has another value than the one that is expected",
            "variable NONE is not set",
            "the user is `app`, expected `root`",
            "the working directory is `/opt/app`, expected `/`",
        ]
    );
    let all = gate.to_string();
    assert!(
        !all.contains("production") && !all.contains("test-value"),
        "{all}"
    );
}

#[test]
fn forbidden_files_are_found_anywhere_in_the_image_with_their_layer() {
    let mut layers = right_layers();
    layers.push(
        Layer::new()
            .file("root/.ssh/id_rsa", "key")
            .file("srv/deep/down/.env", "A=1"),
    );
    let sandbox = world(&archive(&oci(&[&Image::new(&layers)])));
    let keys = "archive: image.tar, forbidden_files: [\"/root/.ssh/**\", \"**/.env\"]";
    sandbox.write("gates/image.yaml", gate(keys, ""));
    let gate = finds(&sandbox, &["forbidden-file", "forbidden-file"]);
    let said = messages(&gate);
    assert!(
        said[0].starts_with(
            "/root/.ssh/id_rsa is in the image, which the gate forbids; layer 4 of 4 ("
        ),
        "{said:?}"
    );
    assert!(said[1].starts_with("/srv/deep/down/.env "), "{said:?}");
}

#[test]
fn a_forbidden_file_that_a_later_layer_takes_away_is_in_the_image_all_the_same() {
    let mut layers = right_layers();
    layers.push(Layer::new().file("srv/.env", "A=1").file("b/.env", "B=1"));
    layers.push(
        Layer::new()
            .file("srv/.wh..env", "")
            .file("b/.env", "B=2")
            .file(".wh.b", ""),
    );
    let sandbox = world(&archive(&oci(&[&Image::new(&layers)])));
    let keys = "archive: image.tar, forbidden_files: [\"**/.env\"]";
    sandbox.write("gates/image.yaml", gate(keys, ""));
    let gate = finds(&sandbox, &["forbidden-file"; 3]);
    let said = messages(&gate);
    assert!(
        said[0].starts_with("/b/.env is in layer 4 of 5 ("),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("/b/.env is in the image, which the gate forbids; layer 5 of 5 ("),
        "{said:?}"
    );
    assert!(said[2].starts_with("/srv/.env is in layer 4"), "{said:?}");
}

#[test]
fn forbidden_variables_are_named_and_their_values_never_shown() {
    let image = Image::right().config(|config| {
        config["config"]["Env"] = serde_json::json!(["PATH=/bin", "API_TOKEN=hunter2"]);
        let line = "|1 BUILD_TOKEN=hunter3 /bin/sh -c make";
        config["history"][1]["created_by"] = serde_json::json!(line);
    });
    let sandbox = world(&archive(&oci(&[&image])));
    let keys = "archive: image.tar, forbidden_env: [\"*_TOKEN\"]";
    sandbox.write("gates/image.yaml", gate(keys, ""));
    let gate = finds(&sandbox, &["forbidden-env", "forbidden-env"]);
    assert_eq!(
        messages(&gate),
        [
            "variable API_TOKEN is set in the environment of the image, which the gate forbids",
            "variable BUILD_TOKEN was given to the build, and stands in the image's history, which the gate forbids",
        ]
    );
    let all = gate.to_string();
    assert!(!all.contains("hunter"), "{all}");
}
