use serde_json::{Value, json};

use super::codes::INCLUDE_UNMATCHED;
use super::equality::{Compared, Comparison, Item, Rules, Side, compare_sides};
use super::named::{Named, unused_extras};
use super::plan::{Delivery, DirectoryPlan};
use super::source::Source;
use super::spec::Mode;
use crate::context::Context;
use crate::gate::{Finding, Obstacle, Part};
use crate::tree::{SubTree, Tree, TreePath, walk};

/// What came of comparing a folder with the source, wherever the folder is: in the checkout, or in an image.
pub(crate) struct Copied {
    /// What is wrong with the gate's own words: renames, patterns and allowances.
    pub findings: Vec<Finding>,
    /// What differs, and what could not be compared.
    pub compared: Compared,
    source: Vec<Item>,
    delivered: Vec<Item>,
}

impl Copied {
    /// Compares the folder that `tree` is.
    ///
    /// # Errors
    /// When it cannot be listed, and when cancelled.
    pub(crate) fn compare(
        context: &Context,
        source: &Source<'_>,
        delivery: &Delivery,
        plan: &DirectoryPlan,
        tree: &SubTree<'_>,
        part: &mut Part,
    ) -> Result<Self, Obstacle> {
        let items: Vec<_> = walk(tree, &TreePath::root())?
            .into_iter()
            .filter(|(path, _)| plan.selection.has(path))
            .map(|(path, kind)| Item::at(path, kind))
            .collect();
        let named = Named::of(source, delivery, |name| plan.selection.has(name));
        let compared = compare_sides(
            context,
            &Comparison {
                source: source.side(&named.items),
                delivered: Side {
                    tree,
                    items: &items,
                },
                rules: Rules {
                    modes: delivery.modes,
                    non_empty: source.plan.non_empty,
                },
                compare_as: &|name| plan.compare.of(name),
                subset: plan.mode == Mode::Subset,
                place: &|name| tree.location(name),
                extra_allowed: &|name| {
                    delivery.allow_extra.is_match(name) || source.is_lost(name, &delivery.renames)
                },
                left_out: &|name| source.leaves_out(name, &delivery.renames),
            },
            part,
        )?;
        let mut findings = named.findings;
        let seen = named.items.iter().chain(&items).map(|item| &item.name);
        let include = &plan.selection.include;
        findings.extend(include.unmatched(&INCLUDE_UNMATCHED, &seen, |pattern| {
            format!("neither the source nor the delivery has anything that matches `{pattern}`")
        }));
        findings.extend(unused_extras(delivery, &compared.extras));
        Ok(Self {
            findings,
            compared,
            source: named.items,
            delivered: items,
        })
    }

    /// The names of all that was compared, some of them twice.
    pub(crate) fn names(&self) -> impl Iterator<Item = &TreePath> {
        self.source
            .iter()
            .chain(&self.delivered)
            .map(|item| &item.name)
    }

    /// Adds what a report says of any such comparison.
    pub(crate) fn add_facts(&self, facts: &mut Value) {
        facts["source_files"] = json!(self.source.len());
        facts["delivered_files"] = json!(self.delivered.len());
        facts["compared"] = json!(self.compared.pairs);
    }
}

/// What a report says of a delivery whose folder is compared, before that is done.
pub(crate) fn copy_facts(delivery: &Delivery, plan: &DirectoryPlan, channel: &str) -> Value {
    json!({
        "name": delivery.name,
        "channel": channel,
        "mode": plan.mode.name(),
        "compare": plan.compare.to_string(),
        "source_files": 0,
        "delivered_files": 0,
        "compared": 0,
    })
}
