use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::server::Server;
use crate::backend::{Stage, StagePlan};
use crate::context::{Context, End};
use crate::gate::Obstacle;

/// How long a server may be wanted. What is still there later belongs to nobody.
const WANTED: Duration = Duration::from_hours(2);

/// The servers of a run: gates that say the same of theirs have one in common.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    by_plan: Mutex<BTreeMap<String, Arc<Mutex<Option<Arc<Server>>>>>>,
}

impl Servers {
    /// The server that a plan describes, brought up for the first who asks for it.
    pub(crate) fn of(context: &Context, plan: &StagePlan) -> Result<Arc<Server>, Obstacle> {
        let place = context.shared().of::<Self>().place(plan);
        // The others wait; starting it takes less than starting it twice.
        let mut place = place.lock();
        if let Some(server) = place.as_ref() {
            return Ok(Arc::clone(server));
        }
        context.cancel().check()?;
        let stage = Stage::bring_up(context, plan, WANTED, &|_| BTreeMap::new())?;
        Ok(Arc::clone(place.insert(Arc::new(Server::on(stage)?))))
    }

    /// Lets go of a server that is not there any more, so that another try gets a new one; returns what is left
    /// of it, where nobody else uses it.
    pub(crate) fn forget(context: &Context, plan: &StagePlan) -> Option<Obstacle> {
        let server = context.shared().of::<Self>().place(plan).lock().take();
        Arc::into_inner(server?)?.end().err()
    }

    fn place(&self, plan: &StagePlan) -> Arc<Mutex<Option<Arc<Server>>>> {
        let key = format!("{:?} {:?}", plan.backend, plan.postgres);
        Arc::clone(self.by_plan.lock().entry(key).or_default())
    }
}

impl End for Servers {
    fn end(&self) -> Vec<Obstacle> {
        let mut left = Vec::new();
        for (_, place) in std::mem::take(&mut *self.by_plan.lock()) {
            // Whoever is bringing one up right now ends it himself.
            if let Some(mut place) = place.try_lock()
                && let Some(server) = place.take()
            {
                left.extend(server.end().err());
            }
        }
        left
    }
}
