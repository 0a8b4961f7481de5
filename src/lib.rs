//! driftgate: gates over a repository, its delivered copies and its running system. Green means
//! that somebody looked.

pub mod backend;
pub mod cli;
pub mod config;
pub mod context;
pub mod demo;
pub mod exit_code;
pub mod gate;
pub mod kinds;
pub mod prove;
pub mod report;
pub mod run;
pub mod ssot;
pub mod tree;
