//! The extractors on awkward input, and each of them against what it itself can write.

mod changes;
mod data;
mod go;
mod properties;
mod python;
mod shell;
mod sql;
mod support;
mod typescript;
