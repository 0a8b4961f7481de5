//! Two-way equality of what a source holds and what a delivery holds.

mod align;
mod content;
mod evidence;
mod findings;
mod item;
mod json;
mod pair;
mod sides;
mod yaml;

pub(crate) use content::{CompareAs, Malformed};
pub(crate) use item::{Item, Side};
pub(crate) use pair::Rules;
pub(crate) use sides::{Compared, Comparison, compare_sides};
