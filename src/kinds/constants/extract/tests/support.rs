use crate::kinds::constants::extract::{Extraction, Failure, SourceText, extract};
use crate::kinds::constants::selector::Selector;

pub(super) fn read(selector: &Selector, path: &str, text: &str) -> Result<Extraction, Failure> {
    extract(selector, &[SourceText::of(path, text)])
}

#[track_caller]
pub(super) fn values(selector: &Selector, path: &str, text: &str) -> Vec<String> {
    match read(selector, path, text) {
        Ok(extraction) => of(&extraction),
        Err(failure) => panic!("{failure:?}"),
    }
}

pub(super) fn of(extraction: &Extraction) -> Vec<String> {
    let members = extraction.members.iter();
    members.map(|member| member.value.clone()).collect()
}

/// The line of what could not be read, and why.
#[track_caller]
pub(super) fn refusal(selector: &Selector, path: &str, text: &str) -> (u32, String) {
    match read(selector, path, text) {
        Err(Failure::Unreadable { message, at }) => {
            let (line, _) = SourceText::of(path, text).line_and_column(at.span.start);
            (line, message)
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[track_caller]
pub(super) fn is_missing(selector: &Selector, path: &str, text: &str) -> String {
    match read(selector, path, text) {
        Err(Failure::Missing { what, .. }) => what,
        other => panic!("expected it to be missing, got {other:?}"),
    }
}

/// Every literal's bytes are where the extraction says they are.
#[track_caller]
pub(super) fn spans(selector: &Selector, path: &str, text: &str) -> Vec<String> {
    match read(selector, path, text) {
        Ok(extraction) => extraction
            .members
            .iter()
            .map(|member| text[member.at.span.clone()].to_owned())
            .collect(),
        Err(failure) => panic!("{failure:?}"),
    }
}

/// The text without member `index`.
#[track_caller]
pub(super) fn without(selector: &Selector, path: &str, text: &str, index: usize) -> String {
    match read(selector, path, text) {
        Ok(extraction) => {
            let item = extraction.members[index]
                .item
                .clone()
                .expect("an item to cut");
            format!("{}{}", &text[..item.start], &text[item.end..])
        }
        Err(failure) => panic!("{failure:?}"),
    }
}
