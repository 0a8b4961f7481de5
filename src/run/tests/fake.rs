use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, never};

use crate::config::Settings;
use crate::context::{Cancel, Context, ContextParts, Environment, NoSources};
use crate::gate::{
    Code, Finding, GateId, Header, Inspection, Lane, Obstacle, Protection, Severity, Witness,
};
use crate::kinds::{Check, LoadedGates};
use crate::run::{Backoff, Event, Finished, Limits, Plan, Selection, run};
use crate::tree::DirTree;

pub(super) static WRONG: Code = Code {
    name: "wrong",
    what: "It is wrong.",
    why: "Because.",
    mend: "Right it.",
};

type Act = Box<dyn Fn(&Context) -> Inspection + Send + Sync>;

/// A gate that does what a test says.
pub(super) struct Fake {
    pub(super) header: Header,
    act: Act,
}

impl Check for Fake {
    fn header(&self) -> &Header {
        &self.header
    }

    fn inspect(&self, context: &Context) -> Inspection {
        (self.act)(context)
    }

    fn protections(&self, _context: &Context) -> Vec<Protection> {
        Vec::new()
    }
}

pub(super) fn fake(id: &str, act: impl Fn(&Context) -> Inspection + Send + Sync + 'static) -> Fake {
    Fake {
        header: Header {
            id: GateId::new(id).unwrap(),
            about: format!("The promise of {id}."),
            kind: "fake",
            lanes: Lane::ALL.to_vec(),
            required: false,
            severity: Severity::Blocking,
            min_inspected: 1,
            timeout: None,
            waivers: Vec::new(),
            file: format!("gates/{id}.yaml"),
        },
        act: Box::new(act),
    }
}

/// It looked at one thing, and that was good.
pub(super) fn good() -> Inspection {
    let mut inspection = Inspection::new();
    inspection
        .part("all")
        .looked("subject", Witness::of("seen"));
    inspection
}

/// It looked at one thing, and that was wrong.
pub(super) fn wrong() -> Inspection {
    let mut inspection = good();
    inspection.find(Finding::new(&WRONG, "it is wrong"));
    inspection
}

/// It was refused, or got no answer.
pub(super) fn silent(message: &str) -> Inspection {
    Obstacle::unreachable(&WRONG, message).into()
}

/// Waits until it is told to stop, however long that takes.
pub(super) fn until_cancelled(context: &Context) -> Inspection {
    loop {
        if let Err(obstacle) = context.cancel().check() {
            return obstacle.into();
        }
        std::thread::yield_now();
    }
}

pub(super) fn limits() -> Limits {
    Limits {
        jobs: NonZeroUsize::new(4).unwrap(),
        backoff: Backoff {
            first: Duration::ZERO,
            longest: Duration::ZERO,
        },
        // Long enough that no test ever meets it.
        timeout: Duration::from_hours(1),
        grace: Duration::from_hours(1),
        slow_after: Duration::from_hours(1),
        ..Limits::default()
    }
}

/// What a test run told.
pub(super) struct Told {
    pub(super) finished: Finished,
    /// One line an event, without times.
    pub(super) events: Vec<String>,
}

impl Told {
    pub(super) fn verdicts(&self) -> BTreeMap<&str, &'static str> {
        self.finished
            .outcomes
            .iter()
            .map(|outcome| (outcome.id.as_str(), outcome.verdict.name().as_str()))
            .collect()
    }

    pub(super) fn reason(&self, id: &str) -> &str {
        self.finished
            .outcomes
            .iter()
            .find(|outcome| outcome.id.as_str() == id)
            .and_then(|outcome| outcome.verdict.reason())
            .unwrap_or_default()
    }

    pub(super) fn exit(&self) -> u8 {
        self.finished.end.exit_code.number()
    }
}

pub(super) fn run_all(gates: Vec<Fake>, limits: &Limits) -> Told {
    run_with(gates, limits, &Cancel::new(), &never(), &mut |_| {})
}

pub(super) fn run_with(
    gates: Vec<Fake>,
    limits: &Limits,
    cancel: &Cancel,
    interrupts: &Receiver<()>,
    watch: &mut dyn FnMut(&Event<'_>),
) -> Told {
    let today = jiff::civil::date(2026, 1, 2);
    let loaded: LoadedGates = gates
        .into_iter()
        .map(|gate| (gate.header.id.to_string(), Box::new(gate) as Box<dyn Check>))
        .collect();
    let plan = Plan::new(
        loaded,
        &Selection {
            names: &[],
            lane: Lane::Local,
            partition: None,
            today,
        },
    )
    .unwrap();
    let context = Context::new(ContextParts {
        root: Arc::new(DirTree::new("/nonexistent", "")),
        sources: Arc::new(NoSources),
        settings: Arc::new(Settings::default()),
        environment: Arc::new(Environment::default()),
        lane: Lane::Local,
        today,
        offline: false,
        cancel: cancel.clone(),
    });
    let mut events = Vec::new();
    let finished = run(
        &plan,
        &context,
        limits,
        None,
        jiff::Timestamp::UNIX_EPOCH,
        interrupts,
        &mut |event| {
            watch(&event);
            events.push(match event {
                Event::Start(start) => format!("start {}", start.to_run),
                Event::Running { id } => format!("running {id}"),
                Event::Slow { id, .. } => format!("slow {id}"),
                Event::Retrying { id, attempt, .. } => format!("retrying {id} after {attempt}"),
                Event::Done { id } => format!("done {id}"),
                Event::Gate(outcome) => format!("gate {} {}", outcome.id, outcome.verdict.name()),
                Event::End(end) => format!("end {}", end.exit_code.number()),
            });
        },
    );
    Told { finished, events }
}
