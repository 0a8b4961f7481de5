use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::gate::{Category, Change, Plant, SourceRef, TreeRef};
use crate::kinds::delivery::testing::{Bench, check, codes};

const GATE: &str = "source: { template: sample }\ndeliveries: [{ directory: copy }]\n";

type Files = BTreeMap<String, (Vec<u8>, bool)>;

/// Files that can stand in one tree, none of them empty.
fn files() -> impl Strategy<Value = Files> {
    let content = (proptest::collection::vec(any::<u8>(), 1..20), any::<bool>());
    proptest::collection::btree_map("[ab]{1,2}(/[ab]{1,2}){0,2}", content, 1..7).prop_map(|files| {
        let names: Vec<_> = files.keys().cloned().collect();
        let is_folder = |name: &String| names.iter().any(|n| n.starts_with(&format!("{name}/")));
        files
            .into_iter()
            .filter(|(name, _)| !is_folder(name))
            .collect()
    })
}

fn write(bench: &Bench, folder: &str, files: &Files) {
    for (name, (content, executable)) in files {
        let path = format!("{folder}/{name}");
        bench.write(&path, content);
        if *executable {
            bench.executable(&path);
        }
    }
}

fn bench(source: &Files, copy: &Files) -> Bench {
    let bench = Bench::new(&[]);
    std::fs::create_dir_all(bench.path("root/copy")).unwrap();
    write(&bench, "source", source);
    write(&bench, "root/copy", copy);
    bench
}

fn template() -> TreeRef {
    TreeRef::Source(SourceRef {
        category: Category::WorkspaceTemplates,
        name: "sample".to_owned(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn there_are_no_findings_exactly_when_the_trees_are_equal(a in files(), b in files()) {
        prop_assert_eq!(bench(&a, &b).codes(GATE).is_empty(), a == b);
        prop_assert!(bench(&a, &a).codes(GATE).is_empty());
    }

    #[test]
    fn both_directions_find_the_same_number_of_changed_files(a in files(), b in files()) {
        let changed = |codes: Vec<&'static str>| {
            codes.into_iter().filter(|code| code.ends_with("-differs")).collect::<Vec<_>>()
        };
        prop_assert_eq!(
            changed(bench(&a, &b).codes(GATE)),
            changed(bench(&b, &a).codes(GATE))
        );
    }

    #[test]
    fn every_single_mutation_is_found_by_its_own_code(
        files in files(),
        pick in any::<prop::sample::Index>(),
        in_source in any::<bool>(),
    ) {
        let (name, (content, executable)) = files.iter().nth(pick.index(files.len())).unwrap();
        let bench = bench(&files, &files);
        let context = bench.context();
        let gate = check(GATE);
        let (tree, path) = if in_source {
            (template(), name.clone())
        } else {
            (TreeRef::Root, format!("copy/{name}"))
        };
        let bytes = |bytes: Vec<u8>, executable| Change::Write {
            path: path.clone().into_bytes(),
            bytes,
            executable,
        };
        let mut flipped = content.clone();
        flipped[0] ^= 1;
        let beside = |name: &str| format!("{path}{name}").into_bytes();
        let (less, more) = if in_source {
            ("not-in-source", "not-delivered")
        } else {
            ("not-delivered", "not-in-source")
        };
        let mutations = [
            (bytes(flipped, *executable), "content-differs"),
            (bytes(Vec::new(), *executable), "empty-file"),
            (
                Change::Chmod { path: path.clone().into_bytes(), executable: !executable },
                "mode-differs",
            ),
            (Change::remove(&path), less),
            (Change::write(beside("-more"), "more"), more),
            (
                Change::Symlink { path: path.clone().into_bytes(), target: b"x".to_vec() },
                "type-differs",
            ),
            (Change::write(beside("/below"), "more"), "type-differs"),
        ];
        for (change, expected) in mutations {
            let planted = context
                .plant(&Plant::changes(vec![(tree.clone(), change.clone())]))
                .unwrap();
            let found = codes(&gate.inspect(&planted));
            prop_assert_eq!(found, [expected], "{:?}", change);
        }
        prop_assert!(codes(&gate.inspect(&context)).is_empty());
    }
}
