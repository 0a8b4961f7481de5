use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

use super::contexts::{BranchProtection, read_protection};
use super::reading::unreadable;
use crate::context::{Context, Memo};
use crate::gate::{Location, Obstacle};
use crate::kinds::statuses::{Word, protection_answers, protection_of};

/// The branch whose protection the forge is asked for.
#[derive(Debug, Clone)]
pub(super) struct AskedBranch {
    pub(super) repository: Word,
    pub(super) branch: String,
}

/// What was answered, by repository and branch: what is planted in a checkout changes no forge.
#[derive(Debug, Default)]
struct Answers(Mutex<HashMap<String, Option<Vec<Value>>>>);

impl AskedBranch {
    /// As messages name it.
    pub(super) fn name(&self) -> String {
        format!("branch {}", self.branch)
    }

    /// What the forge says of it; `None` where there is no such branch.
    ///
    /// # Errors
    /// When it is not told, or cannot be read.
    pub(super) fn read(&self, context: &Context) -> Result<Option<BranchProtection>, Obstacle> {
        let Some(answers) = self.answers(context)? else {
            return Ok(None);
        };
        let name = self.name();
        let mut whole = BranchProtection {
            path: name.clone(),
            ..BranchProtection::default()
        };
        for answer in answers {
            let bytes = answer.to_string().into_bytes();
            let part = read_protection(&name, &bytes, None)
                .map_err(|problem| unreadable(&name, problem))?;
            whole.enabled |= part.enabled;
            whole.tells_apps |= part.tells_apps;
            whole.apps.extend(part.apps);
            whole.merge_queue = match (whole.merge_queue, part.merge_queue) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (one, other) => one.or(other),
            };
            for mut demand in part.demands {
                demand.at = Location::file(&name);
                if !whole.demands.iter().any(|known| known.name == demand.name) {
                    whole.demands.push(demand);
                }
            }
        }
        whole.enabled &= !whole.demands.is_empty();
        Ok(Some(whole))
    }

    /// # Errors
    /// When it is not told, or cannot be read.
    pub(super) fn answers(&self, context: &Context) -> Result<Option<Vec<Value>>, Obstacle> {
        // What is planted in the forge's answer is asked for, and kept from everybody else.
        let mut names = protection_answers(&self.branch).into_iter();
        if names.any(|name| context.planted_answer(&name).is_some()) {
            return protection_of(context, &self.repository, &self.branch);
        }
        let room: Option<Arc<Answers>> = context.memo().map(Memo::room);
        let key = format!("{:?} {}", self.repository, self.branch);
        if let Some(known) = room
            .as_ref()
            .and_then(|room| room.0.lock().get(&key).cloned())
        {
            return Ok(known);
        }
        let answers = protection_of(context, &self.repository, &self.branch)?;
        if let Some(room) = room {
            room.0.lock().insert(key, answers.clone());
        }
        Ok(answers)
    }
}
