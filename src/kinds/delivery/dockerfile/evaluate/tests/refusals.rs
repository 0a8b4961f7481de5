use proptest::prelude::*;

use super::support::run;
use crate::gate::Obstacle;

fn refusal(dockerfile: &str) -> (&'static str, String) {
    let obstacle = Obstacle::from(run(dockerfile, &[("a", "a")]).expect_err(dockerfile));
    let at = obstacle.locations.first().map(ToString::to_string);
    (obstacle.code.name, at.unwrap_or_default())
}

#[test]
fn what_only_a_build_can_know_is_refused_at_its_place() {
    for (dockerfile, at) in [
        ("FROM $B\n", "Dockerfile:1:6"),
        ("ARG B\nFROM ${B}\n", "Dockerfile:2:6"),
        ("FROM scratch\nARG S\nCOPY $S /x\n", "Dockerfile:3:6"),
        ("FROM img\nCOPY $S /x\n", "Dockerfile:2:6"),
        ("FROM img\nCOPY a $HOME/x\n", "Dockerfile:2:8"),
        ("FROM img\nENV D=$HOME/y\nCOPY a $D\n", "Dockerfile:3:8"),
        (
            "FROM scratch\nARG BUILDPLATFORM\nCOPY a /$BUILDPLATFORM\n",
            "Dockerfile:3:8",
        ),
        ("FROM scratch\nCOPY a /${X:?give}\n", "Dockerfile:2:8"),
    ] {
        assert_eq!(
            refusal(dockerfile),
            ("dockerfile-unresolved", at.to_owned()),
            "{dockerfile}"
        );
    }
}

#[test]
fn what_is_not_known_does_not_matter_where_no_path_depends_on_it() {
    let image = run(
        "FROM img\nENV PATH=/x:$PATH\nUSER $WHO\nLABEL a=$b\nCOPY a /x\n",
        &[("a", "a")],
    )
    .expect("evaluates");
    assert_eq!(image.files.len(), 1);
}

#[test]
fn what_is_not_supported_or_wrong_is_refused_at_its_place() {
    for (dockerfile, code, at) in [
        (
            "FROM scratch\nCOPY a /${X/a/b}\n",
            "dockerfile-unsupported",
            "Dockerfile:2:8",
        ),
        (
            "FROM scratch\nCOPY --from=$X a /x\n",
            "dockerfile-unsupported",
            "Dockerfile:2:6",
        ),
        (
            "FROM scratch\nCOPY --nope a /x\n",
            "dockerfile-unreadable",
            "Dockerfile:2:6",
        ),
        (
            "FROM scratch\nADD --parents a /x\n",
            "dockerfile-unreadable",
            "Dockerfile:2:5",
        ),
        (
            "FROM scratch\nCOPY --chmod=z a /x\n",
            "dockerfile-unreadable",
            "Dockerfile:2:6",
        ),
        (
            "FROM scratch\nCOPY --link=x a /x\n",
            "dockerfile-unreadable",
            "Dockerfile:2:6",
        ),
        (
            "FROM scratch\nCOPY [a /x\n",
            "dockerfile-unsupported",
            "Dockerfile:2:6",
        ),
        (
            "FROM scratch\nENV x\n",
            "dockerfile-unreadable",
            "Dockerfile:2:5",
        ),
        (
            "FROM scratch\nNOPE\n",
            "dockerfile-unreadable",
            "Dockerfile:2:1",
        ),
        ("", "dockerfile-unreadable", "Dockerfile"),
    ] {
        assert_eq!(refusal(dockerfile), (code, at.to_owned()), "{dockerfile}");
    }
}

#[test]
fn a_missing_dockerfile_is_refused_by_its_tree() {
    use super::support::{path, tree};
    use crate::kinds::delivery::dockerfile::{Request, evaluate};

    let tree = tree("FROM scratch\n", &[]);
    let error = evaluate(&Request::new(&tree, path("nope/Dockerfile"))).expect_err("refuses");
    assert_ne!(Obstacle::from(error).code.name, "dockerfile-unreadable");
}

proptest! {
    #[test]
    fn no_dockerfile_makes_the_evaluator_panic(
        steps in prop::collection::vec(
            "(COPY|ADD|RUN|WORKDIR|ENV|ARG|FROM|COPY --from=0|COPY --parents|COPY --exclude=[*!a]) [a./*$d{}:\\[\\]?-]{0,6}( [a-d/.$=]{0,6}){0,2}",
            0..6,
        )
    ) {
        let dockerfile = format!("FROM scratch\n{}\n", steps.join("\n"));
        let _ = run(&dockerfile, &[("a", "a"), ("d/a", "a"), ("l", "-> ../l"), ("m", "-> d")]);
    }
}

#[test]
fn images_for_windows_and_paths_behind_symlinks_are_refused() {
    use super::support::{path, tree};
    use crate::kinds::delivery::dockerfile::{Request, evaluate};

    let tree = tree(
        "FROM scratch\nCOPY t /\nCOPY a /opt/x/a\n",
        &[("a", "a"), ("t/opt", "-> /real")],
    );
    let mut request = Request::new(&tree, path("Dockerfile"));
    request.under = path("opt/x");
    let error = evaluate(&request).expect_err("refuses");
    assert_eq!(Obstacle::from(error).code.name, "dockerfile-unsupported");
    request.under = path("real/x");
    assert_eq!(evaluate(&request).expect("evaluates").files.len(), 1);
    request.platform = "windows/amd64".parse().expect("a platform");
    let error = evaluate(&request).expect_err("refuses");
    assert_eq!(Obstacle::from(error).code.name, "dockerfile-unsupported");
}
