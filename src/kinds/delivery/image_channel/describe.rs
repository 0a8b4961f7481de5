use super::blobs::{Blobs, Sort, checked, digest_of};
use super::oci::{Config, Descriptor, Saved};
use super::plan::ImagePlan;
use super::platforms::{Candidate, candidates, choose, document, fits, is_name};
use super::problems::{choice, malformed, mismatch, unsupported};
use super::strict_json::{CONFIG, SAVED, read};
use crate::gate::Obstacle;

/// An image as its own description has it.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    pub config: Config,
    /// The configuration as it is kept; protections change it.
    pub config_json: Vec<u8>,
    /// Of the configuration: what Docker calls the image's id.
    pub config_digest: String,
    /// Of the manifest, where there is one.
    pub manifest_digest: Option<String>,
    pub layers: Vec<LayerRef>,
}

/// A layer as the description has it.
#[derive(Debug, Clone)]
pub(crate) struct LayerRef {
    /// Where it is: its path in an archive, or its digest.
    pub key: String,
    /// As it is kept; `None` where nothing says so.
    pub digest: Option<String>,
    pub size: Option<u64>,
    /// Unpacked.
    pub diff_id: String,
}

/// More layers than any program that runs images takes.
const MOST_LAYERS: usize = 500;

/// Reads the description of the image that is meant, out of an archive or layout. `id`: what a daemon calls the image
/// that it was asked for.
///
/// # Errors
/// When there is none, it is not clear which, or it is another one than was asked for.
pub(super) fn describe(
    blobs: &dyn Blobs,
    plan: &ImagePlan,
    id: Option<&str>,
) -> Result<Description, Obstacle> {
    let index = blobs.named("index.json")?;
    let saved = blobs
        .named("manifest.json")?
        .map(|bytes| read::<Vec<Saved>>(&bytes, &SAVED, "manifest.json"))
        .transpose()?;
    let (described, digests) = match (index, saved) {
        (Some(index), saved) => {
            let index = document(&index, "index.json")?;
            let Some(manifests) = index.manifests else {
                return Err(malformed("index.json lists no images"));
            };
            let candidates = candidates(blobs, &manifests)?;
            let chosen = choose(
                candidates,
                plan.platform.as_ref(),
                plan.reference.as_deref(),
                id,
            )?;
            let described = of_manifest(blobs, &chosen.descriptor, plan)?;
            if let Some(saved) = saved {
                agree(blobs, &saved, &described, &chosen, plan)?;
            }
            (described, chosen.digests)
        }
        (None, Some(saved)) => (of_saved(blobs, saved, plan)?, Vec::new()),
        (None, None) => {
            return Err(malformed(
                "there is neither an index.json nor a manifest.json: this is no image",
            ));
        }
    };
    if let Some(id) = id
        && described.config_digest != id
        && !digests.iter().any(|digest| digest == id)
    {
        return Err(mismatch(
            "the image that the daemon was asked for",
            id,
            &described.config_digest,
        ));
    }
    Ok(described)
}

/// Docker reads the one list, others read the other: what `manifest.json` has of the image that is meant is what
/// `index.json` leads to.
///
/// # Errors
/// When it is not, or cannot be read.
fn agree(
    blobs: &dyn Blobs,
    saved: &[Saved],
    described: &Description,
    chosen: &Candidate,
    plan: &ImagePlan,
) -> Result<(), Obstacle> {
    let is_named = |one: &&Saved, reference: &str| {
        one.repo_tags.iter().flatten().any(|tag| {
            is_name(tag, reference) || chosen.names.iter().any(|name| is_name(name, tag))
        })
    };
    let all = saved.iter().collect();
    let meant: Vec<&Saved> = match &plan.reference {
        Some(reference) => saved
            .iter()
            .filter(|one| is_named(one, reference))
            .collect(),
        None => all,
    };
    let mut agreeing = 0;
    for one in &meant {
        let json = blobs
            .named(&one.config)?
            .ok_or_else(|| malformed(format!("{} is named, and is not there", one.config)))?;
        if digest_of(&json) == described.config_digest {
            agreeing += 1;
            continue;
        }
        // The same image for another platform.
        if parse(&json)?.platform() == described.config.platform() {
            agreeing = 0;
            break;
        }
    }
    if agreeing == 0 {
        return Err(malformed(
            "index.json and manifest.json do not describe the same image",
        ));
    }
    Ok(())
}

/// Reads the description that a manifest gives.
///
/// # Errors
/// When it cannot be read, or contradicts itself.
pub(super) fn of_manifest(
    blobs: &dyn Blobs,
    manifest: &Descriptor,
    plan: &ImagePlan,
) -> Result<Description, Obstacle> {
    let bytes = checked(blobs, manifest, Sort::Manifest)?;
    let document = document(&bytes, "the manifest")?;
    let (Some(config), Some(layers)) = (document.config, document.layers) else {
        return Err(malformed("the manifest names no configuration and layers"));
    };
    let json = checked(blobs, &config, Sort::Config)?;
    let parsed = parse(&json)?;
    check(&parsed, layers.len(), plan)?;
    let mut refs = Vec::new();
    for (layer, diff_id) in layers.into_iter().zip(parsed.diff_ids()) {
        if layer.media_type.ends_with("+encrypted") {
            return Err(unsupported(format!("layer {} is encrypted", layer.digest)));
        }
        refs.push(LayerRef {
            key: layer.digest.clone(),
            digest: Some(layer.digest),
            size: layer.size,
            diff_id: diff_id.clone(),
        });
    }
    Ok(Description {
        config: parsed,
        config_json: json,
        config_digest: config.digest,
        manifest_digest: Some(manifest.digest.clone()),
        layers: refs,
    })
}

fn of_saved(
    blobs: &dyn Blobs,
    mut saved: Vec<Saved>,
    plan: &ImagePlan,
) -> Result<Description, Obstacle> {
    if let Some(reference) = &plan.reference {
        let tags = |one: &Saved| one.repo_tags.clone().unwrap_or_default();
        let known: Vec<_> = saved.iter().flat_map(tags).collect();
        saved.retain(|one| tags(one).iter().any(|tag| is_name(tag, reference)));
        if saved.is_empty() {
            return Err(choice(format!("no image is named `{reference}`"))
                .help(format!("there is: {}", known.join(", "))));
        }
    }
    let [one] = saved.as_slice() else {
        return Err(choice(format!(
            "manifest.json describes {} images, and nothing says which of them is meant",
            saved.len()
        ))
        .help("name the one that is meant with `reference`"));
    };
    let json = blobs
        .named(&one.config)?
        .ok_or_else(|| malformed(format!("{} is named, and is not there", one.config)))?;
    let digest = digest_of(&json);
    // Where its name is a digest, it has to be its own.
    let name = one.config.rsplit('/').next().unwrap_or_default();
    let hex = name.strip_suffix(".json").unwrap_or(name);
    if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) && digest[7..] != *hex {
        return Err(mismatch(
            "the configuration",
            &format!("sha256:{hex}"),
            &digest,
        ));
    }
    let parsed = parse(&json)?;
    check(&parsed, one.layers.len(), plan)?;
    let layers = one
        .layers
        .iter()
        .zip(parsed.diff_ids())
        .map(|(path, diff_id)| LayerRef {
            key: path.clone(),
            digest: None,
            size: None,
            diff_id: diff_id.clone(),
        })
        .collect();
    Ok(Description {
        config: parsed,
        config_json: json,
        config_digest: digest,
        manifest_digest: None,
        layers,
    })
}

/// Reads a configuration.
///
/// # Errors
/// When it is none.
pub(crate) fn parse(json: &[u8]) -> Result<Config, Obstacle> {
    read(json, &CONFIG, "the configuration of the image")
}

fn check(config: &Config, layers: usize, plan: &ImagePlan) -> Result<(), Obstacle> {
    let known = config.diff_ids().len();
    if layers != known {
        return Err(malformed(format!(
            "the manifest has {layers} layers, and the configuration {known}"
        )));
    }
    if layers > MOST_LAYERS {
        return Err(malformed(format!("the image has {layers} layers")));
    }
    let platform = config.platform();
    match &plan.platform {
        Some(wanted) if !fits(&platform, wanted) => Err(choice(format!(
            "the image is for {platform}, and not for {wanted}"
        ))),
        _ => Ok(()),
    }
}
