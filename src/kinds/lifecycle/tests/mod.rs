//! What holds for all checks alike.

mod engine;
mod registry;
mod select;
