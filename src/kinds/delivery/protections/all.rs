use std::collections::BTreeMap;
use std::sync::Arc;

use super::assets::{Arrived, arrived, assets_protections};
use super::directory::directory_protections;
use super::dockerfile::dockerfile_protections;
use super::image::image_protections;
use super::plugin::plugin_protections;
use super::source::source_protections;
use super::target::Target;

use crate::context::Context;
use crate::gate::{Obstacle, Protection};
use crate::kinds::delivery::codes::NOT_DELIVERED;
use crate::kinds::delivery::image_channel::{Seen, look};
use crate::kinds::delivery::plan::{Channel, Plan};
use crate::kinds::delivery::source::{Held, Source};
use crate::tree::SubTree;

/// Every promise of the gate.
pub(crate) fn all(plan: &Plan, context: &Context) -> Vec<Protection> {
    collect(plan, context).unwrap_or_else(|obstacle| {
        // Nothing can be planted in what cannot be read; saying so keeps the gate unproved.
        vec![Protection {
            name: "missing file".to_owned(),
            expected: &NOT_DELIVERED,
            mentions: String::new(),
            plant: Err(obstacle.to_string()),
        }]
    })
}

fn collect(plan: &Plan, context: &Context) -> Result<Vec<Protection>, Obstacle> {
    let held = Held::of(&plan.source, context)?;
    let tree = SubTree::new(held.tree(), plan.source.subdir.clone());
    let source = Source::read(&plan.source, &tree)?;
    let images = images(plan, context)?;
    let assets = assets(plan, context, &source)?;
    let target = Target {
        plan,
        context,
        source: &source,
        images: &images,
        assets: &assets,
    };
    let mut protections = Vec::new();
    for delivery in &plan.deliveries {
        match &delivery.channel {
            Channel::Directory(directory) => {
                protections.extend(directory_protections(&target, delivery, directory)?);
            }
            Channel::Dockerfile(dockerfile) => {
                protections.extend(dockerfile_protections(&target, delivery, dockerfile)?);
            }
            Channel::Image(image) => {
                protections.extend(image_protections(&target, delivery, image)?);
            }
            Channel::Plugin(plugin) => {
                protections.extend(plugin_protections(&target, delivery, plugin)?);
            }
            Channel::Assets(assets) => {
                protections.extend(assets_protections(&target, delivery, assets)?);
            }
        }
    }
    protections.extend(source_protections(&target)?);
    Ok(protections)
}

fn images(plan: &Plan, context: &Context) -> Result<BTreeMap<String, Seen>, Obstacle> {
    let mut images = BTreeMap::new();
    for delivery in &plan.deliveries {
        if let Channel::Image(image) = &delivery.channel
            && let Some(seen) = look(context, image, &delivery.name, &Arc::default())?
        {
            images.insert(delivery.name.clone(), seen);
        }
    }
    Ok(images)
}

fn assets(
    plan: &Plan,
    context: &Context,
    source: &Source<'_>,
) -> Result<BTreeMap<String, Arrived>, Obstacle> {
    let mut assets = BTreeMap::new();
    for delivery in &plan.deliveries {
        if let Channel::Assets(plan) = &delivery.channel {
            let arrived = arrived(context, source, delivery, plan)?;
            assets.insert(delivery.name.clone(), arrived);
        }
    }
    Ok(assets)
}
