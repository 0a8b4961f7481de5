use driftgate::config::{GateFile, load_settings};

use super::spec_errors::agree;

/// The reader of `driftgate.yaml`.
pub fn check(data: &[u8]) {
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
