use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::codes::NO_WORKFLOWS;
use super::contexts::{Context as Posted, Name};
use super::load::Gate;
use super::reading::Reading;
use super::rules::{CONTEXT_HELD_BACK, RULES, TRIGGER_FILTERED, advises, directives};
use super::spec::LevelWord;
use super::{Scene, awaited, findings, protections};
use crate::context::Context;
use crate::gate::{
    Finding, Header, Inspection, Level, Location, Mend, Obstacle, Protection, Witness,
};
use crate::kinds::Check;

/// What looks at each file, each action, each derived context, each required one.
const FILES: &str = "workflow files";
const ACTIONS: &str = "actions of the checkout";
const CONTEXTS: &str = "contexts";
const REQUIRED: &str = "required contexts";

/// A loaded gate of this kind.
#[derive(Debug)]
pub(super) struct WorkflowsCheck {
    pub(super) gate: Gate,
}

impl Check for WorkflowsCheck {
    fn header(&self) -> &Header {
        &self.gate.header
    }

    fn inspect(&self, context: &Context) -> Inspection {
        let reading = match Reading::of(&self.gate, context) {
            Ok(reading) => reading,
            Err(obstacle) => return obstacle.into(),
        };
        let mut inspection = Inspection::new();
        self.look(&reading, &mut inspection);
        for finding in self.found(&reading, context) {
            self.report(finding, context.today(), &mut inspection);
        }
        inspection
            .findings
            .extend(self.gate.ended_levels(context.today()));
        if reading.contexts.is_empty() && inspection.findings.is_empty() {
            inspection.obstacle(
                Obstacle::vacuous(
                    &NO_WORKFLOWS,
                    format!(
                        "no workflow in {} brings a context on {}",
                        reading.folder.path(),
                        self.gate.events.join(" or ")
                    ),
                )
                .at(Location::file(reading.folder.path())),
            );
        }
        inspection
    }

    fn protections(&self, context: &Context) -> Vec<Protection> {
        let Ok(reading) = Reading::of(&self.gate, context) else {
            return Vec::new();
        };
        let scene = self.scene(&reading);
        protections::all(&self.gate, &reading, &scene, context)
            .into_iter()
            .filter(|protection| self.counts(protection.expected.name, context.today()))
            .collect()
    }

    fn mends(&self, context: &Context) -> Option<Result<Vec<Mend>, Obstacle>> {
        Some(self.judged_mends(context))
    }
}

impl WorkflowsCheck {
    /// All that is wrong, before the gate's own levels and waivers.
    pub(super) fn found(&self, reading: &Reading, context: &Context) -> Vec<Finding> {
        let today = context.today();
        let scene = self.scene(reading);
        let mut found = reading.missing.clone();
        let of_files = findings::of_files(reading);
        let told = self.told(&of_files, today);
        found.extend(of_files);
        found.extend(findings::of_demands(reading, &scene, &told));
        found.extend(awaited::of_protections(reading, &scene));
        found.extend(findings::of_lists(reading));
        found.extend(findings::of_change(reading, &scene, &told));
        for rule in RULES {
            found.extend(rule.check(&scene));
        }
        let files = reading.workflows.files.iter().chain(&reading.actions);
        let mut found = directives::apply(files, found, today);
        self.tell_once(&mut found, today);
        found
    }

    pub(super) fn scene<'a>(&self, reading: &'a Reading) -> Scene<'a> {
        let mut scene = Scene::new(
            &reading.workflows.files,
            reading.chosen.forge,
            &reading.contexts,
            &reading.demands,
        );
        scene.actions = &reading.actions;
        scene.knows_required = self.gate.knows_required();
        scene.required_file = reading.required.as_ref();
        let mut protections = reading.protections.iter();
        scene.protection = protections
            .find(|protection| protection.merge_queue == Some(true))
            .or(reading.protections.last());
        scene.change = reading
            .before
            .as_ref()
            .map(|before| (before.label.as_str(), &before.changed));
        scene
    }

    /// Whether findings of a code can make the gate fail.
    fn counts(&self, code: &str, today: Date) -> bool {
        match self.gate.level(code, today) {
            Some(LevelWord::Off | LevelWord::Advisory) => false,
            Some(LevelWord::Block) => true,
            None => !advises(code),
        }
    }

    /// The files that something blocks on: what is missing for their sake needs not block as well.
    /// Where that is waived or off, it does.
    fn told(&self, of_files: &[Finding], today: Date) -> HashSet<String> {
        of_files
            .iter()
            .filter(|finding| self.blocks(finding, today))
            .flat_map(|finding| &finding.locations)
            .map(|location| location.path.clone())
            .collect()
    }

    fn blocks(&self, finding: &Finding, today: Date) -> bool {
        let level = match self.gate.level(finding.code.name, today) {
            Some(LevelWord::Off | LevelWord::Advisory) => Level::Advisory,
            Some(LevelWord::Block) => Level::Block,
            None => finding.level,
        };
        level == Level::Block && !self.gate.header.waives(finding, today)
    }

    /// Where a filter holds this very change back, and that blocks, what it could do to others only advises.
    fn tell_once(&self, found: &mut [Finding], today: Date) {
        let held: Vec<Location> = found
            .iter()
            .filter(|finding| *finding.code == CONTEXT_HELD_BACK && self.blocks(finding, today))
            .flat_map(|finding| finding.locations.clone())
            .collect();
        for finding in found {
            if *finding.code == TRIGGER_FILTERED
                && finding.locations.iter().all(|at| held.contains(at))
            {
                finding.level = Level::Advisory;
            }
        }
    }

    fn report(&self, mut finding: Finding, today: Date, inspection: &mut Inspection) {
        match self.gate.level(finding.code.name, today) {
            Some(LevelWord::Off) => return,
            Some(LevelWord::Advisory) => finding.level = Level::Advisory,
            Some(LevelWord::Block) => finding.level = Level::Block,
            None => {}
        }
        inspection.find(finding);
    }

    /// What this very change brings, and what filters on paths hold back.
    fn change_fact(&self, reading: &Reading) -> Option<Value> {
        let paths = reading.before.as_ref()?.changed.of_change.len();
        let comes = reading.of_change(&self.gate)?;
        let filtered: HashSet<(&str, &str)> = reading
            .workflows
            .files
            .iter()
            .flat_map(|file| file.on.all.iter().map(move |trigger| (file, trigger)))
            .filter(|(_, trigger)| trigger.path_filters().next().is_some())
            .map(|(file, trigger)| (file.path.as_str(), trigger.event.value.as_str()))
            .collect();
        let mut by_job: HashMap<(&Name, &str, &str), &Posted> = HashMap::new();
        for other in &comes {
            by_job
                .entry((&other.name, &other.file, &other.job))
                .or_insert(other);
        }
        let mut lists: [Vec<String>; 3] = Default::default();
        for context in &reading.contexts {
            let key = (&context.name, context.file.as_str(), context.job.as_str());
            let list = match by_job.get(&key) {
                None => 1,
                // Its filter on paths decides nothing.
                Some(same)
                    if same.certainty == context.certainty
                        && filtered.contains(&(context.file.as_str(), context.event.as_str())) =>
                {
                    2
                }
                Some(_) => 0,
            };
            lists[list].push(context.name.to_string());
        }
        let [started, held_back, unsure] = lists;
        Some(json!({
            "paths": paths,
            "started": started,
            "held_back": held_back,
            "unsure": unsure,
        }))
    }

    /// Records what was looked at.
    fn look(&self, reading: &Reading, inspection: &mut Inspection) {
        let files = inspection.part(FILES);
        for file in &reading.workflows.files {
            files.looked(&file.path, Witness::of(file.text.as_ref()));
        }
        for unread in &reading.workflows.unread {
            files.looked(&unread.path, Witness::of("unreadable"));
        }
        if !reading.actions.is_empty() {
            let actions = inspection.part(ACTIONS);
            for file in &reading.actions {
                actions.looked(&file.path, Witness::of(file.text.as_ref()));
            }
        }
        let contexts = inspection.part(CONTEXTS);
        for context in &reading.contexts {
            let seen = format!("{}:{}", context.file, context.job);
            contexts.looked(context.name.to_string(), Witness::of(&seen));
        }
        if self.gate.knows_required() {
            let required = inspection.part(REQUIRED);
            for demand in &reading.demands {
                required.looked(&demand.name, Witness::of(&demand.at.to_string()));
            }
        }
        let jobs: usize = reading.workflows.files.iter().map(|f| f.jobs.len()).sum();
        inspection.fact(
            "forge",
            json!({"name": reading.chosen.forge.to_string(), "because": reading.chosen.because}),
        );
        inspection.fact("folder", reading.folder.path());
        if !reading.unseen.is_empty() {
            let unseen: Vec<_> = reading.unseen.iter().map(|folder| folder.path()).collect();
            inspection.fact("folders_not_read", json!(unseen));
        }
        if let Some(before) = &reading.before {
            inspection.fact(
                "base",
                json!({"commit": before.label, "contexts": before.contexts.len()}),
            );
        }
        if let Some(fact) = self.change_fact(reading) {
            inspection.fact("change", fact);
        }
        inspection.fact("workflows", reading.workflows.count());
        inspection.fact("jobs", jobs);
        inspection.fact("contexts", reading.contexts.len());
        if self.gate.knows_required() {
            inspection.fact("required", reading.demands.len());
        }
        let off: Map<String, Value> = self
            .gate
            .levels
            .iter()
            .filter(|(_, level)| level.word == LevelWord::Off)
            .map(|(code, level)| (code.clone(), json!(level.reason)))
            .collect();
        if !off.is_empty() {
            inspection.fact("off", off);
        }
    }
}
