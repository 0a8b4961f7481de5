use super::codes::{ALLOWANCE_UNUSED, RENAME_CLASH};
use super::equality::Item;
use super::plan::Delivery;
use super::source::Source;
use crate::gate::Finding;
use crate::tree::TreePath;

/// The source's files under the names that a delivery gives them.
pub(crate) struct Named {
    /// Sorted by name, each name once.
    pub items: Vec<Item>,
    /// What is wrong with the renames.
    pub findings: Vec<Finding>,
}

impl Named {
    /// `wanted` says of a delivered name whether the delivery is about it.
    pub(crate) fn of(
        source: &Source<'_>,
        delivery: &Delivery,
        wanted: impl Fn(&TreePath) -> bool,
    ) -> Self {
        let renames = &delivery.renames;
        let mut items: Vec<_> = source
            .items
            .iter()
            .map(|item| Item {
                name: renames.apply(&item.path),
                ..item.clone()
            })
            .filter(|item| wanted(&item.name))
            .collect();
        let mut findings = Vec::new();
        if !renames.is_empty() {
            items.sort_by(|a, b| a.name.cmp(&b.name));
            items.dedup_by(|later, first| {
                let clash = later.name == first.name;
                if clash {
                    findings.push(
                        Finding::new(
                            &RENAME_CLASH,
                            format!(
                                "{} and {} are both to be delivered as {}",
                                first.path, later.path, first.name
                            ),
                        )
                        .at(delivery.at.clone()),
                    );
                }
                clash
            });
            let paths = source.items.iter().map(|item| &item.path);
            findings.extend(renames.unused(paths).map(|entry| {
                Finding::new(
                    &ALLOWANCE_UNUSED,
                    format!("the source has nothing at {} to be renamed", entry.from),
                )
                .at(entry.declared.at.clone())
            }));
        }
        Self { items, findings }
    }
}

/// A finding for each entry of `allow_extra` that none of the extra files needs.
pub(crate) fn unused_extras(delivery: &Delivery, extras: &[TreePath]) -> Vec<Finding> {
    delivery
        .allow_extra
        .unmatched(&ALLOWANCE_UNUSED, &extras.iter(), |pattern| {
            format!("no extra file of the delivery matches `{pattern}` of `allow_extra`")
        })
}
