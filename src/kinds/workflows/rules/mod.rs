//! The rules of the kind `workflows`: one file a rule.

mod all;

pub use all::RULES;
