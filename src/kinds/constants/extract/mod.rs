//! Reads sets of constants out of files: one file a language. Nothing is ever imported or run.

mod changes;
mod constant;
mod data;
mod dispatch;
mod dockerfile;
mod env_file;
mod extraction;
mod go;
mod go_changes;
mod go_list;
mod go_value;
mod json;
mod parses;
mod pattern;
mod python;
mod python_changes;
mod python_literal;
mod python_value;
mod scalar;
mod shell;
mod source_text;
mod sql;
mod syntax;
mod toml;
mod typescript;
mod typescript_changes;
mod typescript_value;
mod yaml;

pub(super) use data::{DataPath, DataQuery};
pub(super) use dispatch::extract;
pub(super) use extraction::{Edit, Extraction, Failure, Insertion, Member, Origin};
pub(super) use python::Shape as PythonShape;
pub(super) use source_text::SourceText;
pub(super) use sql::{Wanted as SqlWanted, migration_order};
pub(super) use typescript::Shape as TypeScriptShape;

#[cfg(test)]
mod tests;
