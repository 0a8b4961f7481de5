use std::path::{Path, PathBuf};

use crate::assets::{Served, served};
use crate::fixtures::{Delivered, delivered, home, organisation, sync};
use crate::images::{Packing, saved};
use crate::measure::{Comparison, Contender};
use crate::migrations::migrated;

/// A claim about speed, and how to test it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) make: fn() -> Comparison,
}

pub(crate) const ALL: &[Case] = &[
    Case {
        name: "start",
        make: start,
    },
    Case {
        name: "directory-700",
        make: || directory(700, 20 << 10, 30),
    },
    Case {
        name: "directory-50000",
        make: || directory(50_000, 20 << 10, 8),
    },
    Case {
        name: "assets-1000",
        make: assets,
    },
    Case {
        name: "fifty-gates",
        make: fifty_gates,
    },
    Case {
        name: "sync-warm",
        make: sync_warm,
    },
    Case {
        name: "sync-cold",
        make: sync_cold,
    },
    Case {
        name: "image-450mb",
        make: || image(12_000, 37_500, Packing::Plain, 15),
    },
    Case {
        name: "image-450mb-gzip",
        make: || image(12_000, 37_500, Packing::Gzip, 7),
    },
    Case {
        name: "image-450mb-zstd",
        make: || image(12_000, 37_500, Packing::Zstd, 11),
    },
    Case {
        name: "image-4gb",
        make: || image(40_000, 100_000, Packing::Plain, 5),
    },
    Case {
        name: "image-4gb-gzip",
        make: || image(40_000, 100_000, Packing::Gzip, 3),
    },
    Case {
        name: "image-4gb-zstd",
        make: || image(40_000, 100_000, Packing::Zstd, 5),
    },
    Case {
        name: "prove",
        make: prove,
    },
    Case {
        name: "prove-migrations",
        make: prove_migrations,
    },
    Case {
        name: "prove-organisation",
        make: prove_organisation,
    },
];

const DRIFTGATE: &str = env!("CARGO_BIN_EXE_driftgate");

fn driftgate(name: &'static str, root: &Path, cache: &Path) -> Contender {
    Contender::new(name, DRIFTGATE, root).env("XDG_CACHE_HOME", cache.to_string_lossy())
}

fn start() -> Comparison {
    let here = PathBuf::from(".");
    Comparison {
        runs: 50,
        contenders: vec![
            Contender::new("driftgate", DRIFTGATE, &here).args(["--version"]),
            Contender::new("git", "git", &here).args(["--version"]),
        ],
    }
}

fn directory(files: usize, size: usize, runs: usize) -> Comparison {
    let Delivered {
        root,
        source,
        vendored,
        cache,
    } = delivered(files, size, 1);
    Comparison {
        runs,
        contenders: vec![
            driftgate("driftgate run", &root, &cache).args(["run", "--output", "json"]),
            driftgate("driftgate run, one job", &root, &cache)
                .args(["run", "--jobs", "1", "--output", "json"]),
            Contender::new("diff -rq", "diff", &root).args([
                "-rq".to_owned(),
                "--exclude=.git".to_owned(),
                source.to_string_lossy().into_owned(),
                vendored.to_string_lossy().into_owned(),
            ]),
            Contender::new("reading the delivered side", "sh", &vendored)
                .args(["-c", "find . -type f -print0 | xargs -0 cat > /dev/null"]),
        ],
    }
}

/// An image in an archive, against listing the same archive unpacked in the same way.
fn image(files: usize, size: usize, packing: Packing, runs: usize) -> Comparison {
    let made = saved(files, size, packing);
    let cache = home().join("no-cache");
    let list = format!(
        "{} {} | tar -tf - > /dev/null",
        packing.reader(),
        made.archive
    );
    Comparison {
        runs,
        contenders: vec![
            driftgate("driftgate run", &made.root, &cache).args([
                "run".to_owned(),
                "--gates".to_owned(),
                made.gates(),
                "--output".to_owned(),
                "json".to_owned(),
            ]),
            Contender::new("tar -tf", "sh", &made.root).args(["-c".to_owned(), list]),
        ],
    }
}

/// What a server on this machine gives, against fetching the same files and throwing them away.
fn assets() -> Comparison {
    let Served { root, fetch } = served(&home(), 1_000, 4 << 10);
    let fetch = fetch.to_string_lossy();
    let all = [
        "--silent",
        "--show-error",
        "--fail",
        "--parallel",
        "--config",
        &fetch,
    ];
    Comparison {
        runs: 31,
        contenders: vec![
            driftgate("driftgate run", &root, &root).args(["run", "--output", "json"]),
            Contender::new("curl --parallel", "curl", &root).args(all),
        ],
    }
}

fn fifty_gates() -> Comparison {
    let one = delivered(5_000, 4 << 10, 1);
    let fifty = delivered(5_000, 4 << 10, 50);
    Comparison {
        runs: 20,
        contenders: vec![
            driftgate("50 gates on a tree", &fifty.root, &fifty.cache)
                .args(["run", "--output", "json"]),
            driftgate("one gate on the tree", &one.root, &one.cache)
                .args(["run", "--output", "json"]),
        ],
    }
}

fn sync_warm() -> Comparison {
    let made = organisation(30);
    Comparison {
        runs: 30,
        contenders: vec![
            // Without a PATH there is no git to start.
            driftgate("warm sync of 30, no git", &made.root, &made.cache)
                .args(["sync", "--locked"])
                .env("PATH", "/nonexistent"),
            driftgate("warm sync of 30", &made.root, &made.cache).args(["sync"]),
        ],
    }
}

fn sync_cold() -> Comparison {
    let made = organisation(30);
    let cold_cache = made.cache.with_file_name("cold-cache");
    let clones = made.cache.with_file_name("clones");
    let loop_of_clones = format!(
        "for repository in {}/*; do git clone --quiet --depth 1 \"file://$repository\" \"{}/$(basename \"$repository\")\" || exit 1; done",
        made.repositories.display(),
        clones.display(),
    );
    Comparison {
        runs: 6,
        contenders: vec![
            driftgate("cold sync of 30", &made.root, &cold_cache)
                .args(["sync", "--locked"])
                .cold(&cold_cache),
            Contender::new("git clone --depth 1, in turn", "sh", &made.root)
                .args(["-c".to_owned(), loop_of_clones])
                .cold(&clones),
        ],
    }
}

fn prove() -> Comparison {
    let made = delivered(700, 20 << 10, 1);
    proved(&made.root, &made.cache)
}

fn prove_migrations() -> Comparison {
    let root = migrated(&home(), 80);
    proved(&root, &home().join("no-cache"))
}

/// The organisation of `driftgate demo`: six gates of three kinds.
fn prove_organisation() -> Comparison {
    let base = home().join("sample");
    let _ = std::fs::remove_dir_all(&base);
    std::fs::create_dir_all(&base).expect("a folder");
    let environment = driftgate::context::Environment::of_process();
    let made = driftgate::demo::Organisation::make(&base, &environment).expect("made");
    sync(&made.core, &base.join("cache"));
    proved(&made.core, &base.join("cache"))
}

fn proved(root: &Path, cache: &Path) -> Comparison {
    Comparison {
        runs: 20,
        contenders: vec![
            driftgate("driftgate prove", root, cache).args(["prove", "--output", "json"]),
            driftgate("driftgate run", root, cache).args(["run", "--output", "json"]),
        ],
    }
}
