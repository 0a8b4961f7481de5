//! `driftgate sync`: what it brings, what it locks, and what it refuses.

mod house;
mod locked;
mod mirrors;
mod unwritable;
mod web;

pub(crate) use house::{path_with, wrap_git};
