use super::support::{image, listing, path, tree};
use crate::kinds::delivery::dockerfile::{Place, Request, arguments, evaluate};
use crate::tree::{Mount, MountTree, TreePath};

const CONTEXT: &[(&str, &str)] = &[("a", "a"), ("b", "b"), ("v1/f", "f"), ("v2/f", "f")];

#[test]
fn arguments_have_defaults_overrides_places_and_uses() {
    let tree = tree(
        "ARG B=scratch\nARG V=v1\nFROM $B\nARG V\nARG D=/$V\nCOPY $V/f $D/\n",
        CONTEXT,
    );
    let mut request = Request::new(&tree, path("Dockerfile"));
    let args = arguments(&request).expect("resolves");
    let v = &args["V"];
    assert_eq!(v.value(), Some("v1"));
    assert_eq!(v.declared.len(), 2);
    assert_eq!(v.declared[1].stage, Some(0));
    assert_eq!(v.declared[0].default.as_deref(), Some("v1"));
    assert_eq!(v.declared[0].at, Place { line: 2, column: 5 });
    assert!(v.used.contains(&Place { line: 6, column: 6 }));
    assert_eq!(args["D"].value(), Some("/v1"));
    assert!(args["B"].is_used());
    request.build_args.insert("V".to_owned(), "v2".to_owned());
    let image = evaluate(&request).expect("evaluates");
    assert_eq!(listing(&image), ["v2/f <- v2/f"]);
    assert!(image.args["V"].declared[1].overridden);
}

#[test]
fn a_global_argument_is_not_seen_in_a_stage_that_does_not_declare_it() {
    let image = image("ARG V=v1\nFROM scratch\nCOPY a /x$V\n", CONTEXT);
    assert_eq!(listing(&image), ["x <- a"]);
}

#[test]
fn env_and_arg_overrule_one_another_in_order() {
    for (steps, expected) in [
        ("ARG V=v1\nENV V=v2\nCOPY a /$V", "v2 <- a"),
        ("ENV V=v2\nARG V\nCOPY a /$V", "v2 <- a"),
        ("ENV V=v1 W=$V\nCOPY a /x$W", "x <- a"),
        ("ENV V v1 x\nCOPY a \"/$V\"", "v1 x <- a"),
        ("ARG V=v1 W=w\nCOPY a /$V$W", "v1w <- a"),
        ("ENV E=${V:-d}\nCOPY a /$E", "d <- a"),
        ("ARG V\nCOPY a /${V:-d}", "d <- a"),
        ("ARG V=x/y.z\nCOPY a /${V##*/}", "y.z <- a"),
    ] {
        let image = image(&format!("FROM scratch\n{steps}\n"), CONTEXT);
        assert_eq!(listing(&image), [expected], "{steps}");
    }
}

#[test]
fn the_platform_is_an_argument() {
    let tree = tree(
        "FROM --platform=$BUILDPLATFORM scratch\nARG TARGETARCH\nARG TARGETPLATFORM TARGETVARIANT\nCOPY a /$TARGETARCH/$TARGETVARIANT/\n",
        CONTEXT,
    );
    let mut request = Request::new(&tree, path("Dockerfile"));
    request.platform = "linux/arm/v7".parse().expect("a platform");
    let image = evaluate(&request).expect("evaluates");
    assert_eq!(listing(&image), ["arm/v7/a <- a"]);
    assert_eq!(image.args["TARGETPLATFORM"].value(), Some("linux/arm/v7"));
    for wrong in ["linux", "linux/", "a/b/c/d", "linux/arm 64"] {
        assert!(
            wrong
                .parse::<crate::kinds::delivery::dockerfile::Platform>()
                .is_err()
        );
    }
}

#[test]
fn a_source_mounted_where_an_argument_points_is_copied_from_there() {
    let root = tree(
        "ARG BASE=img\nFROM ${BASE}\nARG TEMPLATE=.deps/t\nCOPY ${TEMPLATE}/config.yaml /opt/t/config.yaml\nCOPY ${TEMPLATE}/prompts/ /opt/t/prompts/\nRUN echo x > /opt/t/MARK && chmod +x /opt/t/MARK\n",
        &[],
    );
    let source = tree("", &[("config.yaml", "c"), ("prompts/p.md", "p")]);
    let at = arguments(&Request::new(&root, path("Dockerfile"))).expect("resolves")["TEMPLATE"]
        .value()
        .map(path)
        .expect("has a value");
    let mounted = MountTree::new(
        &root,
        vec![Mount {
            at,
            tree: &source,
            from: TreePath::root(),
        }],
    );
    let mut request = Request::new(&mounted, path("Dockerfile"));
    request.under = path("opt/t");
    let image = evaluate(&request).expect("evaluates");
    assert_eq!(
        listing(&image),
        [
            "opt/t/config.yaml <- .deps/t/config.yaml",
            "opt/t/prompts/p.md <- .deps/t/prompts/p.md"
        ]
    );
    assert_eq!(image.problems, []);
    assert_eq!(image.opaque.len(), 1);
    assert_eq!(image.opaque[0].paths, [path("opt/t/MARK")]);
    assert!(image.opaque[0].exact);
    assert_eq!(image.opaque[0].at.line, 6);
}

#[test]
fn the_context_can_be_a_folder_and_the_dockerfile_stand_outside_of_it() {
    let tree = tree("FROM scratch\nCOPY f /x\n", CONTEXT);
    let mut request = Request::new(&tree, path("Dockerfile"));
    request.context_dir = path("v1");
    let image = evaluate(&request).expect("evaluates");
    assert_eq!(listing(&image), ["x <- v1/f"]);
}
