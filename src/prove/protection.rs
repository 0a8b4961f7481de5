use std::collections::BTreeSet;

use super::Proof;
use crate::gate::{Finding, Level, Protection, Verdict, WAIVER_UNUSED};
use crate::run::GateOutcome;

/// The proof of a violation that could not be planted.
pub(super) fn not_planted(protection: &Protection, reason: &str) -> Proof {
    Proof {
        name: protection.name.clone(),
        planted: false,
        expected: protection.expected.name,
        got: Vec::new(),
        unproved: Some(format!("not planted: {reason}")),
    }
}

/// Judges what a gate said about a planted violation. `noticed`: whether it looked where the
/// violation is.
pub(super) fn proof(protection: &Protection, outcome: &GateOutcome, noticed: bool) -> Proof {
    let seen = blocking(outcome);
    let got = codes(&seen);
    let unproved = why_not(protection, &outcome.verdict, &seen, &got)
        .or_else(|| (!noticed).then(|| "the gate never looked at what was planted".to_owned()));
    Proof {
        name: protection.name.clone(),
        planted: true,
        expected: protection.expected.name,
        got,
        unproved,
    }
}

/// All that blocks: findings that no waiver took, and what kept the gate from looking.
fn blocking(outcome: &GateOutcome) -> Vec<&Finding> {
    let mut seen: Vec<&Finding> = outcome
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Block)
        .collect();
    // A violation can take away the finding that a waiver was for. That says nothing about the
    // violation, as long as something else does.
    if seen.iter().any(|finding| *finding.code != WAIVER_UNUSED) {
        seen.retain(|finding| *finding.code != WAIVER_UNUSED);
    }
    seen
}

fn codes(seen: &[&Finding]) -> Vec<&'static str> {
    let names: BTreeSet<_> = seen.iter().map(|finding| finding.code.name).collect();
    names.into_iter().collect()
}

fn why_not(
    protection: &Protection,
    verdict: &Verdict,
    seen: &[&Finding],
    got: &[&'static str],
) -> Option<String> {
    let expected = protection.expected.name;
    match got {
        [] => {
            return Some(match verdict {
                Verdict::Pass(_) => format!("still green: expected {expected}, got nothing"),
                other => format!(
                    "expected {expected}, got no finding but the verdict {}{}",
                    other.name(),
                    other
                        .reason()
                        .map(|reason| format!(" ({reason})"))
                        .unwrap_or_default()
                ),
            });
        }
        [only] if *only == expected => {}
        others => {
            return Some(format!("expected {expected}, got {}", others.join(", ")));
        }
    }
    let mentioned = seen
        .iter()
        .any(|finding| mentions(finding, &protection.mentions));
    (!mentioned).then(|| {
        let messages: Vec<_> = seen
            .iter()
            .map(|finding| finding.message.as_str())
            .collect();
        format!(
            "{expected} was reported, but not about {}: {}",
            protection.mentions,
            messages.join("; ")
        )
    })
}

fn mentions(finding: &Finding, what: &str) -> bool {
    names(&finding.message, what)
        || finding
            .locations
            .iter()
            .any(|location| names(&location.path, what))
}

/// Whether a text names a thing as a whole: `a.md` is not named by `data.md` nor by `a.md.old`.
fn names(text: &str, what: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    what.is_empty()
        || text.match_indices(what).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let mut after = text[at + what.len()..].chars();
            let (first, second) = (after.next(), after.next());
            // A word that does not begin or end like a name has no neighbours to take it for more.
            let open_left =
                what.starts_with(is_part) && before.is_some_and(|c| is_part(c) || c == '.');
            let open_right = what.ends_with(is_part)
                && (first.is_some_and(is_part)
                    || first == Some('.') && second.is_some_and(is_part));
            !open_left && !open_right
        })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_thing_is_named_as_a_whole_or_not_at_all() {
        for text in [
            "a.md is gone",
            "copy/a.md",
            "`a.md`: x",
            "see a.md.",
            "a.md",
        ] {
            assert!(names(text, "a.md"), "{text}");
        }
        for text in ["data.md", "a.md.old", "a.mdx", "x-a.md", "b.md", ".a.md"] {
            assert!(!names(text, "a.md"), "{text}");
        }
        assert!(names("anything", ""));
        assert!(names("x`prompts/**`y", "prompts/**"));
    }
}
