use super::codes::{IMAGE_LIMIT, IMAGE_MALFORMED, IMAGE_UNSAFE, IMAGE_UNSUPPORTED};
use crate::gate::{Code, Obstacle};
use crate::tree::image::{Gravity, ImageLimits, TarError};

/// Why a stream of an image is not read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    #[error("{0}")]
    Tar(#[from] TarError),
    /// The compressed stream itself.
    #[error("it is not sound {compression}: {reason}")]
    Damaged {
        compression: &'static str,
        reason: String,
    },
    #[error("it is compressed with {0}, which is not read")]
    Unsupported(&'static str),
    #[error("it unpacks to more than {0} bytes, which is what the gate allows")]
    TooLarge(u64),
    #[error(
        "it unpacks to more than {ratio} times its packed size ({packed} bytes), which is what the gate allows"
    )]
    Ratio { ratio: u32, packed: u64 },
    /// A description that is too long to be one.
    #[error("it has more than {0} bytes, which is too much for a description")]
    LongText(usize),
}

impl Stop {
    fn code(&self) -> &'static Code {
        match self {
            Self::Tar(error) => match error.problem.gravity() {
                Gravity::Malformed => &IMAGE_MALFORMED,
                Gravity::Unsafe => &IMAGE_UNSAFE,
                Gravity::Limit => &IMAGE_LIMIT,
            },
            Self::Damaged { .. } => &IMAGE_MALFORMED,
            Self::Unsupported(_) => &IMAGE_UNSUPPORTED,
            Self::TooLarge(_) | Self::Ratio { .. } | Self::LongText(_) => &IMAGE_LIMIT,
        }
    }

    /// `what`: the part of the image, at the beginning of a sentence.
    pub(crate) fn obstacle(&self, what: &str) -> Obstacle {
        let obstacle = Obstacle::refused(self.code(), format!("{what}: {self}"));
        match self {
            Self::Tar(error) if error.problem.gravity() == Gravity::Limit => {
                obstacle.help("raise `limits` of the gate's `image` if it is meant to be like that")
            }
            Self::TooLarge(_) | Self::Ratio { .. } => {
                obstacle.help("raise `limits` of the gate's `image` if it is meant to be like that")
            }
            _ => obstacle,
        }
    }

    /// Whether a stream of so many bytes may have come from so few, after `before` bytes of the same image.
    pub(super) fn check(
        limits: &ImageLimits,
        before: u64,
        packed: u64,
        unpacked: u64,
    ) -> Result<(), Self> {
        if unpacked.saturating_add(before) > limits.bytes {
            return Err(Self::TooLarge(limits.bytes));
        }
        if unpacked > limits.from_packed(packed) {
            return Err(Self::Ratio {
                ratio: limits.ratio,
                packed,
            });
        }
        Ok(())
    }
}
