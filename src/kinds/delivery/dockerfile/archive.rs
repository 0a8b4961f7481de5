use std::io::{self, Read};

use bstr::BString;

use super::image_path::image_path;
use crate::tree::{Tree, TreeError, TreePath};

/// What `ADD` makes of a file.
#[derive(Debug)]
pub(super) enum Archive {
    /// It is copied like any other file.
    No,
    /// It is unpacked.
    Members(Vec<Member>),
    /// It is unpacked, but cannot be read here; the reason is a fragment.
    Opaque(String),
}

#[derive(Debug)]
pub(super) struct Member {
    /// Below the destination.
    pub(super) path: TreePath,
    pub(super) kind: MemberKind,
}

#[derive(Debug)]
pub(super) enum MemberKind {
    Dir,
    File { bytes: Vec<u8>, executable: bool },
    Link(BString),
}

const MOST_MEMBERS: usize = 50_000;
/// Bytes of all members together, unpacked.
const MOST_BYTES: u64 = 64 << 20;
/// Bytes that are read of an archive, unpacked, headers and all.
const MOST_READ: u64 = 2 * MOST_BYTES;

/// Looks into a file as `ADD` does: by its content, whatever its name. It is an archive if, once
/// decompressed, it begins with a tar header. Source: BuildKit, `solver/llbsolver/file/unpack.go`.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn open(tree: &dyn Tree, path: &TreePath) -> Result<Archive, TreeError> {
    let mut head = [0; 6];
    let mut length = 0;
    let mut stream = tree.open(path)?;
    while length < head.len() {
        match stream.read(&mut head[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let compression = match &head[..length] {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [b'B', b'Z', b'h', ..] => Some("bzip2"),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Some("xz"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        _ => None,
    };
    let whole = tree.open(path)?;
    let answer = match compression {
        None => read(whole.take(MOST_READ)),
        Some("gzip") => read(flate2::read::MultiGzDecoder::new(whole).take(MOST_READ)),
        Some(other) => Archive::Opaque(format!("archives compressed with {other} are not read")),
    };
    Ok(answer)
}

fn read(stream: impl Read) -> Archive {
    let mut archive = tar::Archive::new(stream);
    let Ok(entries) = archive.entries() else {
        return Archive::No;
    };
    let mut members = Vec::new();
    let mut bytes_left = MOST_BYTES;
    for (index, entry) in entries.enumerate() {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(_) if index == 0 => return Archive::No,
            Err(error) => return Archive::Opaque(format!("the archive is damaged: {error}")),
        };
        if members.len() >= MOST_MEMBERS {
            return Archive::Opaque(format!("the archive has more than {MOST_MEMBERS} members"));
        }
        let path = image_path(&TreePath::root(), &entry.path_bytes());
        let kind = match entry.header().entry_type() {
            tar::EntryType::Directory => MemberKind::Dir,
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
                let mut bytes = Vec::new();
                let taken = (&mut entry).take(bytes_left + 1).read_to_end(&mut bytes);
                if let Err(error) = taken {
                    return Archive::Opaque(format!("the archive is damaged: {error}"));
                }
                match bytes_left.checked_sub(bytes.len() as u64) {
                    Some(left) => bytes_left = left,
                    None => {
                        return Archive::Opaque(format!(
                            "the archive holds more than {MOST_BYTES} bytes"
                        ));
                    }
                }
                if bytes.len() as u64 != entry.size() {
                    return Archive::Opaque("the archive ends early".to_owned());
                }
                MemberKind::File { bytes, executable }
            }
            tar::EntryType::Symlink => match entry.link_name_bytes() {
                Some(target) => MemberKind::Link(BString::from(target.as_ref())),
                None => {
                    return Archive::Opaque("a symlink in the archive leads nowhere".to_owned());
                }
            },
            tar::EntryType::XGlobalHeader => continue,
            other => {
                return Archive::Opaque(format!("the archive has a member of type {other:?}"));
            }
        };
        members.push(Member { path, kind });
    }
    if members.is_empty() {
        return Archive::No;
    }
    Archive::Members(members)
}
