use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// When the Docker daemon was lost from sight, if it was: it went away, or the way to it did. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct DockerLoss(Arc<OnceLock<Instant>>);

/// How long before that a daemon may have begun to end: it ends the containers first, and answers meanwhile.
const ENDING: Duration = Duration::from_secs(30);

impl DockerLoss {
    /// Notes that it is lost now; the first time counts.
    pub fn happens(&self) {
        self.0.get_or_init(Instant::now);
    }

    pub fn has_happened(&self) -> bool {
        self.0.get().is_some()
    }

    /// Whether what was seen at some time may have been the daemon's doing: its end had begun, or it was gone.
    pub fn explains(&self, seen: Instant) -> bool {
        self.0.get().is_some_and(|lost| seen + ENDING >= *lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_long_before_the_daemon_went_is_not_its_doing() {
        let loss = DockerLoss::default();
        let begun = Instant::now();
        assert!(!loss.explains(begun) && !loss.has_happened());
        loss.0
            .set(begun + Duration::from_secs(40))
            .expect("the first time");
        assert!(loss.has_happened());
        assert!(!loss.explains(begun));
        for later in [20, 40, 60] {
            assert!(loss.explains(begun + Duration::from_secs(later)), "{later}");
        }
    }
}
