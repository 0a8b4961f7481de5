use std::io;
use std::path::Path;

use gix::ObjectId;

/// Opens a repository with nothing of the user's configuration, and without its replacements:
/// what stands in for an object is not that object.
///
/// # Errors
/// When there is none.
pub(crate) fn open_repository(dir: &Path) -> Result<gix::Repository, io::Error> {
    let options = gix::open::Options::isolated().config_overrides(["core.useReplaceRefs=false"]);
    gix::open_opts(dir, options).map_err(|error| io::Error::other(error.to_string()))
}

/// The content of an object that is what its id says. The library trusts the id under which an
/// object is stored; a planted or a damaged one would go unnoticed.
///
/// # Errors
/// When the content has another id.
pub(crate) fn verified(object: gix::Object<'_>, wanted: ObjectId) -> Result<Vec<u8>, io::Error> {
    let object = object.detach();
    let id = gix::objs::compute_hash(wanted.kind(), object.kind, &object.data)
        .map_err(io::Error::other)?;
    if id == wanted {
        return Ok(object.data);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        format!(
            "object {wanted} is not what its id says; delete the mirror and run `driftgate sync`"
        ),
    ))
}
