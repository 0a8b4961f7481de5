use super::answer::Answer;
use super::archive::malformed;
use super::asset_tree::AssetTree;
use super::codes::ASSETS_MALFORMED;
use super::env_text::EnvText;
use super::fetch::Fetcher;
use super::intake::Intake;
use super::page::is_page;
use super::plan::{AssetsInput, AssetsPlan};
use super::refusals::unset;
use super::{archive, listing, workspace};
use crate::context::Context;
use crate::gate::Obstacle;
use crate::tree::TreePath;

/// What one look at a delivery saw.
#[derive(Debug)]
pub(super) struct Look {
    pub tree: AssetTree,
    /// Files that are listed, and that the server does not have.
    pub absent: Vec<TreePath>,
    /// Why what was seen does not fit together; a delivery that is still on its way looks so.
    pub unsure: Option<Obstacle>,
}

impl Look {
    pub(super) fn sure(tree: AssetTree) -> Self {
        Self {
            tree,
            absent: Vec::new(),
            unsure: None,
        }
    }

    /// One that saw nothing to compare, and may see something later.
    pub(super) fn unsure(plan: &AssetsPlan, why: Obstacle) -> Self {
        Self {
            tree: Intake::new(plan.limits).finish(&plan.label()),
            absent: Vec::new(),
            unsure: Some(why),
        }
    }
}

/// Fetches all that is served.
///
/// # Errors
/// When it is not to be had, or means harm.
pub(super) async fn gather(
    context: &Context,
    plan: &AssetsPlan,
    fetcher: &Fetcher<'_>,
) -> Result<Look, Obstacle> {
    let fill = |text: &EnvText| {
        text.fill(context.environment())
            .map_err(|name| unset(&name))
    };
    let label = plan.label();
    match &plan.input {
        AssetsInput::Bundle(url) => {
            let answer = fetcher.top(&fill(url)?).await?;
            if is_page(&answer) {
                return Err(page(&answer));
            }
            match archive::read(&answer.bytes, plan.limits, &label) {
                Ok(tree) => Ok(Look::sure(tree)),
                // It may be the beginning of one, or what stands there until there is one.
                Err(obstacle) if obstacle.code.name == ASSETS_MALFORMED.name => {
                    Ok(Look::unsure(plan, said_by(&answer, obstacle)))
                }
                Err(obstacle) => Err(said_by(&answer, obstacle)),
            }
        }
        AssetsInput::Listing { url, files, key } => {
            let place = listing::Place {
                url: fill(url)?,
                files: fill(files)?,
                key: key.as_deref(),
            };
            listing::gather(plan, fetcher, &place).await
        }
        AssetsInput::WorkspaceFiles {
            url,
            workspace,
            root,
            proof,
        } => {
            let (base, id) = (fill(url)?, fill(workspace)?);
            let place = workspace::Place::new(&base, &id, root, proof)?;
            workspace::gather(plan, fetcher, &place).await
        }
        AssetsInput::Archive(_) => Err(malformed("an archive on disk is not asked for")),
    }
}

/// The refusal of an answer that is a page for people.
pub(super) fn page(answer: &Answer) -> Obstacle {
    malformed(format!(
        "{}: the answer is an HTML page, with the status of success",
        answer.request
    ))
    .help("open the URL: a proxy, a sign-in page or an error page stands in its place")
}

/// Names the answer that something is wrong with.
pub(super) fn said_by(answer: &Answer, mut obstacle: Obstacle) -> Obstacle {
    obstacle.message = format!("{}: {}", answer.request, obstacle.message);
    obstacle
}
