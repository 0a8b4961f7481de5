use std::str::FromStr;

use super::open::WorkingCopy;
use crate::config::nearest;
use crate::report::{Format, Output};

/// The values of an option that can be given several times, or once with commas between them (which
/// is how one environment variable holds several).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Several<T>(Vec<T>);

/// What can stand in a list with commas although its own text may contain one.
pub(super) trait Item: FromStr {
    /// Whether what follows a comma begins an item; else it belongs to the path before the comma.
    fn begins(text: &str) -> bool;
}

impl<T: Item> FromStr for Several<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        let mut pieces: Vec<String> = Vec::new();
        for piece in text.split(',') {
            match pieces.last_mut() {
                Some(last) if last.contains('=') && !T::begins(piece) => {
                    last.push(',');
                    last.push_str(piece);
                }
                _ => pieces.push(piece.to_owned()),
            }
        }
        let items: Result<_, _> = pieces.iter().map(|piece| piece.parse()).collect();
        items.map(Self)
    }
}

/// All items of all occurrences of an option.
pub(super) fn flatten<T: Clone>(several: &[Several<T>]) -> Vec<T> {
    several
        .iter()
        .flat_map(|several| several.0.iter().cloned())
        .collect()
}

impl Item for Output {
    fn begins(text: &str) -> bool {
        // A word that is nearly a format is a slip of the pen, to be told and not taken for a path.
        let word = text.bytes().all(|byte| byte.is_ascii_lowercase());
        text.contains('=') || word && nearest(text, Format::ALL.map(Format::name)).is_some()
    }
}

impl Item for WorkingCopy {
    fn begins(text: &str) -> bool {
        text.contains('=')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(text: &str) -> Vec<(Format, Option<String>)> {
        let several: Several<Output> = text.parse().expect("outputs");
        several
            .0
            .into_iter()
            .map(|output| {
                let path = output.path.map(|path| path.display().to_string());
                (output.format, path)
            })
            .collect()
    }

    #[test]
    fn commas_part_items_and_stay_where_they_belong_to_a_path() {
        assert_eq!(
            outputs("human,json=a,b.json,junit=c.xml"),
            [
                (Format::Human, None),
                (Format::Json, Some("a,b.json".to_owned())),
                (Format::Junit, Some("c.xml".to_owned())),
            ]
        );
    }

    #[test]
    fn working_copies_may_have_commas_in_their_paths() {
        let several: Several<WorkingCopy> = "a=/x,y,b=/z".parse().expect("working copies");
        let pairs: Vec<_> = several
            .0
            .iter()
            .map(|copy| (copy.name.as_str(), copy.path.to_str().expect("UTF-8")))
            .collect();
        assert_eq!(pairs, [("a", "/x,y"), ("b", "/z")]);
    }

    #[test]
    fn an_unknown_format_is_never_taken_for_a_part_of_a_path() {
        for text in ["sarif", "json,sarif", "json=a,sarif=b", "json=a,junti"] {
            assert!(text.parse::<Several<Output>>().is_err(), "{text}");
        }
    }
}
