//! A value of JSON, YAML or TOML with the places where it stands.

mod json;
mod node;
mod toml;
mod write;
mod yaml;

pub(crate) use json::read_json;
pub(crate) use node::{Entry, Node, Shape};
pub(crate) use toml::read_toml;
pub(crate) use write::{write_json, write_toml};
pub(crate) use yaml::read_yaml;
