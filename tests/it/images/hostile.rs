//! Archives that mean harm, or were damaged: refused by name, and nothing is written.

use serde_json::json;

use super::support::{
    Image, Layer, Packed, archive, blob_path, finds, gate, oci, pack, refused, right_layers,
    sha256, world, world_of,
};

/// Every file of a sandbox's root, so that a new one is noticed.
fn files(sandbox: &crate::support::Sandbox) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![sandbox.path().to_path_buf()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.is_symlink() {
                pending.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn entries_that_no_honest_tool_writes_are_refused_with_their_layer() {
    for (layer, expected) in [
        (
            Layer::new().file("/etc/cron.d/x", "x"),
            "entry `/etc/cron.d/x` has an absolute path",
        ),
        (
            Layer::new().file("../../x", "x"),
            "entry `../../x` leads out of the image with `..`",
        ),
        (
            Layer::new().symlink("out", "../../..").file("out/x", "x"),
            "entry `out/x` is reached through a symlink that leads out of the image",
        ),
        (
            Layer::new()
                .symlink("a", "b")
                .symlink("b", "a")
                .file("a/x", "x"),
            "entry `a/x` is reached through symlinks that lead in a circle",
        ),
        (
            Layer::new().file("a", "1").file("a", "2"),
            "entry `a` is there twice in one layer",
        ),
        (
            Layer::new().hard_link("a", "nowhere"),
            "entry `a` is a hard link to `nowhere`, which is not there",
        ),
        (
            Layer::new().file(".wh.", ""),
            "entry `.wh.` is a whiteout of nothing",
        ),
    ] {
        let mut layers = right_layers();
        layers.push(layer.clone());
        let image = Image::new(&layers);
        for outer in [Packed::Plain, Packed::Gzip] {
            let sandbox = world(&pack(&archive(&oci(&[&image])), outer));
            let before = files(&sandbox);
            let said = refused(&sandbox, "image-unsafe-entry");
            assert_eq!(
                said,
                format!("layer 4 ({}): {expected}", sha256(&layer.bytes()))
            );
            assert_eq!(files(&sandbox), before);
        }
    }
}

#[test]
fn a_layer_that_is_cut_off_or_damaged_is_refused() {
    let whole = right_layers()[2].bytes();
    let cut = &whole[..600];
    let mut image = Image::right();
    image.layers[2] = cut.to_vec();
    let image = image.config(|config| config["rootfs"]["diff_ids"][2] = json!(sha256(cut)));
    let said = refused(&world(&archive(&oci(&[&image]))), "image-malformed");
    assert!(
        said.ends_with("entry `opt/app/start.sh` is cut off: the archive ends in the middle of it"),
        "{said}"
    );
    for packed in [Packed::Gzip, Packed::Zstd] {
        let image = Image::right().packed(packed);
        let (_, descriptor) = image.blobs();
        assert!(descriptor["digest"].is_string());
        let mut members = image.saved("one:1");
        let length = members[0].1.len();
        members[0].1.truncate(length - 5);
        let said = refused(&world(&archive(&members)), "image-malformed");
        assert!(said.contains("it is not sound"), "{said}");
    }
}

#[test]
fn an_archive_that_is_cut_off_is_refused_wherever_it_is_cut() {
    let whole = archive(&oci(&[&Image::right()]));
    for length in [0, 100, 511, 513, 1000, whole.len() / 2, whole.len() - 2000] {
        for outer in [Packed::Plain, Packed::Zstd] {
            refused(&world(&pack(&whole[..length], outer)), "image-malformed");
        }
    }
    let packed = pack(&whole, Packed::Gzip);
    for length in [2, 20, packed.len() / 2, packed.len() - 1] {
        refused(&world(&packed[..length]), "image-malformed");
    }
}

#[test]
fn parts_that_are_not_what_their_digests_say_are_refused() {
    // A blob under another one's name.
    let (blobs, descriptor) = Image::right().blobs();
    for (digest, bytes) in &blobs {
        let mut members = oci(&[&Image::right()]);
        let member = members
            .iter_mut()
            .find(|(name, _)| *name == blob_path(digest))
            .expect("a member");
        if bytes.starts_with(b"{") {
            let at = member.1.len() - 1;
            member.1[at] = b'\n';
        } else {
            // The first content of a file: its headers are as they were.
            let is_content = |block: &&mut [u8]| &block[257..262] != b"ustar";
            let mut blocks = member.1.chunks_exact_mut(512);
            blocks.find(is_content).expect("a content")[0] ^= 1;
        }
        for outer in [Packed::Plain, Packed::Gzip] {
            let sandbox = world(&pack(&archive(&members), outer));
            let said = refused(&sandbox, "image-digest-mismatch");
            assert!(said.contains(digest.as_str()), "{said}");
        }
    }
    assert_eq!(descriptor["mediaType"], super::support::MANIFEST);
    // A layer that is not what the configuration says it unpacks to.
    let image = Image::right().packed(Packed::Gzip).config(|config| {
        config["rootfs"]["diff_ids"][1] = json!(format!("sha256:{}", "0".repeat(64)));
    });
    let said = refused(&world(&archive(&oci(&[&image]))), "image-digest-mismatch");
    assert!(
        said.starts_with("the content of layer 2 is announced as sha256:0000"),
        "{said}"
    );
}

#[test]
fn descriptions_that_contradict_themselves_are_refused() {
    let image = Image::right().config(|config| {
        config["rootfs"]["diff_ids"]
            .as_array_mut()
            .expect("a list")
            .pop();
    });
    let said = refused(&world(&archive(&oci(&[&image]))), "image-malformed");
    assert_eq!(said, "the manifest has 3 layers, and the configuration 2");
    // Two descriptions of two images in one archive.
    let mut members = oci(&[&Image::right()]);
    members.extend(Image::new(&right_layers()[..1]).saved("other:1"));
    let said = refused(&world(&archive(&members)), "image-malformed");
    assert_eq!(
        said,
        "index.json and manifest.json do not describe the same image"
    );
    // One name twice in the archive itself.
    let mut members = oci(&[&Image::right()]);
    members.push(members[0].clone());
    let said = refused(&world(&archive(&members)), "image-unsafe-entry");
    assert!(said.contains("is there twice"), "{said}");
}

#[test]
fn an_image_that_unpacks_to_too_much_is_refused() {
    // 200 MB of zeros, which gzip packs a thousandfold.
    let zeros = vec![0; 200 << 20];
    let bomb = Image::new(&[Layer::new().file("zeros", &zeros)]).packed(Packed::Gzip);
    let sandbox = world(&archive(&oci(&[&bomb])));
    let said = refused(&sandbox, "image-limit");
    assert!(
        said.contains("it unpacks to more than 200 times its packed size"),
        "{said}"
    );
    drop(zeros);

    let sandbox = world_of(&right_layers());
    for (limit, expected) in [
        (
            "entries: 4",
            "is one more than the 4 entries that the gate allows",
        ),
        (
            "bytes: 20",
            "it unpacks to more than 20 bytes, which is what the gate allows",
        ),
    ] {
        let keys = format!("archive: image.tar, limits: {{ {limit} }}");
        sandbox.write("gates/image.yaml", gate(&keys, ""));
        let said = refused(&sandbox, "image-limit");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn memory_stays_bounded_whatever_an_archive_unpacks_to() {
    let zeros = vec![0; 160 << 20];
    let mut layers = right_layers();
    layers.push(Layer::new().file("zeros", &zeros));
    drop(zeros);
    for inner in [Packed::Gzip, Packed::Zstd] {
        let image = Image::new(&layers).packed(inner);
        let sandbox = world(&archive(&oci(&[&image])));
        let keys = "archive: image.tar, limits: { ratio: 1000000 }";
        sandbox.write("gates/image.yaml", gate(keys, ""));
        finds(&sandbox, &[]);
        // Address space, of which threads and mappings take most.
        let ran = sandbox.run_within("-v 500000", &["run", "image", "--offline", "--jobs", "1"]);
        ran.exits(0);
    }
}

#[test]
fn compressions_that_are_not_read_are_named() {
    let members = [("a".to_owned(), b"x".to_vec())];
    let mut bytes = archive(&members);
    bytes.splice(0..6, *b"\xfd7zXZ\0");
    let said = refused(&world(&bytes), "image-unsupported");
    assert!(said.contains("compressed with xz"), "{said}");
}

#[test]
fn layers_of_a_packed_archive_share_the_limits_of_the_image() {
    let layer = |name: &str| Layer::new().file(name, vec![b'x'; 600_000]);
    let mut layers = right_layers();
    layers.extend([layer("one"), layer("two")]);
    let whole = archive(&oci(&[&Image::new(&layers)]));
    for outer in [Packed::Plain, Packed::Gzip] {
        let sandbox = world(&pack(&whole, outer));
        let keys = "archive: image.tar, limits: { bytes: 1000000 }";
        sandbox.write("gates/image.yaml", gate(keys, ""));
        let said = refused(&sandbox, "image-limit");
        assert!(said.contains("1000000 bytes"), "{said}");
        let keys = "archive: image.tar, limits: { bytes: 1300000 }";
        sandbox.write("gates/image.yaml", gate(keys, ""));
        finds(&sandbox, &[]);
    }
}
