//! What a gate of this kind promises to catch, each with a violation to plant.

mod all;

pub(crate) use all::all;
