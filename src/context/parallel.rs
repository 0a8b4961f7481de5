use rayon::prelude::*;

use super::Context;
use crate::gate::Obstacle;

impl Context {
    /// Maps over items on the run's threads and keeps their order; stops early when cancelled.
    ///
    /// # Errors
    /// When cancelled.
    pub fn map_parallel<T: Sync, R: Send>(
        &self,
        items: &[T],
        map: impl Fn(&T) -> R + Sync,
    ) -> Result<Vec<R>, Obstacle> {
        let run = |item: &T| {
            self.cancel().check()?;
            Ok(map(item))
        };
        // Below this, handing out the work costs more than it saves.
        if items.len() < 64 {
            return items.iter().map(run).collect();
        }
        items.par_iter().map(run).collect()
    }

    /// The same for items that each cost far more than handing them out.
    ///
    /// # Errors
    /// When cancelled.
    pub fn map_heavy<T: Sync, R: Send>(
        &self,
        items: &[T],
        map: impl Fn(&T) -> R + Sync,
    ) -> Result<Vec<R>, Obstacle> {
        let run = |item: &T| {
            self.cancel().check()?;
            Ok(map(item))
        };
        items.par_iter().map(run).collect()
    }
}
