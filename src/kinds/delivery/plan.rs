use std::collections::BTreeMap;

use super::assets_channel::AssetsPlan;
use super::dockerfile::Platform;
use super::equality::CompareAs;
use super::image_channel::ImagePlan;
use super::patterns::{Declared, Patterns, Selection};
use super::plugin_channel::PluginPlan;
use super::rename::Renames;
use super::spec::Mode;
use crate::gate::{Header, Location, SourceRef};
use crate::tree::{Globs, TreePath};

/// A gate of this kind, read and checked.
#[derive(Debug)]
pub(crate) struct Plan {
    pub header: Header,
    pub source: SourcePlan,
    pub deliveries: Vec<Delivery>,
}

#[derive(Debug)]
pub(crate) struct SourcePlan {
    pub origin: SourceOrigin,
    /// The folder of the source that stands for the whole; the root of it by default.
    pub subdir: TreePath,
    pub selection: Selection,
    pub non_empty: bool,
    /// Where the gate file names it.
    pub at: Location,
}

#[derive(Debug, Clone)]
pub(crate) enum SourceOrigin {
    /// An entry of the manifest.
    Manifest(SourceRef),
    /// A folder of the root.
    Folder(TreePath),
}

impl std::fmt::Display for SourceOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Manifest(source) => write!(f, "{source}"),
            Self::Folder(path) => write!(f, "folder {path}"),
        }
    }
}

/// One place that receives the source.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// Unique in the gate.
    pub name: String,
    pub at: Location,
    pub channel: Channel,
    pub allow_extra: Patterns,
    pub renames: Renames,
    pub modes: bool,
}

#[derive(Debug)]
pub(crate) enum Channel {
    Directory(DirectoryPlan),
    Dockerfile(Box<DockerfilePlan>),
    Image(Box<ImagePlan>),
    Plugin(Box<PluginPlan>),
    Assets(Box<AssetsPlan>),
}

#[derive(Debug)]
pub(crate) struct DirectoryPlan {
    pub folder: TreePath,
    pub mode: Mode,
    pub selection: Selection,
    pub compare: Comparisons,
}

#[derive(Debug)]
pub(crate) struct DockerfilePlan {
    pub dockerfile: TreePath,
    pub context: TreePath,
    pub target: Option<String>,
    pub build_args: BTreeMap<String, String>,
    pub platform: Platform,
    pub source: SourcePlace,
    /// The folder of the image, without the leading slash.
    pub dest: TreePath,
    pub allow_opaque: Vec<Declared>,
}

/// What names the folder of the build context that the source is cloned into.
#[derive(Debug)]
pub(crate) enum SourcePlace {
    /// The value of this `ARG`.
    Arg(String),
    /// The gate itself, relative to the build context.
    Folder(TreePath),
}

/// How contents are compared.
#[derive(Debug, Default)]
pub(crate) struct Comparisons {
    pub rules: Vec<(Globs, CompareAs)>,
    pub otherwise: CompareAs,
}

impl Comparisons {
    pub(crate) fn of(&self, name: &TreePath) -> CompareAs {
        self.rules
            .iter()
            .find(|(globs, _)| globs.is_match(name))
            .map_or(self.otherwise, |(_, compare_as)| *compare_as)
    }
}

impl std::fmt::Display for Comparisons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (_, compare_as) in &self.rules {
            write!(f, "{}, ", compare_as.name())?;
        }
        f.write_str(self.otherwise.name())
    }
}
