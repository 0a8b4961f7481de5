use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

/// Where the systems of a gate run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackendName {
    /// Docker where a daemon answers, else processes on this machine; the report says which.
    #[default]
    Auto,
    /// Containers on a network of the run.
    Docker,
    /// Processes on this machine, with its own PostgreSQL.
    Process,
    /// Systems that already run.
    External,
}

/// A PostgreSQL server.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostgresSpec {
    /// The image of the backend `docker`; `postgres:16-alpine` without the key.
    #[schemars(with = "Option<String>")]
    pub image: Option<Spanned<String>>,
    /// The major version of the backend `process`; the newest on the machine without the key.
    #[schemars(with = "Option<u32>")]
    pub version: Option<Spanned<u32>>,
    /// The name of the environment variable that holds the URL of a server that already runs: the
    /// one of the backend `external`, and of any other where it is set.
    #[schemars(with = "Option<String>")]
    pub url_env: Option<Spanned<String>>,
    /// Settings of the server: `max_connections: "50"`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub settings: BTreeMap<String, Spanned<String>>,
}

/// The system under test. With neither an image, a command nor a URL it is the reference
/// provisioner that is embedded in this very program.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemSpec {
    /// An image to run; for the backend `docker`.
    #[schemars(with = "Option<String>")]
    pub image: Option<Spanned<String>>,
    /// A program and its arguments to run; with an image, the arguments of its entry point.
    /// `{{port}}` and the like are filled in.
    #[schemars(with = "Option<Vec<String>>")]
    pub command: Option<Vec<Spanned<String>>>,
    /// The folder in which the command is started, relative to the root; without the key a folder of
    /// the run's own. A program with a `/` in its name is looked for from there, and without the key
    /// from the root.
    #[schemars(with = "Option<String>")]
    pub folder: Option<Spanned<String>>,
    /// The base URL of a system that already runs.
    #[schemars(with = "Option<String>")]
    pub url: Option<Spanned<String>>,
    /// The name of the environment variable that holds that base URL.
    #[schemars(with = "Option<String>")]
    pub url_env: Option<Spanned<String>>,
    /// The name of the environment variable that holds the admin token of a system that already
    /// runs; others are given a random one, as `{{admin_token}}`.
    #[schemars(with = "Option<String>")]
    pub admin_token_env: Option<Spanned<String>>,
    /// The port that it listens on in its container; 8080 without the key.
    pub port: Option<u16>,
    /// Its environment. Values may name `{{postgres.url}}`, `{{port}}`, `{{run.id}}`,
    /// `{{admin_token}}`, `{{network}}`, `{{root}}`, `{{state}}`, `{{redis.url}}` of a service
    /// `redis`, and more.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub env: BTreeMap<String, Spanned<String>>,
    /// More of its environment, each from a variable of driftgate's own: for what must not stand
    /// in a file.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub env_from: BTreeMap<String, Spanned<String>>,
    /// Whether its container gets the Docker daemon's socket, to start containers of its own.
    #[serde(default)]
    pub docker_socket: bool,
    /// When it is ready; once `/health` answers 200 without the key.
    pub ready: Option<ReadySpec>,
}

/// Something else that the system under test needs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    /// Its name, which is its host name on the run's network, and what placeholders call it:
    /// `{{redis.url}}`, `{{redis.host}}`, `{{redis.port}}`.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// An image to run; for the backend `docker`.
    #[schemars(with = "Option<String>")]
    pub image: Option<Spanned<String>>,
    /// A program and its arguments to run; with an image, the arguments of its entry point.
    #[schemars(with = "Option<Vec<String>>")]
    pub command: Option<Vec<Spanned<String>>>,
    /// The program and its arguments for the backend `process`, where the service has an image for
    /// the other one.
    #[schemars(with = "Option<Vec<String>>")]
    pub process: Option<Vec<Spanned<String>>>,
    /// What its URL begins with: `redis` gives `redis://…`. Its name without the key.
    pub scheme: Option<String>,
    /// The port that it listens on in its container.
    pub port: u16,
    /// Its environment, as that of the system.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub env: BTreeMap<String, Spanned<String>>,
    /// More of its environment, from variables of driftgate's own.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub env_from: BTreeMap<String, Spanned<String>>,
    /// When it is ready; once its port takes connections without the key.
    pub ready: Option<ReadySpec>,
}

/// When something that was started is ready.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadySpec {
    /// The path that is asked; without it, a connection is enough.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// The status that it must answer with; 200 without the key.
    pub status: Option<u16>,
    /// How long it may take: `30s`, `2m`; `60s` without the key.
    #[schemars(with = "Option<String>")]
    pub within: Option<Spanned<String>>,
}
