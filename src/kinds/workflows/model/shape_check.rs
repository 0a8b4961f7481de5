use std::collections::{HashMap, HashSet};

use super::{Job, ShapeFault, ShapeKind, Triggers};
use crate::config::nearest;
use crate::kinds::workflows::forge::Glob;
use crate::kinds::workflows::yaml::{Entry, Node, Span, Style, Text};

/// The keys of a workflow, as GitHub's workflow syntax page lists them.
const WORKFLOW_KEYS: &[&str] = &[
    "name",
    "run-name",
    "on",
    "permissions",
    "env",
    "defaults",
    "concurrency",
    "jobs",
];

/// The keys of a job.
const JOB_KEYS: &[&str] = &[
    "name",
    "permissions",
    "needs",
    "if",
    "runs-on",
    "snapshot",
    "environment",
    "concurrency",
    "outputs",
    "env",
    "defaults",
    "steps",
    "timeout-minutes",
    "strategy",
    "continue-on-error",
    "container",
    "services",
    "uses",
    "with",
    "secrets",
];

/// The keys of a step.
const STEP_KEYS: &[&str] = &[
    "id",
    "if",
    "name",
    "uses",
    "run",
    "shell",
    "with",
    "env",
    "working-directory",
    "timeout-minutes",
    "continue-on-error",
];

/// What is wrong with a workflow, gathered.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) all: Vec<ShapeFault>,
}

impl Faults {
    pub(super) fn refuse(&mut self, message: impl Into<String>, span: Span) -> &mut ShapeFault {
        self.push(ShapeKind::Refused, message.into(), span)
    }

    pub(super) fn dialect(&mut self, message: impl Into<String>, span: Span) -> &mut ShapeFault {
        self.push(ShapeKind::Dialect, message.into(), span)
    }

    pub(super) fn unusual(&mut self, message: impl Into<String>, span: Span) {
        self.push(ShapeKind::Unusual, message.into(), span);
    }

    fn push(&mut self, kind: ShapeKind, message: String, span: Span) -> &mut ShapeFault {
        let at = self.all.len();
        self.all.push(ShapeFault {
            kind,
            message,
            help: None,
            span,
        });
        &mut self.all[at]
    }

    /// Whether something below a part is said already.
    pub(super) fn covers(&self, part: Span) -> bool {
        self.all
            .iter()
            .any(|fault| part.start <= fault.span.start && fault.span.start <= part.end)
    }

    pub(super) fn workflow(&mut self, root: &Node) {
        self.keys(root, WORKFLOW_KEYS, "a workflow");
        if let Some(concurrency) = root.get("concurrency") {
            self.boolean(concurrency.get("cancel-in-progress"), "cancel-in-progress");
        }
    }

    fn keys(&mut self, node: &Node, known: &[&str], of: &str) {
        for entry in node.as_map().unwrap_or_default() {
            let key = entry.key.value.as_str();
            if entry.merged || known.contains(&key) {
                continue;
            }
            // What YAML 1.1 makes of `on` has a message of its own.
            if of == "a workflow" && key == "true" {
                continue;
            }
            let message = format!("`{key}` is not a key of {of}");
            let fault = self.push(ShapeKind::UnknownKey, message, entry.key.span);
            fault.help =
                nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        }
    }

    pub(super) fn no_triggers(&mut self, root: &Node) {
        match root.entry("true") {
            Some(entry) => {
                let fault = self.refuse(
                    "the key `true` stands where `on` should: a YAML 1.1 writer made it",
                    entry.key.span,
                );
                fault.help = Some("write `on:`".to_owned());
            }
            None => {
                self.refuse("the key `on` is missing: nothing starts it", root.span);
            }
        }
    }

    pub(super) fn triggers(&mut self, on: &Node, triggers: &Triggers) {
        if triggers.all.is_empty() {
            self.refuse("`on` names no event: nothing starts it", on.span);
        }
        for item in on.as_list().unwrap_or_default() {
            if item.as_text().is_none() {
                self.refuse("an event in the list is not a name", item.span);
            }
        }
        for trigger in &triggers.all {
            let filters = trigger.path_filters().chain(trigger.branch_filters());
            for pattern in filters
                .chain(&trigger.tags)
                .chain(&trigger.tags_ignore)
                .flat_map(|filter| &filter.patterns)
            {
                if let Err(error) = Glob::new(&pattern.value) {
                    self.refuse(error.to_string(), pattern.span);
                }
            }
            for (both, other) in [
                (&trigger.branches, &trigger.branches_ignore),
                (&trigger.tags, &trigger.tags_ignore),
                (&trigger.paths, &trigger.paths_ignore),
            ] {
                if let (Some(both), Some(other)) = (both, other) {
                    self.refuse(
                        format!(
                            "`{}` and `{}` of one event exclude each other",
                            both.key.value, other.key.value
                        ),
                        other.key.span,
                    );
                }
            }
        }
    }

    pub(super) fn no_jobs(&mut self, root: &Node) {
        self.refuse(
            "the key `jobs` is missing: there is nothing to run",
            root.span,
        );
    }

    pub(super) fn empty_jobs(&mut self, jobs: &Entry) {
        self.refuse(
            "`jobs` holds no job: there is nothing to run",
            jobs.key.span,
        );
    }

    pub(super) fn job(&mut self, entry: &Entry) {
        let key = &entry.key;
        let body = &entry.value;
        if !is_identifier(&key.value) {
            self.refuse(
                format!("`{}` is not a job's key: letters, digits, `-` and `_`, not beginning with a digit or `-`", key.value),
                key.span,
            );
        }
        if body.as_map().is_none() {
            self.refuse(format!("job `{}` is not a mapping", key.value), key.span);
            return;
        }
        self.keys(body, JOB_KEYS, "a job");
        self.boolean(body.get("continue-on-error"), "continue-on-error");
        self.number(body.get("timeout-minutes"), "timeout-minutes");
        if let Some(strategy) = body.get("strategy") {
            self.boolean(strategy.get("fail-fast"), "fail-fast");
            self.number(strategy.get("max-parallel"), "max-parallel");
            self.matrix(strategy.get("matrix"));
        }
        let calls = body.get("uses").is_some();
        if !calls && body.get("runs-on").is_none() {
            self.refuse(
                format!("job `{}` has neither `runs-on` nor `uses`", key.value),
                key.span,
            );
        }
        match body.get("steps").map(|steps| (steps, steps.as_list())) {
            None if !calls => {
                self.refuse(format!("job `{}` has no steps", key.value), key.span);
            }
            Some((steps, None)) => {
                self.refuse(
                    format!("the steps of job `{}` are not a list", key.value),
                    steps.span,
                );
            }
            Some((_, Some(steps))) if calls => {
                let message = format!("job `{}` calls a workflow and has steps as well", key.value);
                self.refuse(message, steps.first().map_or(key.span, |step| step.span));
            }
            Some((_, Some([]))) => {
                self.refuse(format!("job `{}` has no steps", key.value), key.span);
            }
            Some((_, Some(steps))) => steps.iter().for_each(|step| self.step(step)),
            None => {}
        }
    }

    fn step(&mut self, step: &Node) {
        if step.as_map().is_none() {
            self.refuse("a step is not a mapping", step.span);
            return;
        }
        self.keys(step, STEP_KEYS, "a step");
        self.boolean(step.get("continue-on-error"), "continue-on-error");
        self.number(step.get("timeout-minutes"), "timeout-minutes");
        match (step.get("run"), step.get("uses")) {
            (None, None) => {
                self.refuse("a step has neither `run` nor `uses`", step.span);
            }
            (Some(_), Some(uses)) => {
                self.refuse("a step has both `run` and `uses`", uses.span);
            }
            _ => {}
        }
    }

    pub(super) fn needs(&mut self, jobs: &[Job]) {
        let keys: HashSet<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
        for job in jobs {
            for need in &job.needs {
                if !keys.contains(need.as_str()) {
                    let message = format!(
                        "job `{}` needs `{}`, which is no job",
                        job.key.value, need.value
                    );
                    let fault = self.refuse(message, need.span);
                    fault.help = nearest(need.as_str(), keys.iter().copied())
                        .map(|near| format!("did you mean `{near}`?"));
                }
            }
        }
        self.cycles(jobs);
    }

    /// Takes away jobs whose needs are all taken away; what is left waits for itself.
    fn cycles(&mut self, jobs: &[Job]) {
        let by_key: HashMap<&str, &Job> = jobs.iter().map(|job| (job.key.as_str(), job)).collect();
        let mut left: Vec<&Job> = jobs.iter().collect();
        let mut done: HashSet<&str> = HashSet::new();
        loop {
            let before = left.len();
            left.retain(|job| {
                let free = job.needs.iter().all(|need| {
                    !by_key.contains_key(need.as_str()) || done.contains(need.as_str())
                });
                if free {
                    done.insert(job.key.as_str());
                }
                !free
            });
            if left.len() == before {
                break;
            }
        }
        if let Some(first) = left.first() {
            let names: Vec<_> = left
                .iter()
                .map(|job| format!("`{}`", job.key.value))
                .collect();
            let message = format!("jobs wait for each other for ever: {}", names.join(", "));
            self.refuse(message, first.needs_key.unwrap_or(first.key.span));
        }
    }

    /// Where a boolean is expected, YAML 1.1 readers take words that others do not.
    fn boolean(&mut self, node: Option<&Node>, key: &str) {
        if let Some(text) = node.and_then(Node::as_text)
            && is_disputed_boolean(text)
        {
            let fault = self.dialect(
                format!(
                    "`{key}: {}` is a boolean in YAML 1.1 and a text in YAML 1.2",
                    text.value
                ),
                text.span,
            );
            fault.help = Some("write `true` or `false`".to_owned());
        }
    }

    /// Where a number is expected, `010` is eight to some and ten to others.
    fn number(&mut self, node: Option<&Node>, key: &str) {
        if let Some(text) = node.and_then(Node::as_text)
            && is_disputed_number(text)
        {
            self.dialect(
                format!(
                    "`{key}: {}` is not the same number to every reader",
                    text.value
                ),
                text.span,
            );
        }
    }

    fn matrix(&mut self, matrix: Option<&Node>) {
        for text in matrix.map(Node::scalars).unwrap_or_default() {
            if is_disputed_boolean(text) || is_disputed_number(text) {
                let fault = self.dialect(
                    format!(
                        "the matrix value `{}` is not the same to every reader",
                        text.value
                    ),
                    text.span,
                );
                fault.help = Some("put it in quotes".to_owned());
            }
        }
    }
}

/// As GitHub's workflow syntax page gives it for `jobs.<job_id>`.
fn is_identifier(key: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    key.chars().all(good) && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn is_disputed_boolean(text: &Text) -> bool {
    text.style == Style::Plain
        && matches!(
            text.value.to_ascii_lowercase().as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off"
        )
}

/// Octal by a leading zero, or digits with underscores.
fn is_disputed_number(text: &Text) -> bool {
    let digits = text.value.trim_start_matches(['+', '-']);
    text.style == Style::Plain
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && (digits.len() > 1
            && digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
            || digits.contains('_') && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_'))
}
