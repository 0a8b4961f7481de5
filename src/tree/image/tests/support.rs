//! Layers made by hand, and the image that they make.

use std::sync::Arc;

use tar::{Builder, EntryType, Header};

use crate::tree::image::{
    ImageFiles, ImageLimits, LayerReader, LayerSummary, Look, Taken, TarError, TarProblem,
};
use crate::tree::{NodeKind, TreePath};

pub(super) fn path(text: &str) -> TreePath {
    TreePath::new(text).expect("a path")
}

/// A layer that is written entry by entry.
pub(super) struct Layer(pub Builder<Vec<u8>>);

impl Layer {
    pub(super) fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    pub(super) fn entry(mut self, kind: EntryType, name: &str, link: &str, bytes: &[u8]) -> Self {
        let mut header = header(kind, bytes.len() as u64);
        // As it is: the crate refuses names that a hostile archive has.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        if !link.is_empty() {
            header.set_link_name_literal(link).expect("a short link");
        }
        header.set_cksum();
        self.0.append(&header, bytes).expect("written");
        self
    }

    pub(super) fn file(self, name: &str, bytes: &str) -> Self {
        self.entry(EntryType::Regular, name, "", bytes.as_bytes())
    }

    pub(super) fn folder(self, name: &str) -> Self {
        self.entry(EntryType::Directory, name, "", b"")
    }

    pub(super) fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Symlink, name, target, b"")
    }

    pub(super) fn hard_link(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Link, name, target, b"")
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("written")
    }
}

pub(super) fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// Reads a layer in pieces of a length.
pub(super) fn read_in(bytes: &[u8], piece: usize) -> Result<LayerSummary, TarError> {
    let look = Look::Under(TreePath::root());
    let mut reader = LayerReader::new(
        ImageLimits::default(),
        Taken::default(),
        look,
        Arc::default(),
    );
    for piece in bytes.chunks(piece.max(1)) {
        reader.feed(piece)?;
    }
    reader.finish()
}

pub(super) fn image_of(layers: &[Vec<u8>]) -> Result<ImageFiles, TarError> {
    let mut files = ImageFiles::new(ImageLimits::default());
    for (number, layer) in layers.iter().enumerate() {
        files.add(u16::try_from(number).expect("few"), read_in(layer, 1000)?)?;
    }
    Ok(files)
}

#[track_caller]
pub(super) fn image(layers: Vec<Layer>) -> ImageFiles {
    let layers: Vec<_> = layers.into_iter().map(Layer::bytes).collect();
    image_of(&layers).unwrap_or_else(|error| panic!("{error}"))
}

/// What is wrong with layers, and the entry at which it is.
#[track_caller]
pub(super) fn problem(layers: Vec<Layer>) -> (String, TarProblem) {
    let layers: Vec<_> = layers.into_iter().map(Layer::bytes).collect();
    let error = image_of(&layers).expect_err("refused");
    let entry = error.entry.clone().unwrap_or_default().to_string();
    (entry, error.problem)
}

/// All files and links, with their contents or targets, and the layer that brought each.
pub(super) fn listing(files: &ImageFiles) -> Vec<String> {
    files
        .below(&TreePath::root(), false)
        .iter()
        .map(|(path, standing)| {
            let what = match standing.kind {
                NodeKind::File => {
                    let kept = files.kept(path).expect("kept");
                    format!("={}", String::from_utf8_lossy(kept))
                }
                NodeKind::Symlink => {
                    let link = files.link(path).expect("a link");
                    format!("->{}", String::from_utf8_lossy(link))
                }
                other => format!(":{}", other.noun()),
            };
            format!("{path}{what} @{}", standing.layer)
        })
        .collect()
}
