use super::align::{Aligned, align};
use super::content::CompareAs;
use super::findings;
use super::item::{Item, Side};
use super::pair::{Rules, compare};
use crate::context::Context;
use crate::gate::{Finding, Location, Obstacle, Part, Witness};
use crate::tree::TreePath;

/// What is compared, and how.
pub(crate) struct Comparison<'a> {
    pub source: Side<'a>,
    pub delivered: Side<'a>,
    pub rules: Rules,
    /// How a file of this name is compared.
    pub compare_as: &'a (dyn Fn(&TreePath) -> CompareAs + Sync),
    /// Whether files of the source may be missing in the delivery.
    pub subset: bool,
    /// Where a file of this name would stand if it were delivered.
    pub place: &'a (dyn Fn(&TreePath) -> Location + Sync),
    /// Whether a delivered file of this name may have no counterpart.
    pub extra_allowed: &'a (dyn Fn(&TreePath) -> bool + Sync),
    /// Whether the source's own folder has something of this name that `include` or `exclude`
    /// keep out of the source.
    pub left_out: &'a (dyn Fn(&TreePath) -> bool + Sync),
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub findings: Vec<Finding>,
    pub obstacles: Vec<Obstacle>,
    /// How many were compared with a counterpart.
    pub pairs: usize,
    /// What has no counterpart in the source, allowed or not.
    pub extras: Vec<TreePath>,
}

/// Compares two sides in both directions, and records in `part` what was looked at.
///
/// # Errors
/// When cancelled.
pub(crate) fn compare_sides(
    context: &Context,
    comparison: &Comparison<'_>,
    part: &mut Part,
) -> Result<Compared, Obstacle> {
    let Comparison {
        source, delivered, ..
    } = *comparison;
    let aligned = align(&source.names(), &delivered.names());
    let looks = context.map_parallel(&aligned, |aligned| look(comparison, *aligned))?;
    let mut compared = Compared::default();
    for (aligned, look) in aligned.iter().zip(looks) {
        let name = name_of(comparison, *aligned);
        match look {
            Ok(Look { witness, findings }) => {
                // What need not be delivered and is not was not looked at: a subset of nothing is
                // vacuous.
                if !(comparison.subset && matches!(aligned, Aligned::OnlySource(_))) {
                    part.looked(name, Witness::of(&witness));
                }
                compared.findings.extend(findings);
                if matches!(aligned, Aligned::OnlyDelivered(_)) {
                    compared.extras.push(name.clone());
                }
                compared.pairs += usize::from(matches!(aligned, Aligned::Both { .. }));
            }
            Err(obstacle) => compared.obstacles.push(obstacle),
        }
    }
    compared
        .findings
        .sort_by(|a, b| (&a.locations, a.code.name).cmp(&(&b.locations, b.code.name)));
    Ok(compared)
}

struct Look {
    witness: Vec<u8>,
    findings: Vec<Finding>,
}

fn name_of<'a>(comparison: &Comparison<'a>, aligned: Aligned) -> &'a TreePath {
    let (source, delivered) = (comparison.source.items, comparison.delivered.items);
    match aligned {
        Aligned::Both { source: s, .. }
        | Aligned::Case { source: s, .. }
        | Aligned::OnlySource(s)
        | Aligned::FolderDelivered(s) => &source[s].name,
        Aligned::OnlyDelivered(d) | Aligned::FolderInSource(d) => &delivered[d].name,
    }
}

fn look(comparison: &Comparison<'_>, aligned: Aligned) -> Result<Look, Obstacle> {
    let source = |index: usize| (comparison.source, &comparison.source.items[index]);
    let delivered = |index: usize| (comparison.delivered, &comparison.delivered.items[index]);
    let one = |word: &str, finding: Option<Finding>| {
        Ok(Look {
            witness: word.as_bytes().to_vec(),
            findings: finding.into_iter().collect(),
        })
    };
    let look = match aligned {
        Aligned::Both {
            source: s,
            delivered: d,
        } => both(comparison, source(s), delivered(d)),
        Aligned::Case {
            source: s,
            delivered: d,
        } => one(
            "case",
            Some(findings::case_differs(source(s), delivered(d))),
        ),
        Aligned::OnlySource(s) => {
            let (side, item) = source(s);
            let finding = (!comparison.subset)
                .then(|| findings::not_delivered((side, item), (comparison.place)(&item.name)));
            one("absent", finding)
        }
        Aligned::OnlyDelivered(d) => {
            let name = &comparison.delivered.items[d].name;
            let finding = (!(comparison.extra_allowed)(name))
                .then(|| findings::not_in_source(delivered(d), (comparison.left_out)(name)));
            one("extra", finding)
        }
        Aligned::FolderDelivered(s) => {
            let (side, item) = source(s);
            let at = (comparison.place)(&item.name);
            one(
                "folder",
                Some(findings::folder_differs((side, item), true, at)),
            )
        }
        Aligned::FolderInSource(d) => {
            let (side, item) = delivered(d);
            let at = item.by.clone().unwrap_or_else(|| side.location(item));
            one(
                "folder",
                Some(findings::folder_differs((side, item), false, at)),
            )
        }
    };
    look.map(|mut look: Look| {
        for finding in &mut look.findings {
            finding.subject = Some(subject_of(comparison, aligned));
        }
        look
    })
}

/// What is compared, by the name that all deliveries have in common: that of the source, where there is one.
fn subject_of(comparison: &Comparison<'_>, aligned: Aligned) -> String {
    match aligned {
        Aligned::Both { source: s, .. }
        | Aligned::Case { source: s, .. }
        | Aligned::OnlySource(s)
        | Aligned::FolderDelivered(s) => comparison.source.items[s].path.to_string(),
        Aligned::OnlyDelivered(_) | Aligned::FolderInSource(_) => {
            name_of(comparison, aligned).to_string()
        }
    }
}

fn both(
    comparison: &Comparison<'_>,
    source: (Side<'_>, &Item),
    delivered: (Side<'_>, &Item),
) -> Result<Look, Obstacle> {
    let compare_as = (comparison.compare_as)(&source.1.name);
    let seen = compare(source, delivered, compare_as, comparison.rules)?;
    Ok(Look {
        witness: seen.witness,
        findings: seen
            .differences
            .iter()
            .map(|difference| findings::of_difference(difference, source, delivered, compare_as))
            .collect(),
    })
}
