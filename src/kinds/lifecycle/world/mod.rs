//! What the harness sees by itself of the containers that a server says it has.

mod container;
mod docker;
mod error;
mod inode;
mod process;
mod record;
mod sockets;
mod world;

pub(super) use container::{Container, Mount, Network, Port};
pub(super) use docker::DockerWorld;
pub(super) use inode::{FileSeen, Volume};
pub(super) use process::ProcessWorld;
pub(super) use world::World;
