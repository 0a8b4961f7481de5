use std::ops::Range;

use super::Member;

/// The members of one written value: itself, or its parts where a separator is given. An empty
/// value has none.
pub(super) fn members(
    value: &str,
    file: usize,
    span: Range<usize>,
    raw: &str,
    separator: Option<&str>,
) -> Vec<Member> {
    if value.trim().is_empty() {
        return Vec::new();
    }
    let Some(separator) = separator else {
        return vec![Member::text(value, file, span)];
    };
    // Parts can be pointed at only where the value is written as it is.
    let Some(offset) = raw.find(value) else {
        return value
            .split(separator)
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| Member::text(part, file, span.clone()).implied())
            .collect();
    };
    let mut members = Vec::new();
    let mut at = span.start + offset;
    let mut previous: Option<usize> = None;
    for part in value.split(separator) {
        let trimmed = part.trim();
        if !trimmed.is_empty() {
            let start = at + (part.len() - part.trim_start().len());
            let end = start + trimmed.len();
            let item = match previous {
                Some(previous) => previous..end,
                None => start..(end + separator.len()).min(span.start + offset + value.len()),
            };
            members.push(Member::text(trimmed, file, start..end).item(item));
            previous = Some(end);
        }
        at += part.len() + separator.len();
    }
    members
}

/// A value that is written without quotes.
pub(super) fn plain(value: &str) -> String {
    value.to_owned()
}
