use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{GateFile, SpecError};

/// How many bytes a gate file or `driftgate.yaml` may have: 1 MiB.
const LARGEST: u64 = 1 << 20;

/// Reads a file that a person wrote. `name` is what messages call it.
///
/// # Errors
/// When it cannot be read, is no regular file, is too large, or is not UTF-8.
pub fn read_file(path: &Path, name: &str) -> Result<GateFile, SpecError> {
    let failed = |error: std::io::Error| SpecError::file(name, format!("failed to read: {error}"));
    // Ask first: opening a pipe would wait for its writer.
    let metadata = path.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(SpecError::file(name, "expected a file, found a folder"));
    }
    if !metadata.is_file() {
        return Err(SpecError::file(
            name,
            "expected a file, found a device, socket or pipe",
        ));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(SpecError::file(
            name,
            format!(
                "the file is larger than {LARGEST} bytes; what people write here is a page at the most"
            ),
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(GateFile::new(name, text)),
        Err(error) => Err(SpecError::file(
            name,
            format!(
                "the file is not UTF-8 (at byte {})",
                error.utf8_error().valid_up_to()
            ),
        )),
    }
}

/// Reads all gate files of a folder, by name. `name_of` says what messages call a path.
///
/// Hidden files and files that are not YAML (a README, say) are left alone. All that could be meant
/// as a gate and would not be one is an error: a gate that is silently not loaded is a gate that
/// nobody misses.
///
/// # Errors
/// All that is wrong with the folder and its files.
pub fn read_gate_files(
    dir: &Path,
    name_of: &dyn Fn(&Path) -> String,
) -> Result<Vec<GateFile>, Vec<SpecError>> {
    let failed = |error: std::io::Error| {
        vec![SpecError::file(
            name_of(dir),
            format!("failed to read the folder of gates: {error}"),
        )]
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort_unstable();
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        match read_gate_file(&path, name_of) {
            Ok(Some(file)) => files.push(file),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(files)
    } else {
        Err(errors)
    }
}

fn read_gate_file(
    path: &Path,
    name_of: &dyn Fn(&Path) -> String,
) -> Result<Option<GateFile>, SpecError> {
    let file_name = path.file_name().unwrap_or_default();
    if file_name.as_encoded_bytes().starts_with(b".") {
        return Ok(None);
    }
    let name = name_of(path);
    if file_name.to_str().is_none() {
        return Err(SpecError::file(name, "the file's name is not UTF-8"));
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml") => read_file(path, &name).map(Some),
        Some("yml") => Err(SpecError::file(
            name,
            "gate files end in `.yaml`; this one would not be read",
        )
        .help("rename it")),
        _ if path.is_dir() => Err(SpecError::file(
            name,
            "gates stand directly in their folder; this one would not be read",
        )
        .help("move its gates up, or the folder elsewhere")),
        _ => Ok(None),
    }
}
