use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::text::duration;
use crate::gate::GateId;
use crate::run::Event;

/// What is shown while gates run, on standard error: a bar on a terminal, elsewhere a heartbeat for
/// the slow ones.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    show: Show,
    running: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    Nothing,
    Heartbeats,
    Bar,
}

impl Progress {
    /// For a run whose standard error is watched, or logged.
    pub fn on_stderr(quiet: bool) -> Self {
        Self::new(if quiet {
            Show::Nothing
        } else if std::io::stderr().is_terminal() {
            Show::Bar
        } else {
            Show::Heartbeats
        })
    }

    /// Shows nothing.
    pub fn none() -> Self {
        Self::new(Show::Nothing)
    }

    fn new(show: Show) -> Self {
        Self {
            bar: None,
            show,
            running: Vec::new(),
        }
    }

    /// Shows an event as it happens.
    pub fn tell(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(start) if self.show == Show::Bar && start.to_run > 0 => {
                self.bar = Some(bar(start.to_run));
            }
            Event::Running { id } => {
                self.running.push(id.to_string());
                self.name_running();
            }
            Event::Done { id } => {
                self.running.retain(|running| running != id.as_str());
                if let Some(bar) = &self.bar {
                    bar.inc(1);
                }
                self.name_running();
            }
            Event::Slow { id, elapsed } => self.slow(id, *elapsed),
            Event::Retrying {
                id,
                attempt,
                wait,
                reason,
            } => self.line(&format!(
                "retry  {id}  attempt {attempt} got no answer ({}); again in {}",
                super::text::printable(reason),
                duration(*wait)
            )),
            Event::Start(_) | Event::Gate(_) => {}
            Event::End(_) => self.clear(),
        }
    }

    fn slow(&self, id: &GateId, elapsed: Duration) {
        self.line(&format!("slow   {id}  running for {}", duration(elapsed)));
    }

    fn line(&self, text: &str) {
        match (&self.bar, self.show) {
            (Some(bar), _) => bar.println(text),
            (None, Show::Heartbeats) => {
                // Nobody may be there to read it; that is no reason to stop.
                let _ = writeln!(std::io::stderr(), "{text}");
            }
            (None, _) => {}
        }
    }

    fn name_running(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message(self.running.join(", "));
        }
    }

    /// Runs `write` while the bar is out of the way.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(gates: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(gates as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} gates  {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
