use std::collections::BTreeMap;

use super::permissions::Permissions;
use crate::kinds::delivery::dockerfile::Platform;
use crate::kinds::delivery::patterns::Patterns;
use crate::kinds::delivery::plan::DirectoryPlan;
use crate::tree::TreePath;
use crate::tree::image::ImageLimits;

/// An image, and how it is compared.
#[derive(Debug)]
pub(crate) struct ImagePlan {
    pub input: ImageInput,
    pub platform: Option<Platform>,
    /// Which image of several.
    pub reference: Option<String>,
    /// The comparison of its folder `dest`: that one's path is `folder`, without the leading slash.
    pub copy: DirectoryPlan,
    pub owner: Option<(u32, u32)>,
    pub permissions: Option<Permissions>,
    pub expected: ExpectedConfig,
    pub forbidden_files: Patterns,
    pub forbidden_env: Patterns,
    pub limits: ImageLimits,
}

/// Where an image is.
#[derive(Debug)]
pub(crate) enum ImageInput {
    Archive(TreePath),
    Layout(TreePath),
    Daemon(String),
    Registry {
        reference: RegistryRef,
        /// The environment variables with user and password.
        credentials: Option<(String, String)>,
    },
    Build(BuildPlan),
}

#[derive(Debug)]
pub(crate) struct BuildPlan {
    pub dockerfile: TreePath,
    pub context: TreePath,
    pub args: BTreeMap<String, String>,
    pub target: Option<String>,
}

/// A name of an image in a registry, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegistryRef {
    /// Host, and port where there is one.
    pub host: String,
    pub repository: String,
    /// A tag or a digest.
    pub version: String,
}

/// What is expected of the configuration.
#[derive(Debug, Default)]
pub(crate) struct ExpectedConfig {
    pub labels: BTreeMap<String, String>,
    pub entrypoint: Option<Vec<String>>,
    pub cmd: Option<Vec<String>>,
    pub env: BTreeMap<String, String>,
    pub user: Option<String>,
    pub workdir: Option<String>,
}

impl ImagePlan {
    /// The image as reports name it.
    pub(crate) fn label(&self) -> String {
        match &self.input {
            ImageInput::Archive(path) | ImageInput::Layout(path) => path.to_string(),
            ImageInput::Daemon(name) => name.clone(),
            ImageInput::Registry { reference, .. } => reference.to_string(),
            ImageInput::Build(build) => format!("image of {}", build.dockerfile),
        }
    }

    /// How it is got at, as facts have it.
    pub(crate) fn way(&self) -> &'static str {
        match &self.input {
            ImageInput::Archive(_) => "archive",
            ImageInput::Layout(_) => "layout",
            ImageInput::Daemon(_) => "daemon",
            ImageInput::Registry { .. } => "registry",
            ImageInput::Build(_) => "build",
        }
    }
}

impl RegistryRef {
    /// Reads a reference as Docker does: without a host it is Docker Hub's, without a tag `latest`.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        if let Some(digest) = digest
            && !digest
                .strip_prefix("sha256:")
                .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Err(format!("`{digest}` is not a digest; write it as sha256:…"));
        }
        let (host, rest) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => {
                (host.to_owned(), rest.to_owned())
            }
            Some(_) => ("registry-1.docker.io".to_owned(), name.to_owned()),
            None => ("registry-1.docker.io".to_owned(), format!("library/{name}")),
        };
        let host = match host.as_str() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io".to_owned(),
            _ => host,
        };
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) => (repository.to_owned(), Some(tag)),
            None => (rest, None),
        };
        let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        if repository.is_empty()
            || !repository.bytes().all(is_path)
            || repository
                .split('/')
                .any(|part| part.is_empty() || part == "..")
        {
            return Err(format!("`{text}` is not the name of an image"));
        }
        let is_tag = |tag: &str| {
            !tag.is_empty()
                && tag.len() <= 128
                && tag
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        if let Some(tag) = tag
            && !is_tag(tag)
        {
            return Err(format!("`{tag}` is not a tag"));
        }
        Ok(Self {
            host,
            repository,
            version: digest.or(tag).unwrap_or("latest").to_owned(),
        })
    }
}

impl std::fmt::Display for RegistryRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let separator = if self.version.contains(':') { '@' } else { ':' };
        write!(
            f,
            "{}/{}{separator}{}",
            self.host, self.repository, self.version
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_docker_reads_it() {
        let read = |text: &str| RegistryRef::parse(text).map(|found| found.to_string());
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(
            read("127.0.0.1:5000/a/b").as_deref(),
            Ok("127.0.0.1:5000/a/b:latest")
        );
        assert_eq!(
            read("postgres:16").as_deref(),
            Ok("registry-1.docker.io/library/postgres:16")
        );
        assert_eq!(
            read(&format!("localhost/a:1@{digest}")),
            Ok(format!("localhost/a@{digest}"))
        );
        for bad in ["", "a/../b", "host.example/", "a:b c", "a@sha256:0", "a//b"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
