use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::planted_delivery::PlantedDelivery;
use super::{
    Base, Cancel, Environment, Memo, PlantedAnswer, PlantedFault, PlantedImage, Runtime, Secrets,
    Shared, SourceTree, Sources,
};
use crate::config::Settings;
use crate::gate::{Change, Lane, Obstacle, Plant, SourceRef, TreeRef};
use crate::tree::{OverlayTree, Tree};

/// All that a gate may look at.
#[derive(Debug, Clone)]
pub struct Context {
    root: Arc<dyn Tree>,
    sources: Arc<dyn Sources>,
    settings: Arc<Settings>,
    environment: Arc<Environment>,
    lane: Lane,
    today: jiff::civil::Date,
    offline: bool,
    cancel: Cancel,
    runtime: Runtime,
    secrets: Secrets,
    shared: Shared,
    planted: Option<Arc<Planted>>,
    memo: Option<Arc<Memo>>,
    base: Option<Base>,
}

/// What a context is made of.
#[derive(Debug)]
pub struct ContextParts {
    pub root: Arc<dyn Tree>,
    pub sources: Arc<dyn Sources>,
    pub settings: Arc<Settings>,
    pub environment: Arc<Environment>,
    pub lane: Lane,
    /// The date that waivers are measured against.
    pub today: jiff::civil::Date,
    /// Whether the network is not to be touched.
    pub offline: bool,
    pub cancel: Cancel,
}

/// The overlays, the layer, the answer or the fault of a planted violation.
#[derive(Debug, Default)]
struct Planted {
    fault: Option<PlantedFault>,
    image: Option<PlantedImage>,
    answer: Option<PlantedAnswer>,
    root: Option<Arc<OverlayTree>>,
    sources: BTreeMap<SourceRef, (SourceTree, Arc<OverlayTree>)>,
    deliveries: BTreeMap<String, PlantedDelivery>,
}

impl Context {
    pub fn new(parts: ContextParts) -> Self {
        let ContextParts {
            root,
            sources,
            settings,
            environment,
            lane,
            today,
            offline,
            cancel,
        } = parts;
        Self {
            root,
            sources,
            settings,
            environment,
            lane,
            today,
            offline,
            cancel,
            runtime: Runtime::new(),
            secrets: Secrets::new(),
            shared: Shared::default(),
            planted: None,
            memo: None,
            base: None,
        }
    }

    /// The checkout that is being gated.
    pub fn root(&self) -> &dyn Tree {
        match self.planted.as_ref().and_then(|p| p.root.as_ref()) {
            Some(overlay) => overlay.as_ref(),
            None => self.root.as_ref(),
        }
    }

    /// The folder on this machine that the checkout is, absolute: where a gate's own programs are found. What is
    /// planted over it is not in it.
    pub fn folder(&self) -> Option<PathBuf> {
        std::path::absolute(self.root.folder()?).ok()
    }

    /// The tree of a source at its locked commit.
    ///
    /// # Errors
    /// Why it is not to be had.
    pub fn source(&self, source: &SourceRef) -> Result<SourceTree, Obstacle> {
        if let Some((original, overlay)) = self
            .planted
            .as_ref()
            .and_then(|planted| planted.sources.get(source))
        {
            // A vanished tree answers nothing; ask it first, so that it ends as it would in life.
            overlay.kind(&crate::tree::TreePath::root())?;
            return Ok(SourceTree {
                tree: Arc::clone(overlay) as Arc<dyn Tree>,
                ..original.clone()
            });
        }
        self.sources.tree(source)
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    pub fn lane(&self) -> Lane {
        self.lane
    }

    pub fn today(&self) -> jiff::civil::Date {
        self.today
    }

    /// Whether nothing may be fetched. Systems of this machine, and those that a gate names, are
    /// spoken to all the same.
    pub fn offline(&self) -> bool {
        self.offline
    }

    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// What waits on many things at once.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Waits for a future, until the gate is told to stop.
    ///
    /// # Errors
    /// When it was told to stop.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Obstacle> {
        self.runtime.block_on(&self.cancel, future)
    }

    /// What must not be shown.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// What the gates of the run have in common.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The same for a change that begins at `base`.
    #[must_use]
    pub fn with_base(&self, base: Base) -> Self {
        Self {
            base: Some(base),
            ..self.clone()
        }
    }

    /// What the change is measured against; `None` where nobody said.
    pub fn base(&self) -> Option<&Base> {
        self.base.as_ref()
    }

    /// The same with another cancellation.
    #[must_use]
    pub fn with_cancel(&self, cancel: Cancel) -> Self {
        Self {
            cancel,
            ..self.clone()
        }
    }

    /// The same for gates that will look many times, and may remember what they made of a file.
    #[must_use]
    pub fn with_memo(&self) -> Self {
        Self {
            memo: Some(Arc::default()),
            ..self.clone()
        }
    }

    /// Where to remember; `None` where a gate looks only once.
    pub fn memo(&self) -> Option<&Memo> {
        self.memo.as_deref()
    }

    /// The same with a violation planted.
    ///
    /// # Errors
    /// Says which change could not be applied, or would change nothing.
    pub fn plant(&self, plant: &Plant) -> Result<Self, String> {
        let mut by_tree: BTreeMap<&TreeRef, Vec<&Change>> = BTreeMap::new();
        for (tree, change) in &plant.changes {
            by_tree.entry(tree).or_default().push(change);
        }
        let beside = plant.fault.is_some() || plant.image.is_some() || plant.answer.is_some();
        if by_tree.is_empty() && !beside {
            return Err("the violation changes nothing".to_owned());
        }
        let mut planted = Planted {
            fault: plant.fault.map(PlantedFault::new),
            image: plant.image.clone().map(PlantedImage::new),
            answer: plant.answer.clone().map(PlantedAnswer::new),
            ..Planted::default()
        };
        for (tree, changes) in by_tree {
            match tree {
                TreeRef::Root => {
                    let overlay = OverlayTree::plant(Arc::clone(&self.root), changes)?;
                    planted.root = Some(Arc::new(overlay));
                }
                TreeRef::Source(source) => {
                    let original = self
                        .sources
                        .tree(source)
                        .map_err(|obstacle| obstacle.to_string())?;
                    let overlay = OverlayTree::plant(Arc::clone(&original.tree), changes)?;
                    planted
                        .sources
                        .insert(source.clone(), (original, Arc::new(overlay)));
                }
                TreeRef::Delivery(name) => {
                    let delivery = PlantedDelivery::new(changes);
                    planted.deliveries.insert(name.clone(), delivery);
                }
            }
        }
        Ok(Self {
            planted: Some(Arc::new(planted)),
            ..self.clone()
        })
    }

    /// The fault that the system under test is to be told, if one is planted.
    pub fn fault(&self) -> Option<&PlantedFault> {
        self.planted.as_ref()?.fault.as_ref()
    }

    /// The layer that is planted over the image of a delivery, if one is.
    pub fn planted_image(&self, delivery: &str) -> Option<&PlantedImage> {
        let image = self.planted.as_ref()?.image.as_ref()?;
        (image.patch().delivery == delivery).then_some(image)
    }

    /// What is planted in the place of what somebody outside answers, if anything is.
    pub fn planted_answer(&self, of: &str) -> Option<&PlantedAnswer> {
        let answer = self.planted.as_ref()?.answer.as_ref()?;
        (answer.of() == of).then_some(answer)
    }

    /// What a delivery was found to hold, with what is planted in it.
    ///
    /// # Errors
    /// Says which change could not be applied, or would change nothing.
    pub fn received(
        &self,
        delivery: &str,
        received: Arc<dyn Tree>,
    ) -> Result<Arc<dyn Tree>, String> {
        let planted = self.planted.as_ref();
        match planted.and_then(|planted| planted.deliveries.get(delivery)) {
            Some(planted) => planted.over(received),
            None => Ok(received),
        }
    }

    /// Whether every tree with a planted violation has been looked at where it was changed, a planted layer or
    /// answer was read, and a planted fault was exercised.
    pub fn plant_was_noticed(&self) -> bool {
        self.planted.as_ref().is_none_or(|planted| {
            planted.fault.iter().all(PlantedFault::noticed)
                && planted.image.iter().all(PlantedImage::noticed)
                && planted.answer.iter().all(PlantedAnswer::noticed)
                && planted.deliveries.values().all(PlantedDelivery::noticed)
                && planted.root.iter().all(|overlay| overlay.noticed())
                && planted
                    .sources
                    .values()
                    .all(|(_, overlay)| overlay.noticed())
        })
    }
}
