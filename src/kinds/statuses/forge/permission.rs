use serde::Deserialize;

use super::branch::in_path;
use super::client::Client;
use crate::config::ForgeName;
use crate::context::HttpRequest;
use crate::gate::Obstacle;
use crate::kinds::statuses::record::malformed;

/// What somebody may do in a repository of GitHub. `maintain` is told as `write`, `triage` as `read`.
#[derive(Debug, Deserialize)]
struct Permission {
    permission: String,
}

impl Client<'_> {
    /// Why somebody may not write to the repository, or may not be said to; `None` for who may. Gitea tells with
    /// each review whether it counts, and is not asked.
    ///
    /// # Errors
    /// When it is not answered, or the answer cannot be read.
    pub(in crate::kinds::statuses) fn may_not_write(
        &self,
        login: &str,
    ) -> Result<Option<String>, Obstacle> {
        if self.target().forge != ForgeName::Github {
            return Ok(None);
        }
        let url = self.in_repository(&format!("/collaborators/{}/permission", in_path(login)));
        let answer = self.send(&HttpRequest::get(&url))?;
        if matches!(answer.status, 403 | 404) {
            // To a token without the right to push GitHub does not tell it.
            return Ok(Some(format!(
                "the forge does not tell whether the reviewer may write ({}); name a roster",
                answer.status
            )));
        }
        let told: Permission = serde_json::from_value(self.value(&answer)?)
            .map_err(|error| malformed(format!("{url}: {error}")))?;
        Ok(match told.permission.as_str() {
            "admin" | "write" | "maintain" => None,
            other => Some(format!(
                "the reviewer may not write: the permission is `{other}`"
            )),
        })
    }
}
