use std::time::Duration;

use super::codes::{FORGE_UNNAMED, REQUIRED_EMPTY};
use super::forge::{Target, api_of, check_repository};
use super::plan::{Asked, Plan, Word};
use crate::context::Context;
use crate::gate::Obstacle;

/// The time for one answer of a forge.
pub const USUAL_WITHIN: Duration = Duration::from_secs(30);

/// How often what was not answered is asked again.
pub const USUAL_RETRIES: u32 = 2;

pub(super) fn forge_unnamed(message: impl Into<String>) -> Obstacle {
    Obstacle::refused(&FORGE_UNNAMED, message)
}

/// A run in which nobody looked has nothing to post.
pub fn nothing_to_set() -> Obstacle {
    Obstacle::vacuous(
        &REQUIRED_EMPTY,
        "no gate of the report has a verdict that a status can bear; nothing was set",
    )
    .help("run gates, and post their report")
}

impl Plan {
    /// The forge that is asked, if one is.
    ///
    /// # Errors
    /// When it is not said which one, or where it is.
    pub(super) fn target(&self, context: &Context) -> Result<Option<Target>, Obstacle> {
        self.asked
            .as_ref()
            .map(|asked| asked.target(context))
            .transpose()
    }
}

impl Asked {
    /// # Errors
    /// When it is not said which forge it is, or where.
    pub(super) fn target(&self, context: &Context) -> Result<Target, Obstacle> {
        let repository = match self {
            Self::Target(target) => return Ok(target.clone()),
            Self::OfSettings(word) => word.read(context, check_repository)?,
        };
        let settings = context.settings();
        let forge = settings
            .forge
            .as_ref()
            .ok_or_else(|| forge_unnamed("driftgate.yaml names no forge"))?
            .name;
        let api = api_of(forge, settings.forge_url.as_deref())
            .map_err(|problem| forge_unnamed(format!("driftgate.yaml: {problem}")))?;
        Ok(Target {
            forge,
            api,
            repository,
            token_env: settings.forge_token_env.clone(),
            within: USUAL_WITHIN,
            retries: USUAL_RETRIES,
        })
    }
}

/// # Errors
/// When the text is not the number of a change.
pub(super) fn number(word: &Word, context: &Context) -> Result<u64, Obstacle> {
    let parse = |text: &str| text.parse::<u64>().ok().filter(|number| *number > 0);
    let text = word.read(context, |text| match parse(text) {
        Some(_) => Ok(()),
        None => Err(format!("`{text}` is not the number of a change")),
    })?;
    Ok(parse(&text).unwrap_or_default())
}
