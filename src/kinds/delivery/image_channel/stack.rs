use super::base::{Base, LayerSeen, layer_obstacle};
use super::describe::{Description, LayerRef};
use super::history::shown_history;
use super::pipe::{Interest, Piped};
use super::problems::{malformed, mismatch};
use super::stop::Stop;
use crate::gate::Obstacle;
use crate::tree::image::{ImageFiles, ImageLimits};

/// Layers that are laid over each other, each checked before against what the description says of it.
pub(super) struct Stack {
    base: Base,
    history: Vec<Option<String>>,
    limits: ImageLimits,
}

impl Stack {
    pub(super) fn new(description: Description, limits: ImageLimits) -> Self {
        Self {
            history: description.config.created_by(),
            base: Base {
                files: ImageFiles::new(limits),
                description,
                layers: Vec::new(),
                read: 0,
                taken: Default::default(),
            },
            limits,
        }
    }

    /// An image that gets one more layer.
    pub(super) fn over(base: Base, layer: LayerRef, made_by: &str, limits: ImageLimits) -> Self {
        let mut history: Vec<_> = base.layers.iter().map(|_| None).collect();
        history.push(Some(made_by.to_owned()));
        let mut base = base;
        base.description.layers.push(layer);
        Self {
            base,
            history,
            limits,
        }
    }

    pub(super) fn description(&mut self) -> &mut Description {
        &mut self.base.description
    }

    /// What the next layer may have.
    pub(super) fn interest(&self, interest: &Interest) -> Interest {
        Interest {
            taken: self.base.taken,
            ..interest.clone()
        }
    }

    /// Lays the next layer on top.
    ///
    /// # Errors
    /// When it is not the one that the description names, is too much, or has something wrong with an entry.
    pub(super) fn add(&mut self, piped: Piped) -> Result<(), Obstacle> {
        let base = &mut self.base;
        let number = base.layers.len();
        let what = format!("layer {}", number + 1);
        let layer = base
            .description
            .layers
            .get(number)
            .ok_or_else(|| malformed(format!("{what} is none of the image")))?;
        if let Some(digest) = &layer.digest
            && *digest != piped.digest
        {
            return Err(mismatch(&what, digest, &piped.digest));
        }
        if layer.diff_id != piped.diff_id {
            return Err(mismatch(
                &format!("the content of {what}"),
                &layer.diff_id,
                &piped.diff_id,
            ));
        }
        if let Some(size) = layer.size
            && size != piped.packed
        {
            return Err(malformed(format!(
                "{what} has {} bytes, and is announced with {size}",
                piped.packed
            )));
        }
        base.read += piped.packed;
        base.taken.add(piped.summary.taken());
        if base.taken.bytes > self.limits.bytes {
            return Err(Stop::TooLarge(self.limits.bytes).obstacle("the image"));
        }
        base.layers.push(LayerSeen {
            digest: piped.digest,
            diff_id: piped.diff_id,
            packed: piped.packed,
            entries: piped.summary.len(),
            bytes: piped.summary.bytes(),
            created_by: self
                .history
                .get(number)
                .and_then(|line| line.as_deref())
                .map(shown_history),
        });
        let short = u16::try_from(number).unwrap_or(u16::MAX);
        base.files
            .add(short, piped.summary)
            .map_err(|error| layer_obstacle(&Stop::Tar(error), number, layer))
    }

    pub(super) fn done(self) -> Base {
        self.base
    }
}
