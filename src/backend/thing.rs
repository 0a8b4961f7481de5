use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Something that a run makes, by the identity that it will have. All identities hold an id of the
/// run or another value that nobody else has, so that nothing of anybody else's can bear them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "thing", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Thing {
    /// A Docker container, with its anonymous volumes.
    Container { name: String },
    /// Docker containers, volumes and networks that bear a label with this value.
    Labelled { key: String, value: String },
    /// A Docker volume.
    Volume { name: String },
    /// A Docker network.
    Network { name: String },
    /// Processes that were started with the run's id in their environment.
    Processes { run: String },
    /// A folder, with all that is in it.
    Folder { path: PathBuf },
    /// A database on a server that an environment variable names.
    Database { variable: String, name: String },
}

impl Thing {
    /// What sort of thing it is, as reports call it.
    pub fn sort(&self) -> &'static str {
        match self {
            Self::Container { .. } => "container",
            Self::Labelled { .. } => "labelled",
            Self::Volume { .. } => "volume",
            Self::Network { .. } => "network",
            Self::Processes { .. } => "process",
            Self::Folder { .. } => "folder",
            Self::Database { .. } => "database",
        }
    }

    /// Whether the Docker daemon has it.
    pub fn is_docker(&self) -> bool {
        matches!(
            self,
            Self::Container { .. }
                | Self::Labelled { .. }
                | Self::Volume { .. }
                | Self::Network { .. }
        )
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Container { name } | Self::Volume { name } | Self::Network { name } => {
                f.write_str(name)
            }
            Self::Labelled { key, value } => write!(f, "{key}={value}"),
            Self::Processes { run } => write!(f, "{}={run}", super::RunId::VARIABLE),
            Self::Folder { path } => path.display().fmt(f),
            Self::Database { variable, name } => write!(f, "{name} (server of {variable})"),
        }
    }
}
