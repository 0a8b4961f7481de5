//! Layers that mean harm.

use std::sync::Arc;

use super::support::{Layer, image, image_of, path, problem, read_in};
use crate::tree::TreePath;
use crate::tree::image::{
    Gravity, ImageFiles, ImageLimits, LayerReader, Look, Taken, TarError, TarProblem,
};

#[test]
fn paths_out_of_the_image_are_refused_by_name() {
    for (name, expected) in [
        ("/etc/passwd", TarProblem::Absolute),
        ("../up", TarProblem::Parent),
        ("a/../../up", TarProblem::Parent),
        ("a/../b", TarProblem::Parent),
    ] {
        let (entry, found) = problem(vec![Layer::new().file(name, "x")]);
        assert_eq!((entry.as_str(), &found), (name, &expected));
        assert_eq!(found.gravity(), Gravity::Unsafe);
    }
}

#[test]
fn an_entry_through_a_symlink_out_of_the_image_is_refused() {
    let layer = Layer::new()
        .symlink("a/out", "../../..")
        .file("a/out/x", "1");
    assert_eq!(
        problem(vec![layer]),
        ("a/out/x".to_owned(), TarProblem::LinkOutside)
    );
    let files = image(vec![Layer::new().symlink("a/out", "../../etc")]);
    assert_eq!(
        files.resolve(&path("a/out/x")),
        Err(TarProblem::LinkOutside)
    );
}

#[test]
fn symlinks_in_a_circle_are_refused_where_they_are_followed() {
    let circle = || Layer::new().symlink("a", "b").symlink("b", "a");
    let files = image(vec![circle()]);
    assert_eq!(files.resolve(&path("a/x")), Err(TarProblem::LinkLoop));
    let (entry, found) = problem(vec![circle().file("a/x", "1")]);
    assert_eq!((entry.as_str(), found), ("a/x", TarProblem::LinkLoop));
    let own = Layer::new().symlink("self", "self").file("self/x", "1");
    assert_eq!(problem(vec![own]).1, TarProblem::LinkLoop);
}

#[test]
fn a_name_that_is_there_twice_in_a_layer_is_refused_unless_it_is_a_folder() {
    for layer in [
        Layer::new().file("a", "1").file("./a", "2"),
        Layer::new().file("a", "1").symlink("a", "b"),
        Layer::new().file("a/b", "1").file("a", "2"),
        Layer::new().file("a", "1").folder("a"),
    ] {
        assert_eq!(problem(vec![layer]).1, TarProblem::Duplicate);
    }
    image(vec![Layer::new().folder("a").file("a/x", "1").folder("a/")]);
    let below = Layer::new().file("a", "1").file("a/x", "2");
    assert_eq!(problem(vec![below]).1, TarProblem::NotAFolder);
}

#[test]
fn hard_links_to_nothing_and_to_folders_are_refused() {
    let nothing = Layer::new().hard_link("a", "b").file("b", "too late");
    assert!(matches!(problem(vec![nothing]).1, TarProblem::HardLinkNowhere(to) if to == "b"));
    let folder = Layer::new().folder("b").hard_link("a", "b");
    assert!(matches!(
        problem(vec![folder]).1,
        TarProblem::HardLinkToFolder(_)
    ));
    let out = Layer::new().hard_link("a", "../b");
    assert_eq!(problem(vec![out]).1, TarProblem::Parent);
}

#[test]
fn whiteouts_of_nothing_are_refused() {
    for name in [".wh.", "a/.wh..", ".wh..."] {
        let (entry, found) = problem(vec![Layer::new().file(name, "")]);
        assert_eq!((entry.as_str(), found), (name, TarProblem::EmptyWhiteout));
    }
}

#[test]
fn an_archive_that_is_cut_off_is_refused_wherever_it_is_cut() {
    let whole = Layer::new()
        .file("a", "some content")
        .file("b/c", "x")
        .bytes();
    // Up to the end of the last entry; after it, an end marker may be missing.
    for length in 1..512 * 4 {
        if length % 1024 == 0 {
            continue;
        }
        let cut = read_in(&whole[..length], 300);
        let error = cut.expect_err("refused");
        assert_eq!(error.problem, TarProblem::Truncated, "{length}");
    }
    assert_eq!(read_in(&whole[..512 * 4], 300).expect("whole").len(), 2);
}

#[test]
fn something_else_than_an_archive_is_refused() {
    for bytes in [vec![b'x'; 600], vec![0xff; 2048], b"{}".repeat(512)] {
        let error = read_in(&bytes, 100).expect_err("refused");
        assert_eq!(error.problem.gravity(), Gravity::Malformed);
    }
    assert!(read_in(&[], 1).expect("nothing at all").is_empty());
}

fn limited(limits: ImageLimits, bytes: &[u8]) -> Result<(), TarError> {
    let look = Look::Under(TreePath::root());
    let mut reader = LayerReader::new(limits, Taken::default(), look, Arc::default());
    reader.feed(bytes)?;
    ImageFiles::new(limits).add(0, reader.finish()?)
}

#[test]
fn entries_names_and_sizes_are_limited() {
    let limits = ImageLimits {
        entries: 3,
        bytes: 1000,
        ..ImageLimits::default()
    };
    let files = |names: &[&str]| {
        let layer = names
            .iter()
            .fold(Layer::new(), |layer, name| layer.file(name, "x"));
        limited(limits, &layer.bytes()).map_err(|error| error.problem)
    };
    assert_eq!(files(&["a", "b", "c"]), Ok(()));
    assert_eq!(
        files(&["a", "b", "c", "d"]),
        Err(TarProblem::TooManyEntries(3))
    );
    // Folders that nobody wrote down count as well.
    assert_eq!(files(&["a/b/c/d"]), Err(TarProblem::TooManyEntries(3)));
    let large = Layer::new().file("a", &"x".repeat(1001));
    let error = limited(limits, &large.bytes()).expect_err("refused");
    assert_eq!(error.problem, TarProblem::TooLarge(1000));
}

#[test]
fn a_long_name_is_not_read_into_memory_for_ever() {
    let mut layer = Layer::new();
    let header = super::support::header(tar::EntryType::GNULongName, 1 << 33);
    let mut header = header;
    header.set_cksum();
    layer.0.append(&header, std::io::empty()).expect("written");
    let error = image_of(&[layer.bytes()]).expect_err("refused");
    assert_eq!(error.problem, TarProblem::ExtensionTooLarge(1 << 33));
    assert_eq!(error.problem.gravity(), Gravity::Limit);
}

#[test]
fn what_the_layers_before_took_is_not_there_for_the_next_one() {
    let layer = Layer::new().file("a", "12345").bytes();
    let limits = ImageLimits {
        entries: 10,
        bytes: 10,
        ..ImageLimits::default()
    };
    let after = |before: Taken| {
        let look = Look::Under(TreePath::root());
        let mut reader = LayerReader::new(limits, before, look, Arc::default());
        reader.feed(&layer).map_err(|error| error.problem)?;
        reader.finish().map_err(|error| error.problem)
    };
    let taken = after(Taken::default()).expect("read").taken();
    assert_eq!(
        taken,
        Taken {
            entries: 1,
            names: 1,
            bytes: 5,
            kept: 5
        }
    );
    // Each limit is named as the gate has it, not by what is left of it.
    let full = |change: fn(&mut Taken)| {
        let mut before = Taken::default();
        change(&mut before);
        after(before).expect_err("refused")
    };
    assert_eq!(full(|t| t.entries = 10), TarProblem::TooManyEntries(10));
    assert_eq!(full(|t| t.bytes = 6), TarProblem::TooLarge(10));
    assert_eq!(
        full(|t| t.names = 1 << 20),
        TarProblem::NamesTooLong(1 << 20)
    );
    // Contents are kept as long as the whole image has room for them.
    let kept = |kept: usize| {
        let before = Taken {
            kept,
            ..Taken::default()
        };
        after(before).expect("read").taken().kept
    };
    assert_eq!((kept((16 << 20) - 5), kept((16 << 20) - 4)), (5, 0));
}

#[test]
fn holes_that_are_hashed_count_as_what_is_unpacked_and_end_when_reading_is_to_stop() {
    let mut layer = Layer::new();
    let records = [
        ("GNU.sparse.size", b"68719476736".as_slice()),
        ("GNU.sparse.map", b"68719476735,1"),
    ];
    layer.0.append_pax_extensions(records).expect("written");
    let bytes = layer.file("sparse", "x").bytes();
    let reader = |look: Look| {
        LayerReader::new(
            ImageLimits::default(),
            Taken::default(),
            look,
            Arc::default(),
        )
    };
    let all = || Look::Under(TreePath::root());
    let error = reader(all()).feed(&bytes).expect_err("refused");
    assert!(
        matches!(error.problem, TarProblem::TooManyZeros { ratio: 200, .. }),
        "{error}"
    );
    // Where nobody hashes it, it costs nothing.
    reader(Look::Under(path("other")))
        .feed(&bytes)
        .expect("read");
    let mut stopped = reader(all()).stopping(Arc::new(|| true));
    stopped.allow_zeros(u64::MAX);
    let error = stopped.feed(&bytes).expect_err("refused");
    assert_eq!(error.problem, TarProblem::Interrupted);
}
