use sha2::{Digest, Sha256};

use super::oci::Descriptor;
use super::problems::{malformed, mismatch, unsupported};
use crate::gate::Obstacle;

/// How much of a description is read, in bytes: what registries take.
pub(super) const DESCRIPTION: usize = 4 << 20;

/// Where the parts of an image are.
pub(super) trait Blobs {
    /// A description by its name (`index.json`); `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    fn named(&self, name: &str) -> Result<Option<Vec<u8>>, Obstacle>;

    /// A description by its digest, unchecked.
    ///
    /// # Errors
    /// When it cannot be read.
    fn blob(&self, _: Sort, digest: &str) -> Result<Option<Vec<u8>>, Obstacle> {
        self.named(&blob_path(digest)?)
    }
}

/// What a description is: registries keep them in two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Index,
    Manifest,
    Config,
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Index => "the index",
            Self::Manifest => "the manifest",
            Self::Config => "the configuration",
        })
    }
}

/// Where OCI layouts keep a blob.
///
/// # Errors
/// When the digest is none that is understood.
pub(super) fn blob_path(digest: &str) -> Result<String, Obstacle> {
    let is_hex = |hex: &str| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    match digest.strip_prefix("sha256:") {
        Some(hex) if is_hex(hex) => Ok(format!("blobs/sha256/{hex}")),
        Some(_) => Err(malformed(format!("`{digest}` is not a digest"))),
        None => Err(unsupported(format!(
            "`{digest}` is a digest of a sort that is not read; sha256 is"
        ))),
    }
}

/// The digest of a description.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// A description, checked against the digest and size by which it is named.
///
/// # Errors
/// When it is not there, cannot be read, or is another one.
pub(super) fn checked(
    blobs: &dyn Blobs,
    descriptor: &Descriptor,
    what: Sort,
) -> Result<Vec<u8>, Obstacle> {
    let digest = &descriptor.digest;
    blob_path(digest)?;
    let bytes = blobs
        .blob(what, digest)?
        .ok_or_else(|| malformed(format!("{what} {digest} is named, and is not there")))?;
    let found = digest_of(&bytes);
    if found != *digest {
        return Err(mismatch(&what.to_string(), digest, &found));
    }
    if descriptor
        .size
        .is_some_and(|size| size != bytes.len() as u64)
    {
        return Err(malformed(format!(
            "{what} {digest} has {} bytes, and is announced with {}",
            bytes.len(),
            descriptor.size.unwrap_or_default()
        )));
    }
    Ok(bytes)
}
