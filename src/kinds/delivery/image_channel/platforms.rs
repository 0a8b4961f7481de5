use std::collections::BTreeSet;

use super::blobs::{Blobs, Sort, checked};
use super::oci::{Descriptor, Document, OciPlatform};
use super::problems::{choice, malformed, unsupported};
use super::strict_json::{DOCUMENT, read};
use crate::gate::Obstacle;
use crate::kinds::delivery::dockerfile::Platform;

/// How deep indexes may stand in each other.
const DEPTH: usize = 5;
/// How many images an index may list in all, and how many indexes may be read for them.
const MOST: usize = 1000;
const MOST_INDEXES: usize = 32;

/// An image of an index.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub descriptor: Descriptor,
    pub platform: Option<OciPlatform>,
    /// The names that it was saved under.
    pub names: Vec<String>,
    /// Its digest, and those of the indexes that lead to it.
    pub digests: Vec<String>,
}

/// Annotations that name an image: OCI's own, and those of containerd and Docker.
const NAMES: [&str; 3] = [
    "org.opencontainers.image.ref.name",
    "io.containerd.image.name",
    "com.docker.image.name",
];

/// Marks what only says something about another image.
const ATTESTATION: &str = "vnd.docker.reference.type";

/// All images that an index leads to, those of nested indexes among them, each once.
///
/// # Errors
/// When one of the indexes cannot be read.
pub(super) fn candidates(
    blobs: &dyn Blobs,
    index: &[Descriptor],
) -> Result<Vec<Candidate>, Obstacle> {
    let mut found: Vec<Candidate> = Vec::new();
    let too_many = || malformed(format!("the index lists more than {MOST} images"));
    if index.len() > MOST {
        return Err(too_many());
    }
    let mut pending: Vec<(Descriptor, Vec<String>, Vec<String>)> = index
        .iter()
        .rev()
        .map(|descriptor| (descriptor.clone(), Vec::new(), Vec::new()))
        .collect();
    let mut seen = BTreeSet::new();
    let mut indexes = 0;
    while let Some((descriptor, mut names, mut digests)) = pending.pop() {
        let annotations = descriptor.annotations.clone().unwrap_or_default();
        // One that names a platform is run by whoever asks for that, whatever else it says.
        let is_attestation = annotations.contains_key(ATTESTATION)
            && descriptor.platform.as_ref().is_some_and(is_of_nothing);
        if is_attestation {
            continue;
        }
        let depth = digests.len();
        digests.push(descriptor.digest.clone());
        names.extend(
            NAMES
                .iter()
                .filter_map(|name| annotations.get(*name).cloned()),
        );
        if let Some(same) = found
            .iter_mut()
            .find(|other| other.descriptor.digest == descriptor.digest)
        {
            same.names.extend(names);
            same.digests.extend(digests);
            continue;
        }
        if seen.len() >= MOST {
            return Err(too_many());
        }
        if !seen.insert((descriptor.digest.clone(), names.clone())) {
            continue;
        }
        if is_index(&descriptor.media_type) {
            if depth >= DEPTH {
                return Err(malformed(format!(
                    "indexes stand in each other more than {DEPTH} deep"
                )));
            }
            indexes += 1;
            if indexes > MOST_INDEXES {
                return Err(malformed(format!(
                    "the index leads to more than {MOST_INDEXES} others"
                )));
            }
            let bytes = checked(blobs, &descriptor, Sort::Index)?;
            let nested = document(&bytes, "the index")?.manifests.unwrap_or_default();
            if nested.len() + pending.len() > MOST {
                return Err(too_many());
            }
            let nested = nested.into_iter().rev();
            pending.extend(nested.map(|inner| (inner, names.clone(), digests.clone())));
            continue;
        }
        found.push(Candidate {
            platform: descriptor.platform.clone().filter(is_known),
            descriptor,
            names,
            digests,
        });
    }
    Ok(found)
}

fn is_index(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.index.v1+json"
            | "application/vnd.docker.distribution.manifest.list.v2+json"
    )
}

/// The platform that what is no image is given.
fn is_of_nothing(platform: &OciPlatform) -> bool {
    platform.os == "unknown" && platform.architecture == "unknown"
}

fn is_known(platform: &OciPlatform) -> bool {
    !platform.os.is_empty() && platform.os != "unknown"
}

/// Reads an index or a manifest.
///
/// # Errors
/// When it is neither, or both.
pub(super) fn document(bytes: &[u8], what: &str) -> Result<Document, Obstacle> {
    let document: Document = read(bytes, &DOCUMENT, what)?;
    if document.schema_version == Some(1) {
        return Err(unsupported(format!(
            "{what} is of the old schema 1, whose layers have no sure order"
        )));
    }
    // Programs that tell the two apart by different keys would see two images in it.
    if document.manifests.is_some() && (document.config.is_some() || document.layers.is_some()) {
        return Err(malformed(format!(
            "{what} is an index and a manifest at the same time"
        )));
    }
    Ok(document)
}

/// The one that is meant: by its id where that is a digest of a manifest or index, by name, then by platform.
///
/// # Errors
/// When it is not there, or several fit.
pub(super) fn choose(
    mut candidates: Vec<Candidate>,
    platform: Option<&Platform>,
    reference: Option<&str>,
    id: Option<&str>,
) -> Result<Candidate, Obstacle> {
    let is_id = |one: &Candidate| one.digests.iter().any(|digest| Some(digest.as_str()) == id);
    if candidates.iter().any(is_id) {
        candidates.retain(is_id);
    }
    if let Some(reference) = reference {
        let known = all(candidates.iter().flat_map(|one| one.names.iter().cloned()));
        candidates.retain(|one| one.names.iter().any(|name| is_name(name, reference)));
        if candidates.is_empty() {
            return Err(choice(format!("no image is named `{reference}`"))
                .help(format!("there is: {known}")));
        }
    }
    // A program that asks its configuration may take it for the platform that is meant.
    let silent = candidates.iter().find(|one| one.platform.is_none());
    if let Some(silent) = silent
        && candidates.len() > 1
    {
        return Err(choice(format!(
            "one of {} images does not say which platform it is for: {}",
            candidates.len(),
            silent.descriptor.digest
        ))
        .help("name the one that is meant with `reference`, or save it alone"));
    }
    let usual = Platform::default();
    let of_platform = |wanted: &Platform| -> Vec<Candidate> {
        let fits = |one: &&Candidate| one.platform.as_ref().is_some_and(|p| fits(p, wanted));
        candidates.iter().filter(fits).cloned().collect()
    };
    let fitting = match platform {
        // What does not say its platform is asked again by its configuration.
        Some(_) if candidates.len() == 1 && candidates[0].platform.is_none() => candidates.clone(),
        Some(wanted) => of_platform(wanted),
        None if candidates.len() == 1 => candidates.clone(),
        None => of_platform(&usual),
    };
    let wanted = platform.unwrap_or(&usual);
    let listed = || {
        all(candidates.iter().map(|one| {
            let platform = one.platform.as_ref().map(ToString::to_string);
            platform.unwrap_or_else(|| one.descriptor.digest.clone())
        }))
    };
    match fitting.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(choice(format!("there is no image for {wanted}"))
            .help(format!("there is: {}", listed()))),
        several => Err(choice(format!(
            "{} images are for {wanted}, and nothing says which of them is meant",
            several.len()
        ))
        .help("name the one that is meant with `reference`, or the variant in `platform`")),
    }
}

fn all(names: impl Iterator<Item = String>) -> String {
    let names: BTreeSet<_> = names.collect();
    if names.is_empty() {
        return "nothing with a name".to_owned();
    }
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Whether an image is for the platform; one that is wanted without a variant may have any.
pub(super) fn fits(platform: &OciPlatform, wanted: &Platform) -> bool {
    let variant = platform.variant.as_deref().filter(|v| !v.is_empty());
    let variant_fits = match (&wanted.variant, variant) {
        (None, _) => true,
        (Some(wanted), Some(variant)) => wanted == variant,
        // The only variant of this architecture is commonly left out.
        (Some(wanted), None) => wanted == "v8" && platform.architecture == "arm64",
    };
    platform.os == wanted.os && platform.architecture == wanted.architecture && variant_fits
}

/// Whether a name is the one that is asked for: as a whole, or as its tag, or without a registry's name before it.
pub(super) fn is_name(name: &str, wanted: &str) -> bool {
    name == wanted
        || ["docker.io/library/", "docker.io/"]
            .iter()
            .any(|prefix| name.strip_prefix(prefix) == Some(wanted))
}
