use tar::Header;

use super::extensions::Extensions;
use super::{MemberKind, TarProblem};

/// Archives are made of blocks of so many bytes.
pub(super) const BLOCK: usize = 512;

/// How many bytes fill up the last block of a content.
pub(super) fn padding(stored: u64) -> u64 {
    stored.next_multiple_of(BLOCK as u64) - stored
}

/// An entry whose header was read.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub path: Vec<u8>,
    pub link: Vec<u8>,
    pub special: Option<MemberKind>,
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    /// What is stored of its content; a map that stands before the content not among it.
    pub stored: u64,
    pub padding: u64,
}

pub(super) fn bad(why: impl Into<String>) -> TarProblem {
    TarProblem::BadHeader(why.into())
}

/// A number of a header; a field that was left blank is 0.
pub(super) fn field(
    bytes: &[u8],
    read: impl FnOnce() -> std::io::Result<u64>,
) -> Result<u64, TarProblem> {
    if bytes.iter().all(|byte| matches!(byte, 0 | b' ')) {
        return Ok(0);
    }
    read().map_err(|error| bad(error.to_string()))
}

pub(super) fn check_sum(header: &Header) -> Result<(), TarProblem> {
    let announced = header
        .cksum()
        .map_err(|_| bad("its check sum is no number; this is no tar archive"))?;
    let bytes = header.as_bytes();
    let counted = |index: usize| {
        // The field itself counts as blanks.
        if (148..156).contains(&index) {
            b' '
        } else {
            bytes[index]
        }
    };
    let plain: u32 = (0..BLOCK).map(|index| u32::from(counted(index))).sum();
    // Some old programs added up signed bytes.
    let signed: i32 = (0..BLOCK)
        .map(|index| i32::from(counted(index).cast_signed()))
        .sum();
    if announced == plain || i64::from(announced) == i64::from(signed) {
        return Ok(());
    }
    Err(bad("its check sum is wrong"))
}

/// Whether a block is the header of an entry: its check sum says so.
pub fn is_header(block: &[u8; BLOCK]) -> bool {
    block.iter().any(|byte| *byte != 0) && check_sum(Header::from_byte_slice(block)).is_ok()
}

pub(super) fn path_of(header: &Header, extensions: &Extensions) -> Vec<u8> {
    extensions
        .long_name
        .clone()
        .or_else(|| extensions.sparse.name.clone())
        .or_else(|| extensions.path.clone())
        .unwrap_or_else(|| header.path_bytes().into_owned())
}

pub(super) fn opened(
    header: &Header,
    kind: u8,
    stored: u64,
    extensions: &Extensions,
    path: &[u8],
) -> Result<Opened, TarProblem> {
    let special = match kind {
        // Archives from before POSIX mark a folder by the end of its name.
        0 if path.ends_with(b"/") => Some(MemberKind::Folder),
        0 | b'0' | b'7' | b'S' => None,
        b'1' => Some(MemberKind::HardLink),
        b'2' => Some(MemberKind::Symlink),
        b'3' | b'4' | b'6' => Some(MemberKind::Special),
        b'5' => Some(MemberKind::Folder),
        other => return Err(TarProblem::UnknownType(char::from(other))),
    };
    let link = match special {
        Some(MemberKind::HardLink | MemberKind::Symlink) => extensions
            .long_link
            .clone()
            .or_else(|| extensions.link.clone())
            .or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned))
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    let old = header.as_old();
    let mode = field(&old.mode, || header.mode().map(u64::from))?;
    let uid = field(&old.uid, || header.uid())?;
    let gid = field(&old.gid, || header.gid())?;
    let id = |id: u64| u32::try_from(id).unwrap_or(u32::MAX);
    let stored = match special {
        // Only files have content, whatever their size says.
        None => extensions.size.unwrap_or(stored),
        Some(_) => 0,
    };
    if stored > i64::MAX as u64 {
        return Err(bad("its size is larger than any file"));
    }
    Ok(Opened {
        path: path.to_vec(),
        link,
        special,
        mode: u16::try_from(mode & 0o7777).unwrap_or_default(),
        uid: id(extensions.uid.unwrap_or(uid)),
        gid: id(extensions.gid.unwrap_or(gid)),
        size: stored,
        stored,
        padding: padding(stored),
    })
}
