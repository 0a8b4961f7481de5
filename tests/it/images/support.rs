//! Images that are put together by hand.

use std::io::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Ran, Sandbox};

/// Below this the image holds the copy.
pub const DEST: &str = "opt/app";

/// A layer that is written entry by entry.
#[derive(Clone, Default)]
pub struct Layer {
    bytes: Vec<u8>,
}

impl Layer {
    pub fn new() -> Self {
        Self::default()
    }

    /// An entry whose names are written as they are, whatever they are.
    pub fn raw(
        mut self,
        kind: tar::EntryType,
        name: &str,
        link: &str,
        mode: u32,
        bytes: &[u8],
    ) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        self.bytes.extend_from_slice(header.as_bytes());
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        self
    }

    /// An entry without content.
    pub fn header(mut self, header: &tar::Header) -> Self {
        self.bytes.extend_from_slice(header.as_bytes());
        self
    }

    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.raw(tar::EntryType::Regular, name, "", 0o644, content.as_ref())
    }

    pub fn script(self, name: &str, content: &str) -> Self {
        self.raw(tar::EntryType::Regular, name, "", 0o755, content.as_bytes())
    }

    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.raw(tar::EntryType::Symlink, name, target, 0o777, b"")
    }

    pub fn hard_link(self, name: &str, target: &str) -> Self {
        self.raw(tar::EntryType::Link, name, target, 0o644, b"")
    }

    pub fn folder(self, name: &str) -> Self {
        self.raw(tar::EntryType::Directory, name, "", 0o755, b"")
    }

    /// As an archive with its end.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Packed {
    Plain,
    Gzip,
    Zstd,
}

pub fn pack(bytes: &[u8], packed: Packed) -> Vec<u8> {
    match packed {
        Packed::Plain => bytes.to_vec(),
        Packed::Gzip => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).expect("packed");
            encoder.finish().expect("packed")
        }
        Packed::Zstd => zstd::encode_all(bytes, 1).expect("packed"),
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// An image with its blobs.
#[derive(Clone)]
pub struct Image {
    pub layers: Vec<Vec<u8>>,
    pub config: Value,
    pub packed: Packed,
}

impl Image {
    pub fn new(layers: &[Layer]) -> Self {
        let layers: Vec<_> = layers.iter().map(Layer::bytes).collect();
        let mut history = vec![json!({ "created_by": "ENV A=1", "empty_layer": true })];
        for number in 1..=layers.len() {
            history.push(json!({ "created_by": format!("COPY part{number} /opt/app # buildkit") }));
        }
        let diff_ids: Vec<_> = layers.iter().map(|layer| sha256(layer)).collect();
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "User": "app",
                "Env": ["PATH=/bin", "MODE=production"],
                "Entrypoint": ["/opt/app/start.sh"],
                "Cmd": ["--serve"],
                "WorkingDir": "/opt/app",
                "Labels": { "org.example.owner": "platform" },
            },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
            "history": history,
        });
        Self {
            layers,
            config,
            packed: Packed::Plain,
        }
    }

    /// The image that equals the source of [`world`].
    pub fn right() -> Self {
        Self::new(&right_layers())
    }

    pub fn packed(mut self, packed: Packed) -> Self {
        self.packed = packed;
        self
    }

    pub fn config(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.config);
        self
    }

    /// For another platform.
    pub fn on(self, architecture: &str) -> Self {
        self.config(|config| config["architecture"] = json!(architecture))
    }

    fn config_bytes(&self) -> Vec<u8> {
        self.config.to_string().into_bytes()
    }

    /// All blobs by their digests, and the descriptor of the manifest.
    pub fn blobs(&self) -> (Vec<(String, Vec<u8>)>, Value) {
        let media = match self.packed {
            Packed::Plain => "",
            Packed::Gzip => "+gzip",
            Packed::Zstd => "+zstd",
        };
        let mut blobs = Vec::new();
        let mut layers = Vec::new();
        for layer in &self.layers {
            let bytes = pack(layer, self.packed);
            layers.push(json!({
                "mediaType": format!("application/vnd.oci.image.layer.v1.tar{media}"),
                "digest": sha256(&bytes),
                "size": bytes.len(),
            }));
            blobs.push((sha256(&bytes), bytes));
        }
        let config = self.config_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": sha256(&config),
                "size": config.len(),
            },
            "layers": layers,
        })
        .to_string()
        .into_bytes();
        let descriptor = json!({
            "mediaType": MANIFEST,
            "digest": sha256(&manifest),
            "size": manifest.len(),
            "platform": { "os": self.config["os"], "architecture": self.config["architecture"] },
        });
        blobs.push((sha256(&config), config));
        blobs.push((sha256(&manifest), manifest));
        (blobs, descriptor)
    }

    /// The members of an archive as Docker saved it for years: layers come in an order of their own, and the
    /// description last.
    pub fn saved(&self, tag: &str) -> Vec<(String, Vec<u8>)> {
        let config = self.config_bytes();
        let name = format!("{}.json", &sha256(&config)[7..]);
        let path = |number: usize| format!("{number:064}/layer.tar");
        let mut members: Vec<_> = self
            .layers
            .iter()
            .enumerate()
            .rev()
            .map(|(number, layer)| (path(number), pack(layer, self.packed)))
            .collect();
        let layers: Vec<_> = (0..self.layers.len()).map(path).collect();
        members.push((name.clone(), config));
        members.push(("VERSION".to_owned(), b"1.0".to_vec()));
        let manifest = json!([{ "Config": name, "RepoTags": [tag], "Layers": layers }]);
        members.push((
            "manifest.json".to_owned(),
            manifest.to_string().into_bytes(),
        ));
        members
    }
}

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The members of an OCI layout with these images, blobs first.
pub fn oci(images: &[&Image]) -> Vec<(String, Vec<u8>)> {
    let mut members = Vec::new();
    let mut manifests = Vec::new();
    for image in images {
        let (blobs, descriptor) = image.blobs();
        manifests.push(descriptor);
        members.extend(
            blobs
                .into_iter()
                .map(|(digest, bytes)| (blob_path(&digest), bytes)),
        );
    }
    members.sort();
    members.dedup();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    members.push(("index.json".to_owned(), index.to_string().into_bytes()));
    let layout = json!({ "imageLayoutVersion": "1.0.0" });
    members.push(("oci-layout".to_owned(), layout.to_string().into_bytes()));
    members
}

pub fn blob_path(digest: &str) -> String {
    digest.replacen("sha256:", "blobs/sha256/", 1)
}

/// An archive with these members.
pub fn archive(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, bytes.as_slice())
            .expect("written");
    }
    builder.into_inner().expect("written")
}

/// What the source has, over three layers with something else around it.
pub fn right_layers() -> Vec<Layer> {
    vec![
        Layer::new()
            .folder("etc")
            .file("etc/passwd", "root:x:0:0\n")
            .folder(DEST)
            .file("opt/app/config.yaml", "old: 1\n")
            .file("opt/app/stale.md", "stale\n"),
        Layer::new()
            .file("opt/app/config.yaml", "name: one\n")
            .file("opt/app/.wh.stale.md", "")
            .file("opt/app/prompts/a.md", "a\nb\n"),
        Layer::new()
            .script("opt/app/start.sh", "#!/bin/sh\n")
            .symlink("opt/app/latest", "prompts/a.md"),
    ]
}

/// A gate over an image; `more` are further keys of `image`, `delivery` of the delivery.
pub fn gate(more: &str, delivery: &str) -> String {
    format!(
        "id: image\nabout: The image holds the source.\nkind: delivery\nsource: {{ path: source }}\n\
         deliveries:\n  - image: {{ {more} }}\n    dest: /{DEST}\n{delivery}"
    )
}

/// A root with a source, and a gate that compares `image.tar` with it.
pub fn world(image: &[u8]) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox
        .write("source/config.yaml", "name: one\n")
        .write("source/prompts/a.md", "a\nb\n")
        .write("source/start.sh", "#!/bin/sh\n")
        .write("gates/image.yaml", gate("archive: image.tar", ""))
        .write("image.tar", image);
    let source = sandbox.root().join("source");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(source.join("start.sh"), mode).expect("a mode");
    std::os::unix::fs::symlink("prompts/a.md", source.join("latest")).expect("a link");
    sandbox
}

/// The world with an OCI archive of these layers.
pub fn world_of(layers: &[Layer]) -> Sandbox {
    world(&archive(&oci(&[&Image::new(layers)])))
}

pub fn report(ran: &Ran) -> Value {
    ran.json()["gates"][0].clone()
}

pub fn codes(gate: &Value) -> Vec<&str> {
    let findings = gate["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

pub fn messages(gate: &Value) -> Vec<&str> {
    gate["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| finding["message"].as_str().expect("a message"))
        .collect()
}

/// Runs the gate, and demands exactly these codes.
#[track_caller]
pub fn finds(sandbox: &Sandbox, expected: &[&str]) -> Value {
    let ran = sandbox.run(&["run", "image", "--offline", "--output", "json"]);
    let gate = report(&ran);
    assert_eq!(codes(&gate), expected, "{gate:#}");
    ran.exits(i32::from(!expected.is_empty()));
    gate
}

/// Runs the gate, and demands that it is refused with this code; returns the message.
#[track_caller]
pub fn refused(sandbox: &Sandbox, code: &str) -> String {
    let ran = sandbox.run(&["run", "image", "--offline", "--output", "json"]);
    let gate = report(&ran);
    assert_eq!(gate["verdict"], "refused", "{gate:#}");
    assert_eq!(codes(&gate), [code], "{gate:#}");
    ran.exits(3);
    messages(&gate)[0].to_owned()
}
