use super::address::{Forge, PluginAddress, PluginPlace};
use crate::context::Context;
use crate::gate::{Category, Location, Obstacle};
use crate::ssot::{Entry, Manifest, is_hex_id, read_manifest};

/// What the manifest pins, by the addresses that plugins are declared with.
#[derive(Debug)]
pub(crate) struct Catalogue(Manifest);

/// The provider that `github://` stands for.
const GITHUB: &str = "github";

impl Catalogue {
    /// # Errors
    /// When there is no manifest, or it cannot be read.
    pub(crate) fn read(context: &Context) -> Result<Self, Obstacle> {
        let path = &context.settings().manifest;
        Ok(Self(read_manifest(context.root(), path)?))
    }

    pub(super) fn path(&self) -> &str {
        &self.0.path
    }

    pub(crate) fn of(&self, address: &PluginAddress) -> Option<&Entry> {
        match &address.place {
            PluginPlace::Named(name) => self.named(Category::Plugins, name),
            PluginPlace::Repository { forge, repo, .. } => self.repository(repo, Some(*forge)),
        }
    }

    pub(super) fn named(&self, category: Category, name: &str) -> Option<&Entry> {
        let mut entries = self.0.entries.iter();
        entries.find(|entry| entry.category == category && entry.name.value == name)
    }

    /// The entry of a repository; a plugin's before a template's.
    pub(super) fn repository(&self, repo: &str, forge: Option<Forge>) -> Option<&Entry> {
        let is_it = |entry: &&Entry| {
            let provider = entry.provider.as_ref().map(|text| text.value.as_str());
            entry.repo.value.eq_ignore_ascii_case(repo)
                && match forge {
                    Some(Forge::Github) => provider == Some(GITHUB),
                    Some(Forge::Gitea) => provider != Some(GITHUB),
                    None => true,
                }
        };
        let entries = || self.0.entries.iter().filter(is_it);
        entries()
            .find(|entry| entry.category == Category::Plugins)
            .or_else(|| entries().next())
    }

    /// Where the manifest has an entry's ref.
    pub(super) fn place_of_ref(&self, entry: &Entry) -> Location {
        self.0.location(&entry.reference.span)
    }
}

/// Whether a declared ref is the manifest's, or names the commit that it is locked at.
pub(super) fn is_same_ref(declared: &str, entry: &Entry, commit: Option<&str>) -> bool {
    let pinned = entry.reference.value.as_str();
    let begins = |whole: &str| {
        declared.len() >= 7
            && is_hex_id(whole)
            && declared.bytes().all(|b| b.is_ascii_hexdigit())
            && whole
                .get(..declared.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(declared))
    };
    // A name is followed to the commit that it is locked at; a commit stands for itself.
    declared == pinned || begins(pinned) || (!is_hex_id(pinned) && commit.is_some_and(begins))
}
