use std::time::Duration;

use super::env_text::EnvText;
use super::rendered::Substitution;
use crate::context::HttpRequest;
use crate::kinds::delivery::patterns::Declared;
use crate::kinds::delivery::plan::DirectoryPlan;
use crate::tree::TreePath;
use crate::tree::image::ImageLimits;

/// What a provisioner serves, and how it is compared.
#[derive(Debug)]
pub(crate) struct AssetsPlan {
    pub input: AssetsInput,
    pub token_env: Option<String>,
    pub headers: Vec<(String, EnvText)>,
    /// The comparison. `include` of its selection is the allow list; its folder is that of the channel itself.
    pub copy: DirectoryPlan,
    pub substitutions: Vec<Substitution>,
    /// Names of placeholders that may be left.
    pub allow_unrendered: Vec<Declared>,
    pub settle: Settle,
    pub limits: AssetLimits,
}

/// Where it is.
#[derive(Debug)]
pub(crate) enum AssetsInput {
    Bundle(EnvText),
    Listing {
        url: EnvText,
        files: EnvText,
        key: Option<String>,
    },
    Archive(TreePath),
    WorkspaceFiles {
        url: EnvText,
        workspace: EnvText,
        root: String,
        /// A file of `/configs` that only a workspace that runs has.
        proof: String,
    },
}

/// When a delivery is taken for finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settle {
    pub looks: u32,
    pub every: Duration,
    pub within: Duration,
}

impl Default for Settle {
    fn default() -> Self {
        Self {
            looks: 2,
            every: Duration::from_secs(1),
            within: Duration::from_secs(30),
        }
    }
}

/// What may be delivered at the most. The usual numbers are those of the control plane's own fetcher: 16 MiB for a
/// file, and 16 MiB for all assets of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssetLimits {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files together.
    pub total: u64,
    /// Files and folders.
    pub entries: u32,
}

impl Default for AssetLimits {
    fn default() -> Self {
        Self {
            file: 16 << 20,
            total: 16 << 20,
            entries: 10_000,
        }
    }
}

impl AssetLimits {
    /// What a list of files may be long, in bytes.
    pub(super) const LIST: usize = 8 << 20;

    /// How many bytes an archive may have, unpacked: the files, and for each entry its headers and padding.
    pub(crate) fn archive(&self) -> u64 {
        let headers = u64::from(self.entries).saturating_mul(2 << 10);
        self.total.saturating_add(headers).saturating_add(1 << 20)
    }

    /// The same in the terms of what unpacks archives. How well an archive is packed does not matter where all of
    /// it is bounded.
    pub(super) fn unpacked(&self) -> ImageLimits {
        ImageLimits {
            entries: self.entries,
            bytes: self.archive(),
            ratio: u32::MAX,
        }
    }
}

impl AssetsPlan {
    /// What is delivered, as reports name it: as the gate has it, without what may be secret.
    pub(crate) fn label(&self) -> String {
        match &self.input {
            AssetsInput::Archive(path) => path.to_string(),
            AssetsInput::Bundle(url) | AssetsInput::Listing { url, .. } => shown(url.text()),
            AssetsInput::WorkspaceFiles {
                url,
                workspace,
                root,
                ..
            } => format!(
                "{}/workspaces/{}/files{root}",
                shown(url.text()).trim_end_matches('/'),
                workspace.text()
            ),
        }
    }

    /// How it is got at, as facts have it.
    pub(crate) fn way(&self) -> &'static str {
        match &self.input {
            AssetsInput::Bundle(_) => "bundle",
            AssetsInput::Listing { .. } => "listing",
            AssetsInput::Archive(_) => "archive",
            AssetsInput::WorkspaceFiles { .. } => "workspace_files",
        }
    }

    /// Every URL that the gate names.
    pub(super) fn urls(&self) -> impl Iterator<Item = &EnvText> {
        let (first, second) = match &self.input {
            AssetsInput::Archive(_) => (None, None),
            AssetsInput::Bundle(url) | AssetsInput::WorkspaceFiles { url, .. } => (Some(url), None),
            AssetsInput::Listing { url, files, .. } => (Some(url), Some(files)),
        };
        first.into_iter().chain(second)
    }

    /// Whether it is asked for over HTTP, where it may still be on its way.
    pub(crate) fn is_served(&self) -> bool {
        !matches!(self.input, AssetsInput::Archive(_))
    }

    /// Whether what is delivered beside the allow list is a finding: a workspace has files of its own.
    pub(crate) fn is_closed(&self) -> bool {
        !matches!(self.input, AssetsInput::WorkspaceFiles { .. })
    }
}

/// A URL without its query and credentials.
fn shown(url: &str) -> String {
    let name = HttpRequest::get(url).name();
    name.trim_start_matches("GET ").to_owned()
}
