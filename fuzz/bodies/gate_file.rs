use driftgate::config::GateFile;
use driftgate::kinds::load_gates;

use super::spec_errors::agree;

/// The reader of gate files: refuses or accepts, and says the same both times.
pub fn check(data: &[u8]) {
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
