//! What a gate of this kind promises to catch, each with a violation to plant.

mod all;
mod alter;
mod assets;
mod assets_answers;
mod assets_lists;
mod choice;
mod directory;
mod dockerfile;
mod dockerfile_edit;
mod image;
mod image_config;
mod image_layer;
mod plugin;
mod plugin_declared;
mod plugin_edit;
mod plugin_tools;
mod plugin_wiring;
mod source;
mod target;

pub(crate) use all::all;
