use std::str::FromStr;

use sha2::{Digest, Sha256};

/// One of `of` shares of a run, so that several machines divide it among themselves. Over all
/// shares, every gate is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    how: How,
    /// Counted from 1.
    share: u32,
    of: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// In turn by position: shares of equal size, which shift when a gate is added.
    Slice,
    /// By the gate's name: a gate stays in its share whatever is added beside it.
    Hash,
}

/// Why a text is no partition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartitionError {
    #[error("expected `slice:1/4` or `hash:1/4`")]
    Form,
    #[error("the share must lie between 1 and {of}")]
    Share { of: u32 },
}

impl Partition {
    /// Whether the gate at `position` (counted from 0 among its like) belongs to this share.
    pub fn holds(self, position: usize, id: &str) -> bool {
        let turn = match self.how {
            How::Slice => position as u64,
            How::Hash => {
                let digest = Sha256::digest(id.as_bytes());
                digest
                    .iter()
                    .take(8)
                    .fold(0, |number, byte| (number << 8) | u64::from(*byte))
            }
        };
        turn % u64::from(self.of) == u64::from(self.share - 1)
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    fn from_str(text: &str) -> Result<Self, PartitionError> {
        let (how, shares) = text.split_once(':').ok_or(PartitionError::Form)?;
        let how = match how {
            "slice" => How::Slice,
            "hash" => How::Hash,
            _ => return Err(PartitionError::Form),
        };
        let (share, of) = shares.split_once('/').ok_or(PartitionError::Form)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| PartitionError::Form);
        let (share, of) = (number(share)?, number(of)?);
        if share == 0 || share > of {
            return Err(PartitionError::Share { of });
        }
        Ok(Self { how, share, of })
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = match self.how {
            How::Slice => "slice",
            How::Hash => "hash",
        };
        write!(f, "{how}:{}/{}", self.share, self.of)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_shares_together_hold_every_gate_exactly_once(
            ids in proptest::collection::btree_set("[a-z]{1,8}", 0..60),
            of in 1..9_u32,
            hash in any::<bool>(),
        ) {
            let how = if hash { "hash" } else { "slice" };
            let shares: Vec<Partition> = (1..=of)
                .map(|share| format!("{how}:{share}/{of}").parse().unwrap())
                .collect();
            for (position, id) in ids.iter().enumerate() {
                let holders = shares.iter().filter(|share| share.holds(position, id)).count();
                prop_assert_eq!(holders, 1);
            }
        }

        #[test]
        fn a_slice_is_at_most_one_gate_larger_than_another(count in 0..100_usize, of in 1..9_u32) {
            let sizes: Vec<usize> = (1..=of)
                .map(|share| {
                    let slice: Partition = format!("slice:{share}/{of}").parse().unwrap();
                    (0..count).filter(|position| slice.holds(*position, "")).count()
                })
                .collect();
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }

        #[test]
        fn any_text_is_a_partition_or_an_error(text in ".{0,20}") {
            if let Ok(partition) = text.parse::<Partition>() {
                prop_assert_eq!(partition.to_string().parse(), Ok(partition));
            }
        }
    }

    #[test]
    fn a_share_outside_of_the_whole_is_refused() {
        assert_eq!(
            "slice:5/4".parse::<Partition>(),
            Err(PartitionError::Share { of: 4 })
        );
        assert_eq!(
            "hash:0/4".parse::<Partition>(),
            Err(PartitionError::Share { of: 4 })
        );
        assert_eq!(
            "slice:1/0".parse::<Partition>(),
            Err(PartitionError::Share { of: 0 })
        );
        assert_eq!("slice:1".parse::<Partition>(), Err(PartitionError::Form));
        assert_eq!("count:1/2".parse::<Partition>(), Err(PartitionError::Form));
    }
}
