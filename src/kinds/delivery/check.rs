use serde_json::{Value, json};

use super::image_channel::{Holdings, ImagePlan};
use super::plan::{Channel, Plan, SourceOrigin};
use super::source::{Held, Source};
use super::{directory, dockerfile_channel, image_channel, protections};
use crate::context::Context;
use crate::gate::{Header, Inspection, Obstacle, Protection, SourceRef};
use crate::kinds::Check;
use crate::tree::SubTree;

/// A loaded gate of this kind.
#[derive(Debug)]
pub(crate) struct DeliveryCheck {
    pub plan: Plan,
}

impl Check for DeliveryCheck {
    fn header(&self) -> &Header {
        &self.plan.header
    }

    fn sources(&self) -> Vec<SourceRef> {
        match &self.plan.source.origin {
            SourceOrigin::Manifest(source) => vec![source.clone()],
            SourceOrigin::Folder(_) => Vec::new(),
        }
    }

    fn inspect(&self, context: &Context) -> Inspection {
        let mut inspection = Inspection::new();
        for delivery in &self.plan.deliveries {
            inspection.part(&delivery.name);
        }
        if let Err(obstacle) = self.look(context, &mut inspection) {
            inspection.obstacle(obstacle);
            self.subjects(context, &mut inspection);
        }
        inspection
    }

    fn protections(&self, context: &Context) -> Vec<Protection> {
        protections::all(&self.plan, context)
    }
}

impl DeliveryCheck {
    /// Without the source nothing can be compared, but what is to receive it is there or not.
    fn subjects(&self, context: &Context, inspection: &mut Inspection) {
        for delivery in &self.plan.deliveries {
            let missing = match &delivery.channel {
                Channel::Directory(plan) => directory::not_a_folder(context, delivery, plan),
                Channel::Dockerfile(plan) => {
                    dockerfile_channel::not_a_dockerfile(context.root(), delivery, plan)
                }
                Channel::Image(plan) => image_channel::not_an_image(context, delivery, plan),
            };
            match missing {
                Ok(finding) => inspection.findings.extend(finding),
                Err(obstacle) => inspection.obstacle(obstacle),
            }
        }
    }

    fn look(&self, context: &Context, inspection: &mut Inspection) -> Result<(), Obstacle> {
        let plan = &self.plan;
        let held = Held::of(&plan.source, context)?;
        let tree = SubTree::new(held.tree(), plan.source.subdir.clone());
        let source = Source::read(&plan.source, &tree)?;
        inspection.findings.extend(source.findings.iter().cloned());
        let mut deliveries = Vec::new();
        let mut built = Vec::new();
        for delivery in &plan.deliveries {
            let outcome = match &delivery.channel {
                Channel::Directory(directory) => {
                    let part = inspection.part(&delivery.name);
                    directory::inspect(context, &source, delivery, directory, part)
                }
                Channel::Dockerfile(dockerfile) => dockerfile_channel::inspect(
                    context, &held, &source, delivery, dockerfile, inspection,
                ),
                Channel::Image(image) => {
                    let part = inspection.part(&delivery.name);
                    image_channel::inspect(context, &source, delivery, image, part)
                }
            };
            match outcome {
                Ok(outcome) => {
                    if let (Channel::Image(image), Some(holdings)) =
                        (&delivery.channel, outcome.built)
                    {
                        built.push((image.as_ref(), holdings));
                    }
                    inspection.findings.extend(outcome.findings);
                    inspection.obstacles.extend(outcome.obstacles);
                    if !outcome.facts.is_null() {
                        deliveries.push(outcome.facts);
                    }
                }
                // The other deliveries are looked at all the same.
                Err(obstacle) => inspection.obstacle(obstacle),
            }
        }
        self.agreement(context, &built, inspection);
        let mut facts = json!({
            "name": plan.source.origin.to_string(),
            "files": source.items.len(),
        });
        for (key, value) in [("commit", &held.commit), ("tree", &held.tree_id)] {
            if let Some(value) = value {
                facts[key] = json!(value);
            }
        }
        if !plan.source.subdir.is_root() {
            facts["subdir"] = json!(plan.source.subdir.to_string());
        }
        inspection.fact("source", facts);
        inspection.fact("deliveries", Value::Array(deliveries));
        let digest = inspection.digest();
        inspection.fact("digest", digest);
        Ok(())
    }

    /// Images that were built, against what reading their Dockerfiles says. Where one of the two already
    /// differs from the source, that is what there is to mend, and it is said.
    fn agreement(
        &self,
        context: &Context,
        built: &[(&ImagePlan, Holdings)],
        inspection: &mut Inspection,
    ) {
        if !(inspection.findings.is_empty() && inspection.obstacles.is_empty()) {
            return;
        }
        for (image, holdings) in built {
            for delivery in &self.plan.deliveries {
                let Channel::Dockerfile(dockerfile) = &delivery.channel else {
                    continue;
                };
                let source = &self.plan.source;
                match image_channel::disagreements(context, source, dockerfile, image, holdings) {
                    Ok(findings) => inspection.findings.extend(findings),
                    Err(obstacle) => inspection.obstacle(obstacle),
                }
            }
        }
    }
}
