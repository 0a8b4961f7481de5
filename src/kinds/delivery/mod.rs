//! The kind `delivery`: a source arrives unchanged where it is delivered.

pub mod dockerfile;
