use std::io::Write;

use driftgate::gate::Obstacle;
use driftgate::kinds::delivery::assets_channel::ArchiveReader;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::assets::{LIMITS, Taken, files};
use super::check_sums::mended;

/// The reader of archives of assets. The first byte says in which pieces one comes, the second behind which block it is
/// cut off.
/// Check sums are mended first, so that what is changed in a header is read at all.
pub fn check(data: &[u8]) {
    let [piece, cut, archive @ ..] = data else {
        return;
    };
    let archive = mended(archive);
    let whole = read(&archive, archive.len().max(1));
    assert_eq!(told(&whole), told(&read(&archive, usize::from(*piece) + 1)));
    if is_packed(&archive) {
        return;
    }
    let packed = packed(&archive);
    if !archive.is_empty() {
        assert_eq!(told(&whole), told(&read(&packed, usize::from(*piece) + 1)));
    }
    if let Ok(files) = whole {
        // A beginning is no smaller archive, unless only zeros are gone.
        let short = &archive[..archive.len().min(512 * usize::from(*cut))];
        let rest = &archive[short.len()..];
        if let Ok(fewer) = read(short, short.len().max(1)) {
            assert!(
                rest.iter().all(|byte| *byte == 0),
                "read {} bytes alone",
                short.len()
            );
            assert_eq!(files, fewer);
        }
        let short = &packed[..packed.len() * usize::from(*cut) / 256];
        assert!(read(short, short.len().max(1)).is_err());
    }
}

/// What was read, or why nothing was. In what words zstd says that something is damaged hangs on the pieces that it gets.
fn told(read: &Result<Vec<Taken>, Obstacle>) -> String {
    match read {
        Ok(files) => format!("{files:?}"),
        Err(obstacle) => {
            let message = obstacle.message.split("it is not sound").next();
            format!("{} {message:?}", obstacle.code)
        }
    }
}

fn read(archive: &[u8], piece: usize) -> Result<Vec<Taken>, Obstacle> {
    let mut reader = ArchiveReader::new(LIMITS);
    for piece in archive.chunks(piece) {
        reader.feed(piece)?;
    }
    reader.finish("fuzzed").map(|tree| files(&tree))
}

/// Whether it begins as something packed does.
fn is_packed(archive: &[u8]) -> bool {
    [
        &[0x1f, 0x8b][..],
        &[0x28, 0xb5, 0x2f, 0xfd],
        b"BZh",
        &[0xfd, b'7', b'z', b'X', b'Z', 0],
    ]
    .iter()
    .any(|magic| archive.starts_with(magic))
        || archive.get(1..4) == Some(&[0x2a, 0x4d, 0x18])
}

fn packed(archive: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(archive).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}
