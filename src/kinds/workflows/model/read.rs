use super::build::build;
use super::{Folder, WorkflowFile};
use crate::kinds::workflows::yaml::{Fault, FaultKind, Span, read_document};
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreeError, TreePath};

/// The workflows of a tree.
#[derive(Debug, Default)]
pub struct Workflows {
    /// Sorted by path.
    pub files: Vec<WorkflowFile>,
    /// Files that stand where workflows do, and are none.
    pub unread: Vec<Unread>,
}

/// A file that cannot be read as a workflow.
#[derive(Debug)]
pub struct Unread {
    pub path: String,
    pub faults: Vec<Fault>,
}

/// A place where a workflow stands.
#[derive(Debug, Clone)]
pub struct Listed {
    pub folder: Folder,
    pub path: TreePath,
    pub kind: NodeKind,
}

/// The workflow files of a folder, `.yml` and `.yaml`, sorted; of the folders below it as well
/// where the forge looks there.
///
/// # Errors
/// When a folder cannot be listed.
pub fn list_workflows(
    tree: &dyn Tree,
    folder: Folder,
    below: bool,
) -> Result<Vec<Listed>, TreeError> {
    let mut listed = Vec::new();
    let mut dirs: Vec<TreePath> = TreePath::new(folder.path()).into_iter().collect();
    while let Some(dir) = dirs.pop() {
        for child in tree.children(&dir)? {
            let path = dir.join(&child.name);
            if child.kind == NodeKind::Dir {
                if below {
                    dirs.push(path);
                }
            } else if child.name.ends_with(b".yml") || child.name.ends_with(b".yaml") {
                listed.push(Listed {
                    folder,
                    path,
                    kind: child.kind,
                });
            }
        }
    }
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(listed)
}

/// Reads one of them.
///
/// # Errors
/// What keeps it from being a workflow at all.
pub fn read_workflow(tree: &dyn Tree, listed: &Listed) -> Result<WorkflowFile, Unread> {
    let path = listed.path.to_string();
    let bytes = if listed.kind == NodeKind::File {
        tree.read(&listed.path, SMALL_FILE)
            .map_err(|error| error.to_string())
    } else {
        Err(format!(
            "it is {}, and a forge reads regular files",
            listed.kind.noun()
        ))
    };
    bytes
        .map_err(|problem| {
            let fault = Fault::new(FaultKind::Unreadable, problem, Span::default());
            vec![fault]
        })
        .and_then(|bytes| parse_workflow(&path, listed.folder, &bytes))
        .map_err(|faults| Unread { path, faults })
}

/// Makes a workflow of a file's bytes.
///
/// # Errors
/// What keeps it from being one.
pub fn parse_workflow(
    path: &str,
    folder: Folder,
    bytes: &[u8],
) -> Result<WorkflowFile, Vec<Fault>> {
    build(path.to_owned(), folder, read_document(bytes))
}

/// Lists and reads all workflow files of a folder.
///
/// # Errors
/// When a folder cannot be listed. A file that cannot be read is among the `unread`.
pub fn read_workflows(
    tree: &dyn Tree,
    folder: Folder,
    below: bool,
) -> Result<Workflows, TreeError> {
    let listed = list_workflows(tree, folder, below)?;
    Ok(listed.iter().map(|one| read_workflow(tree, one)).collect())
}

impl Workflows {
    /// How many files there are.
    pub fn count(&self) -> usize {
        self.files.len() + self.unread.len()
    }
}

impl FromIterator<Result<WorkflowFile, Unread>> for Workflows {
    fn from_iter<I: IntoIterator<Item = Result<WorkflowFile, Unread>>>(all: I) -> Self {
        let mut workflows = Self::default();
        for one in all {
            match one {
                Ok(file) => workflows.files.push(file),
                Err(unread) => workflows.unread.push(unread),
            }
        }
        workflows
    }
}
