//! Gates of kind `delivery`, against real git repositories and real files.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, Sandbox, git, write};

const GATE: &str = "id: copy\nabout: The copy equals its template.\nkind: delivery\nsource: { template: one }\ndeliveries: [{ directory: copy }]\n";

/// A sandbox in which `root/copy` is to equal the template `one`, which is at
/// `repos/o/one`; `change` makes more of the repository before it is pinned.
fn world(gate: &str, change: impl FnOnce(&Path)) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "repos/o/one",
        &[("config.yaml", "name: one\n"), ("prompts/a.md", "a\nb\n")],
    );
    change(&sandbox.path().join("repos/o/one"));
    let commit = sandbox.commit("repos/o/one", &[]);
    sandbox
        .write(
            "driftgate.yaml",
            "providers: { local: { url: '../repos/{repo}' } }\n",
        )
        .write(
            "manifest.json",
            format!(
                "{{\"workspace_templates\": [{{\"name\": \"one\", \"repo\": \"o/one\", \"ref\": \"{commit}\"}}]}}\n"
            ),
        )
        .write("gates/copy.yaml", gate)
        .write("copy/config.yaml", "name: one\n")
        .write("copy/prompts/a.md", "a\nb\n");
    sandbox.run(&["sync"]).exits(0);
    sandbox
}

fn gate(ran: &Ran) -> Value {
    ran.json()["gates"][0].clone()
}

fn codes(gate: &Value) -> Vec<&str> {
    gate["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

#[track_caller]
fn finds(sandbox: &Sandbox, expected: &[&str]) -> Value {
    let ran = sandbox.run(&["run", "--offline", "--output", "json"]);
    ran.exits(i32::from(!expected.is_empty()));
    let gate = gate(&ran);
    assert_eq!(codes(&gate), expected, "{gate:#}");
    gate
}

#[test]
fn a_copy_that_equals_its_locked_template_passes_and_names_what_it_was_compared_with() {
    let sandbox = world(GATE, |_| {});
    let gate = finds(&sandbox, &[]);
    let repository = sandbox.path().join("repos/o/one");
    assert_eq!(gate["inspected"], 2);
    let source = &gate["facts"]["source"];
    let id = |what: &str| git(&repository, &["rev-parse", what]).trim().to_owned();
    assert_eq!(source["commit"], id("HEAD"));
    assert_eq!(source["tree"], id("HEAD^{tree}"));
    assert_eq!(gate["facts"]["digest"].as_str().map(str::len), Some(64));
}

#[test]
fn drift_in_either_direction_is_found_and_shown() {
    let sandbox = world(GATE, |_| {});
    sandbox
        .write("copy/prompts/a.md", "a\nB\n")
        .write("copy/prompts/more.md", "more\n");
    std::fs::remove_file(sandbox.root().join("copy/config.yaml")).expect("removed");
    let gate = finds(
        &sandbox,
        &["not-delivered", "content-differs", "not-in-source"],
    );
    let finding = &gate["findings"][1];
    assert_eq!(finding["locations"][0]["path"], "copy/prompts/a.md");
    assert!(
        finding["diff"]
            .as_str()
            .expect("a diff")
            .ends_with("@@ -1,2 +1,2 @@\n a\n-b\n+B\n"),
        "{finding:#}"
    );
}

#[test]
fn modes_symlinks_and_names_that_are_not_utf8_are_compared_with_git() {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.md");
    let fill = |dir: &Path| {
        let script = dir.join("start.sh");
        write(&script, "#!/bin/sh\n");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        std::os::unix::fs::symlink("config.yaml", dir.join("link")).expect("a link");
        write(&dir.join(name), "x");
    };
    let sandbox = world(GATE, fill);
    let copy = sandbox.root().join("copy");
    fill(&copy);
    assert_eq!(finds(&sandbox, &[])["inspected"], 5);
    std::fs::set_permissions(
        copy.join("start.sh"),
        std::fs::Permissions::from_mode(0o644),
    )
    .expect("a mode");
    std::fs::remove_file(copy.join("link")).expect("removed");
    std::os::unix::fs::symlink("prompts/a.md", copy.join("link")).expect("a link");
    write(&copy.join(name), "y");
    let gate = finds(
        &sandbox,
        &["content-differs", "link-differs", "mode-differs"],
    );
    assert_eq!(
        gate["findings"][0]["locations"][0]["path"],
        "copy/caf\\xe9.md"
    );
}

#[test]
fn line_ends_count_unless_files_are_compared_as_text() {
    let sandbox = world(GATE, |_| {});
    sandbox.write("copy/prompts/a.md", "a\r\nb\r\n");
    finds(&sandbox, &["content-differs"]);
    let as_text = GATE.replace("directory: copy", "directory: copy, compare: text");
    sandbox.write("gates/copy.yaml", as_text);
    finds(&sandbox, &[]);
}

#[test]
fn a_pre_cloned_template_is_compared_as_it_stands_on_disk() {
    let sandbox = world(GATE, |_| {});
    let copy = sandbox.root().join("copy");
    std::fs::remove_dir_all(&copy).expect("removed");
    git(
        &sandbox.root(),
        &["clone", "--quiet", "../repos/o/one", "copy"],
    );
    finds(&sandbox, &[]);
    sandbox.write("copy/config.yaml", "name: stale\n");
    finds(&sandbox, &["content-differs"]);
    std::fs::remove_dir_all(&copy).expect("removed");
    let gate = finds(&sandbox, &["subject-missing"]);
    assert!(
        gate["findings"][0]["help"]
            .as_str()
            .expect("help")
            .contains("retire the gate"),
    );
}

#[test]
fn a_submodule_is_compared_by_its_commit() {
    let sandbox = Sandbox::new();
    let inner = sandbox.repository("root/copy/inner", &[("x", "1")]);
    let outer = world(GATE, |repository| {
        let entry = format!("160000,{inner},inner");
        git(
            repository,
            &["update-index", "--add", "--cacheinfo", &entry],
        );
        // Without its folder, the next commit would take the submodule for removed.
        std::fs::create_dir(repository.join("inner")).expect("a folder");
        git(repository, &["commit", "--quiet", "--message=a submodule"]);
    });
    let copied = outer.root().join("copy/inner");
    std::fs::rename(sandbox.root().join("copy/inner"), &copied).expect("moved");
    assert_eq!(finds(&outer, &[])["inspected"], 3);
    let other = outer.commit("root/copy/inner", &[("x", "2")]);
    let gate = finds(&outer, &["submodule-differs"]);
    let message = gate["findings"][0]["message"].as_str().expect("a message");
    assert!(
        message.contains(&inner) && message.contains(&other),
        "{message}"
    );
}

#[test]
fn a_mirror_without_contents_finds_drift_and_says_what_it_cannot_show() {
    let sandbox = Sandbox::new();
    let commit = sandbox.repository(
        "repos/o/one",
        &[("config.yaml", "name: one\n"), ("prompts/a.md", "a\nb\n")],
    );
    let repository = sandbox.path().join("repos/o/one");
    git(&repository, &["config", "uploadpack.allowFilter", "true"]);
    git(
        &repository,
        &["config", "uploadpack.allowAnySHA1InWant", "true"],
    );
    sandbox
        .write(
            "driftgate.yaml",
            format!("providers: {{ local: {{ url: 'file://{}/repos/{{repo}}' }} }}\n", sandbox.path().display()),
        )
        .write(
            "manifest.json",
            format!("{{\"workspace_templates\": [{{\"name\": \"one\", \"repo\": \"o/one\", \"ref\": \"{commit}\"}}]}}\n"),
        )
        .write("gates/copy.yaml", GATE)
        .write("copy/config.yaml", "name: one\n")
        .write("copy/prompts/a.md", "a\nb\n");
    sandbox.run(&["sync"]).exits(0);
    finds(&sandbox, &[]);
    sandbox.write("copy/prompts/a.md", "changed\n");
    let gate = finds(&sandbox, &["content-differs"]);
    let finding = &gate["findings"][0];
    if finding["digests"]["source"].is_null() {
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains("no diff: "), "{message}");
        assert!(finding["digests"]["delivered"].is_string());
    } else {
        // The mirror came with its contents after all: then they are shown.
        assert!(finding["diff"].is_string());
    }
}

#[test]
fn a_device_in_the_place_of_a_file_is_never_opened() {
    let sandbox = world(GATE, |_| {});
    let config = sandbox.root().join("copy/config.yaml");
    std::fs::remove_file(&config).expect("removed");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &config,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .expect("a pipe");
    finds(&sandbox, &["type-differs"]);
}

#[test]
fn what_cannot_be_read_is_refused_and_never_equal() {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "# a root\n")
        .write(
            "gates/copy.yaml",
            GATE.replace("template: one", "path: source"),
        )
        .write("source/a", "a")
        .write("copy/a", "a");
    for folder in ["source", "copy"] {
        rustix::fs::mknodat(
            rustix::fs::CWD,
            sandbox.root().join(folder).join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o644),
            0,
        )
        .expect("a pipe");
    }
    let ran = sandbox.run(&["run", "--output", "json"]);
    let gate = gate(ran.exits(3));
    assert_eq!(gate["verdict"], "refused");
    assert_eq!(codes(&gate), ["tree-wrong-type"]);
}

#[test]
fn a_file_larger_than_the_memory_allowed_is_compared_as_a_stream() {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "# a root\n")
        .write(
            "gates/copy.yaml",
            GATE.replace("template: one", "path: source"),
        )
        .write("source/big", "small")
        .write("copy/big", "small");
    let size = 400 << 20;
    for folder in ["source", "copy"] {
        let file = std::fs::File::create(sandbox.root().join(folder).join("big")).expect("a file");
        file.set_len(if folder == "copy" { size } else { size + 1 })
            .expect("a sparse file");
    }
    let binary = env!("CARGO_BIN_EXE_driftgate");
    let script = format!("ulimit -v 350000 && exec {binary} run --jobs 1 --output json");
    let mut command = sandbox.command(&[]);
    let envs: Vec<_> = command
        .get_envs()
        .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
        .collect();
    command = std::process::Command::new("sh");
    let output = command
        .args(["-c", &script])
        .env_clear()
        .envs(envs)
        .current_dir(sandbox.root())
        .output()
        .expect("a shell");
    let ran = Ran::from(output);
    let gate = gate(ran.exits(1));
    assert_eq!(codes(&gate), ["content-differs"]);
    let finding = &gate["findings"][0];
    assert!(finding["digests"]["source"].is_string(), "{finding:#}");
    assert!(finding["diff"].is_null());
}

#[test]
fn deliveries_that_share_a_folder_are_counted_each_and_alike_with_any_number_of_jobs() {
    let gate = GATE.replace(
        "[{ directory: copy }]",
        "\n  - { name: all, directory: copy, mode: subset, allow_extra: ['more-*'] }\n  - { name: prompts, directory: copy, include: ['prompts/**'] }\n  - { name: texts, directory: copy, include: ['**/*.md'], allow_extra: ['more-*'] }",
    );
    let sandbox = world(&gate, |repository| {
        for n in 0..60 {
            write(&repository.join(format!("unused/{n}.txt")), "x");
        }
    });
    for n in 0..60 {
        sandbox.write(&format!("copy/more-{n}.md"), format!("{n}\n"));
    }
    let look = |jobs: &str| {
        let ran = sandbox.run(&["run", "--offline", "--jobs", jobs, "--output", "json"]);
        let report = ran.exits(0).json();
        report["gates"][0].clone()
    };
    let first = look("1");
    // All: two files and what is more. Prompts: one. Texts: one and what is more.
    assert_eq!(first["inspected"], 62 + 1 + 61);
    for jobs in ["1", "2", "8"] {
        let again = look(jobs);
        assert_eq!(again["facts"], first["facts"], "{jobs}");
        assert_eq!(again["inspected"], first["inspected"]);
    }
}

#[test]
fn every_promise_of_a_folder_and_an_image_is_proved_from_the_command_line() {
    let gate = format!(
        "{}  - dockerfile: Dockerfile\n    source_arg: DIR\n    dest: /opt/one\n    modes: true\n",
        GATE.replace(
            "deliveries: [{ directory: copy }]",
            "deliveries:\n  - directory: copy"
        )
    );
    let sandbox = world(&gate, |_| {});
    sandbox.write(
        "Dockerfile",
        "FROM scratch\nARG DIR=clones/one\nCOPY ${DIR}/config.yaml /opt/one/\nCOPY ${DIR}/prompts/a.md /opt/one/prompts/a.md\n",
    );
    finds(&sandbox, &[]);
    let ran = sandbox.run(&["prove", "--offline", "--output", "json"]);
    let report = ran.exits(0).json();
    assert_eq!(report["proved"], report["of"]);
    let names: Vec<_> = report["gates"][0]["protections"]
        .as_array()
        .expect("protections")
        .iter()
        .filter_map(|protection| protection["name"].as_str())
        .collect();
    for what in [
        "changed byte in copy",
        "mode now executable in copy",
        "missing file in copy",
        "extra file in copy",
        "emptied file in copy",
        "dropped COPY",
        "redirected COPY",
        ".dockerignore exclusion",
        "renamed ARG",
        "deleted Dockerfile",
        "vanished source",
    ] {
        assert!(
            names.iter().any(|name| name.starts_with(what)),
            "{what}: {names:#?}"
        );
    }
}

/// A repository that is its own build context: the image is to have what the repository has.
#[test]
fn a_source_can_be_the_build_context_itself() {
    let gate = "id: app\nabout: The image runs what the repository holds.\nkind: delivery\nsource: { path: ., include: ['*.py', config.yaml] }\ndeliveries: [{ dockerfile: Dockerfile, source_path: ., dest: /app }]\n";
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "")
        .write("gates/app.yaml", gate)
        .write("adapter.py", "run()\n")
        .write("config.yaml", "name: one\n")
        .write("README.md", "One.\n")
        .write(
            "Dockerfile",
            "FROM scratch\nWORKDIR /app\nCOPY adapter.py .\nCOPY config.yaml ./\n",
        );
    assert_eq!(finds(&sandbox, &[])["inspected"], 2);
    sandbox.run(&["prove"]).exits(0);
    sandbox.write("executor.py", "run()\n");
    let gate = finds(&sandbox, &["not-delivered"]);
    let message = gate["findings"][0]["message"].as_str().expect("a message");
    assert!(message.contains("executor.py"), "{message}");
    sandbox.write(
        "Dockerfile",
        "FROM scratch\nWORKDIR /app\nCOPY *.py ./\nCOPY README.md config.yaml\n",
    );
    finds(&sandbox, &["content-differs"]);
}

#[test]
fn what_the_gate_leaves_out_of_the_source_can_be_allowed_in_the_image() {
    let gate = |allowed: &str| {
        format!(
            "id: app\nabout: The image runs what the repository holds.\nkind: delivery\nsource: {{ path: app, include: ['*.py'] }}\ndeliveries: [{{ dockerfile: Dockerfile, source_path: app, dest: /app, allow_extra: [{allowed}] }}]\n"
        )
    };
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "")
        .write("gates/app.yaml", gate(""))
        .write("app/main.py", "run()\n")
        .write("app/needs.txt", "one\n")
        .write("Dockerfile", "FROM scratch\nCOPY app /app\n");
    finds(&sandbox, &["not-in-source"]);
    sandbox.write("gates/app.yaml", gate("'*.txt'"));
    finds(&sandbox, &[]);
    sandbox.write("gates/app.yaml", gate("'*.txt', '*.md'"));
    finds(&sandbox, &["allowance-unused"]);
}
