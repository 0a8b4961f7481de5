//! What each fuzz target does with its bytes. The tests of the main workspace run the same bodies
//! on the seeds and on random changes of them, so that they keep working without a fuzzer.

use driftgate::config::{GateFile, SpecError, load_settings};
use driftgate::kinds::delivery::dockerfile::{Request, evaluate};
use driftgate::kinds::delivery::plugin_channel::PluginAddress;
use driftgate::kinds::load_gates;
use driftgate::ssot::Manifest;
use driftgate::tree::TreePath;
use driftgate::tree::image::{
    ImageFiles, ImageLimits, LayerReader, LayerSummary, Look, Taken, TarError,
};

use super::memory_tree::MemoryTree;

/// The reader of gate files: refuses or accepts, and says the same both times.
pub fn gate_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let file = GateFile::new("gates/fuzzed.yaml", text);
    let read = || load_gates(std::slice::from_ref(&file));
    match (read(), read()) {
        (Ok(first), Ok(second)) => assert!(first.keys().eq(second.keys())),
        (Err(first), Err(second)) => agree(text, &first, &second),
        _ => panic!("the same gate file was accepted once and refused once"),
    }
}

/// The reader of `driftgate.yaml`.
pub fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let file = GateFile::new("driftgate.yaml", text);
    match (load_settings(&file), load_settings(&file)) {
        (Ok(first), Ok(second)) => assert_eq!(first.providers, second.providers),
        (Err(first), Err(second)) => agree(text, &first, &second),
        _ => panic!("the same settings were accepted once and refused once"),
    }
}

/// Errors repeat themselves word by word, point into the file, and can be shown.
fn agree(text: &str, first: &[SpecError], second: &[SpecError]) {
    assert!(!first.is_empty(), "refused without a reason");
    let words = |errors: &[SpecError]| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(words(first), words(second));
    // YAML also ends a line at a carriage return that stands alone.
    let breaks = text.replace("\r\n", "\n").matches(['\n', '\r']).count();
    let lines = u32::try_from(breaks + 1).unwrap_or(u32::MAX);
    for error in first {
        assert!(!error.message.is_empty());
        assert!(!error.render(false).is_empty());
        if let Some((line, _)) = error.at {
            assert!(line <= lines, "{error} of {lines} lines");
        }
    }
}

/// The reader of manifests: what it finds nothing wrong with, another strict reader takes as well.
pub fn manifest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let first = Manifest::read("manifest.json", text);
    let second = Manifest::read("manifest.json", text);
    let words = |manifest: &Manifest| {
        let findings = manifest.findings();
        findings.into_iter().map(|f| f.message).collect::<Vec<_>>()
    };
    assert_eq!(words(&first), words(&second));
    if first.json.problems.is_empty() {
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(_) => {}
            // That reader stops at a depth of 128 and at numbers beyond a double, by its own choice.
            Err(error)
                if error.to_string().contains("recursion limit")
                    || error.to_string().contains("number out of range") => {}
            Err(error) => panic!("taken as strict JSON, but {error}"),
        }
    }
    let lines = u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX);
    for location in first
        .findings()
        .iter()
        .flat_map(|finding| &finding.locations)
    {
        let line = location.line.expect("a finding in a manifest has a line");
        assert!((1..=lines).contains(&line), "{location} of {lines} lines");
    }
}

/// The evaluator of Dockerfiles, with a small context. What follows a line of `%%` is its
/// `.dockerignore`.
pub fn dockerfile(data: &[u8]) {
    let (dockerfile, ignore) = match data.windows(4).position(|window| window == b"\n%%\n") {
        Some(at) => (&data[..=at], Some(&data[at + 4..])),
        None => (data, None),
    };
    let mut tree = MemoryTree::default()
        .with("Dockerfile", dockerfile)
        .with("app/main.py", b"print()\n")
        .with("app/prompts/first.md", b"# first\n")
        .with("config.yaml", b"a: 1\n");
    if let Some(ignore) = ignore {
        tree = tree.with(".dockerignore", ignore);
    }
    let path = TreePath::new("Dockerfile").expect("a path");
    let look = || match evaluate(&Request::new(&tree, path.clone())) {
        Ok(image) => format!("{image:?}"),
        Err(error) => format!("{error:?}"),
    };
    assert_eq!(look(), look());
}

/// The reader of plugins' addresses: what it takes leads into one folder of its own, and is shown as it was read.
pub fn plugin_address(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(address) = PluginAddress::parse(text) else {
        return;
    };
    assert_eq!(
        PluginAddress::parse(&address.to_string()),
        Ok(address.clone())
    );
    let name = address.install_name();
    assert!(!name.is_empty() && !name.starts_with(['.', '-']) && !name.contains('/'));
    assert_eq!(TreePath::new(&name).expect("a path").to_string(), name);
    if let Some(reference) = address.reference() {
        assert!(!reference.starts_with('-') && !reference.contains(char::is_whitespace));
    }
}

/// What stands between two layers.
const NEXT_LAYER: &[u8] = b"--next-layer---\n";

/// The reader of image layers. The first byte says in which pieces they come. Check sums are mended first, so that
/// what is changed in a header is read at all.
pub fn layers(data: &[u8]) {
    let Some((piece, data)) = data.split_first() else {
        return;
    };
    let limits = ImageLimits {
        entries: 500,
        bytes: 1 << 18,
        ..ImageLimits::default()
    };
    let read = |layer: &[u8], piece: usize| -> Result<LayerSummary, TarError> {
        let look = Look::Under(TreePath::root());
        let mut reader =
            LayerReader::new(limits, Taken::default(), look, std::sync::Arc::default());
        for piece in layer.chunks(piece) {
            reader.feed(piece)?;
        }
        reader.finish()
    };
    let mut files = ImageFiles::new(limits);
    let mut rest = data;
    for number in 0..8 {
        let (layer, after) = match rest
            .windows(NEXT_LAYER.len())
            .position(|at| at == NEXT_LAYER)
        {
            Some(at) => (&rest[..at], &rest[at + NEXT_LAYER.len()..]),
            None => (rest, &[][..]),
        };
        rest = after;
        let layer = mended(layer);
        let whole = read(&layer, layer.len().max(1));
        let pieces = read(&layer, usize::from(*piece) + 1);
        assert_eq!(format!("{whole:?}"), format!("{pieces:?}"));
        let Ok(summary) = whole else {
            return;
        };
        assert!(summary.len() <= 500 && summary.bytes() <= 1 << 18);
        if files.add(number, summary).is_err() {
            return;
        }
        holds_together(&files);
        if rest.is_empty() {
            return;
        }
    }
}

/// What is said of the files in one way is what is said in another.
fn holds_together(files: &ImageFiles) {
    let all = files.below(&TreePath::root(), true);
    assert!(all.len() <= files.len() + 1 && files.len() <= 500);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(files.unread(&TreePath::root()).is_empty(), "all was hashed");
    for (path, standing) in &all {
        assert_eq!(files.at(path), Some(*standing));
        if let Ok(resolved) = files.resolve(path) {
            assert!(resolved.path.is_within(&TreePath::root()));
        }
        files.removed_by(path);
    }
    files.doubtful(&TreePath::root());
    let there = files.ever().filter(|(.., is_there)| *is_there).count();
    let below = files.below(&TreePath::root(), false).len();
    assert_eq!(there, below);
}

/// The archive with the right check sum in all that looks like a header.
fn mended(layer: &[u8]) -> Vec<u8> {
    let mut layer = layer.to_vec();
    for block in layer.chunks_exact_mut(512) {
        if &block[257..262] != b"ustar" {
            continue;
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    layer
}
