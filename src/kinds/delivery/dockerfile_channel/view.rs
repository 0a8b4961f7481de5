use super::folder::source_folder;
use super::inspect::request;
use crate::context::Context;
use crate::gate::Obstacle;
use crate::kinds::delivery::dockerfile::{Image, evaluate};
use crate::kinds::delivery::plan::{DockerfilePlan, SourcePlan};
use crate::kinds::delivery::source::Held;
use crate::tree::{Mount, MountTree, TreePath};

/// What an image would hold, and where its source stands in the checkout.
#[derive(Debug)]
pub(crate) struct View {
    pub image: Image,
    /// The folder that stands for the source.
    pub folder: TreePath,
}

/// Looks at the image without comparing anything. `everywhere`: at all of it rather than at the
/// destination. `None` where the Dockerfile does not name the source any more.
///
/// # Errors
/// When something cannot be read or evaluated.
pub(crate) fn view(
    context: &Context,
    source: &SourcePlan,
    plan: &DockerfilePlan,
    everywhere: bool,
) -> Result<Option<View>, Obstacle> {
    let root = context.root();
    let Ok(folder) = source_folder(plan, &request(plan, root))? else {
        return Ok(None);
    };
    let held = Held::of(source, context)?;
    let at = plan.context.join(&folder);
    let tree = MountTree::new(
        root,
        vec![Mount {
            at: at.clone(),
            tree: held.tree(),
            from: TreePath::root(),
        }],
    );
    let mut request = request(plan, &tree);
    if everywhere {
        request.under = TreePath::root();
    }
    Ok(Some(View {
        image: evaluate(&request)?,
        folder: at.join(&source.subdir),
    }))
}
