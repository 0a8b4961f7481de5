use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// What kinds remember from one look to the next, while the same gates look many times.
///
/// Each kind has a room of its own here, and decides what it keeps, by what, and how much. What is
/// remembered must follow from what was read, and from nothing else.
#[derive(Debug, Default)]
pub struct Memo {
    rooms: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Memo {
    /// The room of this type; an empty one where nobody has asked before.
    pub fn room<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut rooms = self.rooms.lock();
        let room = rooms
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Arc::new(T::default()));
        Arc::clone(room).downcast().unwrap_or_default()
    }
}
