use super::builder::{Builder, Current};
use super::error::Located;
use super::image_path::image_path;
use super::pattern::has_wildcard;
use super::plan::{CopyFrom, CopySource};
use super::stage_fs::StageFs;
use super::{Origin, Place};
use crate::tree::TreePath;

impl Builder<'_> {
    pub(super) fn source(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        source: &CopySource,
    ) -> Result<(), Located> {
        let (text, at) = match source {
            CopySource::Inline { name, body } => {
                let target = current.target(name.as_bytes());
                let origin = Origin::Inline {
                    bytes: body.as_bytes().to_vec(),
                };
                // The builder writes heredocs with mode 0644.
                let executable = current
                    .copy
                    .chmod
                    .as_ref()
                    .is_some_and(|chmod| chmod.apply(false));
                let file = current.file(origin, Some(executable), current.at);
                self.put(fs, &target, file, None);
                return Ok(());
            }
            CopySource::Path { text, at } => (text.as_str(), *at),
        };
        if let Some(remote) = remote(text) {
            self.remote(fs, current, remote, at);
            return Ok(());
        }
        match &current.copy.from {
            CopyFrom::Context if current.copy.parents => {
                self.context_parents(fs, current, text, at)
            }
            CopyFrom::Context => self.context_source(fs, current, text, at),
            CopyFrom::Stage(stage) => self.stage_source(*stage, fs, current, text, at),
            CopyFrom::Image(reference) => {
                let path = image_path(&TreePath::root(), text.as_bytes());
                if has_wildcard(text) || current.copy.parents || path.is_root() {
                    fs.unknown.push(current.unknown(
                        current.dest.clone(),
                        format!("it copies what the image `{reference}` has"),
                    ));
                    return Ok(());
                }
                let target = current.target(path.name());
                let origin = Origin::External {
                    reference: reference.clone(),
                    path,
                };
                self.put_unknown(fs, current, &target, origin, at);
                Ok(())
            }
        }
        .map_err(|mut error: Located| {
            error.at.get_or_insert(at);
            error
        })
    }

    fn remote(&mut self, fs: &mut StageFs, current: &Current<'_>, remote: Remote<'_>, at: Place) {
        if !current.copy.is_add {
            self.refuse(at, "COPY takes no remote source; ADD does".to_owned());
            return;
        }
        match remote {
            Remote::Git(url) => {
                let origin = Origin::Git {
                    url: url.to_owned(),
                };
                self.put_unknown(fs, current, &current.dest.clone(), origin, at);
            }
            Remote::Url(url) => {
                let path = url.split(['?', '#']).next().unwrap_or(url);
                let path = path.split_once("://").map_or(path, |(_, rest)| rest);
                let name = match path.split_once('/') {
                    Some((_, path)) => path.trim_end_matches('/').rsplit('/').next(),
                    None => None,
                };
                let name = name
                    .filter(|name| !name.is_empty())
                    .unwrap_or("__unnamed__");
                let target = current.target(name.as_bytes());
                if current.copy.unpack == Some(true) {
                    fs.unknown
                        .push(current.unknown(current.dest.clone(), "it unpacks a download"));
                    return;
                }
                let origin = Origin::Url {
                    url: url.to_owned(),
                };
                let file = current.file(origin, None, at);
                self.put(fs, &target, file, None);
            }
        }
    }

    /// Puts something that may be a file or a folder.
    pub(super) fn put_unknown(
        &mut self,
        fs: &mut StageFs,
        current: &Current<'_>,
        target: &TreePath,
        origin: Origin,
        at: Place,
    ) {
        if fs.is_dir(target) {
            fs.unknown.push(current.unknown(
                target.clone(),
                "it copies a file or folder that is not known without building",
            ));
            return;
        }
        let file = current.file(origin, None, at);
        self.put(fs, target, file, None);
    }
}

#[derive(Clone, Copy)]
enum Remote<'a> {
    Git(&'a str),
    Url(&'a str),
}

fn remote(text: &str) -> Option<Remote<'_>> {
    let is_http = text.starts_with("http://") || text.starts_with("https://");
    let path = text.split(['?', '#']).next().unwrap_or(text);
    if text.starts_with("git://")
        || text.starts_with("ssh://")
        || text.starts_with("git@")
        || (is_http && path.ends_with(".git"))
    {
        return Some(Remote::Git(text));
    }
    is_http.then_some(Remote::Url(text))
}
