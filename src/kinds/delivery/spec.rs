use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::assets_channel::AssetsSpec;
use super::compare_spec::CompareSpec;
use super::image_channel::ImageSpec;
use super::plugin_channel::PluginSpec;
use crate::config::gate_spec;

gate_spec! {
    /// A gate of kind `delivery`: a source arrives unchanged in each of its deliveries.
    pub(crate) struct DeliverySpec {
        /// The single source of truth.
        pub source: SourceSpec,
        /// The places that receive the source.
        #[schemars(with = "Vec<DeliveryEntry>")]
        pub deliveries: Spanned<Vec<Spanned<DeliveryEntry>>>,
    }
}

/// Where the source is: exactly one of `template`, `plugin`, `org_template` and `path`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceSpec {
    /// An entry of the manifest's `workspace_templates`, at its locked commit.
    #[schemars(with = "Option<String>")]
    pub template: Option<Spanned<String>>,
    /// An entry of the manifest's `plugins`, at its locked commit.
    #[schemars(with = "Option<String>")]
    pub plugin: Option<Spanned<String>>,
    /// An entry of the manifest's `org_templates`, at its locked commit.
    #[schemars(with = "Option<String>")]
    pub org_template: Option<Spanned<String>>,
    /// A folder of this very repository, relative to the root.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// A folder in the source that stands for the whole.
    #[schemars(with = "Option<String>")]
    pub subdir: Option<Spanned<String>>,
    /// Only what matches one of these patterns; each must match something. `*` stops at `/`, `**`
    /// does not.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub include: Vec<Spanned<String>>,
    /// Nothing that matches one of these patterns.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
    /// Whether a file without content is a finding, in the source and in what is delivered.
    #[serde(default = "yes")]
    pub non_empty: bool,
}

/// One place that receives the source. Its channel is exactly one of `dockerfile`, `directory`, `image`,
/// `assets` and `plugin`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeliveryEntry {
    /// Its name in reports; the path of its channel without the key.
    #[schemars(with = "Option<String>")]
    pub name: Option<Spanned<String>>,
    /// A Dockerfile, relative to the root, whose final image receives the source.
    #[schemars(with = "Option<String>")]
    pub dockerfile: Option<Spanned<String>>,
    /// A folder, relative to the root, that holds a copy of the source.
    #[schemars(with = "Option<String>")]
    pub directory: Option<Spanned<String>>,
    /// A built image that holds a copy of the source.
    #[schemars(with = "Option<ImageSpec>")]
    pub image: Option<Spanned<ImageSpec>>,
    /// A workspace that has the plugins which the source declares. Names of files are relative to its folder of plugins:
    /// `name/plugin.yaml`.
    #[schemars(with = "Option<PluginSpec>")]
    pub plugin: Option<Spanned<PluginSpec>>,
    /// What a provisioner serves as its copy of the source.
    #[schemars(with = "Option<AssetsSpec>")]
    pub assets: Option<Spanned<AssetsSpec>>,

    /// dockerfile: the build context, relative to the root; the root without the key.
    #[schemars(with = "Option<String>")]
    pub context: Option<Spanned<String>>,
    /// dockerfile: the stage that is built; the last one without the key.
    #[schemars(with = "Option<String>")]
    pub target: Option<Spanned<String>>,
    /// dockerfile: build arguments.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub build_args: Option<Spanned<BTreeMap<String, String>>>,
    /// dockerfile: the platform that is built for; `linux/amd64` without the key. image: the platform
    /// that is looked at; without the key the only one there is, or `linux/amd64`.
    #[schemars(with = "Option<String>")]
    pub platform: Option<Spanned<String>>,
    /// dockerfile: the `ARG` whose value is the folder of the build context that the source is
    /// cloned into.
    #[schemars(with = "Option<String>")]
    pub source_arg: Option<Spanned<String>>,
    /// dockerfile: the folder of the build context that the source is cloned into, where no `ARG`
    /// names it; `.` for a source that is the build context itself.
    #[schemars(with = "Option<String>")]
    pub source_path: Option<Spanned<String>>,
    /// dockerfile, image: the folder of the image that receives the source.
    #[schemars(with = "Option<String>")]
    pub dest: Option<Spanned<String>>,
    /// dockerfile: `RUN` steps that may write below `dest`: each the whole instruction, heredocs
    /// included, however it is laid out.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub allow_opaque: Vec<Spanned<String>>,

    /// directory, image, assets, plugin: `mirror` (both directions, the default) or `subset` (what is delivered equals the
    /// source, and may be less).
    #[schemars(with = "Option<Mode>")]
    pub mode: Option<Spanned<Mode>>,
    /// directory, image, plugin: only what matches one of these patterns.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub include: Vec<Spanned<String>>,
    /// directory, image, assets, plugin: nothing that matches one of these patterns.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
    /// directory, image, assets, plugin: how contents are compared: `bytes` (the default), `text`, `json`, `yaml`, or a
    /// list of `{glob, as}` of which the first that matches counts.
    #[schemars(with = "Option<CompareSpec>")]
    pub compare: Option<Spanned<CompareSpec>>,

    /// Files of the delivery that need not be in the source, relative to it.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub allow_extra: Vec<Spanned<String>>,
    /// Files and folders of the source that are delivered under another name: source path to
    /// delivered path.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub rename: BTreeMap<String, Spanned<String>>,
    /// Whether the executable bit is compared.
    #[serde(default = "yes")]
    pub modes: bool,
}

/// Which way a folder is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// The delivery holds the source, the whole source and nothing but the source.
    #[default]
    Mirror,
    /// The delivery holds nothing but what is in the source.
    Subset,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mirror => "mirror",
            Self::Subset => "subset",
        }
    }
}

fn yes() -> bool {
    true
}
