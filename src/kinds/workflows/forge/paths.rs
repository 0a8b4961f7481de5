use super::{Feature, Forge, Glob, excluded_by, included_by};
use crate::context::ChangedPaths;

/// How many changed paths GitHub looks at. (docs.github.com, workflow syntax, Git diff comparisons.)
const FIRST: usize = 300;

/// Whether `paths` (`includes`) or `paths-ignore` let a change through; `None` where that cannot be told.
pub fn paths_pass(
    forge: Forge,
    globs: &[Glob],
    includes: bool,
    changed: &ChangedPaths,
) -> Option<bool> {
    let first = forge.has(Feature::FirstPathsAlone).then_some(FIRST);
    let of_change = of_list(globs, includes, &changed.of_change, first);
    if !forge.has(Feature::PathsSinceTip) {
        return of_change;
    }
    // The tip of that day is not known here: what holds for both is sure.
    let from_tip = of_list(globs, includes, &changed.from_tip, first);
    of_change.filter(|_| of_change == from_tip)
}

/// Which paths are the first ones nobody says; it is sure where any of them would do.
fn of_list(globs: &[Glob], includes: bool, paths: &[String], first: Option<usize>) -> Option<bool> {
    // What a forge makes of a change of nothing is not said anywhere.
    if paths.is_empty() {
        return None;
    }
    let passing = paths
        .iter()
        .filter(|path| {
            let one = [path.as_str()];
            if includes {
                included_by(globs, one)
            } else {
                !excluded_by(globs, one)
            }
        })
        .count();
    let others = paths.len() - passing;
    match first {
        _ if passing == 0 => Some(false),
        Some(first) if others >= first => None,
        _ => Some(true),
    }
}
