use super::plain::included;
use super::statements::{Piece, Untokenized, split};

/// A migration by itself: what it says does not depend on the set that is wanted, nor on the others.
#[derive(Debug)]
pub(in super::super) struct Migration {
    /// Where another script would be read, in bytes.
    pub(super) included: Option<usize>,
    pub(super) pieces: Result<Vec<Piece>, Untokenized>,
}

impl Migration {
    pub(super) fn read(text: &str) -> Self {
        Self {
            included: included(text),
            pieces: split(text),
        }
    }
}
