use crate::tree::TreePath;

/// Where a declared plugin comes from: `gitea://owner/repo[/sub]#ref`, `github://owner/repo#ref`, or the name of an
/// entry of the manifest (`name`, `local://name`). The grammar is that of the platform's own resolvers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginAddress {
    /// As it was declared, without white space around it.
    pub text: String,
    pub place: PluginPlace,
}

/// What an address leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginPlace {
    /// The plugin of the manifest that has this name.
    Named(String),
    Repository {
        forge: Forge,
        /// `owner/repo`.
        repo: String,
        /// The folder that the plugin is; the repository's root without one.
        sub: TreePath,
        /// A commit, tag or branch; `None` for whatever is there.
        reference: Option<String>,
    },
}

/// Whose repositories are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    Gitea,
    Github,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("it is empty")]
    Empty,
    #[error("`{0}://` is not known; known are `gitea://`, `github://`, `local://`, and bare names")]
    Scheme(String),
    #[error("`{0}` is no name of an owner, a repository, a folder or a plugin")]
    Part(String),
    #[error("it names no repository; write `owner/repo`")]
    NoRepository,
    #[error("a `github://` address has no folder; only `gitea://` ones have")]
    FolderOnGithub,
    #[error("`{0}` is no commit, tag or branch")]
    Reference(String),
}

/// Longest name of an owner, repository or plugin, and of a folder.
const MAX_NAME: usize = 100;
const MAX_FOLDER: usize = 128;
const MAX_REFERENCE: usize = 255;

impl PluginAddress {
    /// # Errors
    /// When the text is no address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let place = match text.split_once("://") {
            None => PluginPlace::Named(part(text, MAX_NAME)?),
            Some(("local", name)) => PluginPlace::Named(part(name.trim(), MAX_NAME)?),
            Some(("gitea", rest)) => repository(Forge::Gitea, rest)?,
            Some(("github", rest)) => repository(Forge::Github, rest)?,
            Some((scheme, _)) => return Err(AddressError::Scheme(scheme.to_owned())),
        };
        Ok(Self {
            text: text.to_owned(),
            place,
        })
    }

    /// The folder below `plugins/` that it is installed in: the last name of its path.
    pub fn install_name(&self) -> String {
        match &self.place {
            PluginPlace::Named(name) => name.clone(),
            PluginPlace::Repository { repo, sub, .. } => {
                if sub.is_root() {
                    repo.rsplit('/').next().unwrap_or(repo).to_owned()
                } else {
                    sub.name().to_string()
                }
            }
        }
    }

    /// The ref that it asks for; `None` where it asks for none, or leaves it to the manifest.
    pub fn reference(&self) -> Option<&str> {
        match &self.place {
            PluginPlace::Named(_) => None,
            PluginPlace::Repository { reference, .. } => reference.as_deref(),
        }
    }
}

impl std::fmt::Display for PluginAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn repository(forge: Forge, rest: &str) -> Result<PluginPlace, AddressError> {
    let (path, reference) = match rest.trim().split_once('#') {
        Some((path, reference)) => (path, self::reference(reference.trim())?),
        None => (rest.trim(), None),
    };
    let mut parts = path.trim_matches('/').split('/');
    let (Some(owner), Some(name)) = (parts.next(), parts.next()) else {
        return Err(AddressError::NoRepository);
    };
    let repo = format!("{}/{}", part(owner, MAX_NAME)?, part(name, MAX_NAME)?);
    let mut sub = TreePath::root();
    for folder in parts {
        sub = sub.join(part(folder, MAX_FOLDER)?);
    }
    if forge == Forge::Github && !sub.is_root() {
        return Err(AddressError::FolderOnGithub);
    }
    Ok(PluginPlace::Repository {
        forge,
        repo,
        sub,
        reference,
    })
}

/// A ref without the word for its sort (`sha:`, `tag:`), by which some are written.
fn reference(text: &str) -> Result<Option<String>, AddressError> {
    if text.is_empty() {
        return Ok(None);
    }
    let bare = text
        .strip_prefix("sha:")
        .or_else(|| text.strip_prefix("tag:"))
        .unwrap_or(text);
    let is_good = !bare.is_empty()
        && text.len() <= MAX_REFERENCE
        && !bare.starts_with('-')
        && bare
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_./-".contains(&b));
    if !is_good {
        return Err(AddressError::Reference(text.to_owned()));
    }
    Ok(Some(bare.to_owned()))
}

/// A name that is safe as a part of a path: it begins with a letter or digit.
fn part(text: &str, longest: usize) -> Result<String, AddressError> {
    let is_good = text.len() <= longest
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if is_good {
        Ok(text.to_owned())
    } else {
        Err(AddressError::Part(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> PluginAddress {
        PluginAddress::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn each_form_has_its_place_and_its_name() {
        for (text, name, sub, reference) in [
            ("gitea://o/plugin-a#v1.2.0", "plugin-a", "", Some("v1.2.0")),
            (
                "gitea://o/r/skills/deep#main",
                "deep",
                "skills/deep",
                Some("main"),
            ),
            ("gitea://o/r#sha:abc123", "r", "", Some("abc123")),
            ("gitea://o/r#tag:v1", "r", "", Some("v1")),
            ("gitea://o/r/#", "r", "", None),
            (" gitea://o/r ", "r", "", None),
            ("github://o/r#v1", "r", "", Some("v1")),
        ] {
            let address = parsed(text);
            assert_eq!(address.install_name(), name, "{text}");
            assert_eq!(address.reference(), reference, "{text}");
            let PluginPlace::Repository { sub: found, .. } = &address.place else {
                panic!("{text} is no repository");
            };
            assert_eq!(found.to_string(), sub, "{text}");
        }
        for text in ["ecc", "local://ecc"] {
            assert_eq!(parsed(text).place, PluginPlace::Named("ecc".to_owned()));
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for text in [
            "",
            "  ",
            "gitea://",
            "gitea://o",
            "gitea:///o/r",
            "gitea://o/..",
            "gitea://o/r/../x",
            "gitea://o/r//x",
            "gitea://o/-r",
            "gitea://o/r#-x",
            "gitea://o/r#a b",
            "gitea://o/r#sha:",
            "github://o/r/sub#v1",
            "https://h/o/r",
            "clawhub://a@1",
            "a/b",
            "../a",
            "!a",
            "local://",
            "local://a/b",
        ] {
            // An address with slashes before the owner is the same one to the platform.
            let is_taken = text == "gitea:///o/r";
            assert_eq!(PluginAddress::parse(text).is_ok(), is_taken, "{text}");
        }
    }

    /// Texts that are nearly addresses.
    fn nearly() -> impl Strategy<Value = String> {
        let text =
            "(gitea://|github://|local://|)[a-z.A-Z0-9_/-]{0,20}(#(sha:|tag:|)[a-z0-9./-]{0,8}|)";
        prop_oneof![4 => text, 1 => ".{0,30}"]
    }

    proptest! {
        #[test]
        fn an_accepted_address_never_leads_out_of_its_folder(text in nearly()) {
            if let Ok(address) = PluginAddress::parse(&text) {
                let name = address.install_name();
                prop_assert!(!name.is_empty() && !name.starts_with(['.', '-']) && !name.contains('/'));
                prop_assert_eq!(TreePath::new(&name).map(|path| path.to_string()), Ok(name));
                if let Some(reference) = address.reference() {
                    prop_assert!(!reference.starts_with('-') && !reference.contains([' ', '#', ':']));
                }
            }
        }

        #[test]
        fn what_is_shown_of_an_address_is_the_address(text in nearly()) {
            if let Ok(address) = PluginAddress::parse(&text) {
                prop_assert_eq!(PluginAddress::parse(&address.to_string()), Ok(address));
            }
        }

        #[test]
        fn a_well_formed_address_is_taken_apart_as_it_was_put_together(
            owner in "[a-z0-9][a-z0-9_.-]{0,10}",
            repo in "[a-z0-9][a-z0-9_.-]{0,10}",
            folders in proptest::collection::vec("[a-z0-9][a-z0-9_.-]{0,10}", 0..4),
            reference in proptest::option::of("[a-z0-9][a-z0-9_./-]{0,10}"),
        ) {
            let mut text = format!("gitea://{owner}/{repo}");
            for folder in &folders {
                text.push_str(&format!("/{folder}"));
            }
            if let Some(reference) = &reference {
                text.push_str(&format!("#{reference}"));
            }
            let address = parsed(&text);
            prop_assert_eq!(address.install_name(), folders.last().unwrap_or(&repo).clone());
            prop_assert_eq!(address.reference(), reference.as_deref());
            let whole = format!("{owner}/{repo}");
            let is_there = matches!(&address.place, PluginPlace::Repository { repo, .. } if *repo == whole);
            prop_assert!(is_there);
        }
    }
}
