//! A PostgreSQL server: of this machine's programs, in a container, or one that already runs.

mod cluster;
mod container;
mod external;
mod installation;
mod process;
mod server;
mod user;

pub(super) use container::start_container;
pub(super) use external::use_external;
pub use installation::{Installation, find_installations};
pub(super) use process::start_process;
pub use server::{Database, Postgres};
pub(super) use user::unprivileged;
