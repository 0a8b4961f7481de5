//! The channel `image`: archives, layouts and registries made by the tests themselves, and what Docker makes.

mod config;
mod daemon;
mod drift;
mod false_daemon;
mod hostile;
mod inputs;
mod prove;
mod registry;
mod support;
