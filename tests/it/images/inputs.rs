//! The same image in every form in which it can come.

use serde_json::{Value, json};

use super::support::{
    DEST, INDEX, Image, Layer, Packed, archive, blob_path, codes, finds, gate, messages, oci, pack,
    refused, report, right_layers, sha256, world,
};

#[track_caller]
fn is_green(image: &[u8]) -> Value {
    let gate = finds(&world(image), &[]);
    assert_eq!(gate["inspected"], 4);
    gate
}

#[test]
fn archives_of_both_sorts_are_read_plain_and_packed_with_layers_plain_and_packed() {
    for inner in [Packed::Plain, Packed::Gzip, Packed::Zstd] {
        let image = Image::right().packed(inner);
        for members in [oci(&[&image]), image.saved("one:1")] {
            for outer in [Packed::Plain, Packed::Gzip, Packed::Zstd] {
                is_green(&pack(&archive(&members), outer));
            }
        }
    }
}

#[test]
fn the_facts_say_what_was_looked_at() {
    let image = Image::right().packed(Packed::Gzip);
    let gate = is_green(&archive(&oci(&[&image])));
    let facts = &gate["facts"]["deliveries"][0];
    let (blobs, descriptor) = image.blobs();
    assert_eq!(facts["channel"], "image");
    assert_eq!(facts["from"], "archive");
    assert_eq!(facts["platform"], "linux/amd64");
    assert_eq!(facts["image_digest"], descriptor["digest"]);
    assert_eq!(
        facts["image_id"],
        sha256(image.config.to_string().as_bytes())
    );
    assert_eq!(facts["source_files"], 4);
    assert_eq!(facts["delivered_files"], 4);
    let layers = facts["layers"].as_array().expect("layers");
    assert_eq!(layers.len(), 3);
    assert_eq!(layers[1]["digest"], blobs[1].0);
    assert_eq!(layers[1]["diff_id"], sha256(&image.layers[1]));
    assert_eq!(layers[1]["created_by"], "COPY part2 /opt/app # buildkit");
    let read: usize = blobs[..3].iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(facts["bytes_read"], read);
}

#[test]
fn an_oci_layout_folder_is_read() {
    let sandbox = world(b"");
    for (name, bytes) in oci(&[&Image::right()]) {
        sandbox.write(&format!("layout/{name}"), bytes);
    }
    sandbox.write("gates/image.yaml", gate("layout: layout", ""));
    finds(&sandbox, &[]);
    std::fs::remove_dir_all(sandbox.root().join("layout")).expect("removed");
    finds(&sandbox, &["subject-missing"]);
}

#[test]
fn layers_that_are_alike_may_be_links_in_the_archive_or_be_named_twice() {
    let mut layers = right_layers();
    layers.push(Layer::new());
    layers.push(Layer::new());
    let image = Image::new(&layers);
    let members = image.saved("one:1");
    let mut builder = tar::Builder::new(Vec::new());
    let link = format!("{:064}/layer.tar", 4);
    for (name, bytes) in &members {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        if *name == link {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            let target = format!("../{:064}/layer.tar", 3);
            builder
                .append_link(&mut header, name, target)
                .expect("written");
        } else {
            header.set_size(bytes.len() as u64);
            builder
                .append_data(&mut header, name, bytes.as_slice())
                .expect("written");
        }
    }
    let linked = builder.into_inner().expect("written");
    for archive in [linked, archive(&oci(&[&image]))] {
        is_green(&archive);
        is_green(&pack(&archive, Packed::Gzip));
    }
}

#[test]
fn a_platform_is_chosen_out_of_an_index_and_out_of_one_in_another() {
    let (right, wrong) = (Image::right(), Image::new(&right_layers()[..1]).on("arm64"));
    let sandbox = world(&archive(&oci(&[&wrong, &right])));
    let facts = finds(&sandbox, &[]);
    assert_eq!(facts["facts"]["deliveries"][0]["platform"], "linux/amd64");
    let on_arm = gate("archive: image.tar", "    platform: linux/arm64\n");
    sandbox.write("gates/image.yaml", on_arm);
    let ran = sandbox.run(&["run", "image", "--output", "json"]);
    assert!(codes(&report(&ran)).contains(&"not-delivered"));
    let on_mips = gate("archive: image.tar", "    platform: linux/mips64\n");
    sandbox.write("gates/image.yaml", on_mips);
    assert_eq!(
        refused(&sandbox, "image-choice"),
        "there is no image for linux/mips64"
    );

    let mut members = oci(&[&wrong, &right]);
    let at = members
        .iter()
        .position(|(name, _)| name == "index.json")
        .expect("an index");
    let inner = members[at].1.clone();
    let nested = json!({
        "schemaVersion": 2,
        "manifests": [{ "mediaType": INDEX, "digest": sha256(&inner), "size": inner.len() }],
    });
    members.push((blob_path(&sha256(&inner)), inner));
    members[at].1 = nested.to_string().into_bytes();
    is_green(&archive(&members));
    is_green(&pack(&archive(&members), Packed::Zstd));
}

#[test]
fn an_archive_of_several_images_needs_to_be_told_which_is_meant() {
    let (right, wrong) = (Image::right(), Image::new(&right_layers()[..1]));
    let sandbox = world(&archive(&oci(&[&wrong, &right])));
    let said = refused(&sandbox, "image-choice");
    assert!(said.contains("2 images are for linux/amd64"), "{said}");

    let mut members = right.saved("right:1");
    members.pop();
    let both = json!([
        { "Config": members[3].0, "RepoTags": ["right:1"], "Layers": (0..3).map(|n| format!("{n:064}/layer.tar")).collect::<Vec<_>>() },
        { "Config": members[3].0, "RepoTags": ["other:1"], "Layers": [] },
    ]);
    members.push(("manifest.json".to_owned(), both.to_string().into_bytes()));
    sandbox.write("image.tar", archive(&members));
    refused(&sandbox, "image-choice");
    sandbox.write(
        "gates/image.yaml",
        gate("archive: image.tar, reference: 'right:1'", ""),
    );
    finds(&sandbox, &[]);
    sandbox.write(
        "gates/image.yaml",
        gate("archive: image.tar, reference: 'none:1'", ""),
    );
    assert_eq!(
        refused(&sandbox, "image-choice"),
        "no image is named `none:1`"
    );
}

#[test]
fn an_archive_that_is_gone_or_no_archive_is_told_from_one_with_drift() {
    let sandbox = world(b"something else\n");
    let said = refused(&sandbox, "image-malformed");
    assert!(said.starts_with("the archive: "), "{said}");
    sandbox.write("image.tar", archive(&[("a".to_owned(), b"x".to_vec())]));
    let said = refused(&sandbox, "image-malformed");
    assert!(said.contains("this is no image"), "{said}");
    std::fs::remove_file(sandbox.root().join("image.tar")).expect("removed");
    let gate = finds(&sandbox, &["subject-missing"]);
    assert_eq!(messages(&gate), ["image.tar does not exist"]);
}

#[test]
fn a_destination_that_is_not_in_the_image_is_named_with_the_layer_that_removed_it() {
    let mut layers = right_layers();
    layers.push(Layer::new().file("opt/.wh.app", ""));
    let sandbox = super::support::world_of(&layers);
    let gate = finds(&sandbox, &["subject-missing"]);
    let said = messages(&gate)[0];
    assert!(
        said.starts_with(&format!(
            "/{DEST} does not exist in the image; layer 4 of 4 ("
        )),
        "{said}"
    );
    assert!(said.ends_with(" removed it"), "{said}");
}

#[test]
fn a_gate_says_where_its_image_is_in_exactly_one_way() {
    let sandbox = world(b"");
    for (keys, expected) in [
        ("owner: '0:0'", "the image is nowhere"),
        (
            "archive: a, layout: b",
            "the image has both `archive` and `layout`",
        ),
        ("archive: a, owner: root", "`root` is no owner"),
        (
            "archive: a, forbidden_files: [etc/shadow]",
            "`etc/shadow` is not an absolute path of the image",
        ),
        ("daemon: 'a b'", "`a b` is not the name of an image"),
        ("daemon: a, reference: b", "`reference` chooses among"),
        ("registry: 'a//b'", "`a//b` is not the name of an image"),
    ] {
        sandbox.write("gates/image.yaml", gate(keys, ""));
        let ran = sandbox.run(&["run", "image"]);
        ran.exits(2);
        assert!(ran.stderr.contains(expected), "{keys}: {}", ran.stderr);
    }
    let both = gate("archive: a", "    source_arg: X\n");
    sandbox.write("gates/image.yaml", both);
    let ran = sandbox.run(&["run", "image"]);
    ran.exits(2);
    assert!(
        ran.stderr
            .contains("`source_arg` has no meaning for a `image` delivery"),
        "{}",
        ran.stderr
    );
}

/// The members with the index changed.
fn with_index(
    members: &[(String, Vec<u8>)],
    change: impl FnOnce(&mut Value),
) -> Vec<(String, Vec<u8>)> {
    let mut members = members.to_vec();
    let index = members
        .iter_mut()
        .find(|(name, _)| name == "index.json")
        .expect("an index");
    let mut value: Value = serde_json::from_slice(&index.1).expect("JSON");
    change(&mut value);
    index.1 = value.to_string().into_bytes();
    members
}

#[test]
fn only_what_is_for_no_platform_is_passed_over_as_an_attestation() {
    let (right, wrong) = (Image::right(), Image::new(&right_layers()[..1]));
    let mark = json!({ "vnd.docker.reference.type": "attestation-manifest" });
    let both = oci(&[&wrong, &right]);
    let marked = with_index(&both, |index| {
        index["manifests"][0]["annotations"] = mark.clone();
        index["manifests"][0]["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    });
    is_green(&archive(&marked));
    // One that says its platform is run by whoever asks for that, whatever it is marked as.
    let hidden = with_index(&both, |index| {
        index["manifests"][0]["annotations"] = mark.clone();
    });
    let said = refused(&world(&archive(&hidden)), "image-choice");
    assert!(said.contains("2 images are for linux/amd64"), "{said}");
}

#[test]
fn an_image_that_does_not_say_its_platform_is_not_passed_over_beside_others() {
    let (right, wrong) = (Image::right(), Image::new(&right_layers()[..1]));
    let silent = with_index(&oci(&[&wrong, &right]), |index| {
        index["manifests"][0]
            .as_object_mut()
            .expect("a manifest")
            .remove("platform");
    });
    let said = refused(&world(&archive(&silent)), "image-choice");
    assert!(
        said.starts_with("one of 2 images does not say which platform it is for: sha256:"),
        "{said}"
    );
    let alone = with_index(&oci(&[&right]), |index| {
        index["manifests"][0]
            .as_object_mut()
            .expect("a manifest")
            .remove("platform");
    });
    is_green(&archive(&alone));
}

#[test]
fn indexes_that_lead_to_ever_more_indexes_are_refused() {
    let mut members = oci(&[&Image::right()]);
    let mut manifests = Vec::new();
    for number in 0..40 {
        let index = json!({ "schemaVersion": 2, "manifests": [], "number": number })
            .to_string()
            .into_bytes();
        manifests
            .push(json!({ "mediaType": INDEX, "digest": sha256(&index), "size": index.len() }));
        members.push((blob_path(&sha256(&index)), index));
    }
    let members = with_index(&members, |index| index["manifests"] = json!(manifests));
    let said = refused(&world(&archive(&members)), "image-malformed");
    assert_eq!(said, "the index leads to more than 32 others");
}

#[test]
fn what_both_lists_of_an_archive_say_of_the_image_that_is_asked_for_has_to_agree() {
    let (right, other) = (Image::right(), Image::new(&right_layers()[..1]));
    let named = with_index(&oci(&[&right, &other]), |index| {
        for (number, name) in ["right:1", "other:1"].iter().enumerate() {
            index["manifests"][number]["annotations"] =
                json!({ "io.containerd.image.name": format!("docker.io/library/{name}") });
        }
    });
    let saved = |image: &Image, tag: &str| {
        let config = sha256(image.config.to_string().as_bytes());
        let layers: Vec<_> = image
            .layers
            .iter()
            .map(|layer| blob_path(&sha256(layer)))
            .collect();
        json!({ "Config": blob_path(&config), "RepoTags": [tag], "Layers": layers })
    };
    let with_list = |list: Value| {
        let mut members = named.clone();
        members.push(("manifest.json".to_owned(), list.to_string().into_bytes()));
        let sandbox = world(&archive(&members));
        sandbox.write(
            "gates/image.yaml",
            gate("archive: image.tar, reference: 'right:1'", ""),
        );
        sandbox
    };
    let (one, two) = (saved(&right, "right:1"), saved(&other, "other:1"));
    finds(&with_list(json!([one, two])), &[]);
    // The name that is asked for stands at the other image, and the right one under another name.
    let crossed = json!([saved(&other, "right:1"), saved(&right, "other:1")]);
    let said = refused(&with_list(crossed), "image-malformed");
    assert_eq!(
        said,
        "index.json and manifest.json do not describe the same image"
    );
    // It stands at both.
    let both = json!([one, saved(&other, "right:1")]);
    refused(&with_list(both), "image-malformed");
}

#[test]
fn keys_that_programs_read_differently_are_refused_in_every_description() {
    let keyed = |text: &[u8], from: &str, to: &str| {
        let text = String::from_utf8(text.to_vec()).expect("text");
        assert!(text.contains(from), "{text}");
        text.replacen(from, to, 1).into_bytes()
    };
    let mut members = oci(&[&Image::right()]);
    let index = members
        .iter_mut()
        .find(|(name, _)| name == "index.json")
        .expect("an index");
    index.1 = keyed(
        &index.1,
        "\"manifests\":",
        "\"Manifests\":[],\"manifests\":",
    );
    let said = refused(&world(&archive(&members)), "image-malformed");
    assert_eq!(
        said,
        "index.json has the key `Manifests`, which some programs take for `manifests`"
    );
    let image = Image::right().config(|config| config["config"]["user"] = json!("root"));
    let said = refused(&world(&archive(&oci(&[&image]))), "image-malformed");
    assert!(
        said.contains("has the key `user`, which some programs take for `User`"),
        "{said}"
    );
    let image = Image::right().config(|config| {
        config["config"]["Labels"] =
            json!({ "org.example.owner": "platform", "ORG.example.owner": "x" });
    });
    is_green(&archive(&oci(&[&image])));
}

#[test]
fn a_layer_is_told_from_a_description_whatever_its_first_name_begins_with() {
    for name in ["{arch}/x", "[0]"] {
        let mut layers = vec![Layer::new().file(name, "x")];
        layers.extend(right_layers());
        let image = Image::new(&layers);
        for members in [oci(&[&image]), image.saved("one:1")] {
            is_green(&pack(&archive(&members), Packed::Gzip));
        }
    }
}
