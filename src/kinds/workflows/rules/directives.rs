use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::plant::{Edits, Hindrance, violation};
use crate::gate::{Code, Finding, Location, WAIVER_EXPIRED, WAIVER_UNUSED};
use crate::kinds::workflows::Violation;
use crate::kinds::workflows::codes::{WORKFLOW_DUPLICATE_KEY, WORKFLOW_UNREADABLE};
use crate::kinds::workflows::model::WorkflowFile;

/// A directive that says too little.
pub(in crate::kinds::workflows) static DIRECTIVE_MALFORMED: Code = Code {
    name: "directive-malformed",
    what: "A comment `# driftgate: …` in a workflow is not a directive that holds.",
    why: "A suppression without a reason and a last day is one that nobody takes away again; one with a slip in it suppresses nothing, and looks as if it did.",
    mend: "Write `# driftgate: allow(<code>) <reason> until <YYYY-MM-DD>`, on the line of the finding or directly above it.",
};

/// What keeps a forge from scheduling a file. No comment in that very file speaks for it: one change
/// could break a file and allow itself to.
const NOT_BY_ITSELF: [&Code; 2] = [&WORKFLOW_UNREADABLE, &WORKFLOW_DUPLICATE_KEY];

/// `driftgate:` in a comment, with what follows.
static MARK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|\s)#\s*driftgate:\s*(.*)$").ok());

static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^allow\(\s*([a-z0-9-]+)\s*\)\s*(.*?)\s*\buntil\s+(\d{4}-\d{2}-\d{2})\s*\.?\s*$")
        .ok()
});

/// A suppression that stands beside what it suppresses.
struct Directive {
    code: String,
    reason: String,
    until: Date,
    /// The line where it stands, from 1.
    line: u32,
    /// The lines that it is about.
    about: BTreeSet<u32>,
}

/// Applies the directives of the files: what they match does not block; one that matches nothing, has
/// expired, or says too little, is a finding.
pub(in crate::kinds::workflows) fn apply<'a>(
    files: impl Iterator<Item = &'a WorkflowFile>,
    mut findings: Vec<Finding>,
    today: Date,
) -> Vec<Finding> {
    let mut about_directives = Vec::new();
    for file in files {
        let (directives, malformed) = read(&file.path, &file.text);
        about_directives.extend(malformed);
        for directive in directives {
            let here = Location::line(&file.path, directive.line);
            if directive.until < today {
                let message = format!(
                    "the directive that allows {} ended on {} ({})",
                    directive.code, directive.until, directive.reason
                );
                about_directives.push(Finding::new(&WAIVER_EXPIRED, message).at(here));
                continue;
            }
            // A file that the forge does not schedule says nothing for itself.
            if file.is_refused() {
                continue;
            }
            let mut used = false;
            for finding in &mut findings {
                let matches = finding.code.name == directive.code
                    && finding.locations.iter().any(|location| {
                        location.path == file.path
                            && location.line.is_some_and(|l| directive.about.contains(&l))
                    });
                if matches {
                    used = true;
                    finding.waive(directive.until, &directive.reason);
                }
            }
            if !used {
                let message = format!(
                    "the directive that allows {} matches no finding on its line or the next",
                    directive.code
                );
                about_directives.push(Finding::new(&WAIVER_UNUSED, message).at(here));
            }
        }
    }
    findings.extend(about_directives);
    findings
}

fn read(path: &str, text: &str) -> (Vec<Directive>, Vec<Finding>) {
    let (mut directives, mut malformed) = (Vec::new(), Vec::new());
    // Most files have none.
    if !text.contains("driftgate:") {
        return (directives, malformed);
    }
    let (Some(mark), Some(shape)) = (MARK.as_ref(), SHAPE.as_ref()) else {
        return (directives, malformed);
    };
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some(found) = mark.captures(line) else {
            continue;
        };
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let said = found.get(1).map_or("", |said| said.as_str()).trim();
        match directive(shape, said) {
            Ok((code, reason, until)) => {
                let mut about = BTreeSet::from([number]);
                if is_comment(line) {
                    // Directives above one line stand one above the other.
                    let next = lines[index + 1..]
                        .iter()
                        .position(|line| !(is_comment(line) && mark.is_match(line)))
                        .map_or(0, |skipped| skipped + 1);
                    about.insert(number + u32::try_from(next).unwrap_or(0));
                }
                directives.push(Directive {
                    code,
                    reason,
                    until,
                    line: number,
                    about,
                });
            }
            Err(why) => malformed.push(
                Finding::new(&DIRECTIVE_MALFORMED, format!("`{said}` {why}"))
                    .at(Location::line(path, number)),
            ),
        }
    }
    (directives, malformed)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn directive(shape: &Regex, said: &str) -> Result<(String, String, Date), &'static str> {
    let Some(found) = shape.captures(said) else {
        return Err(if said.starts_with("allow(") {
            "has no last day: it must end with `until YYYY-MM-DD`"
        } else {
            "is not a directive; the one there is begins with `allow(<code>)`"
        });
    };
    let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
    let (code, reason) = (part(1), part(2).trim_end_matches([',', ';', '(']).trim());
    if reason.is_empty() {
        return Err("gives no reason between the code and `until`");
    }
    if !crate::kinds::all_codes()
        .iter()
        .any(|known| known.name == code)
    {
        return Err("names no code that there is");
    }
    if NOT_BY_ITSELF.iter().any(|known| known.name == code) {
        return Err(
            "names a code that no comment in the file itself can allow; a waiver of the gate can",
        );
    }
    let until = part(3).parse().map_err(|_| "has a day that is none")?;
    Ok((code.to_owned(), reason.to_owned(), until))
}

/// Directives that must not stand in a file, each planted above the first one.
pub(super) fn violations(files: &[WorkflowFile]) -> Vec<Violation> {
    let planted: [(&str, &'static Code, &str); 3] = [
        (
            "directive that has expired",
            &WAIVER_EXPIRED,
            "allow(job-skippable) planted until 2000-01-01",
        ),
        (
            "directive that matches nothing",
            &WAIVER_UNUSED,
            "allow(job-skippable) planted until 9999-12-31",
        ),
        (
            "directive without a reason",
            &DIRECTIVE_MALFORMED,
            "allow(job-skippable) until 9999-12-31",
        ),
    ];
    let file = files.iter().find(|file| !file.is_refused());
    planted
        .into_iter()
        .filter_map(|(name, expected, said)| {
            let planted = file
                .map(|file| {
                    Edits::of(file)
                        .on_top(&format!("# driftgate: {said}"))
                        .in_file()
                })
                .ok_or(Hindrance::NotHere);
            violation(name, expected, planted)
        })
        .collect()
}
