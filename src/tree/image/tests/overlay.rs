//! What layers leave when they are laid over each other.

use super::support::{Layer, image, listing, path};
use crate::tree::TreePath;
use crate::tree::image::{Doubt, Doubtful, ImageFiles, Owned};

/// What is in doubt at a path or below: where, because of which layer, and why.
fn doubt(files: &ImageFiles, at: &str) -> Option<(String, u16, Doubt)> {
    let at = TreePath::new(at).expect("a path");
    let found = files.doubtful(&at)?;
    Some((found.path.to_string(), found.layer, found.doubt))
}

fn one() -> Layer {
    Layer::new()
        .file("a/x", "1")
        .file("a/y", "2")
        .file("b", "3")
}

#[test]
fn a_later_layer_wins_and_is_named() {
    let files = image(vec![one(), Layer::new().file("a/x", "new")]);
    assert_eq!(listing(&files), ["a/x=new @1", "a/y=2 @0", "b=3 @0"]);
}

#[test]
fn a_whiteout_removes_a_file_and_a_folder_of_the_layers_below() {
    let files = image(vec![
        one(),
        Layer::new().file("a/.wh.x", "").file(".wh.b", ""),
    ]);
    assert_eq!(listing(&files), ["a/y=2 @0"]);
    assert_eq!(files.removed_by(&path("a/x")), Some(1));
    assert_eq!(files.removed_by(&path("b")), Some(1));
    assert_eq!(files.removed_by(&path("a/never")), None);
    let files = image(vec![one(), Layer::new().file(".wh.a", "")]);
    assert_eq!(listing(&files), ["b=3 @0"]);
    assert_eq!(files.removed_by(&path("a/x")), Some(1));
}

#[test]
fn an_opaque_folder_hides_what_is_below_and_nothing_of_its_own_layer() {
    let layer = Layer::new().file("a/new", "n").file("a/.wh..wh..opq", "");
    let files = image(vec![one(), layer]);
    assert_eq!(listing(&files), ["a/new=n @1", "b=3 @0"]);
    assert_eq!(files.removed_by(&path("a/y")), Some(1));
}

#[test]
fn a_whiteout_takes_nothing_away_from_what_comes_after_it_in_its_own_layer() {
    let layer = Layer::new()
        .file(".wh.b", "")
        .file("b", "new")
        .file(".wh.a", "")
        .file("a/x", "new");
    let files = image(vec![one(), layer]);
    assert_eq!(listing(&files), ["a/x=new @1", "b=new @1"]);
    assert_eq!(doubt(&files, ""), None);
}

#[test]
fn a_whiteout_that_comes_after_what_it_names_in_its_own_layer_leaves_that_in_doubt() {
    let late = |layer: Layer| image(vec![one(), layer]);
    let files = late(Layer::new().file("b", "new").file(".wh.b", ""));
    assert_eq!(
        doubt(&files, "b"),
        Some(("b".to_owned(), 1, Doubt::Whiteout))
    );
    assert_eq!(doubt(&files, "a"), None);
    // A folder is in doubt with all that is below it, whichever layer brought that.
    let files = image(vec![
        one(),
        Layer::new().file("a/x", "new").file("./.wh.a", ""),
        Layer::new().file("a/more/z", "4"),
    ]);
    for at in ["a", "a/x", "a/more", "a/more/z", "a/none"] {
        let found = doubt(&files, at);
        assert_eq!(found, Some(("a".to_owned(), 1, Doubt::Whiteout)), "{at}");
    }
    // An opaque folder is said to be so by all of them, before or after.
    let opaque = Layer::new().file("a/new", "n").file("a/.wh..wh..opq", "");
    assert_eq!(doubt(&late(opaque), ""), None);
    // A later layer that takes it away for good settles it.
    let files = image(vec![
        one(),
        Layer::new().file("b", "new").file(".wh.b", ""),
        Layer::new().file("b", "sure"),
    ]);
    assert_eq!(doubt(&files, ""), None);
}

#[test]
fn a_whiteout_through_a_symlink_of_its_own_layer_leaves_the_folder_in_doubt() {
    let files = image(vec![
        Layer::new().file("usr/lib/x", "1").file("usr/lib/y", "2"),
        Layer::new().symlink("lib", "usr/lib").file("lib/.wh.x", ""),
    ]);
    let found = Some(("usr/lib".to_owned(), 1, Doubt::Whiteout));
    assert_eq!(doubt(&files, "usr/lib"), found);
    assert_eq!(doubt(&files, "usr/lib/x"), found);
    assert_eq!(doubt(&files, "usr"), found);
    let resolved = files.resolve(&path("lib")).expect("resolved");
    assert_eq!(resolved.path, path("usr/lib"));
}

#[test]
fn a_hard_link_with_another_mode_or_owner_than_its_target_leaves_both_in_doubt() {
    let linked = |change: fn(&mut tar::Header)| {
        let mut second = Layer::new();
        let mut header = super::support::header(tar::EntryType::Link, 0);
        header.set_path("c/link").expect("a path");
        header.set_link_name("b").expect("a path");
        change(&mut header);
        header.set_cksum();
        second.0.append(&header, std::io::empty()).expect("written");
        image(vec![one(), second])
    };
    assert_eq!(doubt(&linked(|_| {}), ""), None);
    for change in [
        (|header| header.set_mode(0o4644)) as fn(&mut tar::Header),
        |header| header.set_uid(7),
        |header| header.set_gid(7),
    ] {
        let files = linked(change);
        for at in ["b", "c/link", "c"] {
            let path = if at == "c" { "c/link" } else { at };
            let found = Some((path.to_owned(), 1, Doubt::HardLink));
            assert_eq!(doubt(&files, at), found);
        }
        assert_eq!(doubt(&files, "a"), None);
    }
}

#[test]
fn what_is_taken_away_through_a_symlink_of_a_layer_below_makes_all_below_its_folder_unsure() {
    let files = image(vec![
        Layer::new()
            .file("srv/v1/conf/config.yaml", "1")
            .file("srv/v1/conf/extra", "2")
            .file("srv/v2/x", "3")
            .symlink("opt/app", "/srv/v1"),
        Layer::new()
            .folder("opt/app")
            .file("opt/app/.wh..wh..opq", "")
            .file("srv/v1/conf/config.yaml", "1"),
    ]);
    for unsure in ["srv/v1", "srv/v1/conf"] {
        assert_eq!(
            doubt(&files, unsure),
            Some(("srv/v1".to_owned(), 1, Doubt::ThroughLink)),
            "{unsure}"
        );
    }
    assert_eq!(doubt(&files, "srv/v2"), None);
}

#[test]
fn a_folder_that_is_removed_and_made_anew_holds_only_the_new() {
    let files = image(vec![
        one(),
        Layer::new().file(".wh.a", ""),
        Layer::new().file("a/z", "4"),
    ]);
    assert_eq!(listing(&files), ["a/z=4 @2", "b=3 @0"]);
    assert_eq!(files.removed_by(&path("a/x")), Some(1));
}

#[test]
fn a_file_over_a_folder_and_a_folder_over_a_file() {
    let files = image(vec![
        one(),
        Layer::new().file("a", "file").file("b/c", "deep"),
    ]);
    assert_eq!(listing(&files), ["a=file @1", "b/c=deep @1"]);
    assert_eq!(files.removed_by(&path("a/x")), Some(1));
}

#[test]
fn a_hard_link_keeps_the_content_that_it_was_made_of() {
    let files = image(vec![
        one(),
        Layer::new()
            .hard_link("link", "a/x")
            .hard_link("chain", "./link"),
        Layer::new().file("a/x", "new").file(".wh.link", ""),
    ]);
    assert_eq!(
        listing(&files),
        ["a/x=new @2", "a/y=2 @0", "b=3 @0", "chain=1 @1"]
    );
    assert_eq!(files.removed_by(&path("link")), Some(2));
}

#[test]
fn a_hard_link_to_a_symlink_is_that_symlink() {
    let layer = Layer::new()
        .symlink("one", "nowhere")
        .hard_link("two", "/one");
    let files = image(vec![layer]);
    assert_eq!(listing(&files), ["one->nowhere @0", "two->nowhere @0"]);
}

#[test]
fn names_may_begin_with_a_dot_and_a_slash() {
    let layer = Layer::new().folder("./").folder("./a/").file("./a/x", "1");
    let files = image(vec![layer, Layer::new().file("./a/.wh.x", "")]);
    assert_eq!(listing(&files), [""; 0]);
    assert!(files.at(&path("a")).is_some());
}

#[test]
fn a_symlink_of_the_same_layer_is_followed_inside_of_the_image() {
    let layer = Layer::new()
        .symlink("lib", "/usr/../usr/lib")
        .file("lib/x", "1");
    let files = image(vec![layer]);
    assert_eq!(
        listing(&files),
        ["lib->/usr/../usr/lib @0", "usr/lib/x=1 @0"]
    );
    assert_eq!(doubt(&files, ""), None);
}

#[test]
fn writing_through_a_symlink_of_a_layer_below_is_marked() {
    let files = image(vec![
        Layer::new()
            .symlink("lib", "usr/lib")
            .file("usr/lib/y", "0"),
        Layer::new().file("lib/x", "1"),
    ]);
    assert_eq!(
        doubt(&files, "usr/lib"),
        Some(("usr/lib/x".to_owned(), 1, Doubt::ThroughLink))
    );
    let resolved = files.resolve(&path("lib/y")).expect("resolved");
    assert_eq!(resolved.path, path("usr/lib/y"));
    assert_eq!(resolved.through, [path("lib")]);
    let unsure = Doubtful {
        path: path("lib"),
        layer: 0,
        doubt: Doubt::ThroughLink,
    };
    assert_eq!(resolved.unsure, Some(unsure));
}

#[test]
fn a_destination_is_found_through_symlinks_in_any_part_of_it() {
    let files = image(vec![
        Layer::new()
            .symlink("opt/app", "../srv/v1")
            .symlink("srv/v1/data", "/var/data")
            .file("var/data/x", "1"),
    ]);
    let found = files.resolve(&path("opt/app/data")).expect("resolved");
    assert_eq!(found.path, path("var/data"));
    assert_eq!(found.through, [path("opt/app"), path("srv/v1/data")]);
    assert_eq!(found.unsure, None);
}

#[test]
fn owners_and_modes_are_those_of_the_last_layer_that_speaks_of_a_path() {
    let mut second = Layer::new();
    let mut header = super::support::header(tar::EntryType::Directory, 0);
    header.set_mode(0o2750);
    header.set_uid(7);
    header.set_gid(8);
    second
        .0
        .append_data(&mut header, "a/", std::io::empty())
        .expect("written");
    let files = image(vec![one(), second]);
    let standing = files.at(&path("a")).expect("there");
    let owned = Owned {
        uid: 7,
        gid: 8,
        mode: 0o2750,
    };
    assert_eq!((standing.owned, standing.layer), (owned, 1));
    assert_eq!(files.at(&path("a/x")).expect("there").layer, 0);
}
