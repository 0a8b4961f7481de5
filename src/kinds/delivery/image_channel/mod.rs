//! The channel `image`: what really is in a built image, compared with the source.

mod agree;
mod archive;
mod as_they_arrive;
mod base;
mod blobs;
mod build;
mod codes;
mod daemon;
mod describe;
mod doubt;
mod expected;
mod forbidden;
mod history;
mod inspect;
mod layout;
mod lent;
mod load;
mod oci;
mod outer;
mod owned;
mod owners;
mod permissions;
mod pipe;
mod plan;
mod platforms;
mod problems;
mod provenance;
mod registry;
mod registry_auth;
mod seen;
mod spec;
mod stack;
mod stop;
mod strict_json;
mod unpacking;

pub(crate) use agree::{Holdings, disagreements};
pub(crate) use codes::{
    CMD_DIFFERS, ENTRYPOINT_DIFFERS, ENV_DIFFERS, FORBIDDEN_ENV, FORBIDDEN_FILE, IMAGE_CODES,
    IMAGE_DIGEST_MISMATCH, IMAGE_UNSAFE, LABEL_DIFFERS, OWNER_DIFFERS, PERMISSIONS_DIFFER,
    USER_DIFFERS, WORKDIR_DIFFERS,
};
pub(crate) use inspect::{inspect, not_an_image};
pub(crate) use load::{default_name, image};
pub(crate) use plan::{ImageInput, ImagePlan};
pub(crate) use seen::{Seen, look};
pub(crate) use spec::ImageSpec;
pub(crate) use stop::Stop;
pub(crate) use unpacking::{Sink, Unpacking};
