//! A proxy that stands between driftgate and what it asks, and breaks what passes through it.

mod fault;
mod house;
mod relay;
mod wire;

pub use fault::Fault;
pub use house::{Proxy, holds};
