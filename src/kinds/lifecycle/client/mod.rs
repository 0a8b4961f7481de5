//! The server as a stranger sees it: requests over HTTP, and answers that are read within bounds.

mod answer;
mod method;
mod request;
mod server;
mod who;

pub(super) use answer::Answer;
use method::Method;
pub(super) use request::Request;
pub(super) use server::Server;
pub(super) use who::Who;
