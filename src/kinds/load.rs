use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Check, KINDS};
use crate::config::{GateFile, SpecError, nearest, parse};

/// The gates of a run, by id.
pub type LoadedGates = BTreeMap<String, Box<dyn Check>>;

/// The one key that must be known before the rest can be read.
#[derive(Debug, Deserialize)]
struct KindOnly {
    kind: Option<Spanned<String>>,
}

/// Reads gate files.
///
/// # Errors
/// All that is wrong with all of them.
pub fn load_gates(files: &[GateFile]) -> Result<LoadedGates, Vec<SpecError>> {
    let mut gates: LoadedGates = BTreeMap::new();
    let mut errors = Vec::new();
    for file in files {
        match load_gate(file) {
            Ok(gate) => {
                let id = gate.header().id.to_string();
                if let Some(first) = gates.get(&id) {
                    errors.push(
                        SpecError::file(&file.name, format!("gate id `{id}` is already taken"))
                            .help(format!("the other one is {}", first.header().file)),
                    );
                } else {
                    gates.insert(id, gate);
                }
            }
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() {
        Ok(gates)
    } else {
        Err(errors)
    }
}

fn load_gate(file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>> {
    let head: KindOnly = parse(file).map_err(|error| vec![error])?;
    let names = || KINDS.iter().map(|kind| kind.name());
    let known = || format!("one of: {}", names().collect::<Vec<_>>().join(", "));
    let Some(name) = head.kind else {
        return Err(vec![
            SpecError::file(&file.name, "key `kind` is missing").help(known()),
        ]);
    };
    let Some(kind) = KINDS.iter().find(|kind| kind.name() == name.value) else {
        let error = SpecError::at(
            file,
            name.referenced,
            format!("unknown kind `{}`", name.value),
        );
        return Err(vec![match nearest(&name.value, names()) {
            Some(near) => error.help(format!("did you mean `{near}`? {}", known())),
            None => error.help(known()),
        }]);
    };
    kind.load(file)
}
