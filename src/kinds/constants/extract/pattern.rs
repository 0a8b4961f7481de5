use regex::Regex;

use super::{Extraction, Failure, Member, Origin, SourceText, scalar};

/// What the one group of a regular expression captures, all matches of it: the last resort.
pub(super) fn extract(
    file: usize,
    source: &SourceText,
    pattern: &Regex,
) -> Result<Extraction, Failure> {
    let mut members = Vec::new();
    for captures in pattern.captures_iter(&source.text) {
        if let Some(group) = captures.get(1) {
            members.push(Member::text(group.as_str(), file, group.range()));
        }
    }
    let what = format!("pattern `{pattern}`");
    let Some(first) = members.first() else {
        return Err(Failure::missing(format!("a match of {what}")));
    };
    let declared = Origin {
        file,
        span: first.at.span.clone(),
    };
    let mut extraction = Extraction::new(what, declared, scalar::plain);
    extraction.members = members;
    Ok(extraction)
}
