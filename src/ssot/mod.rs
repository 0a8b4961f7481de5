//! The sources of truth: the manifest that names them, the lock that pins them, the mirrors that
//! hold them.

mod address;
mod answer;
mod codes;
mod copy;
mod fetch;
mod json;
mod lock;
mod manifest;
mod mirror;
mod outcome;
mod place;
mod pool;
mod refs;
mod resolver;
mod store;
mod sync;

pub use address::{Address, Pin, Transport, is_hex_id};
pub use codes::CODES;
pub(crate) use codes::{
    JSON_COMMENT, JSON_DUPLICATE_KEY, JSON_SYNTAX, JSON_TRAILING_COMMA, LOCK_STALE,
    MANIFEST_MISSING, MANIFEST_SHAPE, NAME_DUPLICATE, PROVIDER_UNKNOWN, SOURCE_ADDRESS,
    SOURCE_COMMIT_MISSING, SOURCE_REF_MISSING, SOURCE_REPOSITORY_MISSING,
};
pub use json::{Json, JsonProblem, JsonText, JsonValue, Member, read_json};
pub use lock::{LOCK_NAME, Lock, Locked};
pub use manifest::{Entry, List, Manifest, Text};
pub use outcome::{Change, EntryOutcome, LockOutcome, SyncEvent, SyncOutcome, Synced};
pub(crate) use place::Places;
pub use place::{Place, Span};
pub use resolver::{Resolver, WorkingCopies};
pub use store::{Origin, Site, provider_of, read_manifest};
pub use sync::{SyncOptions, sync};
