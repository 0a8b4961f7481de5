use serde_json::{Value, json};

use super::image_channel::{Holdings, ImagePlan};
use super::plan::{Channel, Delivery, Plan, SourceOrigin};
use super::source::{Held, Source};
use super::{
    assets_channel, directory, dockerfile_channel, image_channel, plugin_channel, protections,
};
use crate::context::Context;
use crate::gate::{Finding, Header, Inspection, Matrix, Obstacle, Protection, SourceRef};
use crate::kinds::Check;
use crate::tree::{SubTree, TreePath};

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
                Channel::Plugin(plan) => plugin_channel::not_a_workspace(context, delivery, plan),
                Channel::Assets(plan) => assets_channel::not_an_archive(context, delivery, plan),
            };
            match missing {
                Ok(finding) => inspection.findings.extend(of_part(finding, delivery)),
                Err(obstacle) => inspection.obstacle(obstacle.in_part(&delivery.name)),
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
                Channel::Plugin(plugin) => {
                    let waived = |finding: &Finding| plan.header.waives(finding, context.today());
                    plugin_channel::inspect(context, &source, delivery, plugin, &waived, inspection)
                }
                Channel::Assets(assets) => {
                    let part = inspection.part(&delivery.name);
                    assets_channel::inspect(context, &source, delivery, assets, part)
                }
            };
            match outcome {
                Ok(outcome) => {
                    if let (Channel::Image(image), Some(holdings)) =
                        (&delivery.channel, outcome.built)
                    {
                        built.push((delivery, image.as_ref(), holdings));
                    }
                    inspection
                        .findings
                        .extend(of_part(outcome.findings, delivery));
                    let obstacles = outcome.obstacles.into_iter();
                    inspection
                        .obstacles
                        .extend(obstacles.map(|obstacle| obstacle.in_part(&delivery.name)));
                    if !outcome.facts.is_null() {
                        deliveries.push(outcome.facts);
                    }
                }
                // The other deliveries are looked at all the same.
                Err(obstacle) => inspection.obstacle(obstacle.in_part(&delivery.name)),
            }
        }
        self.agreement(context, &built, inspection);
        self.add_matrix(inspection);
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
        built: &[(&Delivery, &ImagePlan, Holdings)],
        inspection: &mut Inspection,
    ) {
        if !(inspection.findings.is_empty() && inspection.obstacles.is_empty()) {
            return;
        }
        for (of, image, holdings) in built {
            for delivery in &self.plan.deliveries {
                let Channel::Dockerfile(dockerfile) = &delivery.channel else {
                    continue;
                };
                let source = &self.plan.source;
                match image_channel::disagreements(context, source, dockerfile, image, holdings) {
                    Ok(findings) => inspection.findings.extend(of_part(findings, of)),
                    Err(obstacle) => inspection.obstacle(obstacle.in_part(&of.name)),
                }
            }
        }
    }

    /// Files against deliveries, where there are several of them. Whatever a channel finds is in it: findings say the part
    /// that they were found in, and most say the file.
    fn add_matrix(&self, inspection: &mut Inspection) {
        let deliveries = &self.plan.deliveries;
        if deliveries.len() < 2 {
            return;
        }
        let names: Vec<_> = deliveries.iter().map(|one| one.name.as_str()).collect();
        let matrix = Matrix::of(&names, inspection, |number, file| {
            let delivery = &deliveries[number];
            let part = inspection
                .parts()
                .iter()
                .find(|part| part.name() == delivery.name);
            let delivered = TreePath::new(file).map(|path| delivery.renames.apply(&path));
            part.is_some_and(|part| delivered.is_ok_and(|name| part.has_looked(&name)))
        });
        if let Ok(matrix) = serde_json::to_value(matrix) {
            inspection.fact("matrix", matrix);
        }
    }
}

/// Findings with the delivery that they are about.
fn of_part(
    findings: impl IntoIterator<Item = Finding>,
    delivery: &Delivery,
) -> impl Iterator<Item = Finding> {
    findings.into_iter().map(|mut finding| {
        finding.part = Some(delivery.name.clone());
        finding
    })
}
