use std::collections::HashMap;

use bstr::{BString, ByteSlice};

use crate::tree::TreePath;

/// How one path of the source and one of the delivery stand to each other. Numbers are indices
/// into the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aligned {
    Both {
        source: usize,
        delivered: usize,
    },
    OnlySource(usize),
    OnlyDelivered(usize),
    /// The names differ in case and in nothing else.
    Case {
        source: usize,
        delivered: usize,
    },
    /// The source has something here that is no folder, the delivery has a folder.
    FolderDelivered(usize),
    /// The source has a folder here, the delivery has something that is no folder.
    FolderInSource(usize),
}

/// Sets two lists of paths side by side. Both must be sorted and without repetition.
///
/// One difference is said once: where a folder stands against a file, what is below the folder is
/// not reported again as missing or as extra.
pub(crate) fn align(source: &[&TreePath], delivered: &[&TreePath]) -> Vec<Aligned> {
    let mut aligned = Vec::with_capacity(source.len().max(delivered.len()));
    let (mut s, mut d) = (0, 0);
    let (mut only_source, mut only_delivered) = (Vec::new(), Vec::new());
    while s < source.len() || d < delivered.len() {
        let order = match (source.get(s), delivered.get(d)) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        match order {
            std::cmp::Ordering::Equal => {
                aligned.push(Aligned::Both {
                    source: s,
                    delivered: d,
                });
                s += 1;
                d += 1;
            }
            std::cmp::Ordering::Less => {
                only_source.push(s);
                s += 1;
            }
            std::cmp::Ordering::Greater => {
                only_delivered.push(d);
                d += 1;
            }
        }
    }
    settle(
        source,
        delivered,
        &only_source,
        &only_delivered,
        &mut aligned,
    );
    aligned
}

/// Sorts what has no counterpart of its own name.
fn settle(
    source: &[&TreePath],
    delivered: &[&TreePath],
    only_source: &[usize],
    only_delivered: &[usize],
    aligned: &mut Vec<Aligned>,
) {
    let hidden_in_source = below(source, only_delivered.iter().map(|d| delivered[*d]));
    let hidden_in_delivery = below(delivered, only_source.iter().map(|s| source[*s]));
    let mut by_case: HashMap<BString, Vec<usize>> = HashMap::new();
    for s in only_source.iter().copied() {
        if contains(&hidden_in_source, s) {
            continue;
        }
        if has_below(delivered, source[s]) {
            aligned.push(Aligned::FolderDelivered(s));
        } else if only_delivered.is_empty() {
            aligned.push(Aligned::OnlySource(s));
        } else {
            by_case.entry(folded(source[s])).or_default().push(s);
        }
    }
    for d in only_delivered.iter().copied() {
        if contains(&hidden_in_delivery, d) {
            continue;
        }
        if has_below(source, delivered[d]) {
            aligned.push(Aligned::FolderInSource(d));
            continue;
        }
        match by_case.get_mut(&folded(delivered[d])).and_then(Vec::pop) {
            Some(s) => aligned.push(Aligned::Case {
                source: s,
                delivered: d,
            }),
            None => aligned.push(Aligned::OnlyDelivered(d)),
        }
    }
    // In an order of its own: the digest of all that was looked at depends on it.
    let mut left: Vec<_> = by_case.into_values().flatten().collect();
    left.sort_unstable();
    aligned.extend(left.into_iter().map(Aligned::OnlySource));
}

fn folded(path: &TreePath) -> BString {
    path.as_bytes().to_lowercase().into()
}

/// The range of indices of what stands below `path` in a sorted list.
fn range_below(sorted: &[&TreePath], path: &TreePath) -> std::ops::Range<usize> {
    let folder = [path.as_bytes(), b"/"].concat();
    let start = sorted.partition_point(|other| other.as_bytes() < folder.as_slice());
    let count = sorted[start..].partition_point(|other| other.as_bytes().starts_with(&folder));
    start..start + count
}

fn has_below(sorted: &[&TreePath], path: &TreePath) -> bool {
    !range_below(sorted, path).is_empty()
}

/// What stands below any of `paths`, as ranges in rising order.
fn below<'a>(
    sorted: &[&TreePath],
    paths: impl Iterator<Item = &'a TreePath>,
) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<_> = paths
        .map(|path| range_below(sorted, path))
        .filter(|range| !range.is_empty())
        .collect();
    // `a-b` comes before `a/b`, so that the ranges need not come in the order of the paths.
    ranges.sort_unstable_by_key(|range| range.start);
    ranges
}

fn contains(ranges: &[std::ops::Range<usize>], index: usize) -> bool {
    ranges
        .binary_search_by(|range| {
            if range.end <= index {
                std::cmp::Ordering::Less
            } else if range.start > index {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paths(names: &[&str]) -> Vec<TreePath> {
        let mut paths: Vec<_> = names.iter().map(|n| TreePath::new(n).unwrap()).collect();
        paths.sort_unstable();
        paths
    }

    fn aligned(source: &[TreePath], delivered: &[TreePath]) -> Vec<Aligned> {
        align(
            &source.iter().collect::<Vec<_>>(),
            &delivered.iter().collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_is_one_difference() {
        let (source, delivered) = (paths(&["a", "b"]), paths(&["a/x", "a/y", "b"]));
        assert_eq!(
            aligned(&source, &delivered),
            [
                Aligned::Both {
                    source: 1,
                    delivered: 2
                },
                Aligned::FolderDelivered(0)
            ]
        );
        assert_eq!(
            aligned(&delivered, &source),
            [
                Aligned::Both {
                    source: 2,
                    delivered: 1
                },
                Aligned::FolderInSource(0)
            ]
        );
    }

    #[test]
    fn a_name_that_only_begins_alike_is_not_below() {
        let (source, delivered) = (paths(&["a"]), paths(&["a-b", "a.c", "ab"]));
        assert!(aligned(&source, &delivered).contains(&Aligned::OnlySource(0)));
    }

    #[test]
    fn names_that_differ_in_case_alone_are_one_difference() {
        let (source, delivered) = (paths(&["Readme.md"]), paths(&["README.md"]));
        assert_eq!(
            aligned(&source, &delivered),
            [Aligned::Case {
                source: 0,
                delivered: 0
            }]
        );
    }

    #[test]
    fn the_order_is_the_same_each_time() {
        let names: Vec<_> = (0..200).map(|n| format!("f{n:03}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let (source, delivered) = (paths(&names), paths(&["other"]));
        let first = aligned(&source, &delivered);
        assert_eq!(first, aligned(&source, &delivered));
        assert_eq!(first.last(), Some(&Aligned::OnlySource(199)));
    }

    /// A set of paths that can stand in one tree: none is a folder of another.
    fn tree() -> impl Strategy<Value = Vec<TreePath>> {
        proptest::collection::btree_set("[abA](/[abA]){0,2}", 0..8).prop_map(|names| {
            let all: Vec<_> = names.iter().map(|n| TreePath::new(n).unwrap()).collect();
            all.iter()
                .filter(|p| !all.iter().any(|q| q != *p && q.is_within(p)))
                .cloned()
                .collect()
        })
    }

    /// The same seen from the other side.
    fn mirrored(aligned: Aligned) -> Aligned {
        match aligned {
            Aligned::Both { source, delivered } => Aligned::Both {
                source: delivered,
                delivered: source,
            },
            Aligned::Case { source, delivered } => Aligned::Case {
                source: delivered,
                delivered: source,
            },
            Aligned::OnlySource(i) => Aligned::OnlyDelivered(i),
            Aligned::OnlyDelivered(i) => Aligned::OnlySource(i),
            Aligned::FolderDelivered(i) => Aligned::FolderInSource(i),
            Aligned::FolderInSource(i) => Aligned::FolderDelivered(i),
        }
    }

    proptest! {
        #[test]
        fn only_equal_lists_have_nothing_but_pairs(a in tree(), b in tree()) {
            let pairs = aligned(&a, &b)
                .iter()
                .all(|one| matches!(one, Aligned::Both { .. }));
            prop_assert_eq!(pairs, a == b);
        }

        #[test]
        fn both_directions_see_as_many_differences(a in tree(), b in tree()) {
            let count = |list: Vec<Aligned>| {
                let mut counts = [0; 6];
                for one in list {
                    counts[match one {
                        Aligned::Both { .. } => 0,
                        Aligned::OnlySource(_) => 1,
                        Aligned::OnlyDelivered(_) => 2,
                        Aligned::Case { .. } => 3,
                        Aligned::FolderDelivered(_) => 4,
                        Aligned::FolderInSource(_) => 5,
                    }] += 1;
                }
                counts
            };
            let there = aligned(&a, &b).into_iter().map(mirrored).collect();
            prop_assert_eq!(count(there), count(aligned(&b, &a)));
        }

        #[test]
        fn every_path_is_accounted_for(a in tree(), b in tree()) {
            let list = aligned(&a, &b);
            for (index, path) in a.iter().enumerate() {
                let named = list.iter().any(|one| match one {
                    Aligned::Both { source, .. } | Aligned::Case { source, .. } => *source == index,
                    Aligned::OnlySource(i) | Aligned::FolderDelivered(i) => *i == index,
                    Aligned::FolderInSource(d) => path.is_within(&b[*d]),
                    Aligned::OnlyDelivered(_) => false,
                });
                prop_assert!(named, "{} is lost in {:?}", path, list);
            }
        }
    }
}
