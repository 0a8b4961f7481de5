use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{ForgeVersion, GateFile, SpecError, parse, parse_duration};
use crate::gate::Lane;

/// `driftgate.yaml`: what holds for the whole repository.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "driftgate.yaml")]
struct SettingsSpec {
    /// The forge that the repository lives on.
    forge: Option<ForgeSpec>,
    /// The manifest of the sources, relative to the root; `manifest.json` without the key.
    #[schemars(with = "Option<String>")]
    manifest: Option<Spanned<String>>,
    /// Where repositories are cloned from, by the name that manifest entries give.
    #[serde(default)]
    providers: BTreeMap<String, ProviderSpec>,
    /// The provider of entries that name none; needed where there is more than one provider.
    #[schemars(with = "Option<String>")]
    default_provider: Option<Spanned<String>>,
    /// The folder for mirrors, relative to the root; the user's cache folder without the key.
    cache: Option<String>,
    /// Limits by lane.
    #[serde(default)]
    lanes: BTreeMap<Lane, LaneSpec>,
}

/// A forge and its version.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForgeSpec {
    name: ForgeName,
    /// As the forge reports it: `1.26.4`.
    #[schemars(with = "Option<String>")]
    version: Option<Spanned<String>>,
    /// Its address, where gates ask it: `https://git.example.org`. GitHub is known without.
    #[schemars(with = "Option<String>")]
    url: Option<Spanned<String>>,
    /// The name of the environment variable that holds the access token.
    #[schemars(with = "Option<String>")]
    token_env: Option<Spanned<String>>,
}

/// The forges that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForgeName {
    Github,
    Gitea,
    Forgejo,
}

/// Where a provider's repositories are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProviderSpec {
    /// An https, ssh or file URL, or a path relative to the root, with `{repo}` in it.
    #[schemars(with = "String")]
    url: Spanned<String>,
    /// The name of the environment variable that holds the access token.
    #[schemars(with = "Option<String>")]
    token_env: Option<Spanned<String>>,
}

/// Limits that hold in one lane.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LaneSpec {
    /// The time limit of a gate that has none of its own: `90s`, `5m`.
    #[schemars(with = "Option<String>")]
    timeout: Option<Spanned<String>>,
    /// How often what was unreachable is tried again.
    retries: Option<u32>,
}

/// The checked settings of a repository.
#[derive(Debug, Clone)]
pub struct Settings {
    pub forge: Option<Forge>,
    /// The forge's address.
    pub forge_url: Option<String>,
    /// The variable with the token for the forge.
    pub forge_token_env: Option<String>,
    /// The manifest's path relative to the root.
    pub manifest: String,
    /// Whether the settings name the manifest, rather than leaving it to the default.
    pub manifest_named: bool,
    pub providers: BTreeMap<String, Provider>,
    pub default_provider: Option<String>,
    /// Relative to the root, or absolute.
    pub cache: Option<String>,
    pub lanes: BTreeMap<Lane, LaneSettings>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forge {
    pub name: ForgeName,
    pub version: Option<ForgeVersion>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Contains `{repo}`.
    pub url: String,
    pub token_env: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaneSettings {
    pub timeout: Option<Duration>,
    pub retries: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            forge: None,
            forge_url: None,
            forge_token_env: None,
            manifest: "manifest.json".to_owned(),
            manifest_named: false,
            providers: BTreeMap::new(),
            default_provider: None,
            cache: None,
            lanes: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// The JSON Schema of `driftgate.yaml`.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(SettingsSpec)
    }

    pub fn lane(&self, lane: Lane) -> LaneSettings {
        self.lanes.get(&lane).copied().unwrap_or_default()
    }
}

/// Reads `driftgate.yaml`.
///
/// # Errors
/// All that is wrong with it.
pub fn load_settings(file: &GateFile) -> Result<Settings, Vec<SpecError>> {
    // A file of comments alone marks a root and sets nothing.
    if file
        .text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(Settings::default());
    }
    let spec: SettingsSpec = parse(file).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let mut providers = BTreeMap::new();
    for (name, provider) in &spec.providers {
        match check_provider(file, name, provider) {
            Ok(provider) => {
                providers.insert(name.clone(), provider);
            }
            Err(error) => errors.push(error),
        }
    }
    let default_provider = match &spec.default_provider {
        Some(name) if !spec.providers.contains_key(&name.value) => {
            errors.push(
                SpecError::at(
                    file,
                    name.referenced,
                    format!("`{}` is not one of the providers", name.value),
                )
                .help(format!(
                    "one of: {}",
                    spec.providers
                        .keys()
                        .map(String::as_str)
                        .collect::<Vec<_>>()
                        .join(", ")
                )),
            );
            None
        }
        Some(name) => Some(name.value.clone()),
        None if providers.len() == 1 => providers.keys().next().cloned(),
        None => None,
    };
    let mut lanes = BTreeMap::new();
    for (lane, limits) in &spec.lanes {
        let timeout = limits.timeout.as_ref().and_then(|timeout| {
            parse_duration(&timeout.value)
                .map_err(|problem| errors.push(SpecError::at(file, timeout.referenced, problem)))
                .ok()
        });
        lanes.insert(
            *lane,
            LaneSettings {
                timeout,
                retries: limits.retries,
            },
        );
    }
    let forge = spec.forge.as_ref().map(|forge| Forge {
        name: forge.name,
        version: forge.version.as_ref().and_then(|version| {
            version
                .value
                .parse()
                .map_err(|problem| errors.push(SpecError::at(file, version.referenced, problem)))
                .ok()
        }),
    });
    if let Some(manifest) = &spec.manifest
        && let Err(problem) = crate::tree::TreePath::new(&manifest.value)
    {
        errors.push(SpecError::at(
            file,
            manifest.referenced,
            problem.to_string(),
        ));
    }
    let asked = spec.forge.as_ref();
    let forge_url = asked.and_then(|forge| forge.url.as_ref());
    let forge_token_env = asked.and_then(|forge| forge.token_env.as_ref());
    if let Some(url) = forge_url
        && let Err(error) = check_forge_url(file, url)
    {
        errors.push(error);
    }
    if let Some(variable) = forge_token_env
        && let Err(error) = check_variable(file, variable)
    {
        errors.push(error);
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let defaults = Settings::default();
    Ok(Settings {
        forge,
        forge_url: forge_url.map(|url| url.value.clone()),
        forge_token_env: forge_token_env.map(|name| name.value.clone()),
        manifest_named: spec.manifest.is_some(),
        manifest: spec
            .manifest
            .map_or(defaults.manifest, |manifest| manifest.value),
        providers,
        default_provider,
        cache: spec.cache,
        lanes,
    })
}

fn check_provider(file: &GateFile, name: &str, spec: &ProviderSpec) -> Result<Provider, SpecError> {
    let at_url = |message: String| SpecError::at(file, spec.url.referenced, message);
    let url = spec.url.value.as_str();
    if url.matches("{repo}").count() != 1 {
        return Err(at_url(format!(
            "the url of provider `{name}` must contain `{{repo}}` once"
        ))
        .help("for example https://git.example.org/{repo}.git"));
    }
    if url.starts_with('-') {
        return Err(at_url(format!(
            "the url of provider `{name}` starts with `-`"
        )));
    }
    if url.contains("::") {
        return Err(at_url(format!(
            "the url of provider `{name}` names a transport that runs a command"
        ))
        .help("use https, ssh, file or a local path"));
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        if !["https", "http", "ssh", "file"].contains(&scheme) {
            return Err(at_url(format!("scheme `{scheme}` is not supported"))
                .help("use https, ssh, file or a local path"));
        }
        let authority = rest.split('/').next().unwrap_or_default();
        if scheme.starts_with("http") && authority.contains('@') {
            return Err(at_url("a url must not carry credentials".to_owned())
                .help("name the environment variable that holds the token in `token_env`"));
        }
    }
    if let Some(variable) = &spec.token_env {
        check_variable(file, variable)?;
    }
    Ok(Provider {
        url: url.to_owned(),
        token_env: spec.token_env.as_ref().map(|name| name.value.clone()),
    })
}

fn check_variable(file: &GateFile, variable: &Spanned<String>) -> Result<(), SpecError> {
    let good = !variable.value.is_empty()
        && variable
            .value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !variable.value.starts_with(|c: char| c.is_ascii_digit());
    if good {
        return Ok(());
    }
    Err(SpecError::at(
        file,
        variable.referenced,
        "`token_env` is not the name of an environment variable".to_owned(),
    )
    .help("name the variable; never write the token itself here"))
}

fn check_forge_url(file: &GateFile, url: &Spanned<String>) -> Result<(), SpecError> {
    let wrong = |message: &str| SpecError::at(file, url.referenced, message);
    let Some((scheme, rest)) = url.value.split_once("://") else {
        return Err(
            wrong("the url of the forge has no scheme").help("write https://git.example.org")
        );
    };
    if !["https", "http"].contains(&scheme) {
        return Err(wrong("the url of the forge is not on the web").help("use https"));
    }
    if rest.split('/').next().unwrap_or_default().contains('@') {
        return Err(wrong("a url must not carry credentials")
            .help("name the environment variable that holds the token in `token_env`"));
    }
    Ok(())
}
