use super::alter::{beside, other_case};
use super::target::Delivered;
use crate::gate::Obstacle;
use crate::kinds::delivery::equality::CompareAs;
use crate::kinds::delivery::plan::Comparisons;
use crate::tree::TreePath;

/// The first file of each way of comparing that there is: each has its own idea of what differs.
pub(super) fn of_each_comparison<'f>(
    files: &'f [Delivered],
    compare: &Comparisons,
) -> Vec<(&'f Delivered, CompareAs)> {
    [
        CompareAs::Bytes,
        CompareAs::Text,
        CompareAs::Json,
        CompareAs::Yaml,
    ]
    .into_iter()
    .filter_map(|compare_as| {
        let file = files
            .iter()
            .find(|file| compare.of(&file.name) == compare_as)?;
        Some((file, compare_as))
    })
    .collect()
}

/// The first executable file and the first that is none, of those that `fits`.
pub(super) fn of_each_mode(
    files: &[Delivered],
    fits: impl Fn(&Delivered) -> bool,
) -> Vec<&Delivered> {
    [true, false]
        .into_iter()
        .filter_map(|is_executable| {
            files
                .iter()
                .find(|file| file.executable == is_executable && fits(file))
        })
        .collect()
}

/// How a change of the executable bit is called.
pub(super) fn mode_words(was_executable: bool) -> &'static str {
    if was_executable {
        "mode no longer executable"
    } else {
        "mode now executable"
    }
}

/// How a change of a content is called.
pub(super) fn change_words(compare_as: CompareAs) -> String {
    match compare_as {
        CompareAs::Bytes => "changed byte".to_owned(),
        other => format!("changed {}", other.name()),
    }
}

/// A name for a file that the source does not have: beside one that it has, or at the top.
pub(super) fn extra_name(
    files: &[Delivered],
    is_free: impl Fn(&TreePath) -> Result<bool, Obstacle>,
) -> Result<Option<TreePath>, Obstacle> {
    let candidates = files
        .iter()
        .map(|file| beside(&file.name))
        .chain([TreePath::root().join("driftgate-planted")]);
    for name in candidates {
        if is_free(&name)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// A file that can stand under a name that differs in case alone, that name, and its content.
pub(super) fn in_other_case(
    files: &[Delivered],
    content: impl Fn(&TreePath) -> Option<Vec<u8>>,
    is_free: impl Fn(&TreePath) -> Result<bool, Obstacle>,
) -> Result<Option<(&Delivered, TreePath, Vec<u8>)>, Obstacle> {
    for file in files {
        let Some(name) = other_case(&file.name) else {
            continue;
        };
        if !is_free(&name)? {
            continue;
        }
        if let Some(bytes) = content(&file.name) {
            return Ok(Some((file, name, bytes)));
        }
    }
    Ok(None)
}
