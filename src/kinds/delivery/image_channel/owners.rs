use super::codes::OWNER_DIFFERS;
use super::owned::{delivered, named};
use super::plan::ImagePlan;
use super::provenance::layer_words;
use super::seen::Seen;
use crate::gate::Finding;
use crate::tree::Tree;

/// A finding for each delivered file, link and folder that belongs to somebody else than the gate expects.
pub(super) fn owner_findings(seen: &Seen, plan: &ImagePlan) -> Vec<Finding> {
    let Some(owner) = plan.owner else {
        return Vec::new();
    };
    delivered(seen, plan)
        .iter()
        .filter(|(_, standing)| (standing.owned.uid, standing.owned.gid) != owner)
        .map(|(path, standing)| {
            let name = named(seen, path);
            Finding::new(
                &OWNER_DIFFERS,
                format!(
                    "{name} belongs to {}:{}, expected {}:{}; {} brought it",
                    standing.owned.uid,
                    standing.owned.gid,
                    owner.0,
                    owner.1,
                    layer_words(&seen.layers, standing.layer)
                ),
            )
            .about(name)
            .at(seen.tree.location(path))
        })
        .collect()
}
