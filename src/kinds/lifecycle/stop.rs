use super::failure::Failure;
use crate::gate::Obstacle;

/// How a check ends: nothing, where what it proves holds.
pub(super) type Outcome<T = ()> = Result<T, Stop>;

/// Why a check ended before it was through.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something is not as it must be: a finding of the check.
    Wrong(Box<Failure>),
    /// It could not look.
    Obstacle(Box<Obstacle>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Wrong(Box::new(failure))
    }
}

impl From<Obstacle> for Stop {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(Box::new(obstacle))
    }
}

/// Ends a check unless a condition holds.
///
/// # Errors
/// The failure, where it does not.
pub(super) fn ensure(
    holds: bool,
    expected: impl Into<String>,
    got: impl FnOnce() -> String,
) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(Failure::new(expected, got()).into())
    }
}

/// Ends a check unless two values are equal.
///
/// # Errors
/// The failure with both values, where they are not.
pub(super) fn ensure_eq<A, B>(what: &str, got: &A, expected: &B) -> Outcome
where
    A: PartialEq<B> + std::fmt::Debug + ?Sized,
    B: std::fmt::Debug + ?Sized,
{
    ensure(got == expected, format!("{what} is {expected:?}"), || {
        format!("{got:?}")
    })
}
