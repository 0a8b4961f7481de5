use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::gate::Obstacle;

/// Something that gates have in common, and that ends with the run.
pub trait End: Any + Send + Sync + Default {
    /// Gives back what it holds, also where somebody left behind still uses it; returns what it could not give back.
    fn end(&self) -> Vec<Obstacle>;
}

/// What the gates of a run have in common, one thing of each type: a database server, say, that is
/// not to be started once for every gate. Clones share it.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<HashMap<TypeId, Held>>>);

struct Held {
    thing: Arc<dyn Any + Send + Sync>,
    end: Box<dyn Fn() -> Vec<Obstacle> + Send + Sync>,
}

impl Shared {
    /// The thing of a type, made when it is first asked for.
    pub fn of<T: End>(&self) -> Arc<T> {
        let mut things = self.0.lock();
        let held = things.entry(TypeId::of::<T>()).or_insert_with(|| {
            let thing = Arc::new(T::default());
            let same = Arc::clone(&thing);
            Held {
                thing,
                end: Box::new(move || same.end()),
            }
        });
        // Each stands under its own type; were it not so, sharing would only be lost.
        Arc::clone(&held.thing).downcast().unwrap_or_default()
    }

    /// Ends everything; returns what is left of it.
    pub fn end(&self) -> Vec<Obstacle> {
        let things = std::mem::take(&mut *self.0.lock());
        things.into_values().flat_map(|held| (held.end)()).collect()
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({})", self.0.lock().len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counter(AtomicUsize);

    impl End for Counter {
        fn end(&self) -> Vec<Obstacle> {
            self.0.store(100, Ordering::Relaxed);
            Vec::new()
        }
    }

    #[test]
    fn everybody_who_asks_for_a_type_gets_the_same_thing_until_it_ends() {
        let shared = Shared::default();
        let kept = shared.of::<Counter>();
        kept.0.store(7, Ordering::Relaxed);
        let clone = shared.clone();
        assert_eq!(clone.of::<Counter>().0.load(Ordering::Relaxed), 7);
        clone.end();
        assert_eq!(kept.0.load(Ordering::Relaxed), 100);
        assert_eq!(shared.of::<Counter>().0.load(Ordering::Relaxed), 0);
    }
}
