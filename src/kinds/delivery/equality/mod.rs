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

pub use content::CompareAs;
pub use item::{Item, Side};
pub use pair::Rules;
pub use sides::{Compared, Comparison, compare_sides};
