use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;

use super::base::{Base, LayerSeen, layer_obstacle, open};
use super::codes::IMAGE_UNSAFE;
use super::describe::{Description, LayerRef, parse};
use super::doubt::of_doubt;
use super::oci::Config;
use super::pipe::{Interest, LayerPipe, Piped};
use super::plan::{ImageInput, ImagePlan};
use super::problems::malformed;
use super::stack::Stack;
use super::stop::Stop;
use crate::context::{Context, Memo, PlantedImage};
use crate::gate::Obstacle;
use crate::tree::image::{ImageTree, Look, Resolved, Taken};
use crate::tree::{BlobId, TreePath};

/// An image as the gate sees it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub tree: ImageTree,
    /// Where `dest` leads.
    pub dest: Resolved,
    pub description: Description,
    pub layers: Vec<LayerSeen>,
    /// Bytes that were read, as they are kept.
    pub read: u64,
}

impl Seen {
    pub(crate) fn config(&self) -> &Config {
        &self.description.config
    }
}

/// Images that were read already, while the same gates look many times: by the delivery, and by what
/// its image was known by.
#[derive(Default)]
struct Images(Mutex<HashMap<(String, String), Arc<Base>>>);

/// Reads the image of a delivery; `None` where there is none. `known`: the contents of the source.
///
/// # Errors
/// When it cannot be read, or not be trusted.
pub(crate) fn look(
    context: &Context,
    plan: &ImagePlan,
    delivery: &str,
    known: &Arc<HashSet<BlobId>>,
) -> Result<Option<Seen>, Obstacle> {
    // A source that is changed for one look would make the others' contents unknown.
    let known = match context.memo() {
        Some(_) => Arc::default(),
        None => Arc::clone(known),
    };
    let Some(base) = base(context, plan, delivery, &known)? else {
        return Ok(None);
    };
    let interest = Interest {
        look: Look::Under(plan.copy.folder.clone()),
        known,
        limits: plan.limits,
        taken: Taken::default(),
        cancel: context.cancel().clone(),
    };
    let base = match context.planted_image(delivery) {
        Some(planted) => with_planted(&base, planted, &interest)?,
        None => Arc::unwrap_or_clone(base),
    };
    let (base, dest) = settled(context, plan, base, &interest)?;
    Ok(Some(Seen {
        tree: ImageTree::new(Arc::new(base.files), plan.label()),
        dest,
        description: base.description,
        layers: base.layers,
        read: base.read,
    }))
}

fn base(
    context: &Context,
    plan: &ImagePlan,
    delivery: &str,
    known: &Arc<HashSet<BlobId>>,
) -> Result<Option<Arc<Base>>, Obstacle> {
    let images: Option<Arc<Images>> = context.memo().map(Memo::room);
    let key = match &images {
        Some(_) => Some((delivery.to_owned(), identity(context, plan)?)),
        None => None,
    };
    if let (Some(images), Some(key)) = (&images, &key)
        && let Some(base) = images.0.lock().get(key)
    {
        return Ok(Some(Arc::clone(base)));
    }
    let Some(origin) = open(context, plan)? else {
        return Ok(None);
    };
    let mut base = origin.read(context, plan, Arc::clone(known))?;
    let dest = resolved(&base, plan)?;
    let entries = base.files.unread(&dest.path);
    if !entries.is_empty() {
        let interest = Interest {
            look: Look::Under(plan.copy.folder.clone()),
            known: Arc::clone(known),
            limits: plan.limits,
            taken: Taken::default(),
            cancel: context.cancel().clone(),
        };
        origin.look_again(context, &mut base, entries, &interest)?;
    }
    let base = Arc::new(base);
    if let (Some(images), Some(key)) = (images, key) {
        images.0.lock().insert(key, Arc::clone(&base));
    }
    Ok(Some(base))
}

/// What the image is known by, so that another one is read anew.
fn identity(context: &Context, plan: &ImagePlan) -> Result<String, Obstacle> {
    let root = context.root();
    Ok(match &plan.input {
        ImageInput::Archive(path) => root.facts(path)?.id.to_string(),
        ImageInput::Layout(folder) => root.facts(&folder.join("index.json"))?.id.to_string(),
        ImageInput::Daemon(name) => name.clone(),
        ImageInput::Registry { reference, .. } => reference.to_string(),
        ImageInput::Build(_) => "built".to_owned(),
    })
}

fn resolved(base: &Base, plan: &ImagePlan) -> Result<Resolved, Obstacle> {
    base.files.resolve(&plan.copy.folder).map_err(|problem| {
        Obstacle::refused(&IMAGE_UNSAFE, format!("/{} {problem}", plan.copy.folder))
    })
}

/// The image with a planted layer on top, which is read like all others.
fn with_planted(
    base: &Base,
    planted: &PlantedImage,
    interest: &Interest,
) -> Result<Base, Obstacle> {
    let patch = planted.patch();
    planted.was_read();
    let number = base.layers.len();
    // It is small, and where `dest` leads is not followed yet.
    let all = Interest {
        look: Look::Under(TreePath::root()),
        taken: base.taken,
        ..interest.clone()
    };
    let mut layer = LayerRef {
        key: "planted".to_owned(),
        digest: patch.digest.clone(),
        size: None,
        diff_id: "planted".to_owned(),
    };
    let piped = pipe(&patch.layer, all).map_err(|stop| layer_obstacle(&stop, number, &layer))?;
    layer.diff_id.clone_from(&piped.diff_id);
    let mut stack = Stack::over(base.clone(), layer, "planted", interest.limits);
    stack.add(piped)?;
    let mut base = stack.done();
    if let Some(config) = &patch.config {
        base.description.config = parse(config)?;
        base.description.config_json.clone_from(config);
    }
    Ok(base)
}

fn pipe(layer: &[u8], interest: Interest) -> Result<Piped, Stop> {
    let mut pipe = LayerPipe::new(interest);
    pipe.feed(layer)?;
    pipe.finish()
}

/// Follows `dest`, and sees to it that all below it was read and is sure.
fn settled(
    context: &Context,
    plan: &ImagePlan,
    mut base: Base,
    interest: &Interest,
) -> Result<(Base, Resolved), Obstacle> {
    let dest = resolved(&base, plan)?;
    let entries = base.files.unread(&dest.path);
    if !entries.is_empty() {
        let Some(origin) = open(context, plan)? else {
            return Err(malformed("the image went away while it was read"));
        };
        origin.look_again(context, &mut base, entries, interest)?;
    }
    let doubtful = dest
        .unsure
        .clone()
        .or_else(|| base.files.doubtful(&dest.path));
    match doubtful {
        Some(doubtful) => Err(of_doubt(&doubtful)),
        None => Ok((base, dest)),
    }
}
