use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

/// What a provisioner serves: where it is, and what of it is looked at. It is at exactly one of `bundle`, `listing`,
/// `archive` and `workspace_files`. In every URL `${NAME}` stands for an environment variable.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssetsSpec {
    /// The URL of one archive: tar, plain or packed with gzip or zstd.
    #[schemars(with = "Option<String>")]
    pub bundle: Option<Spanned<String>>,
    /// A list of files, and where each of them is.
    #[schemars(with = "Option<ListingSpec>")]
    pub listing: Option<Spanned<ListingSpec>>,
    /// An archive on disk, relative to the root: tar, plain or packed with gzip or zstd.
    #[schemars(with = "Option<String>")]
    pub archive: Option<Spanned<String>>,
    /// The files of a workspace, read back through the server's files API.
    #[schemars(with = "Option<WorkspaceFilesSpec>")]
    pub workspace_files: Option<Spanned<WorkspaceFilesSpec>>,

    /// The paths that go over this channel. What is delivered beside them is a finding; in a workspace it is the
    /// workspace's own. `*` stops at `/`, `**` does not.
    #[schemars(with = "Vec<String>")]
    pub allow: Spanned<Vec<Spanned<String>>>,
    /// Texts of the source that are replaced on the way, with what they are replaced by:
    /// `"{{CONCIERGE_NAME}}": Atlas`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub substitutions: BTreeMap<String, Spanned<String>>,

    /// Names in `{{…}}` that may be left in a delivered file though no substitution is for them: `user_name` for
    /// `{{user_name}}`. Where there are substitutions, any other one is a finding.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub allow_unrendered: Vec<Spanned<String>>,

    /// The name of the environment variable with a token, which is sent as bearer to the servers that the gate names
    /// and to no other.
    #[schemars(with = "Option<String>")]
    pub token_env: Option<Spanned<String>>,
    /// Further headers of each request, to the same servers.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: BTreeMap<String, Spanned<String>>,
    /// When a delivery over HTTP is taken for finished.
    pub settle: Option<SettleSpec>,
    /// What may be delivered at the most.
    pub limits: Option<AssetLimitsSpec>,
}

/// A list of files in JSON, and where each of them is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListingSpec {
    /// The URL of the list: paths, or objects with a `path` and, where they have them, `size`, `sha256` and `dir`.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// The URL of a file, with `{path}` for its path, which stands behind the server's name; relative to that of the list,
    /// or of its own.
    #[schemars(with = "String")]
    pub files: Spanned<String>,
    /// The key of the list, where it stands in an object; without it the only list there.
    #[schemars(with = "Option<String>")]
    pub key: Option<Spanned<String>>,
}

/// The files of a workspace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkspaceFilesSpec {
    /// The base URL of the server.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// The workspace's id; `${NAME}` stands for an environment variable.
    #[schemars(with = "String")]
    pub workspace: Spanned<String>,
    /// The folder that receives the source, as the server names it; `/configs` without the key.
    #[schemars(with = "Option<String>")]
    pub root: Option<Spanned<String>>,
    /// A file of `/configs` that the workspace has only once it runs, and its template never: a server may answer with
    /// the template while the workspace is down. `.auth_token` without the key.
    #[schemars(with = "Option<String>")]
    pub proof: Option<Spanned<String>>,
}

/// When a delivery is taken for finished: once it has been the same a few times in a row, and has all files of the
/// source, none of them shorter. After `within` it is compared as it is, or it never came to rest.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettleSpec {
    /// How many looks in a row must see the same; 2 without the key. 1 takes it as it is at first sight.
    #[schemars(with = "Option<u32>")]
    pub looks: Option<Spanned<u32>>,
    /// The time between two looks; `1s` without the key.
    #[schemars(with = "Option<String>")]
    pub every: Option<Spanned<String>>,
    /// How long the delivery may take to come to rest, at least `looks` times `every`; `30s` without the key.
    #[schemars(with = "Option<String>")]
    pub within: Option<Spanned<String>>,
}

/// What may be delivered at the most.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssetLimitsSpec {
    /// Bytes of one file; 16 MiB without the key.
    pub file: Option<u64>,
    /// Bytes of all files together; 16 MiB without the key.
    pub total: Option<u64>,
    /// Files and folders; 10000 without the key.
    pub entries: Option<u32>,
}
