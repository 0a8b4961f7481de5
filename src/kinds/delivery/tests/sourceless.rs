//! Gates whose source is not to be had.

use crate::gate::{Verdict, judge};
use crate::kinds::delivery::testing::{Bench, check, codes};

const GATE: &str = "source: { template: nobody-locked-it }
deliveries:
  - directory: copy
  - { dockerfile: server/Dockerfile, source_path: clone, dest: /opt/template }
";

fn bench() -> Bench {
    Bench::new(&[
        ("root/copy/a", "a\n"),
        ("root/server/Dockerfile", "FROM scratch\n"),
    ])
}

#[test]
fn what_is_there_is_only_not_compared() {
    let inspection = bench().inspect(GATE);
    assert!(inspection.findings.is_empty(), "{:#?}", inspection.findings);
    assert_eq!(inspection.obstacles.len(), 1);
}

#[test]
fn a_deleted_subject_is_found_all_the_same_and_fails_the_gate() {
    for (gone, place) in [
        ("root/copy", "copy"),
        ("root/server/Dockerfile", "server/Dockerfile"),
    ] {
        let bench = bench();
        bench.remove(gone);
        let (gate, context) = (check(GATE), bench.context());
        let inspection = gate.inspect(&context);
        let [finding] = inspection.findings.as_slice() else {
            panic!("{:#?}", inspection.findings);
        };
        assert_eq!(finding.code.name, "subject-missing");
        assert_eq!(finding.locations[0].to_string(), place);
        // The obstacle stays to be seen.
        assert_eq!(codes(&inspection).len(), 2);
        let judged = judge(gate.header(), inspection, context.today());
        assert_eq!(judged.verdict, Verdict::Fail);
    }
}

#[test]
fn a_subject_behind_a_missing_folder_of_this_repository_is_found_too() {
    let gate = "source: { path: templates/sample }\ndeliveries: [{ directory: copy }]\n";
    let bench = Bench::new(&[("root/README.md", "x")]);
    assert_eq!(codes(&bench.inspect(gate)).len(), 2);
    assert!(codes(&bench.inspect(gate)).contains(&"subject-missing"));
    bench.write("root/copy", "a file");
    assert!(codes(&bench.inspect(gate)).contains(&"type-differs"));
}
