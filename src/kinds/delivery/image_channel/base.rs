use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::archive::{RandomArchive, is_packed};
use super::as_they_arrive::{Arrivals, Arrived};
use super::blobs::blob_path;
use super::build::{self, Built};
use super::daemon;
use super::describe::{Description, LayerRef, describe, of_manifest};
use super::layout::{Layout, give_away};
use super::pipe::{Interest, LayerPipe, Piped};
use super::plan::{ImageInput, ImagePlan};
use super::platforms::{candidates, choose, document};
use super::problems::malformed;
use super::registry::Registry;
use super::stack::Stack;
use super::stop::Stop;
use crate::context::Context;
use crate::gate::Obstacle;
use crate::tree::image::{ImageFiles, Look, Taken};
use crate::tree::{BlobId, TreePath};

/// An image that was read: what its layers leave, and what is known of each.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub files: ImageFiles,
    pub description: Description,
    pub layers: Vec<LayerSeen>,
    /// Bytes that were read for it, as they are kept.
    pub read: u64,
    /// What it took of what an image may take.
    pub taken: Taken,
}

/// A layer that was read.
#[derive(Debug, Clone)]
pub(crate) struct LayerSeen {
    /// As it is kept.
    pub digest: String,
    /// Unpacked.
    pub diff_id: String,
    /// Bytes as it is kept.
    pub packed: u64,
    pub entries: usize,
    /// Bytes of all its files.
    pub bytes: u64,
    /// The line of the history that made it, without values that may be secret.
    pub created_by: Option<String>,
}

/// Where an image can be read, any number of times.
pub(super) enum Origin<'a> {
    /// Its parts in any order.
    Archive(RandomArchive, String),
    Layout(Layout<'a>),
    Registry(Box<Registry<'a>>, Box<Description>),
    /// Its parts as they come.
    Packed(TreePath),
    Daemon {
        id: String,
        /// Taken away when it is dropped.
        _built: Option<Built<'a>>,
    },
}

/// Opens the image; `None` where it is not there.
///
/// # Errors
/// When that cannot be told.
pub(super) fn open<'a>(
    context: &'a Context,
    plan: &ImagePlan,
) -> Result<Option<Origin<'a>>, Obstacle> {
    let root = context.root();
    Ok(Some(match &plan.input {
        ImageInput::Archive(path) => match root.seekable(path)? {
            Some(file) if !is_packed(&file, path)? => {
                let label = path.to_string();
                Origin::Archive(RandomArchive::open(context, file, &label)?, label)
            }
            _ => Origin::Packed(path.clone()),
        },
        ImageInput::Layout(folder) => Origin::Layout(Layout {
            root,
            folder: folder.clone(),
        }),
        ImageInput::Daemon(name) => match daemon::id(context, name)? {
            Some(id) => Origin::Daemon { id, _built: None },
            None => return Ok(None),
        },
        ImageInput::Registry {
            reference,
            credentials,
        } => {
            let registry = Registry::new(context, reference, credentials.as_ref())?;
            let Some((top, bytes)) = registry.top()? else {
                return Ok(None);
            };
            let chosen = match document(&bytes, "the manifest")?.manifests {
                Some(manifests) => {
                    choose(
                        candidates(&registry, &manifests)?,
                        plan.platform.as_ref(),
                        None,
                        None,
                    )?
                    .descriptor
                }
                None => top,
            };
            let description = of_manifest(&registry, &chosen, plan)?;
            Origin::Registry(Box::new(registry), Box::new(description))
        }
        ImageInput::Build(build) => {
            let built = build::build(context, plan, build)?;
            Origin::Daemon {
                id: built.id.clone(),
                _built: Some(built),
            }
        }
    }))
}

impl Origin<'_> {
    /// Reads the image from end to end.
    pub(super) fn read(
        &self,
        context: &Context,
        plan: &ImagePlan,
        known: Arc<HashSet<BlobId>>,
    ) -> Result<Base, Obstacle> {
        let interest = Interest {
            look: Look::Under(plan.copy.folder.clone()),
            known,
            limits: plan.limits,
            taken: Taken::default(),
            cancel: context.cancel().clone(),
        };
        match self {
            Self::Packed(_) | Self::Daemon { .. } => self.as_it_comes(context, plan, &interest),
            Self::Archive(archive, _) => {
                self.in_order(context, describe(archive, plan, None)?, &interest)
            }
            Self::Layout(layout) => {
                self.in_order(context, describe(layout, plan, None)?, &interest)
            }
            Self::Registry(_, description) => {
                self.in_order(context, description.as_ref().clone(), &interest)
            }
        }
    }

    fn in_order(
        &self,
        context: &Context,
        description: Description,
        interest: &Interest,
    ) -> Result<Base, Obstacle> {
        let mut stack = Stack::new(description, interest.limits);
        for (number, layer) in stack.description().layers.clone().iter().enumerate() {
            let piped = self.piped(context, number, layer, stack.interest(interest))?;
            stack.add(piped)?;
        }
        Ok(stack.done())
    }

    /// Reads one layer.
    fn piped(
        &self,
        context: &Context,
        number: usize,
        layer: &LayerRef,
        interest: Interest,
    ) -> Result<Piped, Obstacle> {
        let mut pipe = LayerPipe::new(interest);
        let mut stop = None;
        let mut each = |bytes: &[u8]| {
            stop = pipe.feed(bytes).err();
            stop.is_none()
        };
        match self {
            Self::Archive(archive, label) => {
                archive.layer(context, &layer.key, label, &mut each)?;
            }
            Self::Layout(layout) => layout.layer(context, &layer.key, &mut each)?,
            Self::Registry(registry, _) => registry.layer(&layer.key, &mut each)?,
            Self::Packed(_) | Self::Daemon { .. } => {}
        }
        context.cancel().check()?;
        let piped = match stop {
            Some(stop) => Err(stop),
            None => pipe.finish(),
        };
        piped.map_err(|stop| layer_obstacle(&stop, number, layer))
    }

    /// Gives all of an archive away as it comes.
    fn stream(&self, context: &Context, arrivals: Arrivals) -> Result<Arrived, Obstacle> {
        let mut arrivals = arrivals;
        let mut stop = None;
        let mut each = |bytes: &[u8]| {
            stop = arrivals.feed(bytes).err();
            stop.is_none()
        };
        match self {
            Self::Packed(path) => give_away(context, context.root(), path, &mut each)?,
            Self::Daemon { id, .. } => daemon::export(context, id, &mut each)?,
            Self::Archive(..) | Self::Layout(_) | Self::Registry(..) => {}
        }
        context.cancel().check()?;
        let arrived = match stop {
            Some(stop) => Err(stop),
            None => arrivals.finish(),
        };
        arrived.map_err(|stop| stop.obstacle("the archive"))
    }

    fn as_it_comes(
        &self,
        context: &Context,
        plan: &ImagePlan,
        interest: &Interest,
    ) -> Result<Base, Obstacle> {
        let mut arrived = self.stream(context, Arrivals::new(interest.clone()))?;
        let id = match self {
            Self::Daemon { id, .. } => Some(id.as_str()),
            _ => None,
        };
        let mut stack = Stack::new(describe(&arrived, plan, id)?, interest.limits);
        let layers = stack.description().layers.clone();
        let paths = layers
            .iter()
            .map(|layer| arrived.path(layer))
            .collect::<Result<Vec<_>, _>>()?;
        for (number, layer) in layers.iter().enumerate() {
            let path = &paths[number];
            // Where it really is: on a second look, no link leads there before it is read.
            stack.description().layers[number].key = path.to_string();
            let again = paths[number + 1..].contains(path);
            let piped = arrived
                .take(path, again)
                .ok_or_else(|| malformed(format!("layer {} is no layer", number + 1)))?
                .map_err(|stop| layer_obstacle(&stop, number, layer))?;
            stack.add(piped)?;
        }
        Ok(stack.done())
    }

    /// Looks again at some entries of some layers, for the files that only later turned out to matter.
    pub(super) fn look_again(
        &self,
        context: &Context,
        base: &mut Base,
        entries: BTreeMap<u16, HashSet<u32>>,
        interest: &Interest,
    ) -> Result<(), Obstacle> {
        let layers = base.description.layers.clone();
        if matches!(self, Self::Packed(_) | Self::Daemon { .. }) {
            // Of a layer that is there twice, all entries that are asked for of either.
            let mut only: HashMap<TreePath, HashSet<u32>> = HashMap::new();
            for (number, set) in &entries {
                let Some(layer) = layers.get(usize::from(*number)) else {
                    continue;
                };
                let name = if layer.key.contains(':') {
                    blob_path(&layer.key)?
                } else {
                    layer.key.clone()
                };
                let path = TreePath::new(&name).map_err(|error| malformed(error.to_string()))?;
                only.entry(path).or_default().extend(set);
            }
            let only = only.into_iter().collect();
            let mut arrived = self.stream(context, Arrivals::again(interest.clone(), only))?;
            for number in entries.keys() {
                let Some(layer) = layers.get(usize::from(*number)) else {
                    continue;
                };
                let path = arrived.path(layer)?;
                let piped = arrived
                    .take(&path, true)
                    .ok_or_else(|| malformed("the image changed while it was read"))?
                    .map_err(|stop| layer_obstacle(&stop, usize::from(*number), layer))?;
                base.learn(*number, piped)?;
            }
            return Ok(());
        }
        for (number, set) in entries {
            let Some(layer) = layers.get(usize::from(number)) else {
                continue;
            };
            // What it holds was counted the first time.
            let interest = Interest {
                look: Look::Entries(set),
                taken: Taken {
                    kept: base.taken.kept,
                    ..Taken::default()
                },
                ..interest.clone()
            };
            let piped = self.piped(context, usize::from(number), layer, interest)?;
            base.learn(number, piped)?;
        }
        Ok(())
    }
}

impl Base {
    fn learn(&mut self, number: u16, piped: Piped) -> Result<(), Obstacle> {
        let seen = &self.layers[usize::from(number)];
        if piped.diff_id != seen.diff_id {
            return Err(malformed("the image changed while it was read"));
        }
        self.read += piped.packed;
        self.taken.kept += piped.summary.taken().kept;
        self.files.learn(number, piped.summary);
        Ok(())
    }
}

/// What is wrong with a layer, with its number and digest.
pub(super) fn layer_obstacle(stop: &Stop, number: usize, layer: &LayerRef) -> Obstacle {
    let digest = layer.digest.as_deref().unwrap_or(&layer.diff_id);
    stop.obstacle(&format!("layer {} ({digest})", number + 1))
}
