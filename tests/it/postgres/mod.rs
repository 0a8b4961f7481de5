//! Gates of kind `postgres`, on a real server of this machine.

mod house;
mod migrations;
mod probes;
