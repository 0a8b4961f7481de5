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
fn what_is_delivered_with_the_content_of_another_file_of_the_source_is_shown_like_any_other() {
    let layer = Layer::new()
        .file("opt/app/config.yaml", "a\nb\n")
        .file("opt/app/more.md", "#!/bin/sh\n");
    let sandbox = world_of(&over(layer));
    for compare in ["", "    compare: text\n"] {
        sandbox.write("gates/image.yaml", gate("archive: image.tar", compare));
        let gate = finds(&sandbox, &["content-differs", "not-in-source"]);
        let diff = gate["findings"][0]["diff"].as_str().expect("a diff");
        assert!(diff.ends_with("-name: one\n+a\n+b\n"), "{diff}");
        let delivered = gate["findings"][1]["digests"]["delivered"].as_str();
        assert_eq!(
            delivered.map(|digest| format!("sha256:{digest}")),
            Some(sha256(b"#!/bin/sh\n"))
        );
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
            .raw(
                tar::EntryType::Link,
                "srv/v1/start.sh",
                "bin/start",
                0o755,
                b"",
            ),
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
fn what_programs_that_unpack_images_make_different_things_of_is_refused() {
    // A whiteout after what it names: the specification keeps the file, what unpacks it in order does not.
    let late = Layer::new()
        .file("opt/app/config.yaml", "name: one\n")
        .file("opt/app/.wh.config.yaml", "");
    let said = refused(&world_of(&over(late)), "image-ambiguous");
    assert_eq!(
        said,
        "layer 4 has something at /opt/app/config.yaml and, after it, a whiteout of it"
    );
    // A hard link that says of a file what the file does not say of itself.
    let link = Layer::new().raw(
        tar::EntryType::Link,
        "usr/bin/start",
        "opt/app/start.sh",
        0o4755,
        b"",
    );
    let said = refused(&world_of(&over(link)), "image-ambiguous");
    assert_eq!(
        said,
        "/opt/app/start.sh has hard links, and one of layer 4 gives it another mode or owner"
    );
    // Neither is anybody's business where the gate does not look.
    let elsewhere = Layer::new()
        .file("srv/x", "1")
        .file("srv/.wh.x", "")
        .file("srv/y", "1")
        .raw(tar::EntryType::Link, "srv/z", "srv/y", 0o600, b"");
    finds(&world_of(&over(elsewhere)), &[]);
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

#[test]
fn owners_and_permissions_are_compared_of_what_the_gate_is_about_and_of_nothing_else() {
    let layer = Layer::new()
        .raw(tar::EntryType::Directory, "opt/app/cache", "", 0o777, b"")
        .raw(tar::EntryType::Regular, "opt/app/cache/x", "", 0o666, b"x");
    let sandbox = world_of(&over(layer));
    let all = "archive: image.tar, permissions: { files: \"0644\", executables: \"0755\", folders: \"0755\" }";
    let without = "    exclude: [\"cache/**\"]\n";
    sandbox.write("gates/image.yaml", gate(all, without));
    finds(&sandbox, &[]);
    sandbox.write(
        "gates/image.yaml",
        gate(all, "    allow_extra: [\"cache/**\"]\n"),
    );
    let gate_of = finds(&sandbox, &["permissions-differ"; 2]);
    let said = messages(&gate_of);
    assert!(
        said[0].starts_with("cache has the mode 0777, expected 0755; layer 4 of 4 ("),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("cache/x has the mode 0666, expected 0644; "),
        "{said:?}"
    );
    // An owner is none of its business either, where its patterns leave the folder out.
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    header.set_mode(0o755);
    header.set_uid(1000);
    header.set_gid(0);
    header.set_path("opt/app/cache").expect("a path");
    header.set_cksum();
    let other = Layer::new().header(&header).file("opt/app/cache/x", "x");
    let sandbox = world_of(&over(other));
    let owner = "archive: image.tar, owner: '0:0'";
    let with = "    include: [config.yaml, latest, \"*.sh\", \"prompts/**\"]\n";
    sandbox.write("gates/image.yaml", gate(owner, with));
    finds(&sandbox, &[]);
    sandbox.write(
        "gates/image.yaml",
        gate(owner, "    allow_extra: [\"cache/**\"]\n"),
    );
    let gate_of = finds(&sandbox, &["owner-differs"]);
    assert!(messages(&gate_of)[0].starts_with("cache belongs to 1000:0, expected 0:0"));
}

#[test]
fn a_program_with_a_setuid_bit_is_found_by_the_bits_that_the_gate_compares() {
    let layer = Layer::new().raw(
        tar::EntryType::Regular,
        "opt/app/start.sh",
        "",
        0o4775,
        b"#!/bin/sh\n",
    );
    let sandbox = world_of(&over(layer));
    finds(&sandbox, &[]);
    let bits = |mask: &str| {
        let keys = format!(
            "archive: image.tar, permissions: {{ files: \"0644\", executables: \"0755\", mask: \"{mask}\" }}"
        );
        gate(&keys, "")
    };
    sandbox.write("gates/image.yaml", bits("6000"));
    let found = finds(&sandbox, &["permissions-differ"]);
    let said = messages(&found)[0];
    assert!(
        said.starts_with("start.sh has the mode 4775, expected 0000 in the bits 6000; layer 4"),
        "{said}"
    );
    sandbox.write("gates/image.yaml", bits("0700"));
    finds(&sandbox, &[]);
    sandbox.write("gates/image.yaml", bits("9"));
    let ran = sandbox.run(&["run", "image"]);
    ran.exits(2);
    assert!(ran.stderr.contains("`9` is no mode"), "{}", ran.stderr);
    // What expects nothing, or compares no bit, would be green whatever the image has.
    let nothing = gate("archive: image.tar, permissions: { mask: \"7000\" }", "");
    for gate in [nothing, bits("0")] {
        sandbox.write("gates/image.yaml", gate);
        let ran = sandbox.run(&["run", "image"]);
        ran.exits(2);
        let told = ran.stderr.contains("`permissions` compares nothing");
        assert!(told, "{}", ran.stderr);
    }
}

#[test]
fn a_part_of_the_root_itself_can_be_compared() {
    let image = archive(&oci(&[&Image::new(&[
        Layer::new().file("etc/passwd", "root:x:0:0\n"),
        Layer::new()
            .file("config.yaml", "name: one\n")
            .file("prompts/a.md", "a\nb\n")
            .script("start.sh", "#!/bin/sh\n")
            .symlink("latest", "prompts/a.md"),
    ])]));
    let sandbox = world(&image);
    let text = gate("archive: image.tar", "").replace("dest: /opt/app", "dest: /");
    sandbox.write("gates/image.yaml", &text);
    let ran = sandbox.run(&["run", "image"]);
    ran.exits(2);
    assert!(
        ran.stderr.contains("`dest` is the root of the image"),
        "{}",
        ran.stderr
    );
    let include = "    include: [config.yaml, latest, \"*.sh\", \"prompts/**\"]\n";
    sandbox.write("gates/image.yaml", format!("{text}{include}"));
    finds(&sandbox, &[]);
    let ran = sandbox.run(&["prove", "image", "--offline", "--output", "json"]);
    let report = ran.json();
    assert_eq!(report["proved"], report["of"], "{report:#}");
    ran.exits(0);
}
