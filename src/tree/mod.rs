//! Everything file-like is read through one read-only `Tree`.

mod blob_id;
mod codes;
mod dir;
mod error;
mod git;
mod glob;
mod mount;
