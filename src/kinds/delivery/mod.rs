//! The kind `delivery`: a source arrives unchanged where it is delivered.

pub mod assets_channel;
mod check;
mod codes;
mod compare_spec;
mod copy;
mod directory;
pub mod dockerfile;
mod dockerfile_channel;
mod equality;
mod excerpt;
mod image_channel;
mod kind;
mod load;
mod load_delivery;
mod named;
mod outcome;
mod patterns;
mod plan;
pub mod plugin_channel;
mod protections;
mod rename;
mod source;
mod spec;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use kind::Delivery;
