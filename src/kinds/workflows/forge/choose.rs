use super::Forge;
use crate::config::{ForgeName, Settings};
use crate::kinds::workflows::model::Folder;
use crate::tree::{Tree, TreeError, TreePath};

/// The forge whose rules hold, and why it is this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub forge: Forge,
    /// For the report: `named by driftgate.yaml`, `told by the folder .gitea/workflows`.
    pub because: String,
}

/// The forge that the settings name; without them, the one whose folder is there.
///
/// # Errors
/// When the tree cannot be read.
pub fn choose(settings: &Settings, tree: &dyn Tree) -> Result<Chosen, TreeError> {
    if let Some(named) = &settings.forge {
        let version = named.version;
        let unnamed = if version.is_none() && named.name != ForgeName::Github {
            "; its version is not named, and taken to be the newest"
        } else {
            ""
        };
        return Ok(Chosen {
            forge: match named.name {
                ForgeName::Github => Forge::GitHub,
                ForgeName::Gitea => Forge::Gitea(version.unwrap_or(Forge::GITEA_NEWEST)),
                ForgeName::Forgejo => Forge::Forgejo(version.unwrap_or(Forge::FORGEJO_NEWEST)),
            },
            because: format!("named by driftgate.yaml{unnamed}"),
        });
    }
    let by_folder = [
        (Folder::Forgejo, Forge::Forgejo(Forge::FORGEJO_NEWEST)),
        (Folder::Gitea, Forge::Gitea(Forge::GITEA_NEWEST)),
    ];
    for (folder, forge) in by_folder {
        if is_there(tree, folder)? {
            let path = folder.path();
            return Ok(Chosen {
                forge,
                because: format!(
                    "told by the folder {path}; its version is not named, and taken to be the newest"
                ),
            });
        }
    }
    let because = if is_there(tree, Folder::GitHub)? {
        format!("told by the folder {}", Folder::GitHub.path())
    } else {
        "taken for want of a folder of workflows".to_owned()
    };
    Ok(Chosen {
        forge: Forge::GitHub,
        because,
    })
}

/// Whether a folder of workflows is there.
pub(in crate::kinds) fn is_there(tree: &dyn Tree, folder: Folder) -> Result<bool, TreeError> {
    let Ok(path) = TreePath::new(folder.path()) else {
        return Ok(false);
    };
    Ok(tree.kind(&path)?.is_some())
}
