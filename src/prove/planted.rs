use std::sync::Arc;

use crate::context::Context;
use crate::gate::{Header, Inspection, Protection};
use crate::kinds::Check;

/// A gate that looks at a planted violation. To the engine it is a gate like any other, with the
/// same waivers, time limit and retries, so that nothing is judged in a second way.
pub(super) struct PlantedCheck {
    check: Arc<dyn Check>,
    planted: Context,
}

impl PlantedCheck {
    pub(super) fn new(check: Arc<dyn Check>, planted: Context) -> Self {
        Self { check, planted }
    }

    /// Whether anybody has looked where the violation is.
    pub(super) fn noticed(&self) -> bool {
        self.planted.plant_was_noticed()
    }
}

impl Check for PlantedCheck {
    fn header(&self) -> &Header {
        self.check.header()
    }

    fn inspect(&self, context: &Context) -> Inspection {
        let planted = self.planted.with_cancel(context.cancel().clone());
        self.check.inspect(&planted)
    }

    /// A violation has none of its own.
    fn protections(&self, _: &Context) -> Vec<Protection> {
        Vec::new()
    }
}
