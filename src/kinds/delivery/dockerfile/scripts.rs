use super::builder::Builder;
use super::error::Located;
use super::plan::Run;
use super::run::{RunFacts, Script};
use super::stage_fs::{Node, StageFs, in_image};
use super::{ErrorKind, Origin};
use crate::tree::{NodeKind, SMALL_FILE, TreeError, TreePath};

impl Builder<'_> {
    /// The files of the build context that a `RUN` names, with what is in them: what a script does
    /// is not evaluated, but which paths it names can be read. Larger files than
    /// [`SMALL_FILE`] are no scripts.
    pub(super) fn scripts(
        &self,
        fs: &StageFs,
        run: &Run,
        facts: &RunFacts,
    ) -> Result<Vec<Script>, Located> {
        let mut scripts: Vec<Script> = Vec::new();
        let mut files = facts.named_files();
        // What is both read and run is run.
        files.sort_by_key(|(_, is_read)| *is_read);
        for (path, is_read) in files {
            let name = format!("/{path}");
            if scripts.iter().any(|script| script.name == name) {
                continue;
            }
            if let Some(bytes) = self.content(fs, run, &path)? {
                scripts.push(Script {
                    name,
                    text: String::from_utf8_lossy(&bytes).into_owned(),
                    is_read,
                });
            }
        }
        Ok(scripts)
    }

    fn content(
        &self,
        fs: &StageFs,
        run: &Run,
        path: &TreePath,
    ) -> Result<Option<Vec<u8>>, Located> {
        for (target, source) in &run.binds {
            if let Some(rest) = path.strip_prefix(&in_image(target)) {
                return self.in_context(&in_image(source).join(rest.as_bytes()));
            }
        }
        let followed = fs.follow(path).unwrap_or_else(|| path.clone());
        match fs.get(&followed) {
            Some(Node::File(file)) => match &file.origin {
                Origin::Context { path } => self.read(path),
                Origin::Inline { bytes } | Origin::Archive { bytes, .. } => Ok(Some(bytes.clone())),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn in_context(&self, path: &TreePath) -> Result<Option<Vec<u8>>, Located> {
        self.read(&self.context.in_tree(path))
    }

    fn read(&self, path: &TreePath) -> Result<Option<Vec<u8>>, Located> {
        let failed = |error: TreeError| Located {
            kind: ErrorKind::Tree(error),
            at: None,
        };
        if self.context.tree.kind(path).map_err(failed)? != Some(NodeKind::File) {
            return Ok(None);
        }
        match self.context.tree.read(path, SMALL_FILE) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(TreeError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}
