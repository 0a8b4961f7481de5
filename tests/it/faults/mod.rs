//! What becomes of a gate whose connections break: the verdict is right, nothing hangs, no answer is
//! asked for twice, and nothing is left behind. What needs a Docker daemon says `in_containers`.

mod database;
mod docker;
mod harbour;
mod http;
mod restart;
pub mod town;
