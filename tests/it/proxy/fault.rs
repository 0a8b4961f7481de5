use std::time::Duration;

/// What becomes of a question, or of its answer.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// The question goes on after a while.
    Late(Duration),
    /// The connection is reset in place of an answer.
    Reset,
    /// The answering half of the connection is closed in place of an answer; questions are still read.
    HalfClosed,
    /// Nobody ever answers, and the connection stays.
    Silent,
    /// The question is answered, and the connection is closed before the answer arrives.
    Lost,
    /// The answer ends after so many bytes, those of a head not counted, as if it were whole.
    Truncated(usize),
    /// The connection is reset after so many bytes of the answer, those of a head not counted.
    ResetAfter(usize),
    /// The answer comes so many bytes at a time, with a pause after each.
    Drip(usize, Duration),
    /// This comes in place of an answer, and the connection is closed.
    Instead(&'static [u8]),
    /// Every connection is cut, and nobody listens any more.
    Gone,
    /// The same for a while.
    GoneFor(Duration),
}
