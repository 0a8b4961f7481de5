//! Archives, on disk and over HTTP, that are packed, damaged, or mean harm.

use super::server::{Reply, Server};
use super::support::{CONFIG, ONCE, PROMPT, bundle, ends, finds, gate, gzip, right, tar, world};
use crate::support::Sandbox;

const DISK: &str = "      archive: dist/assets.tar\n";

/// A world whose archive is on disk.
fn on_disk(archive: impl AsRef<[u8]>) -> Sandbox {
    let sandbox = world(DISK);
    sandbox.write("dist/assets.tar", archive);
    sandbox
}

/// An archive with an entry after the right ones, whose name is written as it is.
fn with_entry(name: &str, kind: tar::EntryType, link: Option<&str>) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(0);
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    if let Some(link) = link {
        header.set_link_name(link).expect("a link");
    }
    header.set_cksum();
    builder.append(&header, &[][..]).expect("written");
    builder.into_inner().expect("written")
}

#[test]
fn an_archive_is_read_however_it_is_packed() {
    let zstd = zstd::encode_all(right().as_slice(), 3).expect("packed");
    for archive in [right(), gzip(&right()), zstd] {
        let gate = finds(&on_disk(&archive), &[]);
        let facts = &gate["facts"]["deliveries"][0];
        assert_eq!(facts["from"], "archive");
        // What is on disk is not on its way.
        assert_eq!(
            (&facts["looks"], &facts["requests"]),
            (&1.into(), &0.into())
        );
        let server = Server::start(move |_| Reply::ok(&archive));
        finds(&world(&(bundle(&server.url()) + ONCE)), &[]);
    }
}

#[test]
fn an_archive_that_is_gone_or_something_else_is_found() {
    let sandbox = world(DISK);
    finds(&sandbox, &["subject-missing"]);
    sandbox.write("dist/assets.tar/file", "x");
    finds(&sandbox, &["type-differs"]);
    let sandbox = world(DISK);
    sandbox.write("elsewhere.tar", right());
    std::fs::create_dir_all(sandbox.root().join("dist")).expect("a folder");
    std::os::unix::fs::symlink("../elsewhere.tar", sandbox.root().join("dist/assets.tar"))
        .expect("a link");
    finds(&sandbox, &["type-differs"]);
}

#[test]
fn an_archive_that_may_not_be_read_is_refused_and_not_empty() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = on_disk(right());
    let path = sandbox.root().join("dist/assets.tar");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("a mode");
    let ran = sandbox.run_bound_by_modes(&["run", "assets", "--output", "json"]);
    ran.exits(3);
    assert!(ran.stdout.contains("tree-unreadable"), "{}", ran.stdout);
}

#[test]
fn entries_that_mean_harm_are_refused_by_their_names() {
    use tar::EntryType;
    let cases = [
        (with_entry("../x.md", EntryType::Regular, None), "../x.md"),
        (with_entry("/etc/x", EntryType::Regular, None), "/etc/x"),
        (
            with_entry("prompts/../../x", EntryType::Regular, None),
            "prompts/../../x",
        ),
        (with_entry("..\\x", EntryType::Regular, None), "..\\\\x"),
        (
            with_entry("prompts/l.md", EntryType::Symlink, Some("../config.yaml")),
            "prompts/l.md",
        ),
        (
            with_entry("prompts/h.md", EntryType::Link, Some("config.yaml")),
            "prompts/h.md",
        ),
        (with_entry("prompts/p", EntryType::Fifo, None), "prompts/p"),
        (
            tar(&[("config.yaml", CONFIG), ("./config.yaml", "other\n")]),
            "config.yaml",
        ),
        (
            tar(&[("prompts", "x"), ("prompts/a.md", PROMPT)]),
            "prompts/a.md",
        ),
    ];
    for (archive, name) in cases {
        let message = ends(&on_disk(&archive), "refused", "assets-unsafe-entry");
        assert!(
            message.contains(&format!("entry `{name}`")),
            "{name}: {message}"
        );
    }
}

#[test]
fn what_is_no_whole_archive_is_refused_and_not_read_as_a_small_one() {
    let whole = right();
    let gzipped = gzip(&whole);
    let more = tar(&[("prompts/more.md", "x")]);
    let behind = [whole.as_slice(), &more].concat();
    let second_member = [gzip(&whole), gzip(&more)].concat();
    let cases: [(&[u8], &str); 9] = [
        (&behind, "behind its end"),
        (&second_member, "behind its end"),
        (b"", "no content"),
        (&whole[..700], "cut off"),
        // Between two entries: many readers take that for the end.
        (&whole[..1024], "without the mark of its end"),
        (&gzipped[..gzipped.len() / 2], "not sound gzip"),
        (b"PK\x03\x04 and so on", "zip"),
        (b"{\"error\": \"not an archive at all\"}", ""),
        (b"BZh91AY&SY", "bzip2"),
    ];
    for (bytes, says) in cases {
        let message = ends(&on_disk(bytes), "refused", "assets-malformed");
        assert!(message.contains(says), "{says}: {message}");
    }
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused_in_little_memory() {
    // 512 MiB of zeros in half a megabyte.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let piece = vec![0; 1 << 20];
    for _ in 0..512 {
        std::io::Write::write_all(&mut encoder, &piece).expect("written");
    }
    let bomb = encoder.finish().expect("written");
    let sandbox = on_disk(&bomb);
    let ran = sandbox.run_within("-v 700000", &["run", "assets", "--output", "json"]);
    ran.exits(3);
    assert!(ran.stdout.contains("assets-limit"), "{}", ran.stdout);
}

#[test]
fn each_limit_is_the_gates_own() {
    let files = [("config.yaml", CONFIG), ("prompts/a.md", PROMPT)];
    let size = CONFIG.len();
    for (limits, fits) in [
        (format!("file: {size}"), true),
        (format!("file: {}", size - 1), false),
        (format!("total: {}", size + PROMPT.len()), true),
        (format!("total: {}", size + PROMPT.len() - 1), false),
        ("entries: 2".to_owned(), true),
        ("entries: 1".to_owned(), false),
    ] {
        let sandbox = on_disk(tar(&files));
        let keys = format!("{DISK}      limits: {{ {limits} }}\n");
        sandbox.write("gates/assets.yaml", gate(&keys, ""));
        if fits {
            finds(&sandbox, &[]);
        } else {
            ends(&sandbox, "refused", "assets-limit");
        }
    }
}
