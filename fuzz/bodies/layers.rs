use driftgate::tree::TreePath;
use driftgate::tree::image::{
    ImageFiles, ImageLimits, LayerReader, LayerSummary, Look, Taken, TarError,
};

use super::check_sums::mended;

/// What stands between two layers.
const NEXT_LAYER: &[u8] = b"--next-layer---\n";

/// The reader of image layers. The first byte says in which pieces they come. Check sums are mended first, so that
/// what is changed in a header is read at all.
pub fn check(data: &[u8]) {
    let Some((piece, data)) = data.split_first() else {
        return;
    };
    let limits = ImageLimits {
        entries: 500,
        bytes: 1 << 18,
        ..ImageLimits::default()
    };
    let read = |layer: &[u8], piece: usize| -> Result<LayerSummary, TarError> {
        let look = Look::Under(TreePath::root());
        let mut reader =
            LayerReader::new(limits, Taken::default(), look, std::sync::Arc::default());
        for piece in layer.chunks(piece) {
            reader.feed(piece)?;
        }
        reader.finish()
    };
    let mut files = ImageFiles::new(limits);
    let mut rest = data;
    for number in 0..8 {
        let (layer, after) = match rest
            .windows(NEXT_LAYER.len())
            .position(|at| at == NEXT_LAYER)
        {
            Some(at) => (&rest[..at], &rest[at + NEXT_LAYER.len()..]),
            None => (rest, &[][..]),
        };
        rest = after;
        let layer = mended(layer);
        let whole = read(&layer, layer.len().max(1));
        let pieces = read(&layer, usize::from(*piece) + 1);
        assert_eq!(format!("{whole:?}"), format!("{pieces:?}"));
        let Ok(summary) = whole else {
            return;
        };
        assert!(summary.len() <= 500 && summary.bytes() <= 1 << 18);
        if files.add(number, summary).is_err() {
            return;
        }
        holds_together(&files);
        if rest.is_empty() {
            return;
        }
    }
}

/// What is said of the files in one way is what is said in another.
fn holds_together(files: &ImageFiles) {
    let all = files.below(&TreePath::root(), true);
    assert!(all.len() <= files.len() + 1 && files.len() <= 500);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(files.unread(&TreePath::root()).is_empty(), "all was hashed");
    for (path, standing) in &all {
        assert_eq!(files.at(path), Some(*standing));
        if let Ok(resolved) = files.resolve(path) {
            assert!(resolved.path.is_within(&TreePath::root()));
        }
        files.removed_by(path);
    }
    files.doubtful(&TreePath::root());
    let there = files.ever().filter(|(.., is_there)| *is_there).count();
    let below = files.below(&TreePath::root(), false).len();
    assert_eq!(there, below);
}
