//! What each fuzz target does with its bytes. The tests of the main workspace run the same bodies
//! on the seeds and on random changes of them, so that they keep working without a fuzzer.

use driftgate::config::{GateFile, SpecError, load_gates, load_settings};

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
