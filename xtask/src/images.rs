use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::cargo::{cargo, root, shown, target_dir};

/// What to make of the images that the tests and the Docker backend use.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this one.
    #[arg(value_enum)]
    only: Option<Image>,

    /// Make it even if nothing changed: Debian's packages may have.
    #[arg(long)]
    force: bool,

    /// Optimise the binary, which takes minutes longer to compile: lives in Docker are a fifth shorter by it.
    #[arg(long)]
    release: bool,
}

impl Args {
    /// All that are missing.
    pub(crate) fn all() -> Self {
        Self {
            only: None,
            force: false,
            release: false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Image {
    Driftgate,
    Postgres,
}

/// What an image was made of is written on it, so that the same is not made twice.
const LABEL: &str = "driftgate.fixture.digest";

/// Makes the images that are missing or made of something else.
pub(crate) fn images(args: &Args) -> Result<()> {
    let answers = Command::new("docker")
        .args(["version", "--format", "{{.Server.Version}}"])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success());
    if !answers {
        bail!("no Docker daemon answers; `docker info` tells why");
    }
    let wanted = |image: &Image| args.only.is_none_or(|only| only == *image);
    let all = [Image::Postgres, Image::Driftgate];
    // One waits for the network and unpacks, the other compiles.
    std::thread::scope(|scope| {
        let making: Vec<_> = all
            .into_iter()
            .filter(wanted)
            .map(|image| scope.spawn(move || image.make(args)))
            .collect();
        // Both are seen to their end, and what went wrong first is told.
        let made: Vec<Result<()>> = making
            .into_iter()
            .map(|making| {
                making
                    .join()
                    .unwrap_or_else(|_| bail!("making an image panicked"))
            })
            .collect();
        made.into_iter().collect()
    })
}

impl Image {
    fn tag(self) -> &'static str {
        match self {
            Self::Driftgate => "driftgate-fixtures/driftgate:latest",
            Self::Postgres => "driftgate-fixtures/postgres:latest",
        }
    }

    /// Under which names it is known besides: a workspace's image bears the name of its runtime.
    fn further_tags(self) -> Vec<String> {
        match self {
            Self::Driftgate => ["claude-code", "codex", "hermes", "openclaw"]
                .map(|runtime| format!("driftgate-fixtures/workspace-template-{runtime}:latest"))
                .to_vec(),
            Self::Postgres => Vec::new(),
        }
    }

    fn recipe(self) -> PathBuf {
        root().join("fixtures/images").join(match self {
            Self::Driftgate => "driftgate",
            Self::Postgres => "postgres",
        })
    }

    fn make(self, args: &Args) -> Result<()> {
        let started = Instant::now();
        let tag = self.tag();
        let recipe = self.recipe();
        let mut parts = files(&recipe)?;
        if self == Self::Driftgate {
            parts.push(program(args.release)?);
        }
        let digest = digest(&parts)?;
        if !args.force && label(tag)?.as_deref() == Some(&digest) {
            self.name_further()?;
            println!("{tag} is current");
            return Ok(());
        }
        let context = tempfile::tempdir()?;
        fs_err::copy(recipe.join("Dockerfile"), context.path().join("Dockerfile"))?;
        match self {
            Self::Driftgate => {
                let binary = parts.last().context("the binary is the last part")?;
                root_of_driftgate(binary, &context.path().join("rootfs"))?;
            }
            Self::Postgres => root_of_postgres(&recipe, &context.path().join("rootfs.tar"))?,
        }
        build(tag, &digest, context.path())?;
        self.name_further()?;
        println!(
            "{tag} made in {:.0} s, {} MB",
            started.elapsed().as_secs_f64(),
            size(tag)? / 1_000_000
        );
        Ok(())
    }
}

impl Image {
    fn name_further(self) -> Result<()> {
        for further in self.further_tags() {
            let output = Command::new("docker")
                .args(["tag", self.tag(), &further])
                .output()
                .context("failed to start docker")?;
            if !output.status.success() {
                bail!(
                    "docker did not name {} also {further}:\n{}",
                    self.tag(),
                    String::from_utf8_lossy(&output.stderr)
                );
            }
        }
        Ok(())
    }
}

/// The binary as the tests build it too, so that it is compiled once.
fn program(release: bool) -> Result<PathBuf> {
    let mut arguments = vec!["build", "--quiet", "--locked", "--bin=driftgate"];
    if release {
        arguments.push("--release");
    }
    if !shown(cargo(&arguments))? {
        bail!("driftgate does not compile");
    }
    let profile = if release { "release" } else { "debug" };
    Ok(target_dir()?.join(profile).join("driftgate"))
}

/// What a program is loaded with: the loader and the libraries of C.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd")
        .arg(program)
        .output()
        .context("failed to start ldd, which comes with glibc")?;
    if !output.status.success() {
        bail!("ldd does not tell the libraries of {}", program.display());
    }
    let listed = String::from_utf8(output.stdout)?;
    let paths: Vec<PathBuf> = listed
        .split_whitespace()
        .filter(|word| word.starts_with('/'))
        .map(PathBuf::from)
        .collect();
    if paths.is_empty() {
        bail!("{} has no libraries that ldd knows", program.display());
    }
    Ok(paths)
}

/// The file system of the `driftgate` image: the binary, what it is loaded with, and the folders that a
/// runtime writes to.
fn root_of_driftgate(program: &Path, root: &Path) -> Result<()> {
    for folder in ["tmp", "root", "configs", "workspace", "etc"] {
        fs_err::create_dir_all(root.join(folder))?;
    }
    for library in libraries(program)? {
        let place = root.join(library.strip_prefix("/")?);
        fs_err::create_dir_all(place.parent().context("a library is in a folder")?)?;
        fs_err::copy(&library, &place)?;
    }
    // Without it glibc asks the network first, and believes it that a name of /etc/hosts is none.
    fs_err::write(root.join("etc/nsswitch.conf"), "hosts: files dns\n")?;
    let binary = root.join("driftgate");
    fs_err::copy(program, &binary)?;
    // What is for a debugger is most of it. Where it cannot be taken away, the image is larger.
    if has_program("strip") && !shown(with(Command::new("strip"), &binary))? {
        bail!("strip failed for {}", binary.display());
    }
    Ok(())
}

fn with(mut command: Command, argument: &Path) -> Command {
    command.arg(argument);
    command
}

fn has_program(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

fn root_of_postgres(recipe: &Path, tar: &Path) -> Result<()> {
    if !has_program("mmdebstrap") {
        bail!("mmdebstrap is missing; it gets PostgreSQL from Debian's packages");
    }
    let mut command = Command::new("sh");
    command.arg(recipe.join("rootfs.sh")).arg(tar);
    if !shown(command)? {
        bail!("the file system of the postgres image was not made");
    }
    Ok(())
}

fn build(tag: &str, digest: &str, context: &Path) -> Result<()> {
    let output = Command::new("docker")
        .args(["build", "--quiet", "--tag", tag])
        .arg(format!("--label={LABEL}={digest}"))
        .arg(context)
        .output()
        .context("failed to start docker")?;
    if !output.status.success() {
        bail!(
            "docker did not build {tag}:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// What an image says it was made of; `None` where there is no such image.
fn label(tag: &str) -> Result<Option<String>> {
    let format = format!("{{{{index .Config.Labels \"{LABEL}\"}}}}");
    inspected(tag, &format)
}

fn size(tag: &str) -> Result<u64> {
    inspected(tag, "{{.Size}}")?
        .context("the image has gone")?
        .parse()
        .context("docker tells no size")
}

fn inspected(tag: &str, format: &str) -> Result<Option<String>> {
    let output = Command::new("docker")
        .args(["image", "inspect", "--format", format, tag])
        .stderr(Stdio::null())
        .output()
        .context("failed to start docker")?;
    let text = String::from_utf8(output.stdout)?.trim().to_owned();
    Ok(output.status.success().then_some(text))
}

/// All files of a recipe, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

/// Of names and contents.
fn digest(files: &[PathBuf]) -> Result<String> {
    let mut all = Sha256::new();
    for path in files {
        let content = fs_err::read(path)?;
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        for part in [name, &content] {
            all.update(part.len().to_le_bytes());
            all.update(part);
        }
    }
    let mut text = String::from("sha256:");
    for byte in all.finalize() {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_one_content_from_another_and_one_name_from_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs_err::write(&path, content).expect("a file");
            path
        };
        let of = |path: &PathBuf| digest(std::slice::from_ref(path)).expect("a digest");
        let (one, same, other) = (file("a", "x"), file("b", "x"), file("c", "y"));
        let first = of(&one);
        assert_eq!(first, of(&one));
        assert_ne!(first, of(&same));
        assert_ne!(of(&same), of(&other));
    }

    #[test]
    fn a_program_comes_with_its_loader() {
        let own = std::env::current_exe().expect("this test");
        let found = libraries(&own).expect("its libraries");
        let has = |part: &str| {
            found
                .iter()
                .any(|path| path.to_string_lossy().contains(part))
        };
        assert!(has("libc.so") && has("/ld-"), "{found:?}");
    }

    #[test]
    fn every_image_has_a_recipe() {
        for image in [Image::Driftgate, Image::Postgres] {
            assert!(image.recipe().join("Dockerfile").is_file(), "{image:?}");
        }
    }
}
