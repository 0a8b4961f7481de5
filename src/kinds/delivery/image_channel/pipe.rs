use std::collections::HashSet;
use std::sync::Arc;

use super::stop::Stop;
use super::unpacking::{Sink, Unpacking};
use crate::context::{Cancel, Digesting};
use crate::tree::BlobId;
use crate::tree::image::{ImageLimits, LayerReader, LayerSummary, Look, Taken};

/// Reads a layer as it comes: unpacks it, reads its entries, and works out both of its digests.
pub(crate) struct LayerPipe {
    unpacking: Unpacking<Layer>,
    digest: Option<Digesting>,
    head: Vec<u8>,
    packed: u64,
}

/// The entries of a layer, and the digest of all of it unpacked.
struct Layer {
    reader: LayerReader,
    digest: Digesting,
    limits: ImageLimits,
    unpacked: u64,
}

impl Sink for Layer {
    fn take(&mut self, bytes: &[u8], packed: u64) -> Result<(), Stop> {
        self.digest.update(bytes);
        self.unpacked += bytes.len() as u64;
        // Holes are not in the stream, and are worked out like all that is.
        let most = self.limits.from_packed(packed);
        self.reader.allow_zeros(most.saturating_sub(self.unpacked));
        Ok(self.reader.feed(bytes)?)
    }
}

/// What came of a layer that was whole.
#[derive(Debug, Clone)]
pub(crate) struct Piped {
    pub summary: LayerSummary,
    /// Of the layer as it is kept.
    pub digest: String,
    /// Of the layer unpacked.
    pub diff_id: String,
    /// Bytes as it is kept.
    pub packed: u64,
}

/// What of a layer is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Interest {
    pub look: Look,
    /// Contents that are in the source: they need not be kept.
    pub known: Arc<HashSet<BlobId>>,
    pub limits: ImageLimits,
    /// What the layers before took of the limits.
    pub taken: Taken,
    pub cancel: Cancel,
}

impl LayerPipe {
    pub(crate) fn new(interest: Interest) -> Self {
        let Interest {
            look,
            known,
            limits,
            taken,
            cancel,
        } = interest;
        let reader = LayerReader::new(limits, taken, look, known);
        let layer = Layer {
            reader: reader.stopping(Arc::new(move || cancel.is_cancelled())),
            digest: Digesting::new(),
            limits,
            unpacked: 0,
        };
        Self {
            unpacking: Unpacking::new(layer, limits, taken.bytes),
            digest: None,
            head: Vec::new(),
            packed: 0,
        }
    }

    /// # Errors
    /// What is wrong with the layer; nothing may be fed after that.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.packed += bytes.len() as u64;
        self.unpacking.feed(bytes)?;
        match &mut self.digest {
            Some(digest) => digest.update(bytes),
            // A plain layer is hashed once: packed and unpacked are the same.
            None if self.unpacking.is_plain() => {}
            None => {
                self.head.extend_from_slice(bytes);
                if self.unpacking.is_decided() {
                    let mut digest = Digesting::new();
                    digest.update(&std::mem::take(&mut self.head));
                    self.digest = Some(digest);
                }
            }
        }
        Ok(())
    }

    /// # Errors
    /// When the layer should not have ended here.
    pub(crate) fn finish(self) -> Result<Piped, Stop> {
        let layer = self.unpacking.finish()?;
        let diff_id = format!("sha256:{}", layer.digest.finish());
        Ok(Piped {
            summary: layer.reader.finish()?,
            digest: match self.digest {
                Some(digest) => format!("sha256:{}", digest.finish()),
                None => diff_id.clone(),
            },
            diff_id,
            packed: self.packed,
        })
    }
}

impl std::fmt::Debug for LayerPipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LayerPipe({} bytes)", self.packed)
    }
}
