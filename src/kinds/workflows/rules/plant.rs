use std::ops::Range;

use super::ground::{Ground, JobView};
use crate::gate::{Change, Code};
use crate::kinds::workflows::Violation;
use crate::kinds::workflows::forge::{Feature, Forge};
use crate::kinds::workflows::model::WorkflowFile;
use crate::kinds::workflows::yaml::{Span, Style, Text};

/// Why a violation is not planted.
#[derive(Debug)]
pub(super) enum Hindrance {
    /// The files have nothing that it could be a violation of, so that the gate does not promise it.
    NotHere,
    /// It is promised, and how the files are written keeps it from being planted.
    Unwritable(String),
}

impl From<String> for Hindrance {
    fn from(why: String) -> Self {
        Self::Unwritable(why)
    }
}

/// A file with a violation.
#[derive(Debug)]
pub(super) struct Planted {
    path: String,
    text: String,
    place: String,
}

/// A violation in one file; `None` where nothing is promised.
pub(super) fn violation(
    name: &str,
    expected: &'static Code,
    planted: Result<Planted, Hindrance>,
) -> Option<Violation> {
    match planted {
        Ok(planted) => Some(Violation {
            name: format!("{name}: {}", planted.place),
            expected,
            mentions: planted.path.clone(),
            changes: Ok(vec![Change::write(planted.path, planted.text)]),
        }),
        Err(Hindrance::NotHere) => None,
        Err(Hindrance::Unwritable(why)) => Some(Violation {
            name: name.to_owned(),
            expected,
            mentions: String::new(),
            changes: Err(why),
        }),
    }
}

/// The job that violations are planted in: the first that posts a required context, has steps, and
/// fits.
pub(super) fn victim<'a>(
    ground: &'a Ground<'_>,
    fits: impl Fn(&JobView<'a>) -> bool,
) -> Result<JobView<'a>, Hindrance> {
    let mut all = ground
        .jobs()
        .filter(|view| view.standing().posts() && !view.job.steps.is_empty())
        .filter(|view| fits(view))
        .peekable();
    if all.peek().is_none() {
        return Err(Hindrance::NotHere);
    }
    all.find(is_block).ok_or_else(|| {
        Hindrance::Unwritable("the jobs are not written in lines of their own".to_owned())
    })
}

/// Whether a job is written in lines, so that lines can be added.
pub(super) fn is_block(view: &JobView<'_>) -> bool {
    let own = view.job.body.span;
    let text = &view.file.text;
    let before = |span: Span| {
        text.get(line_start(text, span.start)..span.start)
            .map(str::trim)
    };
    own.line > view.job.key.span.line
        && before(own) == Some("")
        && view
            .job
            .steps
            .first()
            .is_none_or(|step| before(step.span()) == Some("-"))
}

/// Changes of one file.
pub(super) struct Edits<'a> {
    file: &'a WorkflowFile,
    edits: Vec<(Range<usize>, String)>,
}

impl<'a> Edits<'a> {
    pub(super) fn of(file: &'a WorkflowFile) -> Self {
        Self {
            file,
            edits: Vec::new(),
        }
    }

    /// The file with all of them; `view` names the place.
    pub(super) fn in_job(self, view: &JobView<'_>) -> Planted {
        let place = format!("{} / {}", view.file.file_name(), view.key());
        self.planted(place)
    }

    pub(super) fn in_file(self) -> Planted {
        let place = self.file.file_name().to_owned();
        self.planted(place)
    }

    fn planted(mut self, place: String) -> Planted {
        // What stands first is put in last, so that places hold.
        self.edits
            .sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
        let mut text = self.file.text.to_string();
        for (range, with) in self.edits {
            text.replace_range(range, &with);
        }
        Planted {
            path: self.file.path.clone(),
            text,
            place,
        }
    }

    /// Lines before a line.
    fn lines(&mut self, at: usize, indent: usize, lines: &[&str]) {
        let indent = " ".repeat(indent);
        let text: String = lines
            .iter()
            .map(|line| format!("{indent}{line}\n"))
            .collect();
        self.edits.push((at..at, text));
    }

    /// Lines above all others of the file.
    #[must_use]
    pub(super) fn on_top(mut self, line: &str) -> Self {
        self.lines(0, 0, &[line]);
        self
    }

    /// Keys above all others of a job.
    #[must_use]
    pub(super) fn keys(mut self, view: &JobView<'_>, lines: &[&str]) -> Self {
        let start = view.job.body.span.start;
        let line = line_start(&self.file.text, start);
        self.lines(line, start - line, lines);
        self
    }

    /// A key of a job, in the place of the one that is there.
    pub(super) fn key(
        self,
        view: &JobView<'_>,
        old: Option<&Text>,
        key: &str,
        value: &str,
    ) -> Result<Self, String> {
        match old {
            None => Ok(self.keys(view, &[&format!("{key}: {value}")])),
            Some(old) => self.scalar(old, value),
        }
    }

    /// Another scalar in the place of one.
    pub(super) fn scalar(mut self, old: &Text, value: &str) -> Result<Self, String> {
        let range = old.span.start..old.span.end;
        if matches!(old.style, Style::Literal | Style::Folded)
            || self.file.text.get(range.clone()).is_none()
        {
            return Err("what would be replaced is a block".to_owned());
        }
        self.edits.push((range, value.to_owned()));
        Ok(self)
    }

    /// Without a line.
    #[must_use]
    pub(super) fn without_line_of(mut self, span: Span) -> Self {
        let start = line_start(&self.file.text, span.start);
        let end = line_end(&self.file.text, span.start);
        self.edits.push((start..end, String::new()));
        self
    }

    /// A step before all others; the first line begins with `- `.
    #[must_use]
    pub(super) fn step(mut self, view: &JobView<'_>, lines: &[&str]) -> Self {
        if let Some(first) = view.job.steps.first() {
            let line = line_start(&self.file.text, first.span().start);
            let indent = indent_of(&self.file.text, line);
            self.lines(line, indent, lines);
        }
        self
    }

    /// Another step in the place of all.
    #[must_use]
    pub(super) fn only_step(mut self, view: &JobView<'_>, lines: &[&str]) -> Self {
        let (Some(first), Some(last)) = (view.job.steps.first(), view.job.steps.last()) else {
            return self;
        };
        let start = line_start(&self.file.text, first.span().start);
        let indent = " ".repeat(indent_of(&self.file.text, start));
        let last = last
            .body
            .scalars()
            .iter()
            .map(|text| text.span.end)
            .max()
            .unwrap_or(last.span().end);
        // A block may end with the line break behind it.
        let end = if self.file.text[..last].ends_with('\n') {
            last
        } else {
            line_end(&self.file.text, last)
        };
        let text: String = lines
            .iter()
            .map(|line| format!("{indent}{line}\n"))
            .collect();
        self.edits.push((start..end.max(start), text));
        self
    }

    /// A job `planted` before all others, with a time limit where the forge minds it.
    #[must_use]
    pub(super) fn job(mut self, forge: Forge) -> Self {
        if let Some(first) = self.file.jobs.first() {
            let line = line_start(&self.file.text, first.key.span.start);
            let mut job = vec!["planted:", "  runs-on: ubuntu-latest"];
            if forge.has(Feature::JobTimeout) {
                job.push("  timeout-minutes: 5");
            }
            job.extend(["  steps:", "    - run: ./planted"]);
            self.lines(line, first.key.span.start - line, &job);
        }
        self
    }

    /// The job `planted` among the needs of a job.
    #[must_use]
    pub(super) fn need(mut self, view: &JobView<'_>) -> Self {
        let Some(first) = view.job.needs.first() else {
            return self.keys(view, &["needs: [planted]"]);
        };
        let start = first.span.start;
        let line = line_start(&self.file.text, start);
        let before = self.file.text[line..start].trim_end();
        if before.trim() == "-" {
            let indent = indent_of(&self.file.text, line);
            self.lines(line, indent, &["- planted"]);
        } else if before.ends_with('[') || before.is_empty() {
            self.edits.push((start..start, "planted, ".to_owned()));
        } else {
            let own = self.file.text[start..first.span.end].to_owned();
            let both = format!("[planted, {own}]");
            self.edits.push((start..first.span.end, both));
        }
        self
    }

    /// A line below the key of a trigger, with `key` and a list of one `value`.
    pub(super) fn trigger(mut self, event: &str, key: &str, value: &str) -> Result<Self, String> {
        let text = &self.file.text;
        let trigger = self
            .file
            .on
            .get(event)
            .ok_or_else(|| format!("nothing starts on `{event}`"))?;
        let on = self.file.root.get("on").map(|on| (on.span, on.as_map()));
        let Some((on, map)) = on else {
            return Err("the key `on` is not where it should be".to_owned());
        };
        if map.is_none() {
            // `on: [push, pull_request]`
            let written = text.get(on.start..on.end).unwrap_or("\n");
            if written.contains('\n') {
                return Err("the triggers are a list in lines".to_owned());
            }
            let all: Vec<_> = self
                .file
                .on
                .all
                .iter()
                .map(|other| {
                    let name = &other.event.value;
                    if name == event {
                        format!("{name}: {{{key}: [{value}]}}")
                    } else {
                        format!("{name}: {{}}")
                    }
                })
                .collect();
            self.edits
                .push((on.start..on.end, format!("{{{}}}", all.join(", "))));
            return Ok(self);
        }
        let rest_start = trigger.event.span.end;
        let line = text[rest_start..].split('\n').next().unwrap_or_default();
        let after = line
            .trim_start_matches([' ', '"', '\''])
            .trim_start_matches(':');
        if let Some(inside) = after.trim_start().strip_prefix('{') {
            let at = rest_start + line.len() - inside.len();
            let comma = if inside.trim_start().starts_with('}') {
                ""
            } else {
                ", "
            };
            self.edits
                .push((at..at, format!("{key}: [{value}]{comma}")));
            return Ok(self);
        }
        let before = &text[line_start(text, trigger.event.span.start)..trigger.event.span.start];
        let bare = after.split('#').next().is_some_and(|v| v.trim().is_empty());
        if !bare || !before.trim_matches(['"', '\'']).trim().is_empty() {
            return Err("the trigger is written on one line".to_owned());
        }
        let indent = match &trigger.body {
            Some(body) if body.as_map().is_some_and(|map| !map.is_empty()) => {
                body.span.start - line_start(text, body.span.start)
            }
            _ => before.len() + 2,
        };
        let next = line_end(text, rest_start);
        self.lines(next, indent, &[&format!("{key}: [{value}]")]);
        Ok(self)
    }

    /// A trigger before all others.
    pub(super) fn new_trigger(mut self, lines: &[&str]) -> Result<Self, String> {
        let first = self
            .file
            .root
            .get("on")
            .and_then(|on| on.as_map())
            .and_then(|map| map.first())
            .ok_or_else(|| "the triggers are no mapping".to_owned())?;
        let start = first.key.span.start;
        let line = line_start(&self.file.text, start);
        if start == line || !self.file.text[line..start].trim().is_empty() {
            return Err("the triggers are written on one line".to_owned());
        }
        self.lines(line, start - line, lines);
        Ok(self)
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1)
}

/// The begin of the next line.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |newline| at + newline + 1)
}

fn indent_of(text: &str, line: usize) -> usize {
    text[line..]
        .bytes()
        .take_while(|byte| *byte == b' ')
        .count()
}
