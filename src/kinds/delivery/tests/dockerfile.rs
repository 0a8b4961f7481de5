use crate::gate::{Finding, Inspection};
use crate::kinds::delivery::testing::{Bench, check, codes, proved};

const NONE: [&str; 0] = [];

const GATE: &str = "source: { template: sample, include: [config.yaml, 'prompts/**'] }
deliveries:
  - dockerfile: server/Dockerfile
    source_arg: TEMPLATE_DIR
    dest: /opt/template
";

const DOCKERFILE: &str = "FROM scratch
ARG TEMPLATE_DIR=templates/sample
COPY ${TEMPLATE_DIR}/config.yaml /opt/template/config.yaml
COPY ${TEMPLATE_DIR}/prompts/ /opt/template/prompts/
";

fn bench(dockerfile: &str) -> Bench {
    Bench::new(&[
        ("source/config.yaml", "name: sample\n"),
        ("source/prompts/a.md", "one\n"),
        ("source/prompts/b.md", "two\n"),
        ("source/README.md", "read me\n"),
        ("root/server/Dockerfile", dockerfile),
        ("root/vendored/config.yaml", "name: sample\n"),
    ])
}

fn inspect(dockerfile: &str) -> Inspection {
    bench(dockerfile).inspect(GATE)
}

#[track_caller]
fn only(inspection: &Inspection) -> &Finding {
    assert_eq!(
        inspection.findings.len(),
        1,
        "{:#?} {:#?}",
        inspection.findings,
        inspection.obstacles
    );
    assert!(
        inspection.obstacles.is_empty(),
        "{:#?}",
        inspection.obstacles
    );
    &inspection.findings[0]
}

#[track_caller]
fn finds(dockerfile: &str, code: &str, message: &str, place: &str) {
    let inspection = inspect(dockerfile);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, code, "{finding:#?}");
    assert_eq!(finding.message, message);
    assert_eq!(finding.locations[0].to_string(), place);
}

#[test]
fn an_image_that_takes_its_files_from_the_source_has_no_findings() {
    let inspection = inspect(DOCKERFILE);
    assert_eq!(codes(&inspection), NONE, "{:#?}", inspection.findings);
    assert_eq!(inspection.inspected(), 3);
    let facts = &inspection.facts["deliveries"][0];
    assert_eq!(facts["source_folder"], "templates/sample");
}

#[test]
fn a_file_that_no_copy_takes_is_not_delivered() {
    finds(
        &DOCKERFILE.replace(
            "COPY ${TEMPLATE_DIR}/config.yaml /opt/template/config.yaml\n",
            "",
        ),
        "not-delivered",
        "config.yaml is in the source, and not delivered",
        "server/Dockerfile",
    );
}

#[test]
fn a_copy_from_beside_the_source_is_vendored_even_if_it_is_equal() {
    finds(
        &DOCKERFILE.replace("${TEMPLATE_DIR}/config.yaml", "vendored/config.yaml"),
        "vendored",
        "config.yaml is delivered from vendored/config.yaml of the checkout, not from the source",
        "server/Dockerfile:3:6",
    );
}

#[test]
fn a_heredoc_and_another_image_are_vendored_too() {
    for copy in [
        "COPY <<EOF /opt/template/config.yaml\nname: sample\nEOF",
        "COPY --from=example.org/base /config.yaml /opt/template/config.yaml",
    ] {
        let dockerfile = DOCKERFILE.replace(
            "COPY ${TEMPLATE_DIR}/config.yaml /opt/template/config.yaml",
            copy,
        );
        assert_eq!(only(&inspect(&dockerfile)).code.name, "vendored", "{copy}");
    }
}

#[test]
fn a_file_that_is_replaced_after_its_copy_is_overwritten() {
    finds(
        &format!("{DOCKERFILE}COPY vendored/config.yaml /opt/template/\n"),
        "overwritten",
        "config.yaml is delivered from the source, and then overwritten from vendored/config.yaml of the checkout",
        "server/Dockerfile:5:6",
    );
    let mended = format!(
        "FROM scratch\nARG TEMPLATE_DIR=templates/sample\nCOPY vendored/config.yaml /opt/template/\n{}",
        DOCKERFILE.split_once('\n').unwrap().1
    );
    assert_eq!(codes(&inspect(&mended)), NONE);
}

#[test]
fn an_argument_that_is_gone_is_a_lost_pin_and_one_without_a_value_is_refused() {
    finds(
        &DOCKERFILE.replace("TEMPLATE_DIR", "IDENTITY_DIR"),
        "pin",
        "`ARG TEMPLATE_DIR` is not declared in what is built",
        "server/Dockerfile",
    );
    let without_value = DOCKERFILE.replace("TEMPLATE_DIR=templates/sample", "TEMPLATE_DIR");
    assert_eq!(codes(&inspect(&without_value)), ["dockerfile-unresolved"]);
    let given = GATE.replace(
        "    dest:",
        "    build_args: { TEMPLATE_DIR: elsewhere/clone }\n    dest:",
    );
    assert_eq!(bench(&without_value).codes(&given), NONE);
    let too_early = "ARG TEMPLATE_DIR=templates/sample\nFROM scratch\nCOPY templates/sample/config.yaml /opt/template/\n";
    assert_eq!(only(&inspect(too_early)).code.name, "pin");
}

#[test]
fn a_renamed_destination_is_a_lost_pin() {
    let inspection = inspect(&DOCKERFILE.replace("/opt/template/", "/opt/identity/"));
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "pin");
    assert!(
        finding.message.contains("/opt/identity/config.yaml is"),
        "{}",
        finding.message
    );
}

#[test]
fn a_step_that_writes_below_the_destination_is_opaque_unless_allowed() {
    let dockerfile = format!("{DOCKERFILE}RUN echo x > /opt/template/config.yaml\n");
    let inspection = inspect(&dockerfile);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "opaque-step");
    assert_eq!(finding.locations[0].line, Some(5));
    let allowing = format!("{GATE}    allow_opaque: ['echo x > /opt/template/config.yaml']\n");
    assert_eq!(bench(&dockerfile).codes(&allowing), NONE);
    assert_eq!(bench(DOCKERFILE).codes(&allowing), ["allowance-unused"]);
}

#[test]
fn an_allowed_step_that_grows_is_not_the_one_that_was_allowed() {
    let long = format!("RUN npm ci --prefix /opt/template {}", "--x ".repeat(80));
    for (allowed, grown) in [
        (
            "npm ci --prefix /opt/template",
            "RUN npm ci --prefix /opt/template && rm /opt/template/config.yaml",
        ),
        ("RUN", "RUN rm /opt/template/config.yaml"),
        ("e", "RUN rm /opt/template/config.yaml"),
        (
            long.as_str(),
            &format!("{long} && rm /opt/template/config.yaml"),
        ),
        ("RUN <<E", "RUN <<E\nrm /opt/template/config.yaml\nE"),
    ] {
        let allowing = format!("{GATE}    allow_opaque: ['{allowed}']\n");
        let codes = bench(&format!("{DOCKERFILE}{grown}\n")).codes(&allowing);
        assert_eq!(codes, ["allowance-unused", "opaque-step"], "{allowed}");
    }
}

#[test]
fn an_allowed_step_may_be_laid_out_in_any_way() {
    let dockerfile = format!(
        "{DOCKERFILE}RUN npm ci   --prefix /opt/template \\\n  # why\n  && true\nRUN <<E\n  npm x /opt/template\n\nE\n"
    );
    let allowing = format!(
        "{GATE}    allow_opaque:\n      - RUN npm ci --prefix /opt/template && true\n      - |\n        RUN <<E\n        npm x /opt/template\n        E\n"
    );
    assert_eq!(bench(&dockerfile).codes(&allowing), NONE);
}

#[test]
fn a_frontend_of_another_language_is_refused() {
    for (syntax, refused) in [
        ("docker/dockerfile:1.7-labs", false),
        ("docker.io/docker/dockerfile:1@sha256:0", false),
        ("example.org/frontend", true),
    ] {
        let codes = bench(&format!("# syntax={syntax}\n{DOCKERFILE}")).codes(GATE);
        assert_eq!(
            codes.contains(&"dockerfile-unsupported"),
            refused,
            "{syntax}: {codes:?}"
        );
    }
}

#[test]
fn a_symlink_where_the_source_is_to_be_cloned_is_found() {
    for link in ["root/templates", "root/templates/sample"] {
        let bench = bench(DOCKERFILE);
        bench.write("root/elsewhere/sample/config.yaml", "name: other\n");
        std::fs::create_dir_all(bench.path(link).parent().unwrap()).unwrap();
        bench.link(link, bench.path("root/elsewhere"));
        assert_eq!(bench.codes(GATE), ["type-differs"], "{link}");
    }
}

#[test]
fn a_marker_that_a_step_leaves_can_be_allowed_as_an_extra_file() {
    let dockerfile = format!("{DOCKERFILE}RUN touch /opt/template/MARKER\n");
    assert_eq!(only(&inspect(&dockerfile)).code.name, "opaque-step");
    let allowing = format!("{GATE}    allow_extra: [MARKER]\n");
    assert_eq!(bench(&dockerfile).codes(&allowing), NONE);
    assert_eq!(bench(DOCKERFILE).codes(&allowing), ["allowance-unused"]);
}

#[test]
fn an_ignore_file_that_keeps_a_file_out_is_named_with_pattern_and_line() {
    for (copy, place) in [
        (DOCKERFILE.to_owned(), ".dockerignore:2"),
        (
            DOCKERFILE.replace(
                "prompts/ /opt",
                "prompts/a.md ${TEMPLATE_DIR}/prompts/b.md /opt",
            ),
            ".dockerignore:2",
        ),
    ] {
        let bench = bench(&copy);
        bench.write("root/.dockerignore", "node_modules\n**/a.md\n");
        let inspection = bench.inspect(GATE);
        let finding = only(&inspection);
        assert_eq!(finding.code.name, "ignored");
        assert_eq!(
            finding.message,
            "the pattern `**/a.md` keeps prompts/a.md out of the build"
        );
        assert_eq!(finding.locations[0].to_string(), place);
    }
}

#[test]
fn an_ignored_source_folder_is_one_finding() {
    let bench = bench(DOCKERFILE);
    bench.write("root/.dockerignore", "templates\n");
    let codes = bench.codes(GATE);
    assert!(!codes.is_empty());
    assert!(codes.iter().all(|code| *code == "ignored"), "{codes:?}");
}

#[test]
fn a_file_that_the_source_does_not_have_is_extra() {
    finds(
        &format!("{DOCKERFILE}COPY vendored/config.yaml /opt/template/more.yaml\n"),
        "not-in-source",
        "more.yaml is delivered from vendored/config.yaml of the checkout, and not in the source",
        "server/Dockerfile:5:6",
    );
    let inspection = inspect(&format!(
        "{DOCKERFILE}COPY ${{TEMPLATE_DIR}}/README.md /opt/template/\n"
    ));
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "not-in-source");
    assert!(finding.message.contains("left out of the source"));
}

#[test]
fn a_file_under_another_name_is_renamed_unless_that_is_declared() {
    let dockerfile = DOCKERFILE.replace("/opt/template/config.yaml", "/opt/template/settings.yaml");
    finds(
        &dockerfile,
        "renamed",
        "config.yaml is delivered as settings.yaml",
        "server/Dockerfile:3:6",
    );
    let declared = format!("{GATE}    rename: {{ config.yaml: settings.yaml }}\n");
    assert_eq!(bench(&dockerfile).codes(&declared), NONE);
}

#[test]
fn a_mode_that_chmod_changes_is_found() {
    let dockerfile = DOCKERFILE.replace(
        "COPY ${TEMPLATE_DIR}/config",
        "COPY --chmod=0755 ${TEMPLATE_DIR}/config",
    );
    assert_eq!(only(&inspect(&dockerfile)).code.name, "mode-differs");
    let same = DOCKERFILE.replace(
        "COPY ${TEMPLATE_DIR}/config",
        "COPY --chmod=0644 ${TEMPLATE_DIR}/config",
    );
    assert_eq!(codes(&inspect(&same)), NONE);
}

#[test]
fn stages_are_followed_back_to_the_source() {
    let dockerfile = "FROM scratch AS identity
ARG TEMPLATE_DIR=templates/sample
COPY ${TEMPLATE_DIR}/ /staged/
FROM example.org/base
COPY --from=identity /staged/config.yaml /opt/template/
COPY --from=identity /staged/prompts /opt/template/prompts
";
    assert_eq!(
        codes(&inspect(dockerfile)),
        NONE,
        "{:#?}",
        inspect(dockerfile)
    );
}

#[test]
fn a_stale_clone_in_the_checkout_is_drift() {
    let bench = bench(DOCKERFILE);
    for (path, content) in [("config.yaml", "name: old\n"), ("prompts/a.md", "one\n")] {
        bench.write(&format!("root/templates/sample/{path}"), content);
    }
    bench.write("root/templates/sample/.git/HEAD", "ref: refs/heads/main\n");
    assert_eq!(bench.codes(GATE), ["content-differs", "not-delivered"]);
    bench.remove("root/templates/sample");
    bench.write("root/templates/sample/.gitkeep", "");
    assert_eq!(bench.codes(GATE), NONE);
}

#[test]
fn a_dockerfile_that_is_gone_is_a_missing_subject() {
    let bench = bench(DOCKERFILE);
    bench.remove("root/server/Dockerfile");
    let inspection = bench.inspect(GATE);
    let finding = only(&inspection);
    assert_eq!(finding.code.name, "subject-missing");
    assert!(finding.help.as_deref().unwrap().contains("retire the gate"));
}

#[test]
fn a_dockerfile_that_does_not_parse_is_refused() {
    let inspection = inspect("FROM scratch\nCOPYY a b\n");
    assert!(inspection.findings.is_empty());
    assert_eq!(inspection.obstacles.len(), 1);
}

#[test]
fn every_promise_about_an_image_is_kept() {
    let names = proved(&bench(DOCKERFILE), GATE);
    for expected in [
        "deleted Dockerfile",
        "symlink for the Dockerfile",
        "renamed ARG",
        "dropped COPY",
        "redirected COPY",
        ".dockerignore exclusion",
        "overwritten file",
        "extra file in server/Dockerfile",
        "opaque RUN",
        "changed mode",
        "renamed file",
        "renamed destination",
        "emptied file of the source",
        "vanished source",
        "missing file in the source",
    ] {
        assert!(
            names.iter().any(|name| name.starts_with(expected)),
            "{expected} is not among {names:#?}"
        );
    }
}

#[test]
fn promises_are_kept_whatever_the_shape_of_the_dockerfile() {
    let whole_folder = "FROM scratch\nARG TEMPLATE_DIR=templates/sample\nCOPY $TEMPLATE_DIR /opt/template\nRUN touch /opt/template/MARKER\n";
    let glob = "FROM scratch\nARG TEMPLATE_DIR=./templates/sample/\nCOPY [\"${TEMPLATE_DIR}/*.yaml\", \"/opt/template/\"]\nCOPY ${TEMPLATE_DIR}/prompts /opt/template/prompts\nCOPY --chmod=0644 ${TEMPLATE_DIR}/config.yaml /configs/\n";
    let stages = "FROM scratch AS identity\nARG TEMPLATE_DIR=templates/sample\nCOPY ${TEMPLATE_DIR}/ /staged/\nFROM example.org/base AS base\nWORKDIR /opt/template\nCOPY --from=identity /staged/config.yaml ./\nCOPY --from=identity /staged/prompts prompts\nFROM base\n";
    let ignoring = "FROM scratch\nARG TEMPLATE_DIR=templates/sample\nCOPY ${TEMPLATE_DIR}/config.yaml ${TEMPLATE_DIR}/prompts /opt/template/\n";
    let gate = |include: &str, keys: &str| {
        format!(
            "source: {{ template: sample, include: {include} }}\ndeliveries:\n  - dockerfile: server/Dockerfile\n    source_arg: TEMPLATE_DIR\n    dest: /opt/template\n{keys}"
        )
    };
    let selection = "[config.yaml, 'prompts/**']";
    for (dockerfile, body) in [
        (whole_folder, gate("['**']", "    allow_extra: [MARKER]\n")),
        (glob, gate(selection, "")),
        (stages, gate(selection, "    modes: false\n")),
        (
            ignoring,
            gate(
                "[config.yaml, 'prompts/**']",
                "    rename: { prompts: . }\n",
            ),
        ),
    ] {
        let bench = bench(dockerfile);
        if dockerfile == ignoring {
            bench.write("root/.dockerignore", "*\n!templates\n");
        }
        let names = proved(&bench, &body);
        for expected in ["dropped COPY", "redirected COPY", ".dockerignore exclusion"] {
            assert!(
                names.iter().any(|name| name.starts_with(expected)),
                "{expected} is not among {names:#?} of\n{dockerfile}"
            );
        }
    }
}

#[test]
fn what_a_build_would_pass_over_in_silence_is_in_the_facts() {
    let inspection = inspect(&format!("{DOCKERFILE}COPY vendored/*.md /opt/template/\n"));
    let problem = &inspection.facts["deliveries"][0]["build_problems"][0];
    assert_eq!(problem["kind"], "empty-wildcard");
    assert_eq!(
        (&problem["line"], &problem["column"]),
        (&5.into(), &6.into())
    );
    assert_eq!(
        problem["message"],
        "`vendored/*.md` matches nothing in the build context"
    );
}

#[test]
fn a_promise_that_cannot_be_planted_is_named_and_keeps_the_gate_unproved() {
    let gate = format!("{GATE}    allow_extra: [MARKER]\n").replace(", 'prompts/**'", "");
    let bench = bench(
        "FROM scratch\nARG TEMPLATE_DIR=templates/sample\nCOPY ${TEMPLATE_DIR}/config.yaml vendored/MARKER /opt/template/\n",
    );
    bench.write("root/vendored/MARKER", "x");
    assert_eq!(bench.codes(&gate), NONE);
    let unplanted: Vec<_> = check(&gate)
        .protections(&bench.context())
        .into_iter()
        .filter(|protection| protection.plant.is_err())
        .map(|protection| protection.name)
        .collect();
    assert_eq!(
        unplanted,
        [
            "dropped COPY in server/Dockerfile",
            "redirected COPY in server/Dockerfile",
            ".dockerignore exclusion in server/Dockerfile",
        ]
    );
}
