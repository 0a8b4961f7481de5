use std::collections::BTreeSet;

use serde_saphyr::{Location, Spanned};

use super::relation::Relation;
use super::selector::select;
use super::side::Side;
use super::side_path::SidePath;
use super::spec::{ConstantsSpec, SideSpec};
use super::transform::Step;
use crate::config::{GateFile, SpecError};

/// The sides that a gate file declares: the canonical one, then the mirrors.
pub(super) fn load_sides(
    file: &GateFile,
    spec: &ConstantsSpec,
) -> Result<(Side, Vec<Side>), Vec<SpecError>> {
    let mut errors = Vec::new();
    let min_size = spec.min_size.as_ref();
    if let Some(relation) = &spec.canonical.relation {
        errors.push(SpecError::at(
            file,
            relation.referenced,
            "`relation` stands at a mirror: it says what the mirror is to the canonical side",
        ));
    }
    if spec.mirrors.value.is_empty() {
        errors.push(SpecError::at(
            file,
            spec.mirrors.referenced,
            "`mirrors` is empty; there is nothing to compare with",
        ));
    }
    let mut sides = Vec::new();
    let mut names = BTreeSet::new();
    for side in std::iter::once(&spec.canonical).chain(&spec.mirrors.value) {
        if !names.insert(side.name.value.as_str()) {
            errors.push(SpecError::at(
                file,
                side.name.referenced,
                format!("two sides are called `{}`", side.name.value),
            ));
        }
        match load_side(file, side, min_size) {
            Ok(side) => sides.push(side),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() || sides.is_empty() {
        return Err(errors);
    }
    let mirrors = sides.split_off(1);
    match sides.pop() {
        Some(canonical) => Ok((canonical, mirrors)),
        None => Err(errors),
    }
}

fn load_side(
    file: &GateFile,
    side: &SideSpec,
    gate_min: Option<&Spanned<usize>>,
) -> Result<Side, SpecError> {
    if side.name.value.trim().is_empty() {
        return Err(SpecError::at(file, side.name.referenced, "`name` is empty"));
    }
    let (written, at, selector) = select(file, side)?;
    let paths = (written.iter())
        .map(|path| SidePath::new(path))
        .collect::<Result<_, _>>()
        .map_err(|problem| SpecError::at(file, at, problem))?;
    let source = side
        .source
        .as_ref()
        .map(|source| source.resolve(file))
        .transpose()?;
    let min_size = side.min_size.as_ref().or(gate_min);
    if let Some(min) = min_size
        && min.value == 0
    {
        return Err(SpecError::at(
            file,
            min.referenced,
            "`min_size` is 0; two empty sets are never equal",
        ));
    }
    Ok(Side {
        name: side.name.value.trim().to_owned(),
        source,
        paths,
        selector,
        steps: steps(file, side)?,
        min_size: min_size.map_or(1, |min| min.value),
        relation: side
            .relation
            .as_ref()
            .map_or(Relation::default(), |relation| relation.value),
    })
}

/// The transforms in the order in which they are written.
fn steps(file: &GateFile, side: &SideSpec) -> Result<Vec<Step>, SpecError> {
    fn take<T: Clone>(
        found: &mut Vec<(Location, Step)>,
        value: Option<&Spanned<T>>,
        step: impl Fn(T) -> Step,
    ) {
        found.extend(value.map(|value| (value.referenced, step(value.value.clone()))));
    }
    let mut found = Vec::new();
    take(&mut found, side.strip_prefix.as_ref(), Step::StripPrefix);
    take(&mut found, side.strip_suffix.as_ref(), Step::StripSuffix);
    take(&mut found, side.map.as_ref(), |map| {
        Step::Map(map.into_iter().collect())
    });
    take(&mut found, side.add.as_ref(), Step::Add);
    take(&mut found, side.remove.as_ref(), Step::Remove);
    if let Some(lower) = side.lower.as_ref().filter(|lower| lower.value) {
        found.push((lower.referenced, Step::Lower));
    }
    for (at, step) in &found {
        let is_empty = match step {
            Step::StripPrefix(text) | Step::StripSuffix(text) => text.is_empty(),
            Step::Map(entries) => entries.is_empty(),
            Step::Add(values) | Step::Remove(values) => values.is_empty(),
            Step::Lower => false,
        };
        if is_empty {
            return Err(SpecError::at(file, *at, "an empty transform does nothing"));
        }
    }
    found.sort_by_key(|(at, _)| (at.line(), at.column()));
    Ok(found.into_iter().map(|(_, step)| step).collect())
}
