//! How long containers of a system under test were being started and ended.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::TryStreamExt;
use parking_lot::Mutex;
use tokio::task::AbortHandle;

use super::DockerLoss;
use crate::context::Runtime;
use crate::gate::Obstacle;

/// What one listens for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listen {
    /// Only whether the daemon is there.
    Watch,
    /// Also how long containers are being started and ended.
    Measure,
}

/// Listens to the daemon until it is dropped.
#[derive(Debug, Default)]
pub(super) struct DockerTime {
    spans: Arc<Mutex<Spans>>,
    loss: DockerLoss,
    listening: Mutex<Vec<AbortHandle>>,
}

impl DockerTime {
    /// Listens for what happens to containers that bear a label.
    ///
    /// # Errors
    /// Without a runtime.
    pub(super) fn listen(
        &self,
        runtime: &Runtime,
        docker: &Docker,
        label: String,
        what: Listen,
    ) -> Result<(), Obstacle> {
        let filters = HashMap::from([
            ("type", vec!["container".to_owned()]),
            ("label", vec![label]),
        ]);
        let options = EventsOptionsBuilder::new().filters(&filters).build();
        let (docker, noted) = (docker.clone(), Arc::clone(&self.spans));
        let loss = self.loss.clone();
        let listening = runtime.handle()?.spawn(async move {
            let mut events = Box::pin(docker.events(Some(options)));
            // A daemon that tells nothing more leaves the time as it was known.
            while let Ok(Some(event)) = events.try_next().await {
                if what == Listen::Measure {
                    noted.lock().note(&event);
                }
            }
            loss.happens();
        });
        self.listening.lock().push(listening.abort_handle());
        Ok(())
    }

    /// Tells when the daemon stopped telling what happens, as it never does by itself.
    pub(super) fn loss(&self) -> DockerLoss {
        self.loss.clone()
    }

    /// How long at least one container was between its making and its start, or between the signal
    /// that ends it and its end. Docker is at work then, and now and then the system is, which puts
    /// files into what it has made.
    pub(super) fn so_far(&self) -> Duration {
        self.spans.lock().union()
    }
}

impl Drop for DockerTime {
    fn drop(&mut self) {
        for listening in self.listening.get_mut() {
            listening.abort();
        }
    }
}

#[derive(Debug, Default)]
struct Spans {
    /// Since when, by the container.
    open: HashMap<String, i64>,
    /// From and to, in nanoseconds.
    closed: Vec<(i64, i64)>,
}

impl Spans {
    fn note(&mut self, event: &EventMessage) {
        let (Some(action), Some(time)) = (&event.action, event.time_nano) else {
            return;
        };
        let Some(id) = event.actor.as_ref().and_then(|actor| actor.id.as_ref()) else {
            return;
        };
        match action.as_str() {
            "create" | "kill" => {
                self.open.entry(id.clone()).or_insert(time);
            }
            "start" | "die" => {
                if let Some(since) = self.open.remove(id) {
                    self.closed.push((since, time));
                }
            }
            // It was never started.
            "destroy" => {
                self.open.remove(id);
            }
            _ => {}
        }
    }

    fn union(&self) -> Duration {
        let mut spans = self.closed.clone();
        spans.sort_unstable();
        let mut total = 0;
        let mut until = i64::MIN;
        for (from, to) in spans {
            let from = from.max(until);
            if to > from {
                total += to - from;
                until = to;
            }
        }
        Duration::from_nanos(u64::try_from(total).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::EventActor;

    use super::*;

    fn spans(events: &[(&str, &str, i64)]) -> u128 {
        let mut spans = Spans::default();
        for (id, action, time) in events {
            spans.note(&EventMessage {
                action: Some((*action).to_owned()),
                actor: Some(EventActor {
                    id: Some((*id).to_owned()),
                    attributes: None,
                }),
                time_nano: Some(*time),
                ..EventMessage::default()
            });
        }
        spans.union().as_nanos()
    }

    #[test]
    fn making_and_ending_count_and_living_does_not() {
        let one = [
            ("a", "create", 10),
            ("a", "start", 15),
            ("a", "kill", 100),
            ("a", "die", 102),
            ("a", "destroy", 150),
        ];
        assert_eq!(spans(&one), 7);
    }

    #[test]
    fn what_happens_at_once_counts_once() {
        let two = [
            ("a", "create", 10),
            ("b", "create", 12),
            ("a", "start", 15),
            ("b", "start", 18),
            ("c", "create", 20),
            ("c", "destroy", 50),
        ];
        assert_eq!(spans(&two), 8);
    }

    #[test]
    fn a_container_that_ends_by_itself_takes_no_time() {
        assert_eq!(spans(&[("a", "die", 5), ("a", "destroy", 9)]), 0);
    }
}
