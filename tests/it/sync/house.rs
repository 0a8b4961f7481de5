use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::http::{Answer, Request, Server};
use crate::support::{Sandbox, git, write};

pub(super) const NOBODY: &str = "0123456789012345678901234567890123456789";
pub(super) const SETTINGS: &str = "providers:\n  local:\n    url: ../repos/{repo}\n";

/// A manifest of templates.
pub(super) fn manifest(entries: &[String]) -> String {
    format!(
        "{{\"version\": 1,\n \"workspace_templates\": [\n  {}\n ]}}\n",
        entries.join(",\n  ")
    )
}

pub(super) fn entry(name: &str, repo: &str, reference: &str) -> String {
    format!("{{\"name\": \"{name}\", \"repo\": \"{repo}\", \"ref\": \"{reference}\"}}")
}

/// A sandbox with one repository, `o/one`, that is pinned; and its commit.
pub(super) fn one() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let commit = sandbox.repository("repos/o/one", &[("config.yaml", "name: one\n")]);
    sandbox
        .write("driftgate.yaml", SETTINGS)
        .write("manifest.json", manifest(&[entry("one", "o/one", &commit)]));
    (sandbox, commit)
}

pub(super) fn lock(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.root().join("driftgate.lock")).unwrap_or_default()
}

/// A `git` that runs `script` first; the script finds the real one as `$REAL`.
pub(crate) fn wrap_git(sandbox: &Sandbox, script: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    let real = std::env::split_paths(&path)
        .map(|dir| dir.join("git"))
        .find(|git| git.is_file())
        .expect("git is on PATH");
    let dir = sandbox.path().join("bin");
    let wrapper = dir.join("git");
    write(
        &wrapper,
        format!("#!/bin/sh\nREAL={}\n{script}\n", real.display()),
    );
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    dir
}

/// The PATH with `dir` before all others.
pub(crate) fn path_with(dir: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").expect("a PATH");
    let dirs = std::iter::once(dir.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(dirs).expect("a PATH")
}

/// A sandbox whose provider is a web server with a token.
pub(super) fn web(
    answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (Sandbox, Server, String) {
    let sandbox = Sandbox::new();
    let commit = sandbox.repository(
        "repos/o/one",
        &[
            ("config.yaml", "name: one\n"),
            ("big.txt", "content that is fetched apart\n"),
        ],
    );
    let dir = sandbox.path().join("repos/o/one");
    git(&dir, &["config", "uploadpack.allowFilter", "true"]);
    let server = Server::start(&sandbox.path().join("repos"), answer);
    sandbox
        .write(
            "driftgate.yaml",
            format!(
                "providers:\n  web:\n    url: {}/{{repo}}/.git\n    token_env: SECRET_TOKEN\n",
                server.url()
            ),
        )
        .write("manifest.json", manifest(&[entry("one", "o/one", &commit)]));
    (sandbox, server, commit)
}

/// What stands in the folder of mirrors besides mirrors and their locks.
pub(super) fn leftovers(mirrors: &Path) -> Vec<String> {
    std::fs::read_dir(mirrors)
        .expect("mirrors")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.ends_with(".git") && !name.ends_with(".lock"))
        .collect()
}
