use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::gate::Lane;

/// Reads the name of a lane; help and completions list the names.
pub(super) fn lane() -> impl TypedValueParser<Value = Lane> {
    let names = Lane::ALL.map(|lane| PossibleValue::new(lane.name()).help(about(lane)));
    PossibleValuesParser::new(names).try_map(|name| {
        Lane::ALL
            .into_iter()
            .find(|lane| lane.name() == name)
            .ok_or_else(|| format!("no lane is named `{name}`"))
    })
}

fn about(lane: Lane) -> &'static str {
    match lane {
        Lane::Local => "A developer's own machine",
        Lane::Pr => "Every proposed change",
        Lane::Nightly => "The nightly run",
    }
}
