use serde_json::Value;

use super::client::Client;
use crate::config::ForgeName;
use crate::gate::Obstacle;
use crate::kinds::statuses::record::Record;

impl Client<'_> {
    /// All that was posted for a commit; `None` where the repository has no such commit.
    ///
    /// It is the combined endpoint that is asked: the bare list of statuses was seen to repeat one row and to
    /// lack another. On GitHub a check run and a commit status are two things, and both can be required.
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
            let runs = self.list(&url, Some("check_runs"))?;
            record.check_runs = runs.map(|runs| runs.rows).unwrap_or_default();
        }
        Ok(Some(record))
    }
}
