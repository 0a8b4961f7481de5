//! The channel `assets`: what a provisioner serves, compared with the source.

mod answer;
mod archive;
mod asset_tree;
mod codes;
mod env_text;
mod fetch;
mod file_urls;
mod gather;
mod hop;
mod inspect;
mod intake;
mod listing;
mod listing_json;
mod load;
mod page;
mod plan;
mod received;
mod refusals;
mod rendered;
mod scrubbed;
mod settle;
mod spec;
mod twins;
mod unrendered;
mod workspace;

pub use archive::ArchiveReader;
pub use asset_tree::AssetTree;
pub(crate) use codes::{
    ASSET_NOT_ALLOWED, ASSET_NOT_SERVED, ASSETS_CODES, ASSETS_LIMIT, ASSETS_MALFORMED,
    ASSETS_REFUSED, ASSETS_STALE_TAG, ASSETS_UNREACHABLE, ASSETS_UNSAFE, ASSETS_UNSETTLED,
    CASE_TWINS, PLACEHOLDER_LEFT, SUBSTITUTION_UNUSED, WORKSPACE_DOWN,
};
pub use file_urls::FileUrls;
pub(crate) use inspect::{inspect, not_an_archive};
pub use intake::Intake;
pub use listing_json::{Listed, entries};
pub(crate) use load::{assets, default_name};
pub use plan::AssetLimits;
pub(crate) use plan::{AssetsInput, AssetsPlan};
pub(crate) use received::{Received, receive};
pub(crate) use rendered::Substitutions;
pub(crate) use scrubbed::is_secret_name;
pub(crate) use spec::AssetsSpec;
pub use workspace::content;
