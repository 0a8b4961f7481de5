use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

/// An image that was built: where it is, and what is expected of it as a whole. It is at exactly one of
/// `archive`, `layout`, `daemon`, `registry` and `build`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageSpec {
    /// An OCI archive or one of `docker save`, relative to the root: plain, or packed with gzip or
    /// zstd.
    #[schemars(with = "Option<String>")]
    pub archive: Option<Spanned<String>>,
    /// An OCI layout folder, relative to the root.
    #[schemars(with = "Option<String>")]
    pub layout: Option<Spanned<String>>,
    /// An image of the Docker daemon, by name or id. It is exported; nothing is pulled, and no container
    /// is started.
    #[schemars(with = "Option<String>")]
    pub daemon: Option<Spanned<String>>,
    /// An image of a registry, by name, and tag or digest.
    #[schemars(with = "Option<String>")]
    pub registry: Option<Spanned<String>>,
    /// An image that is built first, by the Docker daemon, and removed afterwards.
    #[schemars(with = "Option<BuildSpec>")]
    pub build: Option<Spanned<BuildSpec>>,

    /// archive, layout: which image of several, by the name it was saved under.
    #[schemars(with = "Option<String>")]
    pub reference: Option<Spanned<String>>,
    /// registry: the environment variables that hold a user and a password or token; nobody without
    /// the key.
    pub credentials: Option<CredentialsSpec>,

    /// User and group that all that is delivered belongs to, by number: `0:0`.
    #[schemars(with = "Option<String>")]
    pub owner: Option<Spanned<String>>,
    /// Permissions of all that is delivered.
    pub permissions: Option<PermissionsSpec>,
    /// Labels that the image has, with their values.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The entrypoint, word by word; empty for none.
    pub entrypoint: Option<Vec<String>>,
    /// The default command, word by word; empty for none.
    pub cmd: Option<Vec<String>>,
    /// Variables of its environment, with their values. Values are never shown.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The user that it runs as; empty for nobody in particular.
    pub user: Option<String>,
    /// The working directory.
    pub workdir: Option<String>,
    /// Files that may be nowhere in the image: patterns of absolute paths.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub forbidden_files: Vec<Spanned<String>>,
    /// Variables that neither its environment nor its build arguments may have: names, or patterns of
    /// them (`*_TOKEN`).
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub forbidden_env: Vec<Spanned<String>>,

    /// What the image may take at the most.
    pub limits: Option<LimitsSpec>,
}

/// How an image is built.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BuildSpec {
    /// The Dockerfile, relative to the root.
    #[schemars(with = "String")]
    pub dockerfile: Spanned<String>,
    /// The build context, relative to the root; the root without the key.
    #[schemars(with = "Option<String>")]
    pub context: Option<Spanned<String>>,
    /// Build arguments.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    /// The stage that is built; the last one without the key.
    pub target: Option<String>,
}

/// Where credentials are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialsSpec {
    /// The name of the environment variable with the user.
    pub user_env: String,
    /// The name of the environment variable with the password or token.
    pub password_env: String,
}

/// Permissions of all that is delivered, each in octal and between quotes: `"0644"`. What has no key may have any.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PermissionsSpec {
    /// Of files that their owner may not execute.
    #[schemars(with = "Option<String>")]
    pub files: Option<Spanned<String>>,
    /// Of files that their owner may execute.
    #[schemars(with = "Option<String>")]
    pub executables: Option<Spanned<String>>,
    /// Of folders.
    #[schemars(with = "Option<String>")]
    pub folders: Option<Spanned<String>>,
    /// The bits that are compared; all of them, `"7777"`, without the key. `"7022"` looks for setuid, setgid, the
    /// sticky bit, and for others that may write.
    #[schemars(with = "Option<String>")]
    pub mask: Option<Spanned<String>>,
}

/// What an image may take at the most.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSpec {
    /// Entries of all layers; 262144 without the key. Each takes some 150 bytes of memory.
    pub entries: Option<u32>,
    /// Bytes of all layers, unpacked; 64 GiB without the key.
    pub bytes: Option<u64>,
    /// How many times its packed size a layer may unpack to, once it is past 64 MiB; 200 without the key.
    pub ratio: Option<u32>,
}
