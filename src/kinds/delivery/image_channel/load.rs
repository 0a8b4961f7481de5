use serde_saphyr::Spanned;

use super::permissions::Permissions;
use super::plan::{BuildPlan, ExpectedConfig, ImageInput, ImagePlan, RegistryRef};
use super::spec::{BuildSpec, ImageSpec, LimitsSpec, PermissionsSpec};
use crate::config::{GateFile, SpecError};
use crate::kinds::delivery::dockerfile::Platform;
use crate::kinds::delivery::load::tree_path;
use crate::kinds::delivery::patterns::Patterns;
use crate::kinds::delivery::plan::DirectoryPlan;
use crate::tree::TreePath;
use crate::tree::image::ImageLimits;

const ONE: &str = "say where it is with one of: archive, layout, daemon, registry, build";

/// Reads what a gate says about an image; what is wrong with it is added to `errors`.
pub(crate) fn image(
    file: &GateFile,
    image: &Spanned<ImageSpec>,
    platform: Option<&Spanned<String>>,
    copy: Option<DirectoryPlan>,
    errors: &mut Vec<SpecError>,
) -> Option<ImagePlan> {
    let spec = &image.value;
    let input = input(file, image, errors);
    let platform = platform.map(|text| {
        text.value
            .parse::<Platform>()
            .map_err(|error| errors.push(SpecError::at(file, text.referenced, error.to_string())))
    });
    let owner = spec.owner.as_ref().map(|text| {
        ids(&text.value).ok_or_else(|| {
            errors.push(
                SpecError::at(
                    file,
                    text.referenced,
                    format!("`{}` is no owner", text.value),
                )
                .help("write user and group by number, like `0:0`"),
            );
        })
    });
    let permissions = spec
        .permissions
        .as_ref()
        .and_then(|given| permissions(file, given, errors));
    let reference = spec.reference.as_ref().map(|name| {
        if spec.archive.is_none() && spec.layout.is_none() {
            errors.push(SpecError::at(
                file,
                name.referenced,
                "`reference` chooses among the images of an `archive` or a `layout`",
            ));
        }
        name.value.clone()
    });
    if spec.credentials.is_some() && spec.registry.is_none() {
        errors.push(SpecError::at(
            file,
            image.referenced,
            "`credentials` are for a `registry`",
        ));
    }
    let forbidden_files = absolute_patterns(file, &spec.forbidden_files, errors);
    let forbidden_env = Patterns::new(file, &spec.forbidden_env, errors);
    Some(ImagePlan {
        input: input?,
        platform: platform.transpose().ok()?,
        reference,
        copy: copy?,
        owner: owner.transpose().ok()?,
        permissions,
        expected: ExpectedConfig {
            labels: spec.labels.clone(),
            entrypoint: spec.entrypoint.clone(),
            cmd: spec.cmd.clone(),
            env: spec.env.clone(),
            user: spec.user.clone(),
            workdir: spec.workdir.clone(),
        },
        forbidden_files,
        forbidden_env,
        limits: limits(spec.limits.as_ref()),
    })
}

/// The name that a delivery has without one of its own.
pub(crate) fn default_name(spec: &ImageSpec) -> String {
    let text = |value: &Option<Spanned<String>>| value.as_ref().map(|text| text.value.clone());
    text(&spec.archive)
        .or_else(|| text(&spec.layout))
        .or_else(|| text(&spec.daemon))
        .or_else(|| text(&spec.registry))
        .or_else(|| {
            let build = spec.build.as_ref()?;
            Some(format!("image of {}", build.value.dockerfile.value))
        })
        .unwrap_or_default()
}

fn input(
    file: &GateFile,
    image: &Spanned<ImageSpec>,
    errors: &mut Vec<SpecError>,
) -> Option<ImageInput> {
    let spec = &image.value;
    let given = [
        ("archive", spec.archive.is_some()),
        ("layout", spec.layout.is_some()),
        ("daemon", spec.daemon.is_some()),
        ("registry", spec.registry.is_some()),
        ("build", spec.build.is_some()),
    ];
    let mut given = given.iter().filter(|(_, is_given)| *is_given);
    let first = given.next();
    if let (Some((one, _)), Some((other, _))) = (first, given.next()) {
        let message = format!("the image has both `{one}` and `{other}`");
        errors.push(SpecError::at(file, image.referenced, message).help(ONE));
        return None;
    }
    if let Some(path) = &spec.archive {
        return tree_path(file, path, errors).map(ImageInput::Archive);
    }
    if let Some(path) = &spec.layout {
        return tree_path(file, path, errors).map(ImageInput::Layout);
    }
    if let Some(name) = &spec.daemon {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
        if name.value.is_empty() || !name.value.chars().all(is_name) {
            errors.push(SpecError::at(
                file,
                name.referenced,
                format!("`{}` is not the name of an image", name.value),
            ));
            return None;
        }
        return Some(ImageInput::Daemon(name.value.clone()));
    }
    if let Some(name) = &spec.registry {
        let reference = RegistryRef::parse(&name.value)
            .map_err(|problem| errors.push(SpecError::at(file, name.referenced, problem)))
            .ok()?;
        return Some(ImageInput::Registry {
            reference,
            credentials: spec
                .credentials
                .as_ref()
                .map(|found| (found.user_env.clone(), found.password_env.clone())),
        });
    }
    if let Some(build) = &spec.build {
        return self::build(file, &build.value, errors).map(ImageInput::Build);
    }
    errors.push(SpecError::at(file, image.referenced, "the image is nowhere").help(ONE));
    None
}

fn build(file: &GateFile, spec: &BuildSpec, errors: &mut Vec<SpecError>) -> Option<BuildPlan> {
    let dockerfile = tree_path(file, &spec.dockerfile, errors);
    let context = match &spec.context {
        Some(context) => tree_path(file, context, errors),
        None => Some(TreePath::root()),
    };
    Some(BuildPlan {
        dockerfile: dockerfile?,
        context: context?,
        args: spec.args.clone(),
        target: spec.target.clone(),
    })
}

/// Paths of the image are written with their slash; patterns of a tree have none.
fn absolute_patterns(
    file: &GateFile,
    given: &[Spanned<String>],
    errors: &mut Vec<SpecError>,
) -> Patterns {
    let relative: Vec<_> = given
        .iter()
        .map(|pattern| {
            let mut relative = pattern.clone();
            if let Some(rest) = pattern.value.strip_prefix('/') {
                relative.value = rest.to_owned();
            } else if !pattern.value.starts_with("**") {
                errors.push(
                    SpecError::at(
                        file,
                        pattern.referenced,
                        format!("`{}` is not an absolute path of the image", pattern.value),
                    )
                    .help("begin it with `/`, or with `**/` for any folder"),
                );
            }
            relative
        })
        .collect();
    Patterns::new(file, &relative, errors)
}

/// `None` where one of them is no mode, which is then among the errors.
fn permissions(
    file: &GateFile,
    spec: &PermissionsSpec,
    errors: &mut Vec<SpecError>,
) -> Option<Permissions> {
    let mut is_good = true;
    let mut bits = |text: &Option<Spanned<String>>| {
        let text = text.as_ref()?;
        let mode = u16::from_str_radix(&text.value, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777 && !text.value.starts_with('+'));
        if mode.is_none() {
            is_good = false;
            errors.push(
                SpecError::at(
                    file,
                    text.referenced,
                    format!("`{}` is no mode", text.value),
                )
                .help("write it in octal and between quotes, like `\"0644\"`"),
            );
        }
        mode
    };
    let permissions = Permissions {
        files: bits(&spec.files),
        executables: bits(&spec.executables),
        folders: bits(&spec.folders),
        mask: bits(&spec.mask).unwrap_or(0o7777),
    };
    let expected = [&spec.files, &spec.executables, &spec.folders];
    if expected.iter().all(|text| text.is_none()) || permissions.mask == 0 {
        let message = "`permissions` compares nothing";
        let error = match &spec.mask {
            Some(mask) => SpecError::at(file, mask.referenced, message),
            None => SpecError::file(&file.name, message),
        };
        errors.push(error.help(
            "say which bits are expected with `files`, `executables` or `folders`, and compare some with `mask`",
        ));
        is_good = false;
    }
    is_good.then_some(permissions)
}

fn ids(text: &str) -> Option<(u32, u32)> {
    let (user, group) = text.split_once(':')?;
    Some((user.parse().ok()?, group.parse().ok()?))
}

fn limits(spec: Option<&LimitsSpec>) -> ImageLimits {
    let usual = ImageLimits::default();
    let Some(spec) = spec else {
        return usual;
    };
    ImageLimits {
        entries: spec.entries.unwrap_or(usual.entries),
        bytes: spec.bytes.unwrap_or(usual.bytes),
        ratio: spec.ratio.unwrap_or(usual.ratio),
    }
}
