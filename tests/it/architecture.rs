//! Dependencies point inwards, and the doors to the outside stand in one room each.

use std::path::{Path, PathBuf};

/// The rooms of `src/` from the innermost outwards. Each may know those before it, and no other.
const ROOMS: &[&str] = &[
    "exit_code",
    "gate",
    "tree",
    "config",
    "context",
    "ssot",
    "backend",
    "kinds",
    "run",
    "report",
    "prove",
    "demo",
    "cli",
];

/// The Rust files below a folder, with their text.
fn sources(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The room that a file stands in: the first name below `src/`.
fn room(path: &Path) -> String {
    let below = path.strip_prefix(src()).expect("below src");
    let first = below.components().next().expect("a name");
    let first = first.as_os_str().to_str().expect("UTF-8");
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a text names: what follows `crate::`.
fn named(text: &str) -> Vec<&str> {
    text.split("crate::")
        .skip(1)
        .map(|rest| {
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

#[test]
fn every_room_knows_only_those_further_in() {
    let mut wrong = Vec::new();
    let mut looked = 0;
    for (path, text) in sources(&src()) {
        let room = room(&path);
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let rank = ROOMS
            .iter()
            .position(|known| *known == room)
            .unwrap_or_else(|| panic!("{} stands in no known room", path.display()));
        for name in named(&text) {
            looked += 1;
            match ROOMS.iter().position(|known| *known == name) {
                Some(other) if other <= rank => {}
                Some(_) => wrong.push(format!("{}: crate::{name}", path.display())),
                // `use crate::{…}` would hide what is known from this test.
                None => wrong.push(format!("{}: crate::{name}?", path.display())),
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(looked > 300, "only {looked} names were looked at");
}

/// A crate that opens a door, and the rooms that may use it.
const DOORS: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("indicatif", &["cli", "report"]),
    ("signal_hook", &["run"]),
    ("quick_junit", &["report"]),
    ("github_actions_expressions", &["kinds"]),
    ("github_actions_models", &["kinds"]),
    ("parse_dockerfile", &["kinds"]),
    ("sqlparser", &["kinds"]),
    ("tree_sitter", &["kinds"]),
    ("Command::new", &["context", "demo"]),
    ("tokio::runtime", &["context"]),
    ("reqwest", &["context"]),
    ("rustls", &["context"]),
    ("tokio_postgres_rustls", &["context"]),
    ("Docker::connect_with_unix", &["context"]),
    ("Docker::connect_with_http", &["context"]),
    ("Docker::connect_with_ssl", &["context"]),
];

#[test]
fn every_door_to_the_outside_is_used_in_its_own_room() {
    let all = sources(&src());
    for (door, rooms) in DOORS {
        let inside: Vec<_> = all
            .iter()
            .filter(|(_, text)| {
                text.lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .any(|line| names(line, door))
            })
            .collect();
        assert!(
            !inside.is_empty(),
            "nobody uses {door}: take it off the list"
        );
        for (path, _) in inside {
            let room = room(path);
            let is_test = path.components().any(|part| part.as_os_str() == "tests")
                || path.ends_with("tests.rs");
            assert!(
                is_test || rooms.contains(&room.as_str()),
                "{} uses {door}",
                path.display()
            );
        }
    }
}

/// Whether a line names a path as a whole: `clap::`, not `my_clap::` or `clap_mangen::`.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = line[..at].chars().next_back();
        let after = line[at + path.len()..].chars().next();
        !before.is_some_and(word) && matches!(after, Some(':' | ';' | '{' | '(') | None)
    })
}

#[test]
fn every_module_stands_in_the_page_on_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/architecture.md")).expect("the page");
    for (path, text) in sources(&src()) {
        let below = path.strip_prefix(root).expect("below the root");
        let folder = below.parent().expect("a folder").display().to_string();
        let named = if path.ends_with("mod.rs") {
            folder.clone()
        } else if folder == "src" {
            below.display().to_string()
        } else {
            continue;
        };
        if path.ends_with("lib.rs") || folder.split('/').any(|part| part == "tests") {
            continue;
        }
        assert!(
            page.contains(&format!("| `{named}` |")),
            "{named} is not on the page"
        );
        assert!(text.starts_with("//!"), "{named} does not say what it is");
    }
}

#[test]
fn no_file_of_modules_holds_logic() {
    for (path, text) in sources(&src()) {
        if path.ends_with("mod.rs") {
            for logic in ["fn ", "struct ", "enum ", "impl "] {
                assert!(
                    !text.lines().any(|line| {
                        let code = line.trim_start();
                        let code = code.strip_prefix("pub ").unwrap_or(code);
                        code.starts_with(logic)
                    }),
                    "{} holds logic",
                    path.display()
                );
            }
        }
    }
}
