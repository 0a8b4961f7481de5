//! Drift in an image, and the layer that brought it.

use super::support::{
    Image, Layer, Packed, archive, finds, gate, messages, oci, pack, refused, right_layers, sha256,
    world, world_of,
};

/// The right image with a layer over it.
fn over(layer: Layer) -> Vec<Layer> {
    let mut layers = right_layers();
    layers.push(layer);
    layers
}

/// How findings name layer 4, which is on top.
fn fourth(layer: &Layer) -> String {
    let digest = sha256(&layer.bytes());
    format!(
        "layer 4 of 4 ({}, `COPY part4 /opt/app # buildkit`)",
        &digest[..19]
    )
}

#[test]
fn each_way_of_drifting_is_found_with_its_layer() {
    for (layer, code, message) in [
        (
            Layer::new().file("opt/app/prompts/a.md", "a\nB\n"),
            "content-differs",
            "prompts/a.md differs from its source (4 bytes there, 4 delivered); LAYER brought it",
        ),
        (
            Layer::new().file("opt/app/.wh.config.yaml", ""),
            "not-delivered",
            "config.yaml is in the source, and not delivered; LAYER removed it",
        ),
        (
            Layer::new().file("opt/app/more.md", "more"),
            "not-in-source",
            "more.md is delivered, and not in the source; LAYER brought it",
        ),
        (
            Layer::new().file("opt/app/start.sh", "#!/bin/sh\n"),
            "mode-differs",
            "start.sh is delivered not executable, and is executable in the source; LAYER brought it",
        ),
        (
            Layer::new().file("opt/app/config.yaml", ""),
            "empty-file",
            "config.yaml is delivered empty; LAYER brought it",
        ),
        (
            Layer::new().symlink("opt/app/latest", "config.yaml"),
            "link-differs",
            "symlink latest is delivered with the target `config.yaml`, and has `prompts/a.md` in the source; LAYER brought it",
        ),
        (
            Layer::new().symlink("opt/app/config.yaml", "/etc/passwd"),
            "type-differs",
            "config.yaml is a file in the source, and a symlink in the delivery; LAYER brought it",
        ),
        (
            Layer::new().file("opt/app/prompts", "file"),
            "type-differs",
            "prompts is a folder in the source, and a file in the delivery; LAYER brought it",
        ),
    ] {
        let sandbox = world_of(&over(layer.clone()));
        let gate = finds(&sandbox, &[code]);
        assert_eq!(messages(&gate), [message.replace("LAYER", &fourth(&layer))]);
        let path = gate["findings"][0]["locations"][0]["path"].as_str();
        assert!(
            path.expect("a path").starts_with("image.tar:opt/app/"),
            "{path:?}"
        );
    }
}

#[test]
fn a_content_that_differs_is_shown_with_its_digests() {
    let layer = Layer::new().file("opt/app/prompts/a.md", "a\nB\n");
    for outer in [Packed::Plain, Packed::Zstd] {
        let image = Image::new(&over(layer.clone())).packed(Packed::Gzip);
        let sandbox = world(&pack(&archive(&oci(&[&image])), outer));
        let gate = finds(&sandbox, &["content-differs"]);
        let finding = &gate["findings"][0];
        let diff = finding["diff"].as_str().expect("a diff");
        assert!(diff.ends_with("@@ -1,2 +1,2 @@\n a\n-b\n+B\n"), "{diff}");
        let delivered = finding["digests"]["delivered"].as_str().expect("a digest");
        assert_eq!(format!("sha256:{delivered}"), sha256(b"a\nB\n"));
    }
}

#[test]
fn hard_links_and_symlinked_destinations_are_compared_by_what_they_lead_to() {
    // The files are elsewhere in the image: that they matter is known only at the end.
    let layers = [
        Layer::new()
            .file("srv/v1/config.yaml", "name: one\n")
            .file("srv/v1/prompts/a.md", "a\nb\n")
            .file("var/other", "#!/bin/sh\n"),
        Layer::new()
            .raw(
                tar::EntryType::Regular,
                "bin/start",
                "",
                0o755,
                b"#!/bin/sh\n",
            )
            .hard_link("srv/v1/start.sh", "bin/start"),
        Layer::new()
            .symlink("opt/app", "../srv/current")
            .symlink("srv/v1/latest", "prompts/a.md")
            .symlink("srv/current", "/srv/v1"),
        // The other name goes on to another content.
        Layer::new().file("bin/start", "changed"),
    ];
    for inner in [Packed::Plain, Packed::Gzip] {
        let image = Image::new(&layers).packed(inner);
        let whole = archive(&oci(&[&image]));
        for outer in [Packed::Plain, Packed::Gzip] {
            let gate = finds(&world(&pack(&whole, outer)), &[]);
            assert_eq!(gate["facts"]["deliveries"][0]["dest_is"], "/srv/v1");
            assert_eq!(gate["inspected"], 4);
        }
    }
}

#[test]
fn an_image_whose_files_depend_on_who_unpacks_it_is_refused() {
    let layers = [
        Layer::new()
            .folder("srv/app")
            .symlink("opt/app", "/srv/app"),
        Layer::new().file("opt/app/config.yaml", "name: one\n"),
    ];
    let said = refused(&world_of(&layers), "image-ambiguous");
    assert!(
        said.contains("through a symlink of a layer below"),
        "{said}"
    );
}

#[test]
fn owners_are_compared_where_the_gate_asks() {
    let sandbox = world_of(&right_layers());
    sandbox.write(
        "gates/image.yaml",
        gate("archive: image.tar, owner: '0:0'", ""),
    );
    finds(&sandbox, &[]);
    sandbox.write(
        "gates/image.yaml",
        gate("archive: image.tar, owner: '1000:0'", ""),
    );
    let gate = finds(&sandbox, &["owner-differs"; 6]);
    let said = messages(&gate);
    assert!(
        said[1].starts_with("config.yaml belongs to 0:0, expected 1000:0; layer 2 of 3 ("),
        "{said:?}"
    );
}

#[test]
fn a_part_of_the_image_can_be_compared_and_files_allowed_and_renamed() {
    let layer = Layer::new()
        .file("opt/app/cache/x", "x")
        .file("opt/app/conf.yaml", "name: one\n")
        .file("opt/app/.wh.config.yaml", "");
    let sandbox = world_of(&over(layer));
    let keys = "    exclude: [\"cache/**\"]\n    rename: { config.yaml: conf.yaml }\n";
    sandbox.write("gates/image.yaml", gate("archive: image.tar", keys));
    finds(&sandbox, &[]);
    let keys = "    mode: subset\n    allow_extra: [\"cache/**\", conf.yaml]\n";
    sandbox.write("gates/image.yaml", gate("archive: image.tar", keys));
    finds(&sandbox, &[]);
}

#[test]
fn contents_can_be_compared_by_what_they_mean() {
    let layer = Layer::new()
        .file("opt/app/config.yaml", "\"name\":   one # said\n")
        .file("opt/app/prompts/a.md", "a\r\nb\r\n");
    let sandbox = world_of(&over(layer));
    finds(&sandbox, &["content-differs", "content-differs"]);
    let keys = "    compare: [{ glob: \"*.yaml\", as: yaml }, { glob: \"**/*.md\", as: text }]\n";
    sandbox.write("gates/image.yaml", gate("archive: image.tar", keys));
    finds(&sandbox, &[]);
}

#[test]
fn an_image_that_holds_nothing_of_a_subset_is_not_green() {
    let sandbox = world_of(&[Layer::new().folder("opt/app")]);
    sandbox.write(
        "gates/image.yaml",
        gate("archive: image.tar", "    mode: subset\n"),
    );
    let ran = sandbox.run(&["run", "image", "--output", "json"]);
    ran.exits(3);
    assert_eq!(ran.json()["gates"][0]["verdict"], "vacuous");
}

#[test]
fn a_report_for_people_names_the_layer() {
    let layer = Layer::new()
        .file("opt/app/prompts/a.md", "a\nB\n")
        .file("opt/app/.wh.config.yaml", "");
    let sandbox = world_of(&over(layer));
    let ran = sandbox.run(&["run", "image", "--offline"]);
    ran.exits(1);
    // Times differ from run to run.
    let shown: String = ran
        .stdout
        .lines()
        .filter(|line| !line.contains(" ms") && !line.contains(" s)"))
        .map(|line| format!("{line}\n"))
        .collect();
    insta::assert_snapshot!(shown);
}
