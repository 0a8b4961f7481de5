use super::files::Sorted;
use super::inspect::Mounted;
use crate::gate::Finding;
use crate::kinds::delivery::codes::{ALLOWANCE_UNUSED, OPAQUE_STEP};
use crate::kinds::delivery::dockerfile::{OpaqueStep, normal, shown};
use crate::kinds::delivery::equality::Item;
use crate::kinds::delivery::named::unused_extras;
use crate::kinds::delivery::patterns::Declared;
use crate::kinds::delivery::plan::Delivery;
use crate::tree::TreePath;

/// Adds what steps that cannot be read off the Dockerfile mean, and which allowances nothing needs.
pub(crate) fn add_steps(
    steps: &[OpaqueStep],
    mounted: &Mounted<'_>,
    delivery: &Delivery,
    wanted: &[Item],
    sorted: &mut Sorted,
) {
    let plan = mounted.plan;
    let mut used = vec![false; plan.allow_opaque.len()];
    let mut may_write_anything = false;
    for step in steps {
        if let Some(names) = covered_by_extras(step, mounted, delivery, wanted) {
            sorted.extras.extend(names);
            continue;
        }
        let mut allowed = false;
        for (entry, used) in plan.allow_opaque.iter().zip(&mut used) {
            if allows(entry, &step.text) {
                *used = true;
                allowed = true;
            }
        }
        if allowed {
            may_write_anything = true;
            continue;
        }
        let written = match step.paths.as_slice() {
            [] => format!("below /{}", plan.dest),
            paths => paths
                .iter()
                .map(|path| format!("/{path}"))
                .collect::<Vec<_>>()
                .join(", "),
        };
        sorted.findings.push(
            Finding::new(
                &OPAQUE_STEP,
                format!("`{}` may write {written}: {}", shown(&step.text), step.why),
            )
            .at(mounted.at(step.at))
            .help("do it without `RUN`, or, if what it leaves there is meant, give the whole instruction as an entry of `allow_opaque`"),
        );
    }
    for (entry, used) in plan.allow_opaque.iter().zip(used) {
        if !used {
            sorted.findings.push(
                Finding::new(
                    &ALLOWANCE_UNUSED,
                    format!(
                        "no opaque step is `{}` of `allow_opaque`",
                        shown(&normal(&entry.text))
                    ),
                )
                .at(entry.at.clone()),
            );
        }
    }
    // An allowed step may well be what the extra file comes from.
    if !may_write_anything {
        let unused = unused_extras(delivery, &sorted.extras);
        sorted.findings.extend(unused);
    }
}

/// Whether an entry of `allow_opaque` is about an instruction: the whole of it, for whoever allows a
/// step has seen all that it does, and not what somebody adds to it later.
pub(crate) fn allows(entry: &Declared, instruction: &str) -> bool {
    let entry = normal(&entry.text);
    entry == instruction || instruction.strip_prefix("RUN ") == Some(entry.as_str())
}

/// The names of all that a step writes, if `allow_extra` covers them and none is the source's.
fn covered_by_extras(
    step: &OpaqueStep,
    mounted: &Mounted<'_>,
    delivery: &Delivery,
    wanted: &[Item],
) -> Option<Vec<TreePath>> {
    if !step.exact || step.paths.is_empty() {
        return None;
    }
    step.paths
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&mounted.plan.dest)?;
            let is_sources = wanted
                .iter()
                .any(|item| item.name.is_within(&name) || name.is_within(&item.name));
            (!is_sources && delivery.allow_extra.is_match(&name)).then_some(name)
        })
        .collect()
}
