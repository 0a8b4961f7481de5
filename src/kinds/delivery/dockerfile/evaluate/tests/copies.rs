use super::support::{files, image, listing, path, problems};
use crate::kinds::delivery::dockerfile::Place;

const CONTEXT: &[(&str, &str)] = &[
    ("a.txt", "a"),
    ("b.txt", "b"),
    ("c.md", "c"),
    ("run.sh", "#!/bin/sh\n"),
    ("d/x.txt", "x"),
    ("d/e/y.txt", "y"),
    ("d/e/z.md", "z"),
    ("with space/f", "f"),
    ("link", "-> d/x.txt"),
    ("dirlink", "-> /d/e"),
    ("v/1", "1"),
    ("d/out", "-> ../../etc/passwd"),
];

fn check(steps: &str, expected: &[&str]) {
    assert_eq!(files(steps, CONTEXT), expected, "{steps}");
}

#[test]
fn a_file_goes_to_the_name_or_into_the_folder_that_the_destination_is() {
    check("COPY a.txt /x", &["x <- a.txt"]);
    check("COPY a.txt /x/", &["x/a.txt <- a.txt"]);
    check("COPY a.txt /x/y", &["x/y <- a.txt"]);
    check("COPY a.txt /", &["a.txt <- a.txt"]);
    check("COPY a.txt .", &["a.txt <- a.txt"]);
    check(
        "COPY a.txt b.txt /x/",
        &["x/a.txt <- a.txt", "x/b.txt <- b.txt"],
    );
    check("WORKDIR /w\nCOPY a.txt /w", &["w/a.txt <- a.txt"]);
    check("copy a.txt /x", &["x <- a.txt"]);
    check("ADD a.txt /x", &["x <- a.txt"]);
}

#[test]
fn a_folder_is_copied_as_what_is_in_it() {
    let below = |to: &str| {
        vec![
            format!("{to}e/y.txt <- d/e/y.txt"),
            format!("{to}e/z.md <- d/e/z.md"),
            format!("{to}out <- d/out"),
            format!("{to}x.txt <- d/x.txt"),
        ]
    };
    for (steps, to) in [
        ("COPY d /x", "x/"),
        ("COPY d/ /x/", "x/"),
        ("COPY d /", ""),
        ("COPY ./d /x", "x/"),
        ("COPY /d /x", "x/"),
        ("COPY d/. /x", "x/"),
        ("COPY d/e/.. /x", "x/"),
        ("COPY ../../d /x", "x/"),
    ] {
        assert_eq!(files(steps, CONTEXT), below(to), "{steps}");
    }
}

#[test]
fn several_folders_are_merged() {
    check(
        "COPY d/e dirlink v /x",
        &["x/1 <- v/1", "x/y.txt <- d/e/y.txt", "x/z.md <- d/e/z.md"],
    );
}

#[test]
fn working_directories_resolve_relative_destinations() {
    check(
        "WORKDIR /w\nWORKDIR v\nCOPY a.txt u/",
        &["w/v/u/a.txt <- a.txt"],
    );
    check("WORKDIR /w/v\nCOPY a.txt ../t", &["w/t <- a.txt"]);
    check(
        "ENV D=q\nWORKDIR /w/$D\nCOPY a.txt ./",
        &["w/q/a.txt <- a.txt"],
    );
    check("WORKDIR w\nCOPY a.txt ./", &["w/a.txt <- a.txt"]);
}

#[test]
fn wildcards_match_as_go_matches_them() {
    check("COPY *.txt /x/", &["x/a.txt <- a.txt", "x/b.txt <- b.txt"]);
    check("COPY ?.md /x/", &["x/c.md <- c.md"]);
    check(
        "COPY [ab].txt /x/",
        &["x/a.txt <- a.txt", "x/b.txt <- b.txt"],
    );
    check("COPY [^a].txt /x/", &["x/b.txt <- b.txt"]);
    check("COPY d/*/y.txt /x/", &["x/y.txt <- d/e/y.txt"]);
    // Each matched folder is copied as what is in it.
    check(
        "COPY d/e* /x/",
        &["x/y.txt <- d/e/y.txt", "x/z.md <- d/e/z.md"],
    );
}

#[test]
fn a_wildcard_that_matches_nothing_is_told() {
    let image = image("FROM scratch\nCOPY a.txt *.nope /x/\n", CONTEXT);
    assert_eq!(problems(&image), ["2: empty *.nope"]);
    assert_eq!(listing(&image), ["x/a.txt <- a.txt"]);
    assert_eq!(
        image.problems[0].at,
        Place {
            line: 2,
            column: 12
        }
    );
}

#[test]
fn missing_sources_are_told_with_their_place_and_the_rest_goes_on() {
    let image = image(
        "FROM scratch\nCOPY nope a.txt /x/\nCOPY b.txt /y\n",
        CONTEXT,
    );
    assert_eq!(problems(&image), ["2: missing nope"]);
    assert_eq!(listing(&image), ["x/a.txt <- a.txt", "y <- b.txt"]);
}

#[test]
fn the_json_form_takes_names_with_spaces() {
    check(
        "COPY [\"with space/f\", \"/x y/\"]",
        &["x y/f <- with space/f"],
    );
}

#[test]
fn quotes_and_escapes_in_the_shell_form_are_taken_away() {
    check("COPY \"a.txt\" '/x'", &["x <- a.txt"]);
}

#[test]
fn symlinks_are_followed_as_sources_and_kept_below_folders() {
    check("COPY link /x/", &["x/link <- d/x.txt"]);
    check(
        "COPY dirlink /x/",
        &["x/y.txt <- d/e/y.txt", "x/z.md <- d/e/z.md"],
    );
    check("COPY dirlink/y.txt /x/", &["x/y.txt <- d/e/y.txt"]);
    // Out of the context means its root.
    let image = image("FROM scratch\nCOPY d/out /x\n", CONTEXT);
    assert_eq!(problems(&image), ["2: missing d/out"]);
}

#[test]
fn a_symlink_in_the_image_leads_a_later_copy_to_its_target() {
    let context = &[("t/l", "-> /real"), ("a", "a")];
    assert_eq!(
        files("COPY t /\nCOPY a /l/", context),
        ["l <- t/l", "real/a <- a"]
    );
}

#[test]
fn a_later_file_replaces_an_earlier_one_which_is_remembered() {
    let image = image(
        "FROM scratch\nCOPY a.txt /x\nCOPY b.txt /x\nCOPY c.md /x\n",
        CONTEXT,
    );
    assert_eq!(listing(&image), ["x <- c.md"]);
    let overwrote: Vec<_> = image.files[&path("x")]
        .overwrote
        .iter()
        .map(|old| (super::support::origin(&old.origin), old.at.line))
        .collect();
    assert_eq!(
        overwrote,
        [("a.txt".to_owned(), 2), ("b.txt".to_owned(), 3)]
    );
}

#[test]
fn files_and_folders_cannot_replace_one_another() {
    for (steps, expected) in [
        (
            "COPY a.txt /x\nCOPY d /x",
            "3: refused: /x is a file, not a folder",
        ),
        (
            "COPY a.txt /x\nCOPY b.txt /x/y",
            "3: refused: /x is a file, not a folder",
        ),
        (
            "COPY a.txt b.txt /x",
            "2: refused: several sources need a folder as destination, and /x has no slash at its end",
        ),
        (
            "COPY *.txt /x",
            "2: refused: `*.txt` matches several files, and /x has no slash at its end",
        ),
        (
            "COPY https://e.org/x /x",
            "2: refused: COPY takes no remote source; ADD does",
        ),
    ] {
        let image = image(&format!("FROM scratch\n{steps}\n"), CONTEXT);
        assert_eq!(problems(&image), [expected], "{steps}");
    }
}

#[test]
fn chmod_decides_about_the_execute_bit() {
    let executable = |steps: &str, name: &str| {
        image(&format!("FROM scratch\n{steps}\n"), CONTEXT).files[&path(name)].executable
    };
    assert_eq!(executable("COPY a.txt /x", "x"), None);
    assert_eq!(executable("COPY --chmod=755 a.txt /x", "x"), Some(true));
    assert_eq!(executable("COPY --chmod=0644 run.sh /x", "x"), Some(false));
    assert_eq!(executable("COPY --chmod=u=rwX a.txt /x", "x"), Some(false));
    assert_eq!(executable("COPY --chmod=u=rwX run.sh /x", "x"), Some(true));
    assert_eq!(
        executable("ARG M=+x\nCOPY --chmod=$M a.txt /x", "x"),
        Some(true)
    );
    assert_eq!(executable("COPY <<x /\nhi\nx", "x"), Some(false));
    assert_eq!(executable("COPY --chmod=755 <<x /\nhi\nx", "x"), Some(true));
}

#[test]
fn exclude_concerns_what_is_in_folders() {
    check(
        "COPY --exclude=*.txt --exclude=out d /x",
        &["x/e/y.txt <- d/e/y.txt", "x/e/z.md <- d/e/z.md"],
    );
    check(
        "COPY --exclude=**/*.txt --exclude=out d /x",
        &["x/e/z.md <- d/e/z.md"],
    );
    check(
        "COPY --exclude=* --exclude=!e d /x",
        &["x/e/y.txt <- d/e/y.txt", "x/e/z.md <- d/e/z.md"],
    );
    check("COPY --exclude=*.txt a.txt /x/", &["x/a.txt <- a.txt"]);
}

#[test]
fn parents_keeps_the_folders_of_the_source() {
    check(
        "COPY --parents d/e/y.txt /x/",
        &["x/d/e/y.txt <- d/e/y.txt"],
    );
    check(
        "COPY --parents d/./e/y.txt /x/",
        &["x/e/y.txt <- d/e/y.txt"],
    );
    check(
        "COPY --parents **/*.txt /x/",
        &[
            "x/a.txt <- a.txt",
            "x/b.txt <- b.txt",
            "x/d/e/y.txt <- d/e/y.txt",
            "x/d/x.txt <- d/x.txt",
        ],
    );
    check(
        "COPY --parents d/e /x",
        &["x/d/e/y.txt <- d/e/y.txt", "x/d/e/z.md <- d/e/z.md"],
    );
    let missing = image("FROM scratch\nCOPY --parents d/nope /x/\n", CONTEXT);
    assert_eq!(problems(&missing), ["2: missing d/nope"]);
}

#[test]
fn link_and_chown_change_nothing_about_paths() {
    check("COPY --link --chown=1:1 a.txt /x", &["x <- a.txt"]);
    check(
        "COPY --link=false --chown=$nobody a.txt /x",
        &["x <- a.txt"],
    );
}

#[test]
fn heredocs_become_files_with_variables_unless_quoted() {
    check(
        "ARG V=1\nCOPY <<a <<\"b\" /x/\nv=$V \"q\"\na\nv=$V\nb",
        &[
            "x/a <- inline \"v=1 \\\"q\\\"\\n\"",
            "x/b <- inline \"v=$V\\n\"",
        ],
    );
    check("COPY <<-a /x\n\t\tv\n\ta", &["x <- inline \"v\\n\""]);
}

#[test]
fn add_unpacks_archives_by_their_content_and_copy_does_not() {
    use std::io::Write;
    use std::sync::Arc;

    use crate::gate::Change;
    use crate::kinds::delivery::dockerfile::{Request, evaluate};
    use crate::tree::{DirTree, OverlayTree};

    let mut builder = tar::Builder::new(Vec::new());
    for (name, text, mode) in [("./in/f", "hello", 0o644), ("in/run", "x", 0o755)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(mode);
        builder
            .append_data(&mut header, name, text.as_bytes())
            .expect("appends");
    }
    let plain = builder.into_inner().expect("finishes");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).expect("compresses");
    let packed = encoder.finish().expect("finishes");
    let file = |path: &str, bytes: &[u8]| Change::Write {
        path: path.as_bytes().to_vec(),
        bytes: bytes.to_vec(),
        executable: false,
    };
    let dockerfile = "FROM scratch\nADD a.bin /t\nADD b.tgz /g/\nCOPY b.tgz /c/\nADD note.gz /n\nADD --unpack=false a.bin /u\nADD x.xz /x/\n";
    let tree = OverlayTree::plant(
        Arc::new(DirTree::new("/nowhere/at/all", "")),
        &[
            file("Dockerfile", dockerfile.as_bytes()),
            file("a.bin", &plain),
            file("b.tgz", &packed),
            file("note.gz", b"no archive"),
            file("x.xz", b"\xfd7zXZ\0..."),
        ],
    )
    .expect("plants");
    let image = evaluate(&Request::new(&tree, path("Dockerfile"))).expect("evaluates");
    assert_eq!(problems(&image), [] as [&str; 0]);
    assert_eq!(
        listing(&image),
        [
            "c/b.tgz <- b.tgz",
            "g/in/f <- b.tgz!in/f",
            "g/in/run <- b.tgz!in/run",
            "n <- note.gz",
            "t/in/f <- a.bin!in/f",
            "t/in/run <- a.bin!in/run",
            "u <- a.bin",
        ]
    );
    assert_eq!(image.files[&path("t/in/run")].executable, Some(true));
    assert_eq!(image.files[&path("t/in/f")].executable, Some(false));
    assert_eq!(image.opaque.len(), 1);
    assert_eq!(image.opaque[0].paths, [path("x")]);
    assert!(image.opaque[0].why.contains("xz"));
}

#[test]
fn add_downloads_to_the_last_part_of_the_address() {
    check(
        "ADD https://e.org/a/b.tgz?x=1 /x/\nADD --checksum=sha256:1 http://e.org/f /y\nADD https://e.org/ /z/",
        &[
            "x/b.tgz <- url https://e.org/a/b.tgz?x=1",
            "y <- url http://e.org/f",
            "z/__unnamed__ <- url https://e.org/",
        ],
    );
    check(
        "ADD https://e.org/r.git#v1 /x",
        &["x <- git https://e.org/r.git#v1"],
    );
}
