use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where fixtures stay between runs: below the target folder.
pub(crate) fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers")
}

/// A tree of generated files that is both a repository's commit and a delivered folder.
pub(crate) struct Delivered {
    /// A root with gates over the folder `vendored`.
    pub(crate) root: PathBuf,
    /// A checkout of the source.
    pub(crate) source: PathBuf,
    /// The delivered folder.
    pub(crate) vendored: PathBuf,
    /// Where mirrors go.
    pub(crate) cache: PathBuf,
}

/// Makes `files` files of `size` bytes on average, once, and checks them against git each time.
pub(crate) fn delivered(files: usize, size: usize, gates: usize) -> Delivered {
    let base = home().join(format!("delivered-{files}-{size}-{gates}"));
    let root = base.join("root");
    let made = Delivered {
        source: base.join("repositories/org/big"),
        vendored: root.join("vendored"),
        cache: base.join("cache"),
        root,
    };
    if !base.join("complete").exists() {
        let _ = std::fs::remove_dir_all(&base);
        std::fs::create_dir_all(&made.source).expect("a folder");
        write_files(&made.source, files, size);
        let commit = commit_all(&made.source);
        copy(&made.source, &made.vendored);
        std::fs::write(
            made.root.join("driftgate.yaml"),
            "providers:\n  local:\n    url: ../repositories/{repo}\n",
        )
        .expect("a file");
        manifest(&made.root, &[("big".to_owned(), commit)]);
        std::fs::create_dir_all(made.root.join("gates")).expect("a folder");
        for gate in 0..gates {
            // The folders are named by two digits; each gate beyond the first sees its share.
            let share = if gates == 1 {
                String::new()
            } else {
                format!(", include: [\"{gate:02}/**\"]")
            };
            std::fs::write(
                made.root.join(format!("gates/vendored-{gate}.yaml")),
                format!(
                    "id: vendored-{gate}\nabout: The vendored folder equals its source.\nkind: delivery\n\
                     source: {{ template: big{share} }}\n\
                     deliveries:\n  - {{ directory: vendored{share} }}\n"
                ),
            )
            .expect("a file");
        }
        sync(&made.root, &made.cache);
        std::fs::write(base.join("complete"), "").expect("a file");
    }
    let same = Command::new("diff")
        .args(["-rq", "--exclude=.git"])
        .args([&made.source, &made.vendored])
        .status()
        .expect("diff starts");
    assert!(same.success(), "the two trees differ before measuring");
    let clean = git(&made.source, &["status", "--porcelain"]);
    assert!(
        clean.is_empty(),
        "the source differs from its commit: {clean}"
    );
    made
}

/// Repositories of a few files each, a manifest that pins them, and no mirrors yet.
pub(crate) struct Organisation {
    pub(crate) root: PathBuf,
    pub(crate) repositories: PathBuf,
    pub(crate) cache: PathBuf,
}

pub(crate) fn organisation(entries: usize) -> Organisation {
    let base = home().join(format!("organisation-{entries}"));
    let made = Organisation {
        root: base.join("root"),
        repositories: base.join("repositories/org"),
        cache: base.join("cache"),
    };
    if !base.join("complete").exists() {
        let _ = std::fs::remove_dir_all(&base);
        std::fs::create_dir_all(&made.root).expect("a folder");
        let mut pins = Vec::new();
        for entry in 0..entries {
            let name = format!("entry-{entry:02}");
            let dir = made.repositories.join(&name);
            std::fs::create_dir_all(&dir).expect("a folder");
            write_files(&dir, 20, 4 << 10);
            pins.push((name, commit_all(&dir)));
        }
        std::fs::write(
            made.root.join("driftgate.yaml"),
            "providers:\n  local:\n    url: ../repositories/{repo}\n",
        )
        .expect("a file");
        manifest(&made.root, &pins);
        std::fs::write(base.join("complete"), "").expect("a file");
    }
    sync(&made.root, &made.cache);
    made
}

/// Runs `driftgate sync`, untimed.
pub(crate) fn sync(root: &Path, cache: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_driftgate"))
        .arg("sync")
        .current_dir(root)
        .env("XDG_CACHE_HOME", cache)
        .stdin(Stdio::null())
        .output()
        .expect("driftgate starts");
    assert!(
        output.status.success(),
        "sync failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn manifest(root: &Path, pins: &[(String, String)]) {
    let mut entries = Vec::new();
    for (name, commit) in pins {
        entries.push(format!(
            "    {{\"name\": \"{name}\", \"repo\": \"org/{name}\", \"ref\": \"{commit}\"}}"
        ));
    }
    std::fs::write(
        root.join("manifest.json"),
        format!(
            "{{\n  \"version\": 1,\n  \"plugins\": [],\n  \"workspace_templates\": [\n{}\n  ],\n  \"org_templates\": []\n}}\n",
            entries.join(",\n")
        ),
    )
    .expect("a file");
}

/// Text-like files in a hundred folders, the same at every call.
fn write_files(dir: &Path, files: usize, size: usize) {
    let mut random = fastrand::Rng::with_seed(7);
    for file in 0..files {
        // Ten files a folder, as source trees have them.
        let folder = dir.join(format!("{:02}/{:02}", file / 10 % 100, file / 1000));
        if file % 10 == 0 {
            std::fs::create_dir_all(&folder).expect("a folder");
        }
        let length = random.usize(size / 2..size + size / 2);
        let text = text_of(&mut random, file, length);
        std::fs::write(folder.join(format!("{file:05}.txt")), &text).expect("a file");
    }
}

/// Words and lines, at least so many bytes of them.
pub(crate) fn text_of(random: &mut fastrand::Rng, number: usize, length: usize) -> String {
    const WORDS: [&str; 8] = [
        "gate", "source", "delivery", "subject", "finding", "verdict", "lane", "waiver",
    ];
    let mut text = String::with_capacity(length + 16);
    let _ = writeln!(text, "file {number}");
    while text.len() < length {
        text.push_str(WORDS[random.usize(..WORDS.len())]);
        text.push(if random.u8(..8) == 0 { '\n' } else { ' ' });
    }
    text
}

fn commit_all(dir: &Path) -> String {
    git(dir, &["init", "--quiet", "--initial-branch=main"]);
    git(dir, &["add", "--all"]);
    git(dir, &["commit", "--quiet", "--message=generated"]);
    git(dir, &["rev-parse", "HEAD"])
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
    let copied = Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status()
        .expect("cp starts");
    assert!(copied.success());
    std::fs::remove_dir_all(to.join(".git")).expect("a git folder");
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A U Thor")
        .env("GIT_AUTHOR_EMAIL", "author@example.org")
        .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
        .env("GIT_COMMITTER_NAME", "A U Thor")
        .env("GIT_COMMITTER_EMAIL", "author@example.org")
        .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
        .stdin(Stdio::null())
        .output()
        .expect("git starts");
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
