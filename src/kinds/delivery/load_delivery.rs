use std::collections::BTreeMap;

use serde_saphyr::{Location as YamlLocation, Spanned};

use super::assets_channel::{self, AssetsInput, AssetsSpec, assets};
use super::compare_spec::CompareSpec;
use super::dockerfile::Platform;
use super::image_channel::{ImageSpec, default_name, image};
use super::load::{place, selection, tree_path};
use super::patterns::{Declared, Patterns};
use super::plan::{Channel, Comparisons, Delivery, DirectoryPlan, DockerfilePlan, SourcePlace};
use super::plugin_channel::{PluginSpec, plugin};
use super::rename::{Rename, Renames};
use super::spec::DeliveryEntry;
use crate::config::{GateFile, SpecError};
use crate::tree::{Globs, TreePath};

/// Reads one delivery; what is wrong with it is added to `errors`.
pub(super) fn delivery(
    file: &GateFile,
    entry: &Spanned<DeliveryEntry>,
    errors: &mut Vec<SpecError>,
) -> Option<Delivery> {
    let spec = &entry.value;
    let (usual_name, channel) = match given(spec).as_slice() {
        [Given::Dockerfile(path)] => {
            refuse_foreign(file, "dockerfile", &directory_keys(spec), errors);
            (path.value.clone(), dockerfile(file, entry, path, errors))
        }
        [Given::Directory(path)] => {
            let foreign = [build_keys(spec), image_keys(spec)].concat();
            refuse_foreign(file, "directory", &foreign, errors);
            (path.value.clone(), directory(file, spec, path, errors))
        }
        [Given::Image(found)] => {
            refuse_foreign(file, "image", &build_keys(spec), errors);
            // Of an image that was built, a part of the root can be chosen by pattern.
            let copy = destination(file, entry, !spec.include.is_empty(), errors)
                .map(|folder| copy_of(file, spec, folder, errors));
            let plan = image(file, found, spec.platform.as_ref(), copy, errors);
            let channel = plan.map(|plan| Channel::Image(Box::new(plan)));
            (default_name(&found.value), channel)
        }
        [Given::Plugin(found)] => {
            let foreign = [build_keys(spec), image_keys(spec), rename_keys(spec)].concat();
            refuse_foreign(file, "plugin", &foreign, errors);
            let copy = |folder, errors: &mut Vec<SpecError>| copy_of(file, spec, folder, errors);
            let plan = plugin(file, found, copy, errors);
            let name = found.value.configs.value.clone();
            (name, plan.map(|plan| Channel::Plugin(Box::new(plan))))
        }
        [Given::Assets(found)] => {
            let foreign = [build_keys(spec), image_keys(spec), include_key(spec)].concat();
            refuse_foreign(file, "assets", &foreign, errors);
            let copy = copy_of(file, spec, TreePath::root(), errors);
            let channel = assets(file, found, copy, errors);
            let name = assets_channel::default_name(&found.value);
            (name, channel.map(|plan| Channel::Assets(Box::new(plan))))
        }
        several => {
            let names: Vec<_> = several.iter().map(Given::key).collect();
            let message = match names.split_last() {
                Some((last, [first])) => {
                    format!("a delivery has one channel, and this one has both {first} and {last}")
                }
                Some((last, rest)) if !rest.is_empty() => format!(
                    "a delivery has one channel, and this one has {} and {last}",
                    rest.join(", ")
                ),
                _ => "the delivery has no channel".to_owned(),
            };
            errors.push(SpecError::at(file, entry.referenced, message).help(
                "give it either a `dockerfile`, a `directory`, an `image`, `assets` or a `plugin`",
            ));
            return None;
        }
    };
    let name = match &spec.name {
        Some(name) => {
            if name.value.trim().is_empty() {
                errors.push(SpecError::at(file, name.referenced, "the name is empty"));
            }
            name.value.clone()
        }
        None => usual_name,
    };
    let allow_extra = Patterns::new(file, &spec.allow_extra, errors);
    let renames = renames(file, &spec.rename, errors);
    let channel = channel?;
    Some(Delivery {
        name: name.trim().to_owned(),
        at: place(file, entry),
        modes: spec.modes && has_modes(&channel),
        channel,
        allow_extra,
        renames,
    })
}

/// Whether files come with their modes: lists of files do not tell them.
fn has_modes(channel: &Channel) -> bool {
    match channel {
        Channel::Assets(plan) => {
            matches!(plan.input, AssetsInput::Bundle(_) | AssetsInput::Archive(_))
        }
        _ => true,
    }
}

/// What a delivery names as its channel.
enum Given<'s> {
    Dockerfile(&'s Spanned<String>),
    Directory(&'s Spanned<String>),
    Image(&'s Spanned<ImageSpec>),
    Assets(&'s Spanned<AssetsSpec>),
    Plugin(&'s Spanned<PluginSpec>),
}

impl Given<'_> {
    fn key(&self) -> &'static str {
        match self {
            Self::Dockerfile(_) => "`dockerfile`",
            Self::Directory(_) => "`directory`",
            Self::Image(_) => "`image`",
            Self::Assets(_) => "`assets`",
            Self::Plugin(_) => "`plugin`",
        }
    }
}

fn given(spec: &DeliveryEntry) -> Vec<Given<'_>> {
    let channels = [
        spec.dockerfile.as_ref().map(Given::Dockerfile),
        spec.directory.as_ref().map(Given::Directory),
        spec.image.as_ref().map(Given::Image),
        spec.assets.as_ref().map(Given::Assets),
        spec.plugin.as_ref().map(Given::Plugin),
    ];
    channels.into_iter().flatten().collect()
}

type Keys = Vec<(&'static str, YamlLocation)>;

/// The allow list of assets says what is compared.
fn include_key(spec: &DeliveryEntry) -> Keys {
    let first = spec.include.first();
    first
        .map(|value| ("include", value.referenced))
        .into_iter()
        .collect()
}

fn directory_keys(spec: &DeliveryEntry) -> Keys {
    let mut given = Keys::new();
    given.extend(spec.mode.as_ref().map(|value| ("mode", value.referenced)));
    given.extend(
        spec.include
            .first()
            .map(|value| ("include", value.referenced)),
    );
    given.extend(
        spec.exclude
            .first()
            .map(|value| ("exclude", value.referenced)),
    );
    given.extend(
        spec.compare
            .as_ref()
            .map(|value| ("compare", value.referenced)),
    );
    given
}

/// What stands for a place in an image, built or not.
fn image_keys(spec: &DeliveryEntry) -> Keys {
    let keys = [("platform", &spec.platform), ("dest", &spec.dest)];
    keys.into_iter()
        .filter_map(|(key, value)| Some((key, value.as_ref()?.referenced)))
        .collect()
}

fn rename_keys(spec: &DeliveryEntry) -> Keys {
    let first = spec.rename.values().next();
    first
        .map(|value| ("rename", value.referenced))
        .into_iter()
        .collect()
}

fn build_keys(spec: &DeliveryEntry) -> Keys {
    let mut given = Keys::new();
    for (key, value) in [
        ("context", &spec.context),
        ("target", &spec.target),
        ("source_arg", &spec.source_arg),
        ("source_path", &spec.source_path),
    ] {
        given.extend(value.as_ref().map(|value| (key, value.referenced)));
    }
    given.extend(
        spec.build_args
            .as_ref()
            .map(|value| ("build_args", value.referenced)),
    );
    given.extend(
        spec.allow_opaque
            .first()
            .map(|value| ("allow_opaque", value.referenced)),
    );
    given
}

fn refuse_foreign(
    file: &GateFile,
    channel: &str,
    given: &[(&'static str, YamlLocation)],
    errors: &mut Vec<SpecError>,
) {
    errors.extend(given.iter().map(|(key, at)| {
        SpecError::at(
            file,
            *at,
            format!("`{key}` has no meaning for a `{channel}` delivery"),
        )
    }));
}

fn directory(
    file: &GateFile,
    spec: &DeliveryEntry,
    path: &Spanned<String>,
    errors: &mut Vec<SpecError>,
) -> Option<Channel> {
    let folder = tree_path(file, path, errors);
    let copy = copy_of(file, spec, folder.clone().unwrap_or_default(), errors);
    folder.map(|_| Channel::Directory(copy))
}

/// How a copy is compared, whatever holds it.
fn copy_of(
    file: &GateFile,
    spec: &DeliveryEntry,
    folder: TreePath,
    errors: &mut Vec<SpecError>,
) -> DirectoryPlan {
    let selection = selection(file, &spec.include, &spec.exclude, errors);
    let compare = match spec.compare.as_ref().map(|compare| &compare.value) {
        None => Comparisons::default(),
        Some(CompareSpec::All(compare_as)) => Comparisons {
            otherwise: *compare_as,
            ..Comparisons::default()
        },
        Some(CompareSpec::ByName(rules)) => {
            let mut comparisons = Comparisons::default();
            for rule in rules {
                match Globs::new(std::slice::from_ref(&rule.glob.value)) {
                    Ok(globs) => comparisons.rules.push((globs, rule.compare_as)),
                    Err(error) => {
                        let at = rule.glob.referenced;
                        errors.push(SpecError::at(file, at, error.to_string()));
                    }
                }
            }
            comparisons
        }
    };
    DirectoryPlan {
        folder,
        mode: spec
            .mode
            .as_ref()
            .map(|mode| mode.value)
            .unwrap_or_default(),
        selection,
        compare,
    }
}

fn dockerfile(
    file: &GateFile,
    entry: &Spanned<DeliveryEntry>,
    path: &Spanned<String>,
    errors: &mut Vec<SpecError>,
) -> Option<Channel> {
    let spec = &entry.value;
    let dockerfile = tree_path(file, path, errors);
    let context = match &spec.context {
        Some(context) => tree_path(file, context, errors),
        None => Some(TreePath::root()),
    };
    let platform = match &spec.platform {
        Some(platform) => platform
            .value
            .parse::<Platform>()
            .map_err(|error| {
                errors.push(SpecError::at(file, platform.referenced, error.to_string()));
            })
            .ok(),
        None => Some(Platform::default()),
    };
    let source = match (&spec.source_arg, &spec.source_path) {
        (Some(arg), None) => argument(file, arg, errors).map(SourcePlace::Arg),
        (None, Some(folder)) => tree_path(file, folder, errors).map(SourcePlace::Folder),
        (given, _) => {
            let message = if given.is_some() {
                "`source_arg` and `source_path` both say where the source is"
            } else {
                "nothing says which folder of the build context the source is cloned into"
            };
            errors.push(
                SpecError::at(file, entry.referenced, message)
                    .help("give either `source_arg` or `source_path`"),
            );
            None
        }
    };
    let dest = destination(file, entry, false, errors);
    let mut allow_opaque = Vec::new();
    for allowed in &spec.allow_opaque {
        if allowed.value.trim().is_empty() {
            errors.push(SpecError::at(
                file,
                allowed.referenced,
                "an empty text is no step",
            ));
        }
        allow_opaque.push(Declared::new(file, allowed));
    }
    Some(Channel::Dockerfile(Box::new(DockerfilePlan {
        dockerfile: dockerfile?,
        context: context?,
        target: spec.target.as_ref().map(|target| target.value.clone()),
        build_args: spec
            .build_args
            .as_ref()
            .map(|args| args.value.clone())
            .unwrap_or_default(),
        platform: platform?,
        source: source?,
        dest: dest?,
        allow_opaque,
    })))
}

fn destination(
    file: &GateFile,
    entry: &Spanned<DeliveryEntry>,
    may_be_root: bool,
    errors: &mut Vec<SpecError>,
) -> Option<TreePath> {
    match &entry.value.dest {
        Some(dest) => absolute(file, dest, may_be_root, errors),
        None => {
            errors.push(
                SpecError::at(file, entry.referenced, "key `dest` is missing")
                    .help("name the folder of the image that receives the source"),
            );
            None
        }
    }
}

fn argument(file: &GateFile, arg: &Spanned<String>, errors: &mut Vec<SpecError>) -> Option<String> {
    let name = arg.value.as_str();
    let good = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !good {
        errors.push(SpecError::at(
            file,
            arg.referenced,
            format!("`{name}` is not the name of an `ARG`"),
        ));
    }
    good.then(|| name.to_owned())
}

/// An absolute path of the image, as a tree path. The image's root itself would make every file of
/// its base an extra one, unless the gate says which of them it is about.
fn absolute(
    file: &GateFile,
    dest: &Spanned<String>,
    may_be_root: bool,
    errors: &mut Vec<SpecError>,
) -> Option<TreePath> {
    let problem = match dest.value.strip_prefix('/') {
        None => "`dest` is not an absolute path of the image".to_owned(),
        Some(rest) => match TreePath::new(rest.trim_start_matches('/')) {
            Ok(path) if path.is_root() && !may_be_root => {
                "`dest` is the root of the image".to_owned()
            }
            Ok(path) => return Some(path),
            Err(error) => error.to_string(),
        },
    };
    errors.push(SpecError::at(file, dest.referenced, problem));
    None
}

fn renames(
    file: &GateFile,
    spec: &BTreeMap<String, Spanned<String>>,
    errors: &mut Vec<SpecError>,
) -> Renames {
    let mut entries = Vec::new();
    for (from, to) in spec {
        let path = |text: &str| TreePath::new(text).map_err(|error| error.to_string());
        match (path(from), path(&to.value)) {
            (Ok(source), Ok(delivered)) => entries.push(Rename {
                from: source,
                to: delivered,
                declared: Declared {
                    text: format!("{from}: {}", to.value),
                    at: place(file, to),
                },
            }),
            (Err(problem), _) | (_, Err(problem)) => {
                errors.push(SpecError::at(file, to.referenced, problem));
            }
        }
    }
    Renames::new(entries)
}
