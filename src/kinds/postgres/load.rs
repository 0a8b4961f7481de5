use super::load_probe::load_probe;
use super::migrations::Migrations;
use super::rules::{Probe, Rules};
use super::spec::PostgresGateSpec;
use crate::backend::{StageSpec, SystemWanted, check_stage};
use crate::config::{GateFile, SpecError, check_header, parse};

/// Reads a gate file of this kind.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn load(
    file: &GateFile,
    kind: &'static str,
    codes: &[&'static str],
) -> Result<Rules, Vec<SpecError>> {
    let spec: PostgresGateSpec = parse(file).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let header = check_header(file, kind, &spec.header_spec(), codes)
        .map_err(|found| errors.extend(found))
        .ok();
    let wanted = StageSpec {
        backend: spec.backend,
        postgres: spec.postgres.as_ref(),
        services: &[],
        system: SystemWanted::No,
    };
    let stage = check_stage(file, wanted)
        .map_err(|found| errors.extend(found))
        .ok();
    let mut migrations = spec
        .migrations
        .as_ref()
        .and_then(|migrations| Migrations::load(file, migrations, &mut errors));
    if spec.migrations.is_none() && spec.probes.is_empty() {
        errors.push(
            SpecError::at(
                file,
                spec.id.referenced,
                "neither `migrations` nor `probes` is there; the gate would check nothing",
            )
            .help("name the folder of the migrations: `migrations: { folder: migrations }`"),
        );
    }
    let mut probes: Vec<Probe> = Vec::new();
    for probe in &spec.probes {
        if probes
            .iter()
            .any(|other| other.name == probe.name.value.trim())
        {
            errors.push(SpecError::at(
                file,
                probe.name.referenced,
                format!("two probes are called `{}`", probe.name.value),
            ));
        }
        probes.extend(load_probe(file, probe, &mut errors));
    }
    if let Some(migrations) = &mut migrations {
        migrations.violations = probes.iter().filter_map(Probe::violation).collect();
    }
    match header.zip(stage) {
        Some((header, stage)) if errors.is_empty() => Ok(Rules {
            header,
            stage,
            migrations,
            probes,
        }),
        _ => Err(errors),
    }
}
