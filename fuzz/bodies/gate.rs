//! A gate over a few files in memory.

use std::sync::Arc;
use std::time::Duration;

use driftgate::config::{GateFile, load_settings};
use driftgate::context::{Cancel, Context, ContextParts, NoSources};
use driftgate::gate::{Judged, Lane, Location, Obstacle, Verdict, judge};
use driftgate::kinds::{Check, load_gates};
use driftgate::report::{Detail, Human, Reporter};
use driftgate::run::{Event, GateOutcome};

use super::memory_tree::MemoryTree;

/// The gate file, as findings name it.
const GATE: &str = "gates/fuzzed.yaml";

/// The one gate of a file.
pub fn gate(text: &str) -> Box<dyn Check> {
    let gates = load_gates(&[GateFile::new(GATE, text)]).expect("a gate of the body's own");
    gates.into_values().next().expect("one gate")
}

pub fn context(files: &[(&str, &[u8])], settings: &str) -> Context {
    let settings = GateFile::new("driftgate.yaml", settings);
    let settings = load_settings(&settings).expect("settings of the body's own");
    let tree = files
        .iter()
        .fold(MemoryTree::default(), |tree, (path, bytes)| {
            tree.with(path, bytes)
        });
    Context::new(ContextParts {
        root: Arc::new(tree),
        sources: Arc::new(NoSources),
        settings: Arc::new(settings),
        environment: Arc::default(),
        lane: Lane::Pr,
        today: "2026-01-02".parse().expect("a day"),
        offline: true,
        cancel: Cancel::new(),
    })
}

/// What a gate comes to, as reports have it.
pub fn judged(gate: &dyn Check, context: &Context) -> GateOutcome {
    let header = gate.header();
    let Judged {
        verdict,
        inspection,
    } = judge(header, gate.inspect(context), context.today());
    let inspected = inspection.inspected();
    let obstacles = inspection.obstacles.iter().map(Obstacle::to_finding);
    GateOutcome {
        id: header.id.clone(),
        kind: header.kind,
        about: header.about.clone(),
        file: header.file.clone(),
        severity: header.severity,
        verdict,
        inspected,
        duration: Duration::ZERO,
        findings: inspection
            .findings
            .iter()
            .cloned()
            .chain(obstacles)
            .collect(),
        facts: inspection.facts,
        attempts: 1,
        broke_down: false,
    }
}

/// The same of a gate that is looked at closely: it says the same twice, points into the files, and can be shown.
pub fn looked(gate: &dyn Check, context: &Context, files: &[(&str, &[u8])]) -> GateOutcome {
    let outcome = judged(gate, context);
    let told = |outcome: &GateOutcome| format!("{outcome:#?}");
    assert_eq!(told(&outcome), told(&judged(gate, context)));
    for location in outcome
        .findings
        .iter()
        .flat_map(|finding| &finding.locations)
    {
        points_into(location, files);
    }
    shown(&outcome);
    outcome
}

/// That what a gate promises to catch does not pass: some of it, from the one of this number on.
pub fn promises_hold(gate: &dyn Check, context: &Context, from: usize) {
    let protections = gate.protections(context);
    let mut names: Vec<&str> = protections.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    assert!(
        names.windows(2).all(|pair| pair[0] != pair[1]),
        "two promises of one name: {names:?}"
    );
    let count = protections.len();
    for protection in protections
        .iter()
        .cycle()
        .skip(from % count.max(1))
        .take(count.min(4))
    {
        let Ok(plant) = &protection.plant else {
            continue;
        };
        let Ok(planted) = context.plant(plant) else {
            continue;
        };
        let outcome = judged(gate, &planted);
        let passes = matches!(outcome.verdict, Verdict::Pass(_));
        assert!(!passes, "`{}` passes: {outcome:#?}", protection.name);
    }
}

/// Whether a place is one of these files, and in it.
fn points_into(location: &Location, files: &[(&str, &[u8])]) {
    let path = &location.path;
    let Some((_, bytes)) = files.iter().find(|(file, _)| file == path) else {
        let is_above = |file: &str| {
            file.strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let is_folder = files.iter().any(|(file, _)| is_above(file));
        assert!(is_folder || path == GATE, "{location} is nowhere");
        return;
    };
    let Some(line) = location.line else { return };
    let Ok(text) = std::str::from_utf8(bytes) else {
        let breaks = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
        let lines = breaks.count() + 1;
        assert!(
            (1..=lines).contains(&(line as usize)),
            "{location} of {lines}"
        );
        return;
    };
    let text = text.replace("\r\n", "\n");
    // YAML also ends a line at a carriage return that stands alone.
    let ends: &[char] = if path.ends_with(".yml") {
        &['\n', '\r']
    } else {
        &['\n']
    };
    let lines: Vec<&str> = text.split(ends).collect();
    let columns = (line as usize)
        .checked_sub(1)
        .and_then(|line| lines.get(line))
        .map(|line| line.chars().count() + 1)
        .unwrap_or_else(|| panic!("{location} of {} lines", lines.len()));
    if let Some(column) = location.column {
        assert!(
            (1..=columns).contains(&(column as usize)),
            "{location} of {columns} columns"
        );
    }
}

/// Shows it to people: whatever stands in the files, no control character reaches the terminal but those of the
/// report's own colours.
fn shown(outcome: &GateOutcome) {
    let mut out = Vec::new();
    Human::new(&mut out, Detail::Verbose)
        .tell(&Event::Gate(outcome))
        .expect("memory takes all");
    let text = String::from_utf8(out).expect("UTF-8");
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default();
    let rest = pieces.map(|piece| piece.split_once('m').expect("a colour").1);
    for piece in std::iter::once(first).chain(rest) {
        let wrong = piece
            .chars()
            .find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(wrong, None, "{text:?}");
    }
}
