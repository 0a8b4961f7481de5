//! Black-box tests: the binary on real trees, real git and real files. One file a command or kind.
#![expect(
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "a test binary has no outside, and its helpers no rooms"
)]

mod architecture;
mod assets;
mod backend;
mod bad_files;
mod bad_input;
mod cli;
mod constants;
mod delivery;
mod delivery_matrix;
mod demo;
mod doctor;
mod explain;
mod faults;
mod fuzz_bodies;
mod images;
mod leftovers;
mod lifecycle;
mod lifecycle_bad_answers;
mod lifecycle_command;
mod lifecycle_contracts;
mod lifecycle_ends;
mod list;
mod manifest;
mod outputs;
mod plugins;
mod postgres;
mod postgres_constants;
mod postgres_server;
mod prove;
mod proxy;
mod roots;
mod run;
mod schema;
mod statuses;
mod support;
mod sync;
mod waiting;
mod waivers;
mod workflow_rules;
mod workflows;
