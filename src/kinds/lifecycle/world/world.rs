use super::{Container, DockerWorld, FileSeen, Port, ProcessWorld, Volume};
use crate::gate::Obstacle;

/// Where a server's containers are.
#[derive(Debug)]
pub(in crate::kinds::lifecycle) enum World {
    Docker(DockerWorld),
    Process(ProcessWorld),
}

impl World {
    /// Why nothing that is seen now tells anything about the server, if something is wrong with the place itself.
    pub(in crate::kinds::lifecycle) async fn trouble(&self) -> Option<String> {
        match self {
            Self::Docker(world) => world.trouble().await,
            Self::Process(_) => None,
        }
    }

    /// The container of exactly this name; `None` where there is none.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub(in crate::kinds::lifecycle) async fn container(
        &self,
        name: &str,
    ) -> Result<Option<Container>, Obstacle> {
        match self {
            Self::Docker(world) => world.container(name).await,
            Self::Process(world) => world.container(name),
        }
    }

    /// The ports of the container of exactly this name that can be reached from the host.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub(in crate::kinds::lifecycle) async fn ports(
        &self,
        name: &str,
    ) -> Result<Vec<Port>, Obstacle> {
        match self {
            Self::Docker(world) => world.ports(name).await,
            Self::Process(world) => world.ports(name),
        }
    }

    /// A file at a path as the container has it; `None` where it is missing.
    ///
    /// # Errors
    /// When that cannot be seen, or it is no file.
    pub(in crate::kinds::lifecycle) async fn read(
        &self,
        container: &str,
        path: &str,
    ) -> Result<Option<FileSeen>, Obstacle> {
        match self {
            Self::Docker(world) => world.read(container, path).await,
            Self::Process(world) => world.read(container, path),
        }
    }

    /// Writes a file into a container, for its own user.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(in crate::kinds::lifecycle) async fn write(
        &self,
        container: &str,
        path: &str,
        bytes: &[u8],
    ) -> Result<(), Obstacle> {
        match self {
            Self::Docker(world) => world.write(container, path, bytes).await,
            Self::Process(world) => world.write(container, path, bytes),
        }
    }

    /// Kills what runs in a container, as a crash would.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub(in crate::kinds::lifecycle) async fn kill(&self, container: &str) -> Result<(), Obstacle> {
        match self {
            Self::Docker(world) => world.kill(container).await,
            Self::Process(world) => world.kill(container),
        }
    }

    /// Stops what runs in a container in the middle of what it does, as a machine without breath would.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub(in crate::kinds::lifecycle) async fn freeze(
        &self,
        container: &str,
    ) -> Result<(), Obstacle> {
        match self {
            Self::Docker(world) => world.freeze(container).await,
            Self::Process(world) => world.freeze(container),
        }
    }

    /// The volume of exactly this name; `None` where there is none.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub(in crate::kinds::lifecycle) async fn volume(
        &self,
        name: &str,
    ) -> Result<Option<Volume>, Obstacle> {
        match self {
            Self::Docker(world) => world.volume(name).await,
            Self::Process(world) => world.volume(name),
        }
    }

    /// Whether a network knows a container of this name, running or not.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub(in crate::kinds::lifecycle) async fn is_attached(
        &self,
        network: &str,
        container: &str,
    ) -> Result<bool, Obstacle> {
        match self {
            Self::Docker(world) => world.is_attached(network, container).await,
            Self::Process(world) => world.is_attached(network, container),
        }
    }
}
