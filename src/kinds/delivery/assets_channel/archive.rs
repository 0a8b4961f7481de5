use super::asset_tree::AssetTree;
use super::codes::{ASSETS_LIMIT, ASSETS_MALFORMED, ASSETS_UNSAFE};
use super::intake::{Intake, not_safe};
use super::plan::AssetLimits;
use crate::gate::Obstacle;
use crate::kinds::delivery::image_channel::{Sink, Stop, Unpacking};
use crate::tree::TreePath;
use crate::tree::image::{Gravity, Member, MemberKind, TarProblem, TarStream, Visitor};

/// In what an archive is written, in bytes.
const BLOCK: usize = 512;

/// Reads an archive in one piece.
///
/// # Errors
/// When it is none, is not whole, means harm, or is too large.
pub(super) fn read(packed: &[u8], limits: AssetLimits, label: &str) -> Result<AssetTree, Obstacle> {
    let mut reader = ArchiveReader::new(limits);
    reader.feed(packed)?;
    reader.finish(label)
}

/// Reads an archive that comes in pieces of any size: tar, plain or packed. Nothing of it is written anywhere.
pub struct ArchiveReader {
    limits: AssetLimits,
    unpacking: Unpacking<Unpacked>,
}

impl ArchiveReader {
    pub fn new(limits: AssetLimits) -> Self {
        Self {
            limits,
            unpacking: Unpacking::new(Unpacked::default(), limits.unpacked(), 0),
        }
    }

    /// Takes the next bytes, packed as they are.
    ///
    /// # Errors
    /// When they cannot be unpacked, or are too many then.
    pub fn feed(&mut self, packed: &[u8]) -> Result<(), Obstacle> {
        self.unpacking.feed(packed).map_err(|stop| stopped(&stop))
    }

    /// The archive ended here. `label` is what messages call what is in it.
    ///
    /// # Errors
    /// When it is none, is not whole, means harm, or is too large.
    pub fn finish(self, label: &str) -> Result<AssetTree, Obstacle> {
        let unpacked = self.unpacking.finish();
        let Unpacked(bytes) = unpacked.map_err(|stop| stopped(&stop))?;
        if bytes.is_empty() {
            return Err(malformed("the archive has no content"));
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return Err(malformed("it is a zip archive, which is not read")
                .help("serve it as tar, plain or packed with gzip or zstd"));
        }
        members(&bytes, self.limits, label)
    }
}

/// What stands in an archive that is unpacked.
fn members(bytes: &[u8], limits: AssetLimits, label: &str) -> Result<AssetTree, Obstacle> {
    let stopped = |stop: Stop| stopped(&stop);
    let mut taking = Taking {
        intake: Intake::new(limits),
        file: None,
        refused: None,
    };
    let mut stream = TarStream::new();
    for block in bytes.chunks(BLOCK) {
        if stream.is_ended() && block.iter().any(|byte| *byte != 0) {
            return Err(malformed(
                "the archive: something stands behind its end, which some programs unpack as well",
            ));
        }
        let fed = stream.feed(block, &mut taking);
        if let Some(obstacle) = taking.refused {
            return Err(obstacle);
        }
        fed.map_err(|error| stopped(Stop::Tar(error)))?;
    }
    // Without its end it may be the beginning of a larger one, cut off between two files. That it ends with zeros says
    // nothing: its last file may.
    let is_ended = stream.is_ended();
    stream.finish().map_err(|error| stopped(Stop::Tar(error)))?;
    if !is_ended {
        return Err(malformed(
            "the archive: it ends without the mark of its end",
        ));
    }
    Ok(taking.intake.finish(label))
}

/// All of an archive, unpacked: it is bounded.
#[derive(Default)]
struct Unpacked(Vec<u8>);

impl Sink for Unpacked {
    fn take(&mut self, bytes: &[u8], _: u64) -> Result<(), Stop> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Takes in the files of an archive as they come by.
struct Taking {
    intake: Intake,
    file: Option<(TreePath, Vec<u8>, bool)>,
    /// Why no more is taken in; the reader of archives has no words for it.
    refused: Option<Obstacle>,
}

impl Taking {
    fn admit(&mut self, member: &Member<'_>) -> Result<bool, Obstacle> {
        let what = match member.kind {
            MemberKind::Folder => {
                self.intake.folder(member.path)?;
                return Ok(false);
            }
            MemberKind::File => {
                let path = self.intake.file(member.path, Some(member.size))?;
                self.file = Some((path, Vec::new(), member.mode & 0o100 != 0));
                return Ok(true);
            }
            MemberKind::Symlink => "is a symlink, which no provisioner takes",
            MemberKind::HardLink => "is a hard link, which no provisioner takes",
            MemberKind::Special => "is a device or a pipe",
        };
        Err(not_safe(member.path, what))
    }

    fn or_stop<T>(&mut self, taken: Result<T, Obstacle>) -> Result<T, TarProblem> {
        taken.map_err(|obstacle| {
            self.refused = Some(obstacle);
            TarProblem::Truncated
        })
    }
}

impl Visitor for Taking {
    fn member(&mut self, member: &Member<'_>) -> Result<bool, TarProblem> {
        let admitted = self.admit(member);
        self.or_stop(admitted)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), TarProblem> {
        if let Some((_, content, _)) = &mut self.file {
            content.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn hole(&mut self, count: u64) -> Result<(), TarProblem> {
        // No longer than the file, whose length was within its limit.
        if let (Some((_, content, _)), Ok(count)) = (&mut self.file, usize::try_from(count)) {
            content.resize(content.len().saturating_add(count), 0);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), TarProblem> {
        let Some((path, content, executable)) = self.file.take() else {
            return Ok(());
        };
        let put = self.intake.put(path, content, executable);
        self.or_stop(put)
    }
}

pub(super) fn malformed(message: impl Into<String>) -> Obstacle {
    Obstacle::refused(&ASSETS_MALFORMED, message)
}

fn stopped(stop: &Stop) -> Obstacle {
    let code = match stop {
        Stop::Tar(error) => match error.problem.gravity() {
            Gravity::Malformed => &ASSETS_MALFORMED,
            Gravity::Unsafe => &ASSETS_UNSAFE,
            Gravity::Limit => &ASSETS_LIMIT,
        },
        Stop::Damaged { .. } | Stop::Unsupported(_) => &ASSETS_MALFORMED,
        Stop::TooLarge(_) | Stop::Ratio { .. } | Stop::LongText(_) => &ASSETS_LIMIT,
    };
    Obstacle::refused(code, format!("the archive: {stop}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::{Tree, walk};

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder
                .append_data(&mut header, name, *bytes)
                .expect("written");
        }
        builder.into_inner().expect("written")
    }

    #[test]
    fn an_archive_gives_its_files_however_it_is_packed() {
        let plain = archive(&[("./config.yaml", b"a: 1\n"), ("prompts/a.md", b"")]);
        let packed = zstd::encode_all(plain.as_slice(), 1).expect("packed");
        for bytes in [plain, packed] {
            let tree = read(&bytes, AssetLimits::default(), "x").expect("a tree");
            let found = walk(&tree, &TreePath::root()).expect("a walk");
            assert_eq!(found.len(), 2);
            let config = TreePath::new("config.yaml").expect("a path");
            assert_eq!(tree.read(&config, 100).expect("a file"), b"a: 1\n");
        }
    }

    #[test]
    fn zeros_at_the_end_of_a_file_are_no_end_of_an_archive() {
        let whole = archive(&[("zeros.bin", &[0; 1024]), ("config.yaml", b"a: 1\n")]);
        let first = &whole[..512 + 1024];
        let obstacle = read(first, AssetLimits::default(), "x").expect_err("it is cut off");
        assert_eq!(
            obstacle.to_string(),
            "the archive: it ends without the mark of its end"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_damage_is_no_smaller_archive(at in 0usize..2048, byte: u8, cut in 1usize..2048) {
            let whole = archive(&[("a", b"one"), ("b/c", &[7; 600])]);
            let mut damaged = whole.clone();
            let at = at % damaged.len();
            damaged[at] = byte;
            let _ = read(&damaged, AssetLimits::default(), "x");
            let short = &whole[..cut.min(whole.len() - 1)];
            prop_assert!(read(short, AssetLimits::default(), "x").is_err(), "{} bytes", short.len());
        }
    }
}
