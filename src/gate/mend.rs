/// A change of one file that takes findings away.
#[derive(Debug, Clone)]
pub struct Mend {
    /// What it does, in a few words.
    pub about: String,
    /// The file, relative to the root.
    pub path: String,
    pub edits: Vec<Edit>,
    /// Why somebody has to look before it is made; `None` where it can only make the file stricter.
    pub doubt: Option<String>,
}

/// A replacement of bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub start: usize,
    pub end: usize,
    pub with: String,
}

impl Edit {
    pub fn insert(at: usize, with: impl Into<String>) -> Self {
        Self {
            start: at,
            end: at,
            with: with.into(),
        }
    }
}

/// A text with edits applied; those at the same place in the order given. `None` where two of them
/// overlap, or one is not within the text.
pub fn apply_edits<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        if edit.start < done || edit.end < edit.start {
            return None;
        }
        result.push_str(text.get(done..edit.start)?);
        result.push_str(&edit.with);
        done = edit.end;
    }
    result.push_str(text.get(done..)?);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_applied_wherever_they_stand_and_overlaps_are_refused() {
        let edit = |start, end, with: &str| Edit {
            start,
            end,
            with: with.to_owned(),
        };
        let apply = |edits: &[Edit]| apply_edits("abcdef", edits);
        assert_eq!(apply(&[]).as_deref(), Some("abcdef"));
        assert_eq!(
            apply(&[edit(4, 5, "E"), edit(0, 1, "A"), edit(6, 6, "!")]).as_deref(),
            Some("AbcdEf!")
        );
        assert_eq!(
            apply(&[Edit::insert(2, "1"), Edit::insert(2, "2")]).as_deref(),
            Some("ab12cdef")
        );
        assert_eq!(apply(&[edit(0, 3, ""), edit(2, 4, "")]), None);
        assert_eq!(apply(&[edit(5, 9, "")]), None);
        assert_eq!(apply_edits("ä", &[edit(1, 1, "x")]), None);
    }
}
