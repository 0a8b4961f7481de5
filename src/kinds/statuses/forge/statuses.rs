use std::collections::BTreeSet;

use serde_json::Value;

use super::client::Client;
use crate::config::ForgeName;
use crate::gate::Obstacle;
use crate::kinds::statuses::record::{Record, malformed};

impl Client<'_> {
    /// All that was posted for a commit; `None` where the repository has no such commit.
    ///
    /// It is the combined endpoint that is asked: the bare list of statuses was seen to repeat one row and to
    /// lack another. But the combined one has the newest of each context alone, and on Gitea two workflows of one
    /// name post one context: what the bare list has besides shows the one that is hidden. On GitHub a check run and
    /// a commit status are two things, and both can be required.
    ///
    /// # Errors
    /// When it is not told, or cannot be read.
    pub(in crate::kinds::statuses) fn statuses(
        &self,
        commit: &str,
    ) -> Result<Option<Record>, Obstacle> {
        let url = self.in_repository(&format!("/commits/{commit}/status"));
        let Some(combined) = self.list(&url, Some("statuses"))? else {
            return Ok(None);
        };
        let text = |key: &str| combined.head.get(key).and_then(Value::as_str);
        let mut record = Record {
            sha: text("sha").filter(|sha| !sha.is_empty()).map(str::to_owned),
            statuses: combined.rows,
            ..Record::default()
        };
        if self.target.forge == ForgeName::Github {
            let url = self.in_repository(&format!("/commits/{commit}/check-runs"));
            let runs = self.list(&url, Some("check_runs"))?.ok_or_else(|| {
                malformed(format!(
                    "{url}: not there, and the commit is; what ran on it is not known"
                ))
            })?;
            record.check_runs = runs.rows;
        } else {
            let url = self.in_repository(&format!("/commits/{commit}/statuses?sort=leastindex"));
            // Forges that have no such list do without.
            let listed = self
                .list(&url, None)?
                .map(|all| all.rows)
                .unwrap_or_default();
            let known: BTreeSet<u64> = record.statuses.iter().filter_map(id).collect();
            let hidden = listed
                .into_iter()
                .filter(|row| id(row).is_none_or(|id| !known.contains(&id)));
            record.statuses.extend(hidden);
        }
        Ok(Some(record))
    }
}

fn id(row: &Value) -> Option<u64> {
    row.get("id")?.as_u64()
}
