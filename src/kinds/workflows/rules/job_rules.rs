use std::sync::LazyLock;

use super::ground::Ground;
use super::idea::Idea;
use super::{
    aggregate, constant, directives, empty_matrix, filtered, forgiven, gated, held, idle, ignored,
    masked, merge_group, needs, pinned, roster, schedule, secret_skip, skippable, timeout,
    untrusted,
};
use crate::gate::{Code, Finding, Level};
use crate::kinds::workflows::{Rule, Scene, Violation};

/// All ideas, in the order in which the reference lists them.
static IDEAS: &[&Idea] = &[
    &skippable::IDEA,
    &needs::IDEA,
    &aggregate::LENIENT,
    &aggregate::BLIND,
    &aggregate::OPAQUE,
    &roster::IDEA,
    &filtered::PATHS,
    &held::IDEA,
    &filtered::TYPES,
    &merge_group::IDEA,
    &forgiven::JOB,
    &forgiven::STEP,
    &masked::MASKED,
    &masked::NEVER,
    &masked::ZERO,
    &masked::UNREAD,
    &gated::IDEA,
    &idle::IDEA,
    &constant::IDEA,
    &secret_skip::IDEA,
    &empty_matrix::IDEA,
    &ignored::IDEA,
    &timeout::IDEA,
    &pinned::IDEA,
    &untrusted::IDEA,
    &schedule::IDEA,
];

static CODES: LazyLock<Vec<&'static Code>> =
    LazyLock::new(|| IDEAS.iter().map(|idea| idea.code).collect());

/// The rules about jobs, steps and scripts. They share what is worked out of each script, so they are
/// one rule to the kind.
#[derive(Debug)]
pub(super) struct JobRules;

impl Rule for JobRules {
    fn codes(&self) -> &'static [&'static Code] {
        &CODES
    }

    fn check(&self, scene: &Scene<'_>) -> Vec<Finding> {
        let ground = Ground::new(scene);
        let mut findings = Vec::new();
        for idea in IDEAS {
            let before = findings.len();
            (idea.check)(&ground, &mut findings);
            if idea.hangs_on_requirement && !ground.knows_required {
                for finding in &mut findings[before..] {
                    finding.level = Level::Advisory;
                }
            }
        }
        findings
    }

    fn violations(&self, scene: &Scene<'_>) -> Vec<Violation> {
        let ground = Ground::new(scene);
        IDEAS
            .iter()
            .filter(|idea| ground.knows_required || !idea.hangs_on_requirement)
            .filter_map(|idea| (idea.plant)(&ground))
            .chain(masked::in_an_action(&ground))
            .chain(directives::violations(scene.files))
            .collect()
    }
}

/// Whether findings of a code advise, unless the gate says otherwise.
pub(in crate::kinds::workflows) fn advises(code: &str) -> bool {
    IDEAS
        .iter()
        .any(|idea| idea.advises && idea.code.name == code)
}
