//! Runs the gates of a plan, several at a time.
//!
//! Every gate gets a thread of its own, because a check is plain blocking code over files and
//! objects: nothing in it would ever yield to an executor, so futures would only add a second kind
//! of function. A thread that does not stop when told to is left behind; it holds no slot, and the
//! process does not wait for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, after, never, select, unbounded};

use super::attempt::{Attempt, attempt};
use super::state::{Finished, Halt, Running, Waiting, later};
use super::stop::Stop;
use super::stragglers::Stragglers;
use super::{Event, Fate, GateOutcome, Limits, Plan, Planned};
use crate::context::Context;
use crate::gate::{VerdictName, judge, not_run};

/// Deep recursion over deep documents is a kind's business; a small stack must not be its end.
const STACK: usize = 8 << 20;

/// What a run came to.
#[derive(Debug)]
pub(super) struct Ran {
    /// In order of the plan.
    pub outcomes: Vec<GateOutcome>,
    pub interrupted: bool,
    pub stragglers: Stragglers,
}

/// Runs a plan. Each event is handed to `tell` as it happens; what comes on `interrupts` stops the
/// run, as does the cancellation of `context`.
pub(super) fn schedule(
    plan: &Plan,
    context: &Context,
    limits: &Limits,
    interrupts: &Receiver<()>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Ran {
    let (sender, results) = unbounded();
    let mut schedule = Schedule {
        plan,
        context,
        limits,
        tell,
        sender,
        fresh: VecDeque::new(),
        waiting: Vec::new(),
        running: Vec::new(),
        outcomes: Vec::new(),
        reported: 0,
        jobs: limits.jobs.get(),
        stopping: None,
    };
    for (index, planned) in plan.gates.iter().enumerate() {
        schedule.outcomes.push(match &planned.fate {
            Fate::Run => {
                schedule.fresh.push_back(index);
                None
            }
            Fate::Settled(end) => Some(GateOutcome::settled(
                planned.check.as_ref(),
                end.clone().into(),
            )),
        });
    }
    schedule.report();
    schedule.drive(&results, interrupts);
    Ran {
        interrupted: schedule.stopping == Some(Halt::Interrupted),
        outcomes: schedule.outcomes.into_iter().flatten().collect(),
        stragglers: Stragglers::new(results),
    }
}

struct Schedule<'a, 'b> {
    plan: &'a Plan,
    context: &'a Context,
    limits: &'a Limits,
    tell: &'b mut dyn FnMut(Event<'_>),
    sender: Sender<Finished>,
    fresh: VecDeque<usize>,
    waiting: Vec<Waiting>,
    running: Vec<Running>,
    outcomes: Vec<Option<GateOutcome>>,
    /// How many outcomes have been told.
    reported: usize,
    jobs: usize,
    stopping: Option<Halt>,
}

impl Schedule<'_, '_> {
    fn drive(&mut self, results: &Receiver<Finished>, interrupts: &Receiver<()>) {
        let mut interrupts = interrupts.clone();
        loop {
            self.start_what_may();
            if self.running.is_empty() && self.waiting.is_empty() && self.fresh.is_empty() {
                return;
            }
            let alarm = self.next_alarm().map_or_else(never, |at| {
                after(at.saturating_duration_since(Instant::now()))
            });
            select! {
                recv(results) -> finished => {
                    if let Ok(finished) = finished {
                        self.finished(finished);
                    }
                }
                recv(interrupts) -> news => {
                    if news.is_err() {
                        // Nobody can interrupt any more; a closed channel would wake us for ever.
                        interrupts = never();
                    } else {
                        self.interrupt();
                    }
                }
                recv(alarm) -> _ => self.look_at_the_clock(),
            }
        }
    }

    fn gate(&self, index: usize) -> &Planned {
        &self.plan.gates[index]
    }

    /// Fills free slots: first with gates whose wait is over, then with new ones.
    fn start_what_may(&mut self) {
        if self.context.cancel().is_cancelled() {
            self.interrupt();
        }
        if let Some(halt) = self.stopping {
            self.settle_the_rest(halt);
        }
        let now = Instant::now();
        while self.running.len() < self.jobs {
            if let Some(ready) = self.waiting.iter().position(|waiting| waiting.until <= now) {
                let waiting = self.waiting.swap_remove(ready);
                self.start(waiting.index, waiting.number + 1, waiting.begun);
            } else if let Some(index) = self.fresh.pop_front() {
                self.start(index, 1, Instant::now());
            } else {
                return;
            }
        }
    }

    fn start(&mut self, index: usize, number: u32, begun: Instant) {
        let check = Arc::clone(&self.gate(index).check);
        let cancel = self.context.cancel().child();
        let limit = check.header().timeout.unwrap_or(self.limits.timeout);
        let now = Instant::now();
        if number == 1 {
            (self.tell)(Event::Running {
                id: &check.header().id,
            });
        }
        self.running.push(Running {
            index,
            number,
            begun,
            deadline: later(begun, limit),
            cancel: cancel.clone(),
            stopped: None,
            next_slow: later(now, self.limits.slow_after),
        });
        let context = self.context.with_cancel(cancel);
        let work = {
            let (check, context, sender) =
                (Arc::clone(&check), context.clone(), self.sender.clone());
            move || {
                let attempt = attempt(check.as_ref(), &context);
                // Nobody listens any more where the gate was left behind.
                let _ = sender.send(Finished {
                    index,
                    number,
                    attempt,
                });
            }
        };
        let spawned = std::thread::Builder::new()
            .name(check.header().id.to_string())
            .stack_size(STACK)
            .spawn(work);
        if spawned.is_err() {
            // The system gives no more threads: go on with fewer, this once on our own.
            self.jobs = self.running.len().saturating_sub(1).max(1);
            let attempt = attempt(check.as_ref(), &context);
            self.finished(Finished {
                index,
                number,
                attempt,
            });
        }
    }

    fn finished(&mut self, finished: Finished) {
        let Finished {
            index,
            number,
            attempt,
        } = finished;
        let Some(position) = self
            .running
            .iter()
            .position(|running| running.index == index && running.number == number)
        else {
            return;
        };
        let running = self.running.swap_remove(position);
        if let Some((stop, _)) = running.stopped {
            let attempt = Attempt {
                inspection: stop.explain(attempt.inspection),
                ..attempt
            };
            return self.end(index, number, running.begun, attempt);
        }
        let wait = self.limits.backoff.wait(number, fastrand::f64());
        let until = later(Instant::now(), wait);
        if let Some(reason) = attempt.worth_repeating()
            && number <= self.limits.retries
            && until < running.deadline
            && self.stopping.is_none()
        {
            (self.tell)(Event::Retrying {
                id: &self.plan.gates[index].check.header().id,
                attempt: number,
                wait,
                reason,
            });
            self.waiting.push(Waiting {
                index,
                number,
                begun: running.begun,
                until,
                last: attempt,
            });
            return;
        }
        self.end(index, number, running.begun, attempt);
    }

    fn end(&mut self, index: usize, number: u32, begun: Instant, attempt: Attempt) {
        let check = Arc::clone(&self.gate(index).check);
        let judged = judge(check.header(), attempt.inspection, self.context.today());
        let failed = judged.verdict.name() == VerdictName::Fail
            && check.header().severity == crate::gate::Severity::Blocking;
        if failed && self.limits.fail_fast && self.stopping.is_none() {
            self.stopping = Some(Halt::FailFast);
        }
        (self.tell)(Event::Done {
            id: &check.header().id,
        });
        let mut outcome = GateOutcome::judged(check.as_ref(), judged, begun.elapsed(), number);
        outcome.broke_down = attempt.broke_down;
        self.outcomes[index] = Some(outcome);
        self.report();
    }

    /// Tells the outcomes that are next in order.
    fn report(&mut self) {
        while let Some(Some(outcome)) = self.outcomes.get(self.reported) {
            (self.tell)(Event::Gate(outcome));
            self.reported += 1;
        }
    }

    fn interrupt(&mut self) {
        if self.stopping == Some(Halt::Interrupted) {
            return;
        }
        self.stopping = Some(Halt::Interrupted);
        let now = Instant::now();
        for running in &mut self.running {
            running.cancel.cancel();
            let check = self.plan.gates[running.index].check.as_ref();
            let until = later(now, self.limits.grace_of(check));
            running.stopped.get_or_insert((Stop::Interrupted, until));
        }
    }

    /// Gives a verdict to all that is not at work.
    fn settle_the_rest(&mut self, halt: Halt) {
        let reason = match halt {
            Halt::FailFast => "not run: another gate failed, and --fail-fast is set",
            Halt::Interrupted => "not run: interrupted",
        };
        for waiting in std::mem::take(&mut self.waiting) {
            self.end(waiting.index, waiting.number, waiting.begun, waiting.last);
        }
        for index in std::mem::take(&mut self.fresh) {
            let check = self.gate(index).check.as_ref();
            self.outcomes[index] = Some(GateOutcome::settled(
                check,
                not_run(check.header(), reason).into(),
            ));
        }
        self.report();
    }

    /// When something is due that nobody will send.
    fn next_alarm(&self) -> Option<Instant> {
        let waits = self
            .waiting
            .iter()
            .filter(|_| self.running.len() < self.jobs)
            .map(|waiting| waiting.until);
        let limits = self.running.iter().map(|running| match running.stopped {
            Some((_, until)) => until,
            None => running.deadline.min(running.next_slow),
        });
        waits.chain(limits).min()
    }

    fn look_at_the_clock(&mut self) {
        let now = Instant::now();
        let mut left_behind = Vec::new();
        for running in &mut self.running {
            let check = self.plan.gates[running.index].check.as_ref();
            let header = check.header();
            match running.stopped {
                Some((stop, until)) if until <= now => {
                    left_behind.push((running.index, running.number, running.begun, stop));
                }
                Some(_) => {}
                None if running.deadline <= now => {
                    running.cancel.cancel();
                    let limit = header.timeout.unwrap_or(self.limits.timeout);
                    let until = later(now, self.limits.grace_of(check));
                    running.stopped = Some((Stop::TimedOut { limit }, until));
                }
                None if running.next_slow <= now => {
                    let elapsed = now.saturating_duration_since(running.begun);
                    (self.tell)(Event::Slow {
                        id: &header.id,
                        elapsed,
                    });
                    running.next_slow = later(now, elapsed.max(self.limits.slow_after));
                }
                None => {}
            }
        }
        for (index, number, begun, stop) in left_behind {
            self.running
                .retain(|running| (running.index, running.number) != (index, number));
            let attempt = Attempt {
                inspection: stop.obstacle().into(),
                broke_down: false,
            };
            self.end(index, number, begun, attempt);
        }
    }
}
