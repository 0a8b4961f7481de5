use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use crate::gate::Obstacle;
use crate::kinds::statuses::record::malformed;

/// A proposed change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kinds::statuses) struct Pull {
    pub(in crate::kinds::statuses) head: String,
    /// The branch that it is to be merged into.
    pub(in crate::kinds::statuses) base: String,
    pub(in crate::kinds::statuses) author: String,
    /// Why nobody can merge it, whatever its statuses say: it is closed, merged, or a draft.
    pub(in crate::kinds::statuses) shut: Option<&'static str>,
}

#[derive(Debug, Deserialize)]
struct PullAnswer {
    head: Side,
    base: Side,
    user: User,
    /// `open` or `closed`.
    state: String,
    #[serde(default)]
    merged: bool,
    #[serde(default)]
    draft: bool,
}

impl PullAnswer {
    fn shut(&self) -> Option<&'static str> {
        match self.state.as_str() {
            _ if self.merged => Some("is merged already"),
            "open" if self.draft => Some("is a draft"),
            "open" => None,
            _ => Some("is closed"),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Side {
    sha: String,
    #[serde(rename = "ref")]
    reference: String,
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

impl Client<'_> {
    /// A proposed change by its number; `None` where there is no such one.
    ///
    /// # Errors
    /// When it is not told, or cannot be read.
    pub(in crate::kinds::statuses) fn pull(&self, number: u64) -> Result<Option<Pull>, Obstacle> {
        let url = self.in_repository(&format!("/pulls/{number}"));
        let Some(value) = self.get(&url)? else {
            return Ok(None);
        };
        let pull: PullAnswer =
            serde_json::from_value(value).map_err(|error| malformed(format!("{url}: {error}")))?;
        Ok(Some(Pull {
            shut: pull.shut(),
            head: pull.head.sha,
            base: pull.base.reference,
            author: pull.user.login,
        }))
    }

    /// All reviews of a proposed change.
    ///
    /// # Errors
    /// When they are not told, or cannot be read.
    pub(in crate::kinds::statuses) fn reviews(
        &self,
        number: u64,
    ) -> Result<Option<Vec<Value>>, Obstacle> {
        let url = self.in_repository(&format!("/pulls/{number}/reviews"));
        Ok(self.list(&url, None)?.map(|listed| listed.rows))
    }
}
