use super::forge::Target;
use crate::config::{ForgeName, Settings};
use crate::kinds::workflows::forge::Forge;

/// The forge by whose rules contexts are named and judged: the one that is asked, the one whose shape the record
/// has, or the one of the settings. A record that tells nothing is taken for Gitea's.
pub(super) fn forge_of(settings: &Settings, target: Option<&Target>, of_github: bool) -> Forge {
    let named = settings.forge.as_ref();
    let name = match target {
        Some(target) => target.forge,
        None if of_github => ForgeName::Github,
        None => named.map_or(ForgeName::Gitea, |forge| forge.name),
    };
    let version = named
        .filter(|forge| forge.name == name)
        .and_then(|forge| forge.version);
    match name {
        ForgeName::Github => Forge::GitHub,
        ForgeName::Gitea => Forge::Gitea(version.unwrap_or(Forge::GITEA_NEWEST)),
        ForgeName::Forgejo => Forge::Forgejo(version.unwrap_or(Forge::FORGEJO_NEWEST)),
    }
}
