//! A folder of its own for each test, git repositories in it, and the binary with a clean
//! environment.

mod gates;

pub use gates::gate;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub mod http;

/// A temporary folder with a root to gate, a cache and a home of its own.
pub struct Sandbox {
    dir: tempfile::TempDir,
}

/// What the binary did.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("driftgate-it-")
            .tempdir()
            .expect("a temporary folder");
        let sandbox = Self { dir };
        for name in ["root", "home", "cache"] {
            std::fs::create_dir_all(sandbox.path().join(name)).expect("a folder");
        }
        sandbox
    }

    /// The sandbox itself.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The folder that is gated.
    pub fn root(&self) -> PathBuf {
        self.path().join("root")
    }

    /// Where mirrors go.
    pub fn cache(&self) -> PathBuf {
        self.path().join("cache")
    }

    /// Writes a file below the root.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        write(&self.root().join(path), content);
        self
    }

    /// Runs the binary in the root.
    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("the binary starts");
        Ran::from(output)
    }

    /// The binary in the root, with an environment of its own.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftgate"));
        command
            .args(args)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path().join("home"))
            .env("XDG_CACHE_HOME", self.cache())
            .env("TMPDIR", self.path())
            .stdin(Stdio::null());
        command
    }

    /// The same for gates that start a database server: what `initdb` makes is kept for all tests.
    pub fn command_with_server(&self, args: &[&str]) -> Command {
        let mut command = self.command(args);
        command.env(
            "XDG_CACHE_HOME",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/servers"),
        );
        command
    }

    /// Runs the binary in the root, on gates that start a database server.
    pub fn run_with_server(&self, args: &[&str]) -> Ran {
        let output = self.command_with_server(args).output();
        Ran::from(output.expect("the binary starts"))
    }

    /// Runs the binary in the root within limits of the shell: `-v 350000` for memory in KiB, `-f 1`
    /// for the size of files it writes, in blocks.
    pub fn run_within(&self, limits: &str, args: &[&str]) -> Ran {
        let inner = self.command(args);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("ulimit {limits} && exec \"$0\" \"$@\"")])
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(self.root())
            .env_clear()
            .stdin(Stdio::null());
        for (name, value) in inner.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        Ran::from(command.output().expect("a shell"))
    }

    /// Runs the binary as somebody whom file modes bind: as oneself, or for root, whom they do not,
    /// as nobody.
    pub fn run_bound_by_modes(&self, args: &[&str]) -> Ran {
        let inner = self.command(args);
        if !rustix::process::geteuid().is_root() {
            return self.run(args);
        }
        // Nobody may not be allowed to reach the folder of builds.
        let binary = self.path().join("driftgate");
        std::fs::copy(inner.get_program(), &binary).expect("a copy of the binary");
        std::fs::set_permissions(self.path(), std::fs::Permissions::from_mode(0o755))
            .expect("a mode");
        let mut command = Command::new(binary);
        command
            .args(args)
            .current_dir(self.root())
            .env_clear()
            .stdin(Stdio::null())
            .uid(65534)
            .gid(65534);
        for (name, value) in inner.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        Ran::from(command.output().expect("the binary starts"))
    }

    /// Makes a git repository at `name` below the sandbox with these files in one commit; returns
    /// the commit id.
    pub fn repository(&self, name: &str, files: &[(&str, &str)]) -> String {
        let dir = self.path().join(name);
        std::fs::create_dir_all(&dir).expect("a folder");
        git(&dir, &["init", "--quiet", "--initial-branch=main"]);
        self.commit(name, files)
    }

    /// Adds a commit with these files to the repository at `name`; returns its id.
    pub fn commit(&self, name: &str, files: &[(&str, &str)]) -> String {
        let dir = self.path().join(name);
        for (path, content) in files {
            write(&dir.join(path), content);
        }
        git(&dir, &["add", "--all"]);
        git(
            &dir,
            &["commit", "--quiet", "--allow-empty", "--message=a commit"],
        );
        git(&dir, &["rev-parse", "HEAD"]).trim().to_owned()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Asserts the exit code, showing all output where it differs.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// The JSON on standard output.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "stdout is not JSON: {error}\nstdout:\n{}\nstderr:\n{}",
                self.stdout, self.stderr
            )
        })
    }
}

/// Runs git with a fixed identity and date, and without the user's configuration.
#[track_caller]
pub fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A U Thor")
        .env("GIT_AUTHOR_EMAIL", "author@example.org")
        .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
        .env("GIT_COMMITTER_NAME", "A U Thor")
        .env("GIT_COMMITTER_EMAIL", "author@example.org")
        .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
        .stdin(Stdio::null())
        .output()
        .expect("git starts");
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, content).expect("a file");
}
