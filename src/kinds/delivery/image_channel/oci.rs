use std::collections::BTreeMap;

use serde::Deserialize;

/// A part of an image as another part names it. Source of the shapes here: the OCI image specification 1.1,
/// and what `docker save` writes.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Descriptor {
    #[serde(rename = "mediaType", default)]
    pub media_type: String,
    pub digest: String,
    pub size: Option<u64>,
    pub platform: Option<OciPlatform>,
    #[serde(default)]
    pub annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub(crate) struct OciPlatform {
    #[serde(default)]
    pub os: String,
    #[serde(default)]
    pub architecture: String,
    pub variant: Option<String>,
}

/// A list of images, or the description of one.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Document {
    /// Those of an index.
    pub manifests: Option<Vec<Descriptor>>,
    /// Those of a manifest.
    pub config: Option<Descriptor>,
    pub layers: Option<Vec<Descriptor>>,
    #[serde(rename = "schemaVersion")]
    pub schema_version: Option<u32>,
}

/// The configuration of an image.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Config {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
    #[serde(default)]
    pub config: Option<RunConfig>,
    pub rootfs: RootFs,
    #[serde(default)]
    pub history: Option<Vec<HistoryEntry>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RootFs {
    #[serde(default)]
    pub diff_ids: Option<Vec<String>>,
}

/// What a container starts with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RunConfig {
    pub user: Option<String>,
    pub env: Option<Vec<String>>,
    pub entrypoint: Option<Vec<String>>,
    pub cmd: Option<Vec<String>>,
    pub working_dir: Option<String>,
    pub labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HistoryEntry {
    pub created_by: Option<String>,
    pub empty_layer: bool,
}

/// An image of an archive of `docker save`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Saved {
    pub config: String,
    pub repo_tags: Option<Vec<String>>,
    pub layers: Vec<String>,
}

impl Config {
    pub(crate) fn platform(&self) -> OciPlatform {
        OciPlatform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone(),
        }
    }

    pub(crate) fn run(&self) -> RunConfig {
        self.config.clone().unwrap_or_default()
    }

    pub(crate) fn diff_ids(&self) -> &[String] {
        self.rootfs.diff_ids.as_deref().unwrap_or_default()
    }

    /// The history line of each layer, where the history is about as many layers as there are.
    pub(crate) fn created_by(&self) -> Vec<Option<String>> {
        let count = self.diff_ids().len();
        let lines: Vec<_> = self
            .history
            .iter()
            .flatten()
            .filter(|entry| !entry.empty_layer)
            .map(|entry| entry.created_by.clone())
            .collect();
        if lines.len() == count {
            lines
        } else {
            vec![None; count]
        }
    }
}

impl RunConfig {
    /// The variables of the environment by name; the last one of a name counts.
    pub(crate) fn variables(&self) -> BTreeMap<&str, &str> {
        self.env
            .iter()
            .flatten()
            .map(|line| line.split_once('=').unwrap_or((line, "")))
            .collect()
    }
}

impl std::fmt::Display for OciPlatform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match self.variant.as_deref() {
            Some("") | None => Ok(()),
            Some(variant) => write!(f, "/{variant}"),
        }
    }
}
