use super::support::{files, image, listing, path, problems, run, tree};
use crate::kinds::delivery::dockerfile::{Base, ErrorKind, Place, Request, evaluate};

const CONTEXT: &[(&str, &str)] = &[("a", "a"), ("b", "b"), ("d/x", "x"), ("d/y", "y")];

#[test]
fn a_stage_hands_its_files_variables_and_folder_on() {
    assert_eq!(
        files(
            "COPY a /x\nARG V=v\nENV E=e\nWORKDIR /w\nFROM scratch AS other\nCOPY b /b\n",
            CONTEXT
        ),
        ["b <- b"]
    );
    let image = image(
        "FROM scratch AS Base\nARG V=v\nENV E=e\nWORKDIR /w\nUSER me\nCOPY a /x\nFROM base\nCOPY b $V$E\n",
        CONTEXT,
    );
    assert_eq!(listing(&image), ["w/ve <- b", "x <- a"]);
    assert_eq!(image.workdir.as_deref(), Some("/w"));
    assert_eq!(image.user.as_deref(), Some("me"));
    assert_eq!(image.env.get("E").map(String::as_str), Some("e"));
    assert_eq!(image.env.get("V"), None);
    assert_eq!(image.stages.len(), 2);
}

#[test]
fn copies_come_from_stages_by_name_in_any_case_and_by_number() {
    for from in ["one", "ONE", "0"] {
        let image = image(
            &format!(
                "FROM scratch AS One\nCOPY d /s\nCOPY a /f\nFROM scratch\nCOPY --from={from} /s /t\nCOPY --from={from} f /g/\nCOPY --from={from} /s/* /h/\n"
            ),
            CONTEXT,
        );
        assert_eq!(
            listing(&image),
            [
                "g/f <- a",
                "h/x <- d/x",
                "h/y <- d/y",
                "t/x <- d/x",
                "t/y <- d/y"
            ]
        );
        assert_eq!(
            image.files[&path("t/x")].at,
            Place {
                line: 5,
                column: 14 + from.len() as u32
            }
        );
    }
}

#[test]
fn flags_work_on_copies_from_stages() {
    let image = image(
        "FROM scratch AS one\nCOPY d /s/d\nFROM scratch\nCOPY --from=one --exclude=**/y --chmod=755 /s /t\nCOPY --from=one --parents /s/./d/y /p/\n",
        CONTEXT,
    );
    assert_eq!(listing(&image), ["p/d/y <- d/y", "t/d/x <- d/x"]);
    assert_eq!(image.files[&path("t/d/x")].executable, Some(true));
}

#[test]
fn what_a_closed_stage_lacks_is_missing_and_what_an_open_one_may_have_is_built() {
    let closed = image(
        "FROM scratch AS one\nFROM scratch\nCOPY --from=one /x /t\n",
        CONTEXT,
    );
    assert_eq!(problems(&closed), ["3: missing /x"]);
    let open = image(
        "FROM alpine AS one\nFROM scratch\nCOPY --from=one /x /t/\n",
        CONTEXT,
    );
    assert_eq!(listing(&open), ["t/x <- stage 0 /x"]);
    let external = image("FROM scratch\nCOPY --from=busybox:1 /bin/sh /t/\n", CONTEXT);
    assert_eq!(listing(&external), ["t/sh <- image busybox:1 /bin/sh"]);
}

#[test]
fn a_folder_of_unknown_content_is_opaque_once_something_is_put_into_it() {
    let image = image("FROM scratch\nCOPY --from=img /x /t\nCOPY a /t/\n", CONTEXT);
    assert_eq!(listing(&image), ["t/a <- a"]);
    let image = super::support::image(
        "FROM scratch\nCOPY --from=img /x /t\nCOPY a /t/y\n",
        CONTEXT,
    );
    assert_eq!(listing(&image), ["t/y <- a"]);
    assert_eq!(image.opaque.len(), 1);
    assert_eq!(image.opaque[0].paths, [path("t")]);
}

#[test]
fn the_target_chooses_the_stage_and_others_are_not_looked_at() {
    let dockerfile = "FROM scratch AS one\nCOPY a /x\nFROM scratch AS two\nCOPY nope $UNKNOWN\n";
    let tree = tree(dockerfile, CONTEXT);
    let mut request = Request::new(&tree, path("Dockerfile"));
    request.target = Some("ONE".to_owned());
    let image = evaluate(&request).expect("evaluates");
    assert_eq!(listing(&image), ["x <- a"]);
    assert_eq!(image.problems, []);
    request.target = Some("three".to_owned());
    let error = evaluate(&request).expect_err("refuses");
    assert!(matches!(error.kind, ErrorKind::NoStage(name) if name == "three"));
}

#[test]
fn a_stage_can_only_be_copied_from_once_it_is_done() {
    for (dockerfile, line) in [
        (
            "FROM scratch AS one\nCOPY --from=two /x /x\nFROM scratch AS two\nCOPY a /x\nFROM one\n",
            2,
        ),
        ("FROM scratch\nCOPY --from=7 /x /x\n", 2),
        ("FROM scratch AS one\nCOPY --from=one /x /x\n", 2),
    ] {
        let error = run(dockerfile, CONTEXT).expect_err("refuses");
        assert!(matches!(error.kind, ErrorKind::NoStage(_)), "{dockerfile}");
        assert_eq!(error.location.and_then(|at| at.line), Some(line));
    }
}

#[test]
fn the_base_is_that_of_the_whole_chain() {
    let image = image(
        "ARG B=alpine\nFROM ${B}:3 AS one\nFROM one AS two\nFROM two\n",
        &[],
    );
    assert_eq!(
        image.base,
        Base::Image {
            reference: "alpine:3".to_owned(),
            at: Place { line: 2, column: 1 }
        }
    );
    assert_eq!(
        super::support::image("FROM scratch\n", &[]).base,
        Base::Scratch
    );
}

#[test]
fn the_later_of_two_stages_with_one_name_is_meant() {
    let image = image(
        "FROM scratch AS s\nCOPY a /f\nFROM scratch AS s\nCOPY b /f\nFROM s\n",
        CONTEXT,
    );
    assert_eq!(listing(&image), ["f <- b"]);
}
