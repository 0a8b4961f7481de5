use std::sync::Arc;
use std::time::Instant;

use super::bring_up::{Opened, bring_up, open};
use super::engine::live;
use super::report::{Times, facts, record};
use super::rules::{Rules, Template};
use super::without::left_out;
use crate::context::Context;
use crate::gate::{Header, Inspection, Obstacle, Protection, SourceRef};
use crate::kinds::Check;

/// A loaded gate of this kind.
#[derive(Debug)]
pub(super) struct LifecycleCheck {
    pub(super) rules: Arc<Rules>,
}

impl Check for LifecycleCheck {
    fn header(&self) -> &Header {
        &self.rules.header
    }

    fn sources(&self) -> Vec<SourceRef> {
        match self
            .rules
            .identity
            .as_ref()
            .map(|identity| &identity.template)
        {
            Some(Template::Source(source)) => vec![source.clone()],
            _ => Vec::new(),
        }
    }

    fn inspect(&self, context: &Context) -> Inspection {
        self.live(context).unwrap_or_else(Inspection::from)
    }

    /// What a life promises is caught in a server, not in a tree, and nothing here makes a server
    /// break its promises yet. Saying so for each check keeps `prove` from counting any as proved.
    fn protections(&self, _context: &Context) -> Vec<Protection> {
        self.rules
            .checks
            .iter()
            .map(|check| Protection {
                name: check.id().to_owned(),
                expected: &check.code,
                mentions: String::new(),
                plant: Err("a running server cannot be made to break this yet".to_owned()),
            })
            .collect()
    }
}

impl LifecycleCheck {
    fn live(&self, context: &Context) -> Result<Inspection, Obstacle> {
        let begun = Instant::now();
        let rules = &self.rules;
        let concierge = rules.concierge_of_a_life();
        let stage = bring_up(rules, concierge, context)?;
        let mut inspection = Inspection::new();
        let lived = context.block_on(async {
            let Opened { life, missing } = open(rules, concierge, context, &stage).await?;
            let until_first_check = begun.elapsed();
            let reasons = left_out(rules, &missing);
            let lived = live(&life, &rules.checks, &reasons).await;
            let times = Times {
                floor: stage.timings.network + stage.timings.postgres,
                until_first_check,
                whole: begun.elapsed(),
            };
            let choice = &stage.choice;
            let about = format!("{}, because {}", choice.backend.name(), choice.why);
            facts(rules, &about, times, &lived, &mut inspection);
            Ok::<_, Obstacle>(lived)
        });
        let lived = match lived {
            Ok(Ok(lived)) => lived,
            Ok(Err(obstacle)) | Err(obstacle) => {
                // What was opened half-way has its reasons in the logs.
                let logs = stage.keep_logs().ok();
                return Err(match logs {
                    Some(logs) => obstacle.help(format!("logs are kept in {}", logs.display())),
                    None => obstacle,
                });
            }
        };
        record(rules, &lived, context.secrets(), &mut inspection);
        if (!inspection.findings.is_empty() || !inspection.obstacles.is_empty())
            && let Ok(logs) = stage.keep_logs()
        {
            inspection.fact("logs", logs.display().to_string());
        }
        if let Err(left) = stage.take_down() {
            inspection.obstacle(left);
        }
        Ok(inspection)
    }
}
