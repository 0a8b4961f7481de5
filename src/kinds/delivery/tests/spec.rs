use crate::kinds::delivery::testing::errors;

const SOURCE: &str = "source: { template: sample }\n";

#[track_caller]
fn refused(body: &str, expected: &str) {
    let errors = errors(body);
    assert!(
        errors.iter().any(|error| error.contains(expected)),
        "{expected:?} is not among {errors:?}"
    );
}

#[track_caller]
fn taken(body: &str) {
    let found = errors(body);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_whole_gate_is_accepted() {
    taken(
        "source: { template: platform-agent, include: [config.yaml, 'prompts/**'], non_empty: true }
deliveries:
  - dockerfile: server/Dockerfile
    source_arg: TEMPLATE_DIR
    dest: /opt/template
    build_args: { A: b }
    platform: linux/arm64
    allow_extra: [MARKER]
    allow_opaque: ['RUN chown']
  - directory: copy
    name: the copy
    mode: subset
    compare: [{ glob: '*.json', as: json }]
    rename: { a: b }
    modes: false
",
    );
}

#[test]
fn a_source_has_exactly_one_name() {
    refused(
        "source: {}\ndeliveries: [{ directory: a }]\n",
        "names no source",
    );
    refused(
        "source: { template: a, path: b }\ndeliveries: [{ directory: a }]\n",
        "sample.yaml:4:30: `source` has both `template` and `path`",
    );
    refused(
        "source: { path: ../x }\ndeliveries: [{ directory: a }]\n",
        "leads out of the tree",
    );
    refused(
        "source: { plugin: '' }\ndeliveries: [{ directory: a }]\n",
        "`plugin` is empty",
    );
}

#[test]
fn a_delivery_has_exactly_one_channel_and_only_its_keys() {
    refused(
        &format!("{SOURCE}deliveries: []\n"),
        "would compare nothing",
    );
    refused(
        &format!("{SOURCE}deliveries: [{{ name: x }}]\n"),
        "has no channel",
    );
    refused(
        &format!("{SOURCE}deliveries: [{{ directory: a, dockerfile: b }}]\n"),
        "has both `dockerfile` and `directory`",
    );
    refused(
        &format!("{SOURCE}deliveries: [{{ directory: a, dest: /b }}]\n"),
        "`dest` has no meaning for a `directory` delivery",
    );
    refused(
        &format!(
            "{SOURCE}deliveries: [{{ dockerfile: a, dest: /b, source_arg: A, mode: mirror }}]\n"
        ),
        "`mode` has no meaning for a `dockerfile` delivery",
    );
    refused(
        &format!("{SOURCE}deliveries: [{{ directory: a }}, {{ directory: a }}]\n"),
        "two deliveries named `a`",
    );
}

#[test]
fn a_dockerfile_delivery_says_what_goes_where() {
    let with = |keys: &str| format!("{SOURCE}deliveries: [{{ dockerfile: a, {keys} }}]\n");
    refused(&with("dest: /b"), "which folder of the build context");
    refused(
        &with("dest: /b, source_arg: A, source_path: c"),
        "both say where the source is",
    );
    refused(&with("source_arg: A"), "key `dest` is missing");
    refused(&with("source_arg: A, dest: b"), "not an absolute path");
    refused(&with("source_arg: A, dest: /"), "the root of the image");
    refused(
        &with("source_arg: 1A, dest: /b"),
        "not the name of an `ARG`",
    );
    refused(&with("source_path: ., dest: /b"), "the whole build context");
    let own = |source: &str, keys: &str| {
        format!(
            "source: {{ path: {source} }}\ndeliveries: [{{ dockerfile: a, source_path: ., dest: /b{keys} }}]\n"
        )
    };
    taken(&own(".", ""));
    taken(&own("server", ", context: server"));
    refused(&own("server", ""), "the source is something else");
    refused(
        &own(".", ", context: server"),
        "the source is something else",
    );
    refused(
        &with("source_arg: A, dest: /b, platform: pdp-11"),
        "not a platform",
    );
    refused(
        &with("source_arg: A, dest: /b, allow_opaque: ['']"),
        "an empty text is no step",
    );
}

#[test]
fn wrong_words_are_refused_with_those_that_are_known() {
    refused(
        &format!("{SOURCE}deliveries: [{{ directory: a, mode: miror }}]\n"),
        "unknown value `miror`",
    );
    refused(
        &format!("{SOURCE}deliveries: [{{ directory: a, compare: xml }}]\n"),
        "unknown value `xml`",
    );
    refused(
        &format!("{SOURCE}deliveries: [{{ directory: a, compare: [{{ glob: '*', as: jso }}] }}]\n"),
        "unknown value `jso`",
    );
    refused(
        &format!("{SOURCE}deliveries: [{{ directory: a, includes: ['*'] }}]\n"),
        "unknown key `includes`",
    );
    refused(
        &format!("{SOURCE}deliveries: [{{ directory: a, include: ['a[' ] }}]\n"),
        "is not a path pattern",
    );
}
