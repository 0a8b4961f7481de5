//! What gates bring up, and that nothing of it is left behind. What needs a Docker daemon stands in
//! modules named `docker`.

mod docker;
mod failures;
pub mod house;
mod lifetimes;
mod postgres;
mod reap;
mod systems;
