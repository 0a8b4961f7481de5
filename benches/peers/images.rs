use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::fixtures::{home, text_of};

/// An image of generated files in an archive as `docker save` writes it, and a gate over a part of it.
pub(crate) struct Saved {
    /// A root with one gate.
    pub(crate) root: PathBuf,
    /// The archive's name in it.
    pub(crate) archive: &'static str,
}

/// How the archive is packed as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    fn archive(self) -> &'static str {
        match self {
            Self::Plain => "image.tar",
            Self::Gzip => "image.tar.gz",
            Self::Zstd => "image.tar.zst",
        }
    }

    /// The command that gives the archive out unpacked.
    pub(crate) fn reader(self) -> &'static str {
        match self {
            Self::Plain => "cat",
            Self::Gzip => "gzip -dc",
            Self::Zstd => "zstd -dcq",
        }
    }
}

/// How many files the source has, and how many layers the image.
const SOURCE: usize = 200;
const LAYERS: usize = 6;

/// Makes an image of `files` files of `size` bytes on average, once. Every other file is text, the others do not pack.
pub(crate) fn saved(files: usize, size: usize, packing: Packing) -> Saved {
    let base = home().join(format!("image-{files}-{size}"));
    let root = base.join("root");
    if !base.join("complete").exists() {
        let _ = std::fs::remove_dir_all(&base);
        std::fs::create_dir_all(root.join("gates")).expect("a folder");
        std::fs::write(root.join("driftgate.yaml"), "").expect("a file");
        write_source(&root.join("source"));
        write_image(&base, &root.join("image.tar"), files, size);
        std::fs::write(base.join("complete"), "").expect("a file");
    }
    let archive = packing.archive();
    let command = match packing {
        Packing::Plain => None,
        Packing::Gzip => Some("gzip -6 -k image.tar"),
        Packing::Zstd => Some("zstd -3 -q -k image.tar"),
    };
    if let Some(command) = command
        && !root.join(archive).exists()
    {
        let status = Command::new("sh")
            .args(["-c", command])
            .current_dir(&root)
            .status()
            .expect("sh starts");
        assert!(status.success(), "{command}");
    }
    let gate = format!(
        "id: image\nabout: The image holds the source.\nkind: delivery\nsource: {{ path: source }}\n\
         deliveries:\n  - image: {{ archive: {archive} }}\n    dest: /opt/app\n"
    );
    // One root for all packings, and a gate for each.
    let gates = base.join(format!("gates-{archive}"));
    std::fs::create_dir_all(&gates).expect("a folder");
    std::fs::write(gates.join("image.yaml"), gate).expect("a file");
    Saved { root, archive }
}

impl Saved {
    /// The folder with the gate over this archive.
    pub(crate) fn gates(&self) -> String {
        let base = self.root.parent().expect("a parent");
        let gates = base.join(format!("gates-{}", self.archive));
        gates.to_string_lossy().into_owned()
    }
}

fn write_source(folder: &Path) {
    let mut random = fastrand::Rng::with_seed(11);
    for number in 0..SOURCE {
        let path = folder.join(format!("{:02}/{number:04}.md", number / 10));
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text_of(&mut random, number, 4096)).expect("a file");
    }
}

fn write_image(base: &Path, archive: &Path, files: usize, size: usize) {
    let mut random = fastrand::Rng::with_seed(13);
    let mut outer = tar::Builder::new(BufWriter::new(File::create(archive).expect("a file")));
    let (mut diff_ids, mut paths) = (Vec::new(), Vec::new());
    for layer in 0..LAYERS {
        let mut file = Hashed::new(&base.join("layer.tar"));
        let mut builder = tar::Builder::new(&mut file);
        if layer + 1 == LAYERS {
            append_source(&mut builder, &base.join("root/source"));
        } else {
            let each = files / (LAYERS - 1);
            for number in layer * each..(layer + 1) * each {
                let length = random.usize(size / 2..size + size / 2);
                let bytes = if number % 2 == 0 {
                    text_of(&mut random, number, length).into_bytes()
                } else {
                    let mut bytes = vec![0; length];
                    random.fill(&mut bytes);
                    bytes
                };
                append(
                    &mut builder,
                    &format!("usr/lib/{:03}/{number:06}", number / 100),
                    &bytes,
                );
            }
        }
        builder.finish().expect("written");
        drop(builder);
        let (digest, length, mut content) = file.finish();
        let path = format!("{layer:064}/layer.tar");
        let mut header = header(length);
        outer
            .append_data(&mut header, &path, &mut content)
            .expect("written");
        diff_ids.push(format!("sha256:{digest}"));
        paths.push(path);
    }
    let _ = std::fs::remove_file(base.join("layer.tar"));
    let config = serde_json::json!({
        "architecture": "amd64",
        "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    })
    .to_string();
    let name = format!("{}.json", hex::encode(Sha256::digest(&config)));
    let manifest =
        serde_json::json!([{ "Config": name, "RepoTags": ["image:1"], "Layers": paths }]);
    for (name, text) in [
        (name.as_str(), config),
        ("manifest.json", manifest.to_string()),
    ] {
        let mut header = header(text.len() as u64);
        outer
            .append_data(&mut header, name, text.as_bytes())
            .expect("written");
    }
    outer
        .into_inner()
        .expect("written")
        .flush()
        .expect("written");
}

fn append_source<W: Write>(builder: &mut tar::Builder<W>, source: &Path) {
    for number in 0..SOURCE {
        let name = format!("{:02}/{number:04}.md", number / 10);
        let bytes = std::fs::read(source.join(&name)).expect("a file");
        append(builder, &format!("opt/app/{name}"), &bytes);
    }
}

fn append<W: Write>(builder: &mut tar::Builder<W>, path: &str, bytes: &[u8]) {
    let mut header = header(bytes.len() as u64);
    builder
        .append_data(&mut header, path, bytes)
        .expect("written");
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header
}

/// A file that is hashed while it is written.
struct Hashed {
    file: BufWriter<File>,
    digest: Sha256,
    length: u64,
}

impl Hashed {
    fn new(path: &Path) -> Self {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .expect("a file");
        Self {
            file: BufWriter::new(file),
            digest: Sha256::new(),
            length: 0,
        }
    }

    fn finish(self) -> (String, u64, impl Read) {
        let mut file = self.file.into_inner().expect("written");
        file.seek(SeekFrom::Start(0)).expect("a file");
        (hex::encode(self.digest.finalize()), self.length, file)
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
