use crate::gate::{Location, Mend, apply_edits};
use crate::kinds::workflows::Scene;
use crate::kinds::workflows::contexts::{BranchProtection, Demand, Event, derive};
use crate::kinds::workflows::forge::Forge;
use crate::kinds::workflows::model::{Folder, parse_workflow};

/// The mends of a file whose job `all` is required, and the file after the safe ones.
fn mended(text: &str, queue: bool) -> (Vec<Mend>, String) {
    let files = [
        parse_workflow(".github/workflows/ci.yml", Folder::GitHub, text.as_bytes())
            .expect("a workflow"),
    ];
    assert_eq!(files[0].faults, []);
    let contexts = derive(&files, Forge::GitHub, &Event::named("pull_request"));
    let demands = [Demand {
        name: "all".to_owned(),
        is_glob: false,
        at: Location::file("required.txt"),
    }];
    let protection = BranchProtection {
        merge_queue: Some(queue),
        ..BranchProtection::default()
    };
    let mut scene = Scene::new(&files, Forge::GitHub, &contexts, &demands);
    scene.protection = Some(&protection);
    let mends = super::all(&scene);
    let safe = mends.iter().filter(|mend| mend.doubt.is_none());
    let after = apply_edits(text, safe.flat_map(|mend| &mend.edits)).expect("no overlap");
    (mends, after)
}

const HEAD: &str = "\
name: CI # the name
on: [push, pull_request]
jobs:
  # the first
  test: # tests
    runs-on: x
    steps: [{run: 'true'}]
";

#[test]
fn a_required_job_that_its_needs_can_skip_runs_always_and_looks_at_each_result() {
    let text = format!(
        "{HEAD}  all:\n    name: all # behind\n    # why\n    needs: [test]\n    runs-on: x\n    steps:\n      # before\n      - run: echo done\n"
    );
    let (mends, after) = mended(&text, false);
    assert_eq!(mends.len(), 1);
    assert_eq!(
        after,
        format!(
            "{HEAD}  all:\n    name: all # behind\n    # why\n    if: always()\n    needs: [test]\n    runs-on: x\n    steps:\n      # before\n      - name: Every needed job ended in success\n        env:\n          RESULT_TEST: ${{{{ needs.test.result }}}}\n        shell: bash\n        run: '[ \"$RESULT_TEST\" = success ]'\n      - run: echo done\n"
        )
    );
    assert!(mended(&after, false).0.is_empty(), "once is enough");
}

#[test]
fn a_job_that_shows_its_results_gets_the_look_at_them_all_the_same() {
    let text = format!(
        "{HEAD}  all:\n    needs: test\n    runs-on: x\n    steps:\n      - run: echo ${{{{ needs.test.result }}}}\n"
    );
    let (mends, after) = mended(&text, false);
    assert_eq!(mends.len(), 1);
    assert!(
        after.contains("    if: always()\n    needs: test\n"),
        "{after}"
    );
    assert!(
        after.contains("run: '[ \"$RESULT_TEST\" = success ]'\n      - run: echo"),
        "{after}"
    );
}

#[test]
fn a_need_that_may_be_skipped_on_purpose_makes_the_mend_doubtful() {
    let text = format!(
        "{HEAD}  deploy: {{if: github.ref == 'x', runs-on: x, steps: [{{run: 'true'}}]}}\n  all:\n    needs: [test, deploy]\n    runs-on: x\n    steps:\n      - run: echo done\n"
    );
    let (mends, after) = mended(&text, false);
    assert!(mends[0].doubt.is_some(), "{mends:?}");
    assert_eq!(after, text);
}

#[test]
fn the_look_at_results_does_not_depend_on_what_the_file_sets_for_other_steps() {
    let text = format!(
        "defaults: {{run: {{shell: pwsh, working-directory: canvas}}}}\n{HEAD}  all:\n    needs: test\n    runs-on: x\n    steps:\n      - run: echo done\n"
    );
    let (_, after) = mended(&text, false);
    assert!(
        after.contains("        shell: bash\n        working-directory: .\n        run: '["),
        "{after}"
    );
    assert!(
        mended(&text.replace("runs-on: x", "runs-on: windows-2025"), false)
            .0
            .is_empty()
    );
}

#[test]
fn a_job_that_runs_always_and_looks_at_nothing_gets_the_look() {
    let text = format!(
        "{HEAD}  all:\n    if: ${{{{ always() }}}}\n    needs: [test]\n    runs-on: x\n    steps:\n    - run: echo done\n"
    );
    let (mends, after) = mended(&text, false);
    assert_eq!(mends.len(), 1);
    assert!(
        after.contains("    - name: Every needed job ended in success\n      env:\n"),
        "{after}"
    );
    assert!(mended(&after, false).0.is_empty());
}

#[test]
fn an_aggregator_gets_the_jobs_that_its_roster_lacks_in_whatever_way_it_is_written() {
    let jobs = "  lint: {runs-on: x, steps: [{run: 'true'}]}\n  docs: {runs-on: x, steps: [{run: 'true'}]}\n  deploy: {needs: all, runs-on: x, steps: [{run: 'true'}]}\n  main: {if: github.event_name == 'push', runs-on: x, steps: [{run: 'true'}]}\n";
    let rest = "    runs-on: x\n    steps:\n      - run: echo '${{ toJSON(needs) }}' | check\n";
    for (needs, expected) in [
        ("[test, lint] # all", "[test, lint, docs] # all"),
        ("[test, lint,]", "[test, lint, docs]"),
        (
            "\n      - test # one\n      - lint # two\n      # last",
            "\n      - test # one\n      - lint # two\n      - docs\n      # last",
        ),
    ] {
        let file = |needs: &str| {
            format!("{HEAD}{jobs}  all:\n    if: always()\n    needs: {needs}\n{rest}")
        };
        let (mends, after) = mended(&file(needs), false);
        assert_eq!(after, file(expected), "{needs}");
        let doubts: Vec<_> = mends.iter().filter(|mend| mend.doubt.is_some()).collect();
        assert_eq!(doubts.len(), 1, "{mends:?}");
        assert!(doubts[0].about.contains("`main`"));
    }
}

#[test]
fn a_roster_that_is_read_by_name_gets_the_look_at_the_new_name() {
    let text = format!(
        "{HEAD}  lint: {{runs-on: x, steps: [{{run: 'true'}}]}}\n  docs: {{runs-on: x, steps: [{{run: 'true'}}]}}\n  all:\n    if: always()\n    needs: [test, lint]\n    runs-on: x\n    steps:\n      - run: '[ \"${{{{ needs.test.result }}}}${{{{ needs.lint.result }}}}\" = successsuccess ]'\n"
    );
    let (_, after) = mended(&text, false);
    assert!(after.contains("needs: [test, lint, docs]"), "{after}");
    assert!(
        after.contains("RESULT_DOCS: ${{ needs.docs.result }}"),
        "{after}"
    );
    assert!(!after.contains("RESULT_LINT"));
}

#[test]
fn the_merge_queue_gets_its_trigger_in_whatever_way_the_others_are_written() {
    let rest = "jobs:\n  all:\n    runs-on: x\n    steps: [{run: 'true'}]\n";
    for (on, expected) in [
        ("on: pull_request\n", "on: [pull_request, merge_group]\n"),
        (
            "on: [pull_request] # c\n",
            "on: [pull_request, merge_group] # c\n",
        ),
        (
            "on:\n  push:\n    branches: [main] # c\n  pull_request:\n# end\n",
            "on:\n  push:\n    branches: [main] # c\n  pull_request:\n  merge_group:\n# end\n",
        ),
        (
            "on:\n  pull_request:\n    branches:\n      - main # c\n",
            "on:\n  pull_request:\n    branches:\n      - main # c\n  merge_group:\n",
        ),
        (
            "on:\n- pull_request\n",
            "on:\n- pull_request\n- merge_group\n",
        ),
    ] {
        let (mends, after) = mended(&format!("{on}{rest}"), true);
        assert_eq!(mends.len(), 1, "{on}");
        assert_eq!(after, format!("{expected}{rest}"));
        assert!(mended(&after, true).0.is_empty());
        assert!(mended(&format!("{on}{rest}"), false).0.is_empty());
    }
}

#[test]
fn what_cannot_be_mended_without_moving_things_is_left_alone() {
    let text = format!("{HEAD}  all: {{needs: test, runs-on: x, steps: [{{run: 'true'}}]}}\n");
    assert!(mended(&text, false).0.is_empty());
}
