//! How entries are written into archives.

use tar::EntryType;

use super::support::{Layer, header, image, image_of, listing, path, read_in};
use crate::tree::BlobId;
use crate::tree::image::TarProblem;

#[test]
fn it_does_not_matter_in_which_pieces_an_archive_comes() {
    let bytes = Layer::new()
        .file("a", &"x".repeat(1500))
        .symlink("b", "a")
        .file("c/d", "")
        .bytes();
    let whole = format!("{:?}", read_in(&bytes, bytes.len()));
    for piece in [1, 7, 511, 512, 513, 4096] {
        assert_eq!(format!("{:?}", read_in(&bytes, piece)), whole, "{piece}");
    }
}

#[test]
fn long_names_of_gnu_and_pax_archives_are_read() {
    let long = format!("{}/file", "folder".repeat(40));
    let target = "target".repeat(40);
    let mut gnu = Layer::new();
    let mut entry = tar::Header::new_gnu();
    entry.set_size(1);
    entry.set_mode(0o644);
    gnu.0
        .append_data(&mut entry, &long, b"1".as_slice())
        .expect("written");
    let mut entry = tar::Header::new_gnu();
    entry.set_entry_type(EntryType::Symlink);
    entry.set_size(0);
    gnu.0
        .append_link(&mut entry, "link", &target)
        .expect("written");
    let files = image(vec![gnu]);
    assert_eq!(
        listing(&files),
        [format!("{long}=1 @0"), format!("link->{target} @0")]
    );

    let mut pax = Layer::new();
    let records = [("path", long.as_bytes()), ("SCHILY.xattr.user.x", b"\n\n=")];
    pax.0.append_pax_extensions(records).expect("written");
    let pax = pax.file("short", "1").file("next", "2");
    let files = image(vec![pax]);
    assert_eq!(
        listing(&files),
        [format!("{long}=1 @0"), "next=2 @0".to_owned()]
    );
}

#[test]
fn a_pax_size_counts_and_global_headers_do_not() {
    let mut layer = Layer::new();
    let records = [("size", b"3".as_slice())];
    layer.0.append_pax_extensions(records).expect("written");
    // Its own header says nothing of what follows.
    let mut entry = header(EntryType::Regular, 0);
    entry.as_old_mut().name[..1].copy_from_slice(b"a");
    entry.set_cksum();
    let mut bytes = layer.0.into_inner().expect("written");
    bytes.truncate(1024);
    bytes.extend_from_slice(entry.as_bytes());
    bytes.extend_from_slice(b"abc");
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    let global = Layer::new().entry(EntryType::XGlobalHeader, "g", "", b"11 path=/x\n");
    bytes.extend(global.file("b", "2").bytes());
    let files = image_of(&[bytes]).expect("an image");
    assert_eq!(listing(&files), ["a=abc @0", "b=2 @0"]);
}

/// What `tar --sparse` makes of a file with 3 bytes at 10 and 2 bytes at 100, of 200 bytes in all.
fn sparse_content() -> Vec<u8> {
    let mut content = vec![0; 200];
    content[10..13].copy_from_slice(b"abc");
    content[100..102].copy_from_slice(b"de");
    content
}

#[track_caller]
fn is_sparse_file(layer: Layer) {
    let bytes = layer.file("after", "x").bytes();
    for piece in [1, 512, 10_000] {
        let mut files = crate::tree::image::ImageFiles::new(Default::default());
        let summary = read_in(&bytes, piece).unwrap_or_else(|error| panic!("{error}"));
        files.add(0, summary).expect("added");
        let expected = (BlobId::of(&sparse_content()), 200);
        assert_eq!(files.content(&path("sparse")), Some(expected));
        assert!(files.at(&path("after")).is_some());
    }
}

#[test]
fn sparse_files_of_all_pax_formats_are_filled() {
    let with = |records: &[(&str, &[u8])], name: &str, bytes: &[u8]| {
        let mut layer = Layer::new();
        let records = records.iter().copied();
        layer.0.append_pax_extensions(records).expect("written");
        layer.entry(EntryType::Regular, name, "", bytes)
    };
    is_sparse_file(with(
        &[
            ("GNU.sparse.size", b"200"),
            ("GNU.sparse.numblocks", b"2"),
            ("GNU.sparse.offset", b"10"),
            ("GNU.sparse.numbytes", b"3"),
            ("GNU.sparse.offset", b"100"),
            ("GNU.sparse.numbytes", b"2"),
        ],
        "sparse",
        b"abcde",
    ));
    is_sparse_file(with(
        &[
            ("GNU.sparse.major", b"0"),
            ("GNU.sparse.minor", b"1"),
            ("GNU.sparse.name", b"sparse"),
            ("GNU.sparse.size", b"200"),
            ("GNU.sparse.map", b"10,3,100,2"),
        ],
        "GNUSparseFile.0/sparse",
        b"abcde",
    ));
    let mut stored = b"2\n10\n3\n100\n2\n".to_vec();
    stored.resize(512, 0);
    stored.extend_from_slice(b"abcde");
    is_sparse_file(with(
        &[
            ("GNU.sparse.major", b"1"),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.name", b"sparse"),
            ("GNU.sparse.realsize", b"200"),
        ],
        "GNUSparseFile.0/sparse",
        &stored,
    ));
}

#[test]
fn sparse_files_of_the_old_gnu_format_are_filled_with_their_map_in_more_headers() {
    let mut layer = Layer::new();
    let mut entry = tar::Header::new_gnu();
    entry.set_entry_type(EntryType::GNUSparse);
    entry.set_path("sparse").expect("a path");
    entry.set_mode(0o644);
    entry.set_size(5);
    let gnu = entry.as_gnu_mut().expect("a GNU header");
    gnu.set_real_size(200);
    gnu.set_is_extended(true);
    gnu.sparse[0].set_offset(10);
    gnu.sparse[0].set_length(3);
    entry.set_cksum();
    let mut more = tar::GnuExtSparseHeader::new();
    more.sparse_mut()[0].set_offset(100);
    more.sparse_mut()[0].set_length(2);
    let mut stored = more.as_bytes().to_vec();
    stored.extend_from_slice(b"abcde");
    // The map is not part of the size.
    let mut bytes = entry.as_bytes().to_vec();
    bytes.extend(stored);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    layer.0.get_mut().extend(bytes);
    is_sparse_file(layer);
}

#[test]
fn sparse_maps_that_lie_are_refused() {
    for (size, map) in [
        ("200", "10,3,12,2"),
        ("101", "10,3,100,2"),
        ("200", "10,3,100,3"),
        ("200", "10,3,100"),
        ("200", "18446744073709551615,5"),
        ("x", "10,5"),
    ] {
        let mut layer = Layer::new();
        let records = [
            ("GNU.sparse.size", size.as_bytes()),
            ("GNU.sparse.map", map.as_bytes()),
        ];
        layer.0.append_pax_extensions(records).expect("written");
        let bytes = layer.file("sparse", "abcde").bytes();
        let error = image_of(&[bytes]).expect_err("refused");
        assert!(matches!(error.problem, TarProblem::BadSparse(_)), "{error}");
    }
}

#[test]
fn a_damaged_header_is_refused() {
    let mut bytes = Layer::new().file("a", "1").bytes();
    bytes[100] ^= 1;
    let error = image_of(&[bytes]).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "entry `a` has a header that is damaged: its check sum is wrong"
    );
}

/// An entry with pax records before it.
fn with_records(records: &[(&str, &[u8])], kind: EntryType, bytes: &[u8]) -> Vec<u8> {
    let mut layer = Layer::new();
    let records = records.iter().copied();
    layer.0.append_pax_extensions(records).expect("written");
    layer.entry(kind, "sparse", "", bytes).bytes()
}

#[test]
fn empty_pieces_of_a_sparse_file_are_passed_over_wherever_they_stand() {
    for map in [
        "0,0,10,3,100,2",
        "10,3,50,0,100,2",
        "10,3,100,2,200,0",
        "10,3,20,0,30,0,100,2,150,0,200,0",
    ] {
        let mut layer = Layer::new();
        let records = [
            ("GNU.sparse.size", b"200".as_slice()),
            ("GNU.sparse.map", map.as_bytes()),
        ];
        layer.0.append_pax_extensions(records).expect("written");
        is_sparse_file(layer.entry(EntryType::Regular, "sparse", "", b"abcde"));
    }
    let hole = [
        ("GNU.sparse.size", b"200".as_slice()),
        ("GNU.sparse.map", b"200,0"),
    ];
    let files = image_of(&[with_records(&hole, EntryType::Regular, b"")]).expect("an image");
    let expected = (BlobId::of(&[0; 200]), 200);
    assert_eq!(files.content(&path("sparse")), Some(expected));
}

#[test]
fn what_programs_read_differently_out_of_pax_records_is_refused() {
    let map: [(&str, &[u8]); 2] = [
        ("GNU.sparse.size", b"200"),
        ("GNU.sparse.map", b"10,3,100,2"),
    ];
    for (more, says) in [
        (
            vec![("GNU.sparse.name", b"other".as_slice())],
            "it has no map",
        ),
        (vec![("GNU.sparse.size", b"200")], "it has no map"),
        (
            vec![
                map[0],
                map[1],
                ("GNU.sparse.major", b"2"),
                ("GNU.sparse.minor", b"0"),
            ],
            "of a version that is not known",
        ),
        (
            vec![map[0], map[1], ("GNU.sparse.major", b"0")],
            "of a version that is not known",
        ),
        (
            vec![
                map[0],
                map[1],
                ("GNU.sparse.major", b"1"),
                ("GNU.sparse.minor", b"0"),
            ],
            "it has two maps",
        ),
        (
            vec![map[0], map[1], ("GNU.sparse.realsize", b"300")],
            "it has two lengths",
        ),
        (
            vec![map[0], map[1], ("GNU.sparse.numblocks", b"3")],
            "another number of pieces",
        ),
        (
            vec![map[0], map[1], ("GNU.sparse.more", b"3")],
            "`GNU.sparse.more` is not known",
        ),
    ] {
        let bytes = with_records(&more, EntryType::Regular, b"abcde");
        let error = image_of(&[bytes]).expect_err("refused");
        assert!(matches!(error.problem, TarProblem::BadSparse(_)), "{error}");
        assert!(error.to_string().contains(says), "{error}, not {says}");
    }
    let bytes = with_records(&map, EntryType::Directory, b"");
    let error = image_of(&[bytes]).expect_err("refused");
    assert!(error.to_string().contains("it is no file"), "{error}");
}

#[test]
fn two_extended_headers_of_a_sort_before_one_entry_are_refused() {
    let mut layer = Layer::new();
    for name in ["one", "two"] {
        let records = [("path", name.as_bytes())];
        layer.0.append_pax_extensions(records).expect("written");
    }
    let error = image_of(&[layer.file("three", "3").bytes()]).expect_err("refused");
    assert!(
        matches!(error.problem, TarProblem::BadExtension(_)),
        "{error}"
    );
    // One of GNU tar and one of pax, where they do not agree.
    let long = |name: &str| {
        let mut layer = Layer::new().entry(EntryType::GNULongName, "././@LongLink", "", b"one\0");
        let records = [("path", name.as_bytes())];
        layer.0.append_pax_extensions(records).expect("written");
        image_of(&[layer.file("three", "3").bytes()])
    };
    let error = long("two").expect_err("refused");
    assert!(
        matches!(error.problem, TarProblem::BadExtension(_)),
        "{error}"
    );
    assert_eq!(listing(&long("one").expect("an image")), ["one=3 @0"]);
}

#[test]
fn only_the_header_of_an_entry_is_taken_for_one() {
    use crate::tree::image::is_header;
    let bytes = Layer::new().file("{a}", "x").bytes();
    let block = |at: usize| bytes[at..].first_chunk::<512>().expect("a block");
    assert!(is_header(block(0)));
    assert!(!is_header(block(512)));
    assert!(!is_header(&[0; 512]));
    let mut other = *block(0);
    other[3] ^= 1;
    assert!(!is_header(&other));
}
