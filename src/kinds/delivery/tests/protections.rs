use crate::kinds::delivery::testing::{Bench, proved};

fn sample() -> Bench {
    let bench = Bench::new(&[
        ("source/config.yaml", "name: sample\n"),
        ("source/data/a.json", "{\"a\": 1}"),
        ("source/prompts/a.md", "one\n"),
        ("source/start.sh", "#!/bin/sh\n"),
    ]);
    for path in ["config.yaml", "data/a.json", "prompts/a.md", "start.sh"] {
        let content = std::fs::read(bench.path("source").join(path)).unwrap();
        bench.write(&format!("root/copy/{path}"), content);
    }
    bench.executable("source/start.sh");
    bench.executable("root/copy/start.sh");
    bench
}

#[track_caller]
fn has(names: &[String], expected: &[&str]) {
    for name in expected {
        assert!(
            names.iter().any(|n| n.starts_with(name)),
            "{name} is not among {names:#?}"
        );
    }
}

#[test]
fn every_promise_of_a_mirrored_folder_is_kept() {
    let names = proved(
        &sample(),
        "source: { template: sample }\ndeliveries: [{ directory: copy }]\n",
    );
    has(
        &names,
        &[
            "changed byte in copy: config.yaml",
            "mode now executable in copy: config.yaml",
            "mode no longer executable in copy: start.sh",
            "missing file in copy",
            "extra file in copy",
            "emptied file in copy",
            "symlink for a file in copy",
            "name in another case in copy",
            "deleted folder",
            "symlink for the folder",
            "vanished source",
            "changed content in the source",
            "changed mode in the source",
            "emptied file in the source",
            "extra file in the source",
            "missing file in the source",
        ],
    );
}

#[test]
fn every_way_of_comparing_has_promises_of_its_own() {
    let names = proved(
        &sample(),
        "source: { template: sample }\ndeliveries:\n  - directory: copy\n    compare: [{ glob: '*.yaml', as: yaml }, { glob: '**/*.json', as: json }, { glob: '**/*.md', as: text }]\n",
    );
    has(
        &names,
        &[
            "changed byte in copy: start.sh",
            "changed yaml in copy: config.yaml",
            "duplicate key in yaml",
            "changed json in copy: data/a.json",
            "duplicate key in json",
            "changed text in copy: prompts/a.md",
        ],
    );
}

#[test]
fn the_promises_of_a_subset_leave_out_what_it_allows() {
    let bench = sample();
    bench.remove("root/copy/data");
    let names = proved(
        &bench,
        "source: { template: sample }\ndeliveries: [{ directory: copy, mode: subset }]\n",
    );
    has(&names, &["changed byte in copy", "extra file in copy"]);
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with("missing file in copy"))
    );
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with("extra file in the source"))
    );
}

#[test]
fn promises_respect_selections_renames_and_allowances() {
    let bench = sample();
    std::fs::rename(
        bench.path("root/copy/prompts"),
        bench.path("root/copy/texts"),
    )
    .unwrap();
    bench.write("root/copy/MARKER", "x");
    bench.write("root/copy/local/x", "x");
    let names = proved(
        &bench,
        "source: { template: sample, include: [config.yaml, 'prompts/**', start.sh] }\ndeliveries:\n  - directory: copy\n    exclude: ['data/**', 'local/']\n    rename: { prompts: texts }\n    allow_extra: [MARKER]\n",
    );
    has(
        &names,
        &[
            "extra file in copy",
            "missing file in the source: config.yaml",
            "extra file in the source: prompts/driftgate-planted.md",
        ],
    );
}

#[test]
fn several_deliveries_of_one_source_are_promised_each() {
    let bench = sample();
    for path in ["config.yaml", "data/a.json", "prompts/a.md", "start.sh"] {
        let content = std::fs::read(bench.path("source").join(path)).unwrap();
        bench.write(&format!("root/nested/{path}"), content);
    }
    bench.write("root/nested/.git/HEAD", "ref: refs/heads/main\n");
    let names = proved(
        &bench,
        "source: { template: sample, non_empty: false }\ndeliveries:\n  - { directory: copy, name: first, modes: false }\n  - { directory: nested, name: second, modes: false }\n",
    );
    has(
        &names,
        &[
            "missing file in first",
            "missing file in second",
            "extra file in second",
        ],
    );
    assert!(!names.iter().any(|name| name.contains("mode")));
}

#[test]
fn a_folder_of_the_root_can_be_lost_like_any_source() {
    let bench = sample();
    for path in ["config.yaml", "data/a.json", "prompts/a.md"] {
        let content = std::fs::read(bench.path("source").join(path)).unwrap();
        bench.write(&format!("root/twin/{path}"), content);
    }
    let names = proved(
        &bench,
        "source: { path: copy, exclude: [start.sh] }\ndeliveries: [{ directory: twin }]\n",
    );
    has(&names, &["vanished source"]);
}
