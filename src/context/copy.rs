use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// Copies a folder with all that is in it and its permissions, and gives the copy to a user. Where
/// the file system can, the copies share their blocks until one of them changes.
///
/// # Errors
/// When something cannot be read or written, or is neither a file, a folder nor a symlink.
pub fn copy_folder(from: &Path, to: &Path, user: Option<(u32, u32)>) -> io::Result<()> {
    let mode = from.metadata()?.permissions().mode();
    std::fs::DirBuilder::new().mode(mode & 0o777).create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_folder(&source, &target, user)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(&source)?, &target)?;
            give(&target, user)?;
        } else if kind.is_file() {
            std::fs::copy(&source, &target)?;
            give(&target, user)?;
        } else {
            return Err(io::Error::other(format!(
                "{} is neither a file nor a folder",
                source.display()
            )));
        }
    }
    give(to, user)
}

fn give(path: &Path, user: Option<(u32, u32)>) -> io::Result<()> {
    match user {
        Some((user, group)) => std::os::unix::fs::lchown(path, Some(user), Some(group)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_everything_with_its_permissions_and_shares_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let from = dir.path().join("from");
        std::fs::create_dir_all(from.join("a/b")).expect("folders");
        std::fs::write(from.join("a/b/file"), "x").expect("a file");
        let private = PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(from.join("a/b/file"), private).expect("a mode");
        std::os::unix::fs::symlink("a/b/file", from.join("link")).expect("a link");
        let to = dir.path().join("to");
        copy_folder(&from, &to, None).expect("a copy");
        std::fs::write(from.join("a/b/file"), "changed").expect("a change");
        assert_eq!(
            std::fs::read_to_string(to.join("link")).expect("a file"),
            "x"
        );
        let mode = to
            .join("a/b/file")
            .metadata()
            .expect("a file")
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }
}
