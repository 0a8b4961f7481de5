//! Gates of kind `workflows`, and `driftgate fix`, on real files and real git.

mod base;
mod contexts;
mod files;
mod fix;
mod gate;
mod support;
