use super::support::{listing, path, tree};
use crate::kinds::delivery::dockerfile::{Image, OpaqueKind, Request, evaluate};

fn under(dockerfile: &str, under: &str) -> Image {
    let tree = tree(dockerfile, &[("a", "a"), ("s/b", "b")]);
    let mut request = Request::new(&tree, path("Dockerfile"));
    request.under = path(under);
    evaluate(&request).expect("evaluates")
}

/// The reasons of the steps that are opaque below `/opt/t`, with a script in the context.
fn scripted(steps: &str, script: &str) -> Vec<String> {
    let dockerfile = format!("FROM img\n{steps}\n");
    let tree = tree(&dockerfile, &[("tools/set-up", script)]);
    let mut request = Request::new(&tree, path("Dockerfile"));
    request.under = path("opt/t");
    let image = evaluate(&request).expect("evaluates");
    image.opaque.into_iter().map(|step| step.why).collect()
}

fn kinds(image: &Image) -> Vec<(OpaqueKind, u32, bool)> {
    image
        .opaque
        .iter()
        .map(|step| (step.kind, step.at.line, step.exact))
        .collect()
}

#[test]
fn only_steps_that_concern_the_path_are_opaque() {
    let image = under(
        "FROM img\nRUN apt-get install x\nCOPY a /opt/t/\nRUN rm -rf /opt/t/c\nRUN touch /opt/u\nRUN make -C /opt/t\n",
        "opt/t",
    );
    assert_eq!(
        kinds(&image),
        [(OpaqueKind::Run, 4, true), (OpaqueKind::Run, 6, false)]
    );
    assert_eq!(listing(&image), ["opt/t/a <- a"]);
}

#[test]
fn a_run_inside_of_the_path_is_opaque() {
    let image = under("FROM img\nWORKDIR /opt/t/x\nRUN npm ci\n", "opt/t");
    assert_eq!(kinds(&image), [(OpaqueKind::Run, 3, false)]);
    assert!(
        under("FROM img\nWORKDIR /w\nRUN npm ci\n", "opt/t")
            .opaque
            .is_empty()
    );
}

#[test]
fn a_run_that_only_writes_to_a_mount_is_not() {
    let image = under(
        "FROM img\nRUN --mount=type=cache,target=/opt/t touch /opt/t/x\n",
        "opt/t",
    );
    assert_eq!(image.opaque, []);
}

#[test]
fn a_destination_that_only_the_base_knows_is_opaque() {
    let image = under("FROM img\nCOPY a ./\n", "opt/t");
    assert_eq!(kinds(&image), [(OpaqueKind::Copy, 2, false)]);
}

#[test]
fn a_run_of_another_stage_makes_what_is_copied_of_it_opaque() {
    let image = under(
        "FROM img AS b\nWORKDIR /src\nCOPY s /src/s\nRUN npm run build\nFROM scratch\nCOPY --from=b /src/s /opt/t\n",
        "opt/t",
    );
    // The build runs beside the folder, not in it, and does not name it.
    assert_eq!(image.opaque, []);
    assert_eq!(listing(&image), ["opt/t/b <- s/b"]);
    let image = under(
        "FROM img AS b\nWORKDIR /src\nCOPY s /src/s\nRUN sed -i s/b/c/ s/b\nFROM scratch\nCOPY --from=b /src/s /opt/t\n",
        "opt/t",
    );
    assert_eq!(kinds(&image), [(OpaqueKind::Copy, 6, true)]);
    assert!(image.opaque[0].why.contains("line 4"));
}

#[test]
fn a_folder_from_an_image_that_holds_the_path_is_opaque() {
    for dockerfile in [
        "FROM scratch\nCOPY --from=img /opt /opt\n",
        "FROM scratch\nCOPY --from=img / /\n",
        "FROM img AS x\nFROM scratch\nCOPY --from=x / /\n",
        "FROM scratch\nADD https://e.org/r.git /opt\n",
    ] {
        let image = under(dockerfile, "opt/t");
        assert_eq!(image.opaque.len(), 1, "{dockerfile}");
        assert!(!image.opaque[0].exact, "{dockerfile}");
    }
}

#[test]
fn onbuild_and_volume_are_noted() {
    let image = under(
        "FROM scratch\nONBUILD COPY a /opt/t/\nVOLUME /opt/t\n",
        "opt/t",
    );
    assert_eq!(image.files.len(), 0);
    assert_eq!(
        image
            .notes
            .iter()
            .map(|note| note.at.line)
            .collect::<Vec<_>>(),
        [2, 3]
    );
}

#[test]
fn a_script_of_the_context_that_names_the_path_is_opaque_however_it_is_run() {
    for steps in [
        "COPY tools/set-up /tmp/\nRUN /tmp/set-up",
        "COPY tools/ /usr/local/bin/\nRUN set-up --quiet",
        "COPY tools/set-up /tmp/s\nRUN sh /tmp/s",
        "COPY tools/set-up /tmp/s\nRUN [\"python3\", \"/tmp/s\"]",
        "COPY tools /tmp\nRUN cd /tmp && . ./set-up",
        "COPY tools/set-up /tmp/s\nRUN bash < /tmp/s",
        "COPY tools/set-up /tmp/s\nRUN cat /tmp/s | sh",
        "WORKDIR /tmp\nCOPY tools .\nRUN ./set-up",
        "COPY tools/set-up /b\nRUN cp /b /c && sh /c",
        "COPY tools/set-up /b\nRUN ln -s /b /usr/bin/x && x",
        "RUN --mount=target=. tools/set-up",
        "RUN --mount=type=bind,target=/c /c/tools/set-up",
        "RUN --mount=type=bind,source=tools,target=/c sh /c/set-up",
        "COPY <<E /tmp/s\ntouch /opt/t/x\nE\nRUN sh /tmp/s",
    ] {
        let why = scripted(steps, "#!/bin/sh\ncd /opt/t\ntouch x\n");
        assert_eq!(why.len(), 1, "{steps}: {why:?}");
        assert!(why[0].contains("names /opt/t"), "{why:?}");
    }
}

#[test]
fn a_script_that_names_other_paths_or_is_only_read_is_left_alone() {
    let other = "#!/bin/sh\ntouch /opt/tool/x /srv/opt\n";
    assert_eq!(scripted("COPY tools/ /b/\nRUN /b/set-up", other), [""; 0]);
    let own = "#!/bin/sh\ntouch /opt/t/x\n";
    assert_eq!(scripted("COPY tools/ /b/\nRUN cat /b/set-up", own), [""; 0]);
    assert_eq!(
        scripted("COPY tools/ /b/\nRUN apt-get update", own),
        [""; 0]
    );
}

#[test]
fn a_shell_with_a_script_of_its_own_is_read_as_one() {
    let with = |shell: &str| {
        let dockerfile = format!("FROM img\nSHELL {shell}\nRUN true\n");
        under(&dockerfile, "opt/t").opaque.len()
    };
    assert_eq!(
        with(r#"["/bin/sh", "-c", "touch /opt/t/x; eval \"$0\""]"#),
        1
    );
    assert_eq!(with(r#"["/bin/bash", "-eo", "pipefail", "-c"]"#), 0);
    assert_eq!(with(r#"["busybox", "sh", "-c"]"#), 0);
}

#[test]
fn a_home_in_the_folder_is_where_a_tilde_leads() {
    let image = under("FROM img\nENV HOME=/opt/t\nRUN echo x > ~/a\n", "opt/t");
    assert_eq!(image.opaque.len(), 1);
}

#[test]
fn what_is_written_below_a_secret_is_in_the_image() {
    let image = under(
        "FROM img\nRUN --mount=type=secret,id=x,target=/opt rm /opt/t/a\n",
        "opt/t",
    );
    assert_eq!(image.opaque.len(), 1);
}
