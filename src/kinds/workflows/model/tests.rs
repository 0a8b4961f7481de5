use super::*;
use crate::kinds::workflows::yaml::Text;

fn workflow(text: &str) -> WorkflowFile {
    parse_workflow(".github/workflows/ci.yml", Folder::GitHub, text.as_bytes()).expect("a workflow")
}

/// What is wrong, without what the published model adds.
fn wrong(text: &str) -> Vec<(ShapeKind, String)> {
    workflow(text)
        .shape
        .into_iter()
        .map(|fault| (fault.kind, fault.message))
        .collect()
}

const SOUND: &str = "\
name: CI
on:
  push:
    branches: [main]
  pull_request:
    paths-ignore: ['docs/**']
    types: [opened, synchronize]
  schedule:
    - cron: '0 1 * * *'
permissions: {}
defaults:
  run:
    shell: bash
jobs:
  test:
    name: Test
    if: github.actor != 'x'
    needs: lint
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    continue-on-error: ${{ matrix.soft }}
    strategy:
      fail-fast: false
      matrix:
        os: [a, b]
    steps:
      - uses: actions/checkout@v4
      - name: Run it
        if: always()
        shell: sh
        env: {A: b}
        run: |
          echo one
  lint:
    runs-on: x
    steps: [{run: 'true', id: only}]
";

#[test]
fn all_that_a_workflow_says_is_in_the_model_with_its_place() {
    let file = workflow(SOUND);
    assert_eq!(file.shape, Vec::new());
    assert_eq!(file.name.as_ref().map(Text::as_str), Some("CI"));
    assert_eq!(file.file_name(), "ci.yml");
    let pull = file.on.get("pull_request").expect("a trigger");
    assert_eq!(
        pull.paths_ignore.as_ref().map(Filter::values),
        Some(vec!["docs/**"])
    );
    assert_eq!(
        pull.types.as_ref().map(Filter::values),
        Some(vec!["opened", "synchronize"])
    );
    assert_eq!(pull.event.span.line, 5);
    assert_eq!(
        file.on.get("schedule").map(|s| s.crons[0].value.clone()),
        Some("0 1 * * *".to_owned())
    );
    assert_eq!(file.defaults.shell.as_ref().map(Text::as_str), Some("bash"));
    let job = file.job("test").expect("a job");
    assert_eq!((job.key.span.line, job.key.span.column), (15, 3));
    assert!(job.needs("lint"));
    assert_eq!(
        job.condition.as_ref().map(Text::as_str),
        Some("github.actor != 'x'")
    );
    assert_eq!(job.timeout_minutes.as_ref().map(Text::as_str), Some("5"));
    assert_eq!(
        job.continue_on_error.as_ref().map(Text::as_str),
        Some("${{ matrix.soft }}")
    );
    assert!(job.strategy.as_ref().is_some_and(|s| s.matrix.is_some()));
    assert_eq!(job.steps.len(), 2);
    let step = &job.steps[1];
    assert_eq!(step.label(), "step `Run it`");
    assert_eq!(step.run.as_ref().map(|run| run.place(0)), Some((33, 11)));
    assert_eq!(
        file.job("lint").map(|job| job.steps[0].label()),
        Some("step `only`".to_owned())
    );
}

#[test]
fn events_may_be_a_word_a_list_or_a_mapping() {
    for on in ["push", "[push, pull_request]", "{push: , pull_request: }"] {
        let text = format!("on: {on}\njobs: {{a: {{runs-on: x, steps: [{{run: y}}]}}}}\n");
        assert!(workflow(&text).on.has("push"), "{on}");
        assert_eq!(wrong(&text), [], "{on}");
    }
}

#[test]
fn what_a_forge_refuses_is_said_with_its_reason() {
    let job = |body: &str| format!("on: push\njobs:\n  a: {body}\n");
    let cases = [
        ("jobs: {a: {runs-on: x, steps: [{run: y}]}}\n".to_owned(), "the key `on` is missing"),
        ("true: push\njobs: {a: {runs-on: x, steps: [{run: y}]}}\n".to_owned(), "a YAML 1.1 writer"),
        ("on: push\n".to_owned(), "the key `jobs` is missing"),
        ("on: push\njobs: {}\n".to_owned(), "holds no job"),
        (job("{steps: [{run: y}]}"), "neither `runs-on` nor `uses`"),
        (job("{runs-on: x}"), "has no steps"),
        (job("{runs-on: x, steps: []}"), "has no steps"),
        (job("{runs-on: x, steps: [{name: z}]}"), "neither `run` nor `uses`"),
        (job("{runs-on: x, steps: [{run: z, uses: a/b@v1}]}"), "both `run` and `uses`"),
        (job("{runs-on: x, needs: b, steps: [{run: z}]}"), "needs `b`, which is no job"),
        (job("{runs-on: x, needs: a, steps: [{run: z}]}"), "wait for each other for ever"),
        (job("[]"), "is not a mapping"),
        ("on: {push: {branches: [a], branches-ignore: [b]}}\njobs: {a: {runs-on: x, steps: [{run: y}]}}\n".to_owned(), "exclude each other"),
        ("on: {push: {branches: ['a[']}}\njobs: {a: {runs-on: x, steps: [{run: y}]}}\n".to_owned(), "is not a filter pattern"),
        ("on: push\njobs: {1a: {runs-on: x, steps: [{run: y}]}}\n".to_owned(), "is not a job's key"),
    ];
    for (text, expected) in cases {
        let found = wrong(&text);
        let refused: Vec<_> = found.iter().filter(|f| f.0 == ShapeKind::Refused).collect();
        assert!(
            refused.len() == 1 && refused[0].1.contains(expected),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn a_key_that_means_nothing_is_told_with_the_nearest_one() {
    let file =
        workflow("on: push\njobs:\n  a:\n    runs-on: x\n    need: b\n    steps: [{run: y}]\n");
    let [fault] = file.shape.as_slice() else {
        panic!("{:?}", file.shape);
    };
    assert_eq!(fault.kind, ShapeKind::UnknownKey);
    assert_eq!(fault.message, "`need` is not a key of a job");
    assert_eq!(fault.help.as_deref(), Some("did you mean `needs`?"));
}

#[test]
fn words_that_only_some_readers_take_for_booleans_are_told_where_booleans_are_meant() {
    let text = "on: push\nenv: {A: yes, B: on}\njobs:\n  a:\n    runs-on: x\n    continue-on-error: yes\n    timeout-minutes: 010\n    strategy: {fail-fast: Off, matrix: {v: [no, 012, '012']}}\n    steps: [{run: y, continue-on-error: y}]\n";
    let found = wrong(text);
    assert_eq!(found.len(), 6, "{found:#?}");
    assert!(found.iter().all(|fault| fault.0 == ShapeKind::Dialect));
}

#[test]
fn the_published_model_has_the_last_word_about_shapes() {
    let found = wrong("on: push\njobs:\n  a:\n    runs-on: {group: [x]}\n    steps: [{run: y}]\n");
    assert!(
        matches!(found.as_slice(), [(ShapeKind::Unusual, message)] if message.contains("job `a`")),
        "{found:?}"
    );
}

#[test]
fn a_file_that_is_no_mapping_is_no_workflow() {
    for text in ["", "# nothing\n", "- a\n", "text\n"] {
        let refused = parse_workflow("x.yml", Folder::GitHub, text.as_bytes());
        assert!(refused.is_err(), "{text}");
    }
}

#[test]
fn a_condition_is_an_expression_or_a_template() {
    for (text, expected) in [
        ("always()", Condition::Expression("always()")),
        ("${{ always() }}", Condition::Expression("always()")),
        ("${{ a }} == 'b'", Condition::Template("${{ a }} == 'b'")),
        (
            "${{ always() }}\n",
            Condition::Template("${{ always() }}\n"),
        ),
        ("${{ a }}${{ b }}", Condition::Template("${{ a }}${{ b }}")),
    ] {
        assert_eq!(Condition::of(text), expected, "{text}");
    }
    assert!(
        Condition::of("always()")
            .parse()
            .is_some_and(|parsed| parsed.is_ok())
    );
    assert!(
        Condition::of("a &&")
            .parse()
            .is_some_and(|parsed| parsed.is_err())
    );
}
