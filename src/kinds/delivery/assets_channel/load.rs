use serde_saphyr::Spanned;
use url::Url;

use super::env_text::{EnvText, is_variable};
use super::file_urls::FileUrls;
use super::plan::{AssetLimits, AssetsInput, AssetsPlan, Settle};
use super::rendered::Substitution;
use super::spec::{AssetLimitsSpec, AssetsSpec, ListingSpec, SettleSpec, WorkspaceFilesSpec};
use crate::config::{GateFile, SpecError, parse_duration};
use crate::kinds::delivery::load::{place, tree_path};
use crate::kinds::delivery::patterns::{Declared, Patterns};
use crate::kinds::delivery::plan::DirectoryPlan;
use crate::tree::TreePath;

const ONE: &str = "say where they are with one of: bundle, listing, archive, workspace_files";

/// Reads what a gate says about a provisioner's assets; what is wrong with it is added to `errors`. `copy` is the
/// comparison without its allow list.
pub(crate) fn assets(
    file: &GateFile,
    assets: &Spanned<AssetsSpec>,
    mut copy: DirectoryPlan,
    errors: &mut Vec<SpecError>,
) -> Option<AssetsPlan> {
    let spec = &assets.value;
    let input = input(file, assets, errors);
    if spec.allow.value.is_empty() {
        errors.push(
            SpecError::at(
                file,
                spec.allow.referenced,
                "`allow` is empty; nothing would be looked at",
            )
            .help("name the paths that go over this channel, like `config.yaml` and `prompts/**`"),
        );
    }
    copy.selection.include = Patterns::new(file, &spec.allow.value, errors);
    let is_served = spec.archive.is_none();
    if !is_served {
        let given = [
            ("settle", spec.settle.is_some()),
            ("token_env", spec.token_env.is_some()),
            ("headers", !spec.headers.is_empty()),
        ];
        for (key, _) in given.iter().filter(|(_, is_given)| *is_given) {
            let message = format!(
                "`{key}` has no meaning for an `archive`, which is not asked for over HTTP"
            );
            errors.push(SpecError::at(file, assets.referenced, message));
        }
    }
    if let Some(name) = &spec.token_env
        && !is_variable(&name.value)
    {
        errors.push(
            SpecError::at(
                file,
                name.referenced,
                "`token_env` is not the name of an environment variable",
            )
            .help("name the variable; never write the token itself here"),
        );
    }
    let mut headers = Vec::new();
    for (name, value) in &spec.headers {
        if name.eq_ignore_ascii_case("authorization") {
            errors.push(
                SpecError::at(
                    file,
                    value.referenced,
                    "a token does not belong into `headers`",
                )
                .help("name the environment variable that holds it in `token_env`"),
            );
        }
        headers.extend(text(file, value, errors).map(|text| (name.to_lowercase(), text)));
    }
    let substitutions = substitutions(file, spec, errors);
    let allow_unrendered = allow_unrendered(file, spec, errors);
    if let Some(found) = &spec.workspace_files {
        proves_nothing(file, &found.value, &copy, errors);
    }
    let settle = settle(file, spec.settle.as_ref(), errors);
    Some(AssetsPlan {
        input: input?,
        token_env: spec.token_env.as_ref().map(|name| name.value.clone()),
        headers,
        copy,
        substitutions,
        allow_unrendered,
        settle: settle?,
        limits: limits(spec.limits.as_ref()),
    })
}

/// The name that a delivery has without one of its own.
pub(crate) fn default_name(spec: &AssetsSpec) -> String {
    let text = |value: &Option<Spanned<String>>| value.as_ref().map(|text| text.value.clone());
    text(&spec.bundle)
        .or_else(|| text(&spec.archive))
        .or_else(|| Some(spec.listing.as_ref()?.value.url.value.clone()))
        .or_else(|| {
            let files = &spec.workspace_files.as_ref()?.value;
            Some(format!("files of {}", files.workspace.value))
        })
        .unwrap_or_default()
}

fn input(
    file: &GateFile,
    assets: &Spanned<AssetsSpec>,
    errors: &mut Vec<SpecError>,
) -> Option<AssetsInput> {
    let spec = &assets.value;
    let given = [
        ("bundle", spec.bundle.is_some()),
        ("listing", spec.listing.is_some()),
        ("archive", spec.archive.is_some()),
        ("workspace_files", spec.workspace_files.is_some()),
    ];
    let mut given = given.iter().filter(|(_, is_given)| *is_given);
    let first = given.next();
    if let (Some((one, _)), Some((other, _))) = (first, given.next()) {
        let message = format!("the assets are at both `{one}` and `{other}`");
        errors.push(SpecError::at(file, assets.referenced, message).help(ONE));
        return None;
    }
    if let Some(address) = &spec.bundle {
        return url(file, address, errors).map(AssetsInput::Bundle);
    }
    if let Some(path) = &spec.archive {
        return tree_path(file, path, errors).map(AssetsInput::Archive);
    }
    if let Some(found) = &spec.listing {
        return listing(file, &found.value, errors);
    }
    if let Some(found) = &spec.workspace_files {
        return workspace(file, &found.value, errors);
    }
    errors.push(SpecError::at(file, assets.referenced, "the assets are nowhere").help(ONE));
    None
}

fn listing(
    file: &GateFile,
    spec: &ListingSpec,
    errors: &mut Vec<SpecError>,
) -> Option<AssetsInput> {
    let list = url(file, &spec.url, errors);
    let files = text(file, &spec.files, errors);
    if spec.files.value.matches("{path}").count() != 1 {
        errors.push(
            SpecError::at(
                file,
                spec.files.referenced,
                "`files` does not say where the path of a file belongs",
            )
            .help("write `{path}` once, like `https://host/assets/{path}`"),
        );
        return None;
    }
    let (list, files) = (list?, files?);
    // With variables that is only known once they are.
    if !list.has_variables()
        && !files.has_variables()
        && let Err(problem) = FileUrls::new(list.text(), files.text())
    {
        errors.push(SpecError::at(file, spec.files.referenced, problem));
    }
    Some(AssetsInput::Listing {
        url: list,
        files,
        key: spec.key.as_ref().map(|key| key.value.clone()),
    })
}

fn workspace(
    file: &GateFile,
    spec: &WorkspaceFilesSpec,
    errors: &mut Vec<SpecError>,
) -> Option<AssetsInput> {
    let base = url(file, &spec.url, errors);
    let workspace = text(file, &spec.workspace, errors);
    let is_id = |text: &EnvText| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        text.has_variables() || (!text.text().is_empty() && text.text().chars().all(plain))
    };
    if let Some(text) = &workspace
        && !is_id(text)
    {
        let message = format!("`{}` is not the id of a workspace", text.text());
        errors.push(SpecError::at(file, spec.workspace.referenced, message));
    }
    if let Some(root) = &spec.root
        && !root.value.starts_with('/')
    {
        let message = "`root` is not an absolute path";
        errors.push(SpecError::at(file, root.referenced, message));
    }
    Some(AssetsInput::WorkspaceFiles {
        url: base?,
        workspace: workspace?,
        root: root(spec).to_owned(),
        proof: proof(spec).to_owned(),
    })
}

/// The folder that is read back, without a slash at its end.
fn root(spec: &WorkspaceFilesSpec) -> &str {
    spec.root
        .as_ref()
        .map_or("/configs", |root| root.value.trim_end_matches('/'))
}

/// What provisioners put into `/configs` whenever they start a workspace. Lifecycle contract, container contract.
fn proof(spec: &WorkspaceFilesSpec) -> &str {
    spec.proof
        .as_ref()
        .map_or(".auth_token", |proof| proof.value.as_str())
}

/// A file of `/configs` by the path that it has below another folder; `None` where it is not below it.
fn below(root: &str, name: &str) -> Option<TreePath> {
    let whole = format!("/configs/{name}");
    let path = whole.strip_prefix(root)?.strip_prefix('/')?;
    TreePath::new(path).ok()
}

/// A file that shows that a workspace runs is none that its template brings.
fn proves_nothing(
    file: &GateFile,
    spec: &WorkspaceFilesSpec,
    copy: &DirectoryPlan,
    errors: &mut Vec<SpecError>,
) {
    let Some(given) = &spec.proof else {
        return;
    };
    let (name, root) = (&given.value, root(spec));
    if name.is_empty() || name.contains('/') {
        let message = format!("`{name}` is not the name of a file of `/configs`");
        errors.push(SpecError::at(file, given.referenced, message));
    } else if below(root, name).is_some_and(|path| copy.selection.has(&path)) {
        errors.push(
            SpecError::at(
                file,
                given.referenced,
                format!("`{name}` is delivered itself, and proves nothing"),
            )
            .help("name a file that the workspace writes when it starts"),
        );
    }
}

fn allow_unrendered(
    file: &GateFile,
    spec: &AssetsSpec,
    errors: &mut Vec<SpecError>,
) -> Vec<Declared> {
    let mut allowed = Vec::new();
    for name in &spec.allow_unrendered {
        if spec.substitutions.is_empty() {
            let message = "`allow_unrendered` has no meaning without `substitutions`: every placeholder is a text then";
            errors.push(SpecError::at(file, name.referenced, message));
        } else if !is_variable(&name.value) {
            let message = format!("`{}` is not the name of a placeholder", name.value);
            errors.push(
                SpecError::at(file, name.referenced, message)
                    .help("write it without its braces, like `user_name`"),
            );
        }
        allowed.push(Declared::new(file, name));
    }
    allowed
}

fn text(file: &GateFile, value: &Spanned<String>, errors: &mut Vec<SpecError>) -> Option<EnvText> {
    EnvText::parse(&value.value)
        .map_err(|problem| errors.push(SpecError::at(file, value.referenced, problem)))
        .ok()
}

/// A URL; one with variables can only be checked once they are known.
fn url(file: &GateFile, value: &Spanned<String>, errors: &mut Vec<SpecError>) -> Option<EnvText> {
    let text = text(file, value, errors)?;
    if !text.has_variables()
        && let Err(problem) = checked(text.text())
    {
        errors.push(SpecError::at(file, value.referenced, problem));
        return None;
    }
    Some(text)
}

/// # Errors
/// Why a text is not a URL to ask.
pub(super) fn checked(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| {
        // What comes behind may be secret.
        let shown = text.split(['?', '#']).next().unwrap_or_default();
        format!("`{shown}` is not a URL: {error}")
    })?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(format!(
            "scheme `{}` is not supported; use https or http",
            url.scheme()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "a url must not carry credentials; name the environment variable that holds the token in `token_env`"
                .to_owned(),
        );
    }
    Ok(url)
}

fn substitutions(
    file: &GateFile,
    spec: &AssetsSpec,
    errors: &mut Vec<SpecError>,
) -> Vec<Substitution> {
    let mut found = Vec::new();
    for (placeholder, value) in &spec.substitutions {
        if placeholder.is_empty() || *placeholder == value.value {
            let message = "the substitution replaces nothing";
            errors.push(SpecError::at(file, value.referenced, message));
        }
        found.push(Substitution {
            placeholder: placeholder.clone(),
            value: value.value.clone(),
            at: place(file, value),
        });
    }
    found
}

fn settle(
    file: &GateFile,
    spec: Option<&SettleSpec>,
    errors: &mut Vec<SpecError>,
) -> Option<Settle> {
    let usual = Settle::default();
    let Some(spec) = spec else {
        return Some(usual);
    };
    let mut duration = |value: &Option<Spanned<String>>, usual| match value {
        None => Some(usual),
        Some(text) => parse_duration(&text.value)
            .map_err(|problem| errors.push(SpecError::at(file, text.referenced, problem)))
            .ok(),
    };
    let every = duration(&spec.every, usual.every);
    let within = duration(&spec.within, usual.within);
    if let Some(looks) = &spec.looks
        && looks.value == 0
    {
        let message = "`looks` is 0; nothing would be looked at";
        errors.push(SpecError::at(file, looks.referenced, message));
    }
    let looks = spec.looks.as_ref().map_or(usual.looks, |looks| looks.value);
    let (every, within) = (every?, within?);
    let least = every.saturating_mul(looks);
    let place = [&spec.within, &spec.every].into_iter().flatten().next();
    let place = place.map(|text| text.referenced);
    let place = place.or(spec.looks.as_ref().map(|looks| looks.referenced));
    // One look does not wait for another.
    if let Some(place) = place
        && looks > 1
        && least > within
    {
        let message = format!(
            "{looks} looks, one every {every:?}, take {least:?}, and `within` is {within:?}; it could never come to rest"
        );
        errors.push(
            SpecError::at(file, place, message)
                .help("raise `within`, or look more often with `every`"),
        );
    }
    Some(Settle {
        looks,
        every,
        within,
    })
}

fn limits(spec: Option<&AssetLimitsSpec>) -> AssetLimits {
    let usual = AssetLimits::default();
    let Some(spec) = spec else {
        return usual;
    };
    AssetLimits {
        file: spec.file.unwrap_or(usual.file),
        total: spec.total.unwrap_or(usual.total),
        entries: spec.entries.unwrap_or(usual.entries),
    }
}
