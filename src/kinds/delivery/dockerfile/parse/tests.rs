use super::*;

fn source(text: &str) -> Source {
    parse(text.as_bytes()).expect("parses")
}

#[test]
fn stages_names_flags_and_places_are_read() {
    let source = source(
        "# syntax=docker/dockerfile:1\nARG A=1\nFROM --platform=$BUILDPLATFORM img:1 AS Build\n  COPY --chown=a:b --exclude=\"*.md\" x y /z/\nFROM scratch\n",
    );
    assert_eq!(source.escape, '\\');
    assert_eq!(source.global_args[0].text, "A=1");
    assert_eq!(source.stages.len(), 2);
    let build = &source.stages[0];
    assert_eq!(build.name.as_deref(), Some("build"));
    assert_eq!(build.image.text, "img:1");
    assert_eq!(
        build.image.at,
        Place {
            line: 3,
            column: 32
        }
    );
    let RawKind::Copy(copy) = &build.steps[0].kind else {
        panic!("not a copy");
    };
    assert_eq!(build.steps[0].at, Place { line: 4, column: 3 });
    assert_eq!(copy.flags[1].value.as_deref(), Some("*.md"));
    assert_eq!(copy.sources.len(), 2);
    assert_eq!(copy.dest.text, "/z/");
}

#[test]
fn the_escape_directive_is_obeyed() {
    let source = source("# escape=`\nFROM scratch\nCOPY a `\n  b /d/\n");
    assert_eq!(source.escape, '`');
    let RawKind::Copy(copy) = &source.stages[0].steps[0].kind else {
        panic!("not a copy");
    };
    assert_eq!(copy.sources.len(), 2);
}

#[test]
fn heredocs_of_copy_have_name_body_and_expansion() {
    let source =
        source("FROM scratch\nCOPY <<a.txt <<-\"b\" /d/\nx $y\na.txt\n\t\tz\n\tb\nWORKDIR /q\n");
    let RawKind::Copy(copy) = &source.stages[0].steps[0].kind else {
        panic!("not a copy");
    };
    let docs: Vec<_> = copy
        .sources
        .iter()
        .map(|source| match source {
            RawSource::Heredoc {
                name, body, expand, ..
            } => (name.as_str(), body.as_str(), *expand),
            RawSource::Path(_) => panic!("not a heredoc"),
        })
        .collect();
    assert_eq!(docs, [("a.txt", "x $y\n", true), ("b", "z\n", false)]);
    assert!(matches!(
        source.stages[0].steps[1].kind,
        RawKind::Workdir(_)
    ));
}

#[test]
fn a_heredoc_inside_a_run_does_not_end_the_run_and_is_kept() {
    let source = source("FROM a\nRUN cat <<EOF > /x/f\nCOPY no no\nEOF\nCOPY c d\n");
    assert_eq!(source.stages[0].steps.len(), 2);
    let RawKind::Run(run) = &source.stages[0].steps[0].kind else {
        panic!("not a run");
    };
    let RawCommand::Shell(shell) = &run.command else {
        panic!("not a shell");
    };
    assert_eq!(shell, "cat <<EOF > /x/f");
    assert_eq!(run.heredocs[0].body, "COPY no no\n");
}

#[test]
fn a_continued_run_is_one_line_and_its_text_is_shortened() {
    let source = source("FROM a\nRUN a \\\n# c\n  && b\n");
    assert_eq!(source.stages[0].steps[0].text, "RUN a && b");
}

#[test]
fn files_that_do_not_parse_are_refused_with_their_line() {
    for (text, line) in [
        (&b"FROM a\nNOPE x\n"[..], Some(2)),
        (b"COPY a b\n", Some(1)),
        (b"FROM a\nCOPY a\n", Some(2)),
        (b"FROM a\n\nRUN \xff\n", Some(3)),
        (b"FROM a\nRUN x\0\n", Some(2)),
        (b"FROM a AS 1x\n", Some(1)),
        (b"FROM --nope=1 a\n", Some(1)),
        (b"FROM a\nCOPY --exclude=\"a b\" x y\n", Some(2)),
        (b"# escape=x\nFROM a\n", Some(1)),
        (b"", None),
        (b"# only a comment\n", None),
    ] {
        let error = parse(text).expect_err("refuses");
        assert_eq!(
            error.at.map(|at| at.line),
            line,
            "{}",
            String::from_utf8_lossy(text)
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn nothing_that_looks_like_a_dockerfile_makes_the_reader_panic(
        lines in proptest::collection::vec(
            "(FROM a|RUN|COPY|ADD|ARG|ENV|ONBUILD|VOLUME|SHELL|EXPOSE)?[ \\\\\t\r<\"'\\[\\]a=$#é,-]{0,16}",
            0..8,
        )
    ) {
        let _ = parse(lines.join("\n").as_bytes());
        let _ = parse(format!("FROM a\n{}", lines.join("\n")).as_bytes());
    }
}
