use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::Cancel;
use super::codes::NO_RUNTIME;
use crate::gate::Obstacle;

/// What waits on many things at once: HTTP, databases, Docker. Made when it is first used, so that
/// gates over files never pay for it; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Runtime(Arc<OnceLock<Result<Owned, String>>>);

/// Ends without waiting for what is still under way, from whatever thread.
#[derive(Debug)]
struct Owned(Option<tokio::runtime::Runtime>);

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waiting is cheap, and what is computed is little.
const THREADS: usize = 2;

impl Runtime {
    pub fn new() -> Self {
        Self::default()
    }

    /// To start tasks with, from any thread.
    ///
    /// # Errors
    /// When the system gives no threads for it.
    pub fn handle(&self) -> Result<&tokio::runtime::Handle, Obstacle> {
        let made = self.0.get_or_init(|| {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(THREADS)
                .thread_name("waiting")
                .enable_all()
                .build()
                .map(|runtime| Owned(Some(runtime)))
                .map_err(|error| error.to_string())
        });
        match made {
            Ok(Owned(Some(runtime))) => Ok(runtime.handle()),
            Ok(Owned(None)) => Err(no_runtime("it has ended")),
            Err(problem) => Err(no_runtime(problem)),
        }
    }

    /// Waits for a future on this thread, until it is cancelled; what it was at is dropped then.
    ///
    /// # Errors
    /// When cancelled, or without a runtime.
    pub fn block_on<F: Future>(&self, cancel: &Cancel, future: F) -> Result<F::Output, Obstacle> {
        self.handle()?.block_on(async {
            tokio::select! {
                biased;
                () = cancel.cancelled() => Err(Cancel::obstacle()),
                output = future => Ok(output),
            }
        })
    }

    /// Waits for clean-up, which no cancellation stops, for so long at most; from any thread, one
    /// of the runtime's own among them. `None` when it took longer, or there is no runtime.
    pub fn finish<F>(&self, within: Duration, future: F) -> Option<F::Output>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let handle = self.handle().ok()?;
        std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    handle.block_on(async { tokio::time::timeout(within, future).await.ok() })
                })
                .join()
                .ok()
                .flatten()
        })
    }
}

fn no_runtime(problem: &str) -> Obstacle {
    Obstacle::refused(
        &NO_RUNTIME,
        format!("failed to start the threads that wait for answers: {problem}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_ends_gives_its_output() {
        let runtime = Runtime::new();
        let output = runtime.block_on(&Cancel::new(), async { 7 });
        assert_eq!(output.expect("it ends"), 7);
    }

    #[test]
    fn waiting_ends_when_a_parent_is_cancelled() {
        let (runtime, cancel) = (Runtime::new(), Cancel::new());
        let child = cancel.child().child();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| runtime.block_on(&child, std::future::pending::<()>()));
            cancel.cancel();
            let obstacle = waiting.join().expect("no panic").expect_err("cancelled");
            assert_eq!(obstacle.to_string(), "stopped before the end");
        });
    }

    #[test]
    fn clean_up_runs_to_its_end_inside_of_a_task_and_after_a_cancellation() {
        let (runtime, cancel) = (Runtime::new(), Cancel::new());
        let inner = runtime.clone();
        let cleaned = runtime.block_on(&cancel, async {
            cancel.cancel();
            inner.finish(Duration::from_secs(600), async { 3 })
        });
        assert_eq!(cleaned.ok().flatten(), Some(3));
    }

    #[test]
    fn clean_up_that_hangs_is_given_up() {
        let runtime = Runtime::new();
        let hung = runtime.finish(Duration::from_millis(1), std::future::pending::<()>());
        assert_eq!(hung, None);
    }
}
