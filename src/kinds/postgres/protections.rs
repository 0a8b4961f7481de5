use super::codes::{PROBE_NO_ERROR, PROBE_ROWS};
use super::plan::Plan;
use super::plants::Plants;
use super::rules::{Expected, Probe, Rules};
use super::servers::Servers;
use crate::context::Context;
use crate::gate::{Code, Protection};

/// All that a gate of this kind promises to catch. What holds for every migration is planted in the
/// last one, or in one more after it; the rule does not know one migration from another.
pub(super) fn all(rules: &Rules, context: &Context) -> Vec<Protection> {
    let read = rules
        .migrations
        .as_ref()
        .map(|migrations| (migrations, migrations.read(context)));
    let Some((migrations, Ok(set))) = read else {
        return rules.probes.iter().map(unplanted).collect();
    };
    let plan = Plan::new(migrations, &set);
    let plants = Plants {
        rules: migrations,
        set: &set,
    };
    let mut all = plants.of_folder();
    all.extend(plants.of_names());
    all.extend(plants.of_files());
    if migrations.down {
        all.extend(plants.of_undoing(undone(rules, &plan, context)));
    }
    if migrations.repeatable {
        all.push(plants.not_repeatable());
    }
    all.extend(rules.probes.iter().map(|probe| plants.of_probe(probe)));
    all
}

/// The last migration that changes the schema and is undone, by index, and what it would be found as
/// if nothing undid it. The gate has just passed, hence the server knows.
fn undone(rules: &Rules, plan: &Plan<'_>, context: &Context) -> Option<(usize, &'static Code)> {
    let server = Servers::of(context, &rules.stage).ok()?;
    (0..plan.len()).rev().find_map(|index| {
        plan.undone(&plan.migrations[index])?;
        let checked = server.store.check(&plan.check(index)?)?;
        Some((index, checked.if_not_undone?))
    })
}

/// What a probe's violation is found as.
pub(super) fn code_of(probe: &Probe) -> &'static Code {
    match probe.expected {
        Expected::Rows(_) => &PROBE_ROWS,
        Expected::Error(_) => &PROBE_NO_ERROR,
    }
}

/// Without migrations there is no place to plant anything.
fn unplanted(probe: &Probe) -> Protection {
    Protection {
        name: format!("probe: {}", probe.name),
        expected: code_of(probe),
        mentions: probe.name.clone(),
        plant: Err("the gate has no migrations to plant it in".to_owned()),
    }
}
