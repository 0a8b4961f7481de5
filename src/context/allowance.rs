use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many bytes several answers may have together, those that are on their way and those that came. Clones are one.
#[derive(Debug, Clone)]
pub struct Allowance {
    all: usize,
    left: Arc<AtomicUsize>,
}

impl Allowance {
    pub fn new(bytes: usize) -> Self {
        Self {
            all: bytes,
            left: Arc::new(AtomicUsize::new(bytes)),
        }
    }

    pub(super) fn all(&self) -> usize {
        self.all
    }

    /// Takes so many, if there are as many left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let less = |left: usize| left.checked_sub(bytes);
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok()
    }

    /// Gives back what was taken for an answer that nobody keeps.
    pub(super) fn give_back(&self, bytes: usize) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is_and_what_is_given_back_is_there_again() {
        let one = Allowance::new(10);
        let same = one.clone();
        assert!(one.take(6));
        assert!(!same.take(5));
        assert!(same.take(4));
        assert!(!one.take(1));
        same.give_back(4);
        assert!(one.take(3));
    }
}
