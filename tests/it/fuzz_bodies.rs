//! The bodies of the fuzz targets, on their seeds and on random changes of them.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;

#[path = "../../fuzz/bodies/mod.rs"]
mod bodies;

/// The seeds of a target, those of its folder `own` as well: files with an ending, for what a
/// fuzzer leaves behind has none.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let files = |dir: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(dir)
            .expect("a corpus")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some())
            .collect()
    };
    let mut paths = files(&dir);
    let own = dir.join("own");
    if own.exists() {
        paths.extend(files(&own));
    }
    paths.sort();
    assert!(!paths.is_empty(), "no seeds in {}", dir.display());
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("a seed"))
        .collect()
}

/// What tends to break readers.
const PIECES: &[&[u8]] = &[
    b"",
    b"\n",
    b"\r",
    b"\t",
    b"\0",
    b"\"",
    b"'",
    b"\\",
    b": ",
    b"- ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"*a",
    b"&a ",
    b"<<: ",
    b"---\n",
    b"!!binary ",
    b"# ",
    b"$",
    b"${",
    b"<<EOF\n",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"\xf0\x9f\x92\xa9",
    b"\xff",
    b"999999999999999999999999",
    b"-0",
    b"..",
    b"/",
];

#[derive(Debug, Clone)]
struct Splice {
    at: Index,
    cut: usize,
    piece: Index,
}

fn splices() -> impl Strategy<Value = Vec<Splice>> {
    let splice = (any::<Index>(), 0usize..24, any::<Index>());
    proptest::collection::vec(
        splice.prop_map(|(at, cut, piece)| Splice { at, cut, piece }),
        0..8,
    )
}

fn spliced(mut bytes: Vec<u8>, splices: &[Splice]) -> Vec<u8> {
    for splice in splices {
        let at = splice.at.index(bytes.len() + 1);
        let end = (at + splice.cut).min(bytes.len());
        bytes.splice(at..end, splice.piece.get(PIECES).iter().copied());
    }
    bytes
}

/// Runs a body on every seed as it stands, and on changes of them.
fn survives(target: &str, body: fn(&[u8])) {
    let seeds = seeds(target);
    for seed in &seeds {
        body(seed);
    }
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(
        seed in any::<Index>(),
        splices in splices(),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
    )| {
        body(&spliced(seed.get(&seeds).clone(), &splices));
        body(&noise);
    });
}

#[test]
fn the_reader_of_gate_files_survives_changed_seeds() {
    survives("gate_file", bodies::gate_file::check);
}

#[test]
fn the_reader_of_settings_survives_changed_seeds() {
    survives("settings", bodies::settings::check);
}

#[test]
fn the_reader_of_manifests_survives_changed_seeds() {
    survives("manifest", bodies::manifest::check);
}

#[test]
fn the_evaluator_of_dockerfiles_survives_changed_seeds() {
    survives("dockerfile", bodies::dockerfile::check);
}

#[test]
fn the_reader_of_layers_survives_changed_seeds() {
    survives("layers", bodies::layers::check);
}

#[test]
fn the_reader_of_plugin_addresses_survives_changed_seeds() {
    survives("plugin_address", bodies::plugin_address::check);
}

#[test]
fn the_reader_of_archives_of_assets_survives_changed_seeds() {
    survives("bundle", bodies::bundle::check);
}

#[test]
fn the_readers_of_lists_of_files_survive_changed_seeds() {
    survives("listing", bodies::listing::check);
}

#[test]
fn the_handshake_with_a_server_survives_changed_seeds() {
    survives("handshake", bodies::handshake::check);
}

#[test]
fn the_gate_over_workflows_survives_changed_seeds() {
    survives("workflow", bodies::workflow::check);
}

#[test]
fn the_reader_of_scripts_survives_changed_seeds() {
    survives("script", bodies::script::check);
}

#[test]
fn the_gate_over_statuses_survives_changed_seeds() {
    survives("statuses", bodies::statuses::check);
}
