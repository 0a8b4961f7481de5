use std::collections::BTreeMap;

use crate::tree::{Tree, TreePath};

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Holds the build context and the Dockerfile. A template folder that CI clones into the
    /// context is mounted into it with [`crate::tree::MountTree`].
    pub tree: &'a dyn Tree,
    /// The folder of `tree` that is the build context; the root by default.
    pub context_dir: TreePath,
    /// The path of the Dockerfile in `tree` (not in the context).
    pub dockerfile: TreePath,
    /// As `--build-arg` gives them.
    pub build_args: BTreeMap<String, String>,
    /// As `--target` gives it: the name of a stage, in any case; the last stage without it.
    pub target: Option<String>,
    pub platform: Platform,
    /// The image path that matters; files elsewhere in the image may be left out of the answer.
    pub under: TreePath,
}

impl<'a> Request<'a> {
    /// Evaluates `dockerfile` with the root of `tree` as build context, without overrides, for
    /// `linux/amd64`.
    pub fn new(tree: &'a dyn Tree, dockerfile: TreePath) -> Self {
        Self {
            tree,
            context_dir: TreePath::root(),
            dockerfile,
            build_args: BTreeMap::new(),
            target: None,
            platform: Platform::default(),
            under: TreePath::root(),
        }
    }
}

/// An operating system and architecture, as `--platform` names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
    pub variant: Option<String>,
}

/// Why a text is not a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a platform; write it like `linux/arm64` or `linux/arm/v7`")]
pub struct PlatformError(String);

impl Default for Platform {
    fn default() -> Self {
        Self {
            os: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            variant: None,
        }
    }
}

impl std::str::FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let refuse = || PlatformError(text.to_owned());
        let is_name = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        };
        let mut parts = text.split('/');
        let os = parts.next().filter(is_name).ok_or_else(refuse)?;
        let architecture = parts.next().filter(is_name).ok_or_else(refuse)?;
        let variant = match parts.next() {
            None => None,
            Some(variant) if is_name(&variant) => Some(variant.to_owned()),
            Some(_) => return Err(refuse()),
        };
        if parts.next().is_some() {
            return Err(refuse());
        }
        Ok(Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant,
        })
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}
