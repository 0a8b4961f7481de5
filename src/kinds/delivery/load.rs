use std::collections::BTreeMap;

use serde_saphyr::Spanned;

use super::load_delivery::delivery;
use super::patterns::{Declared, Patterns, Selection};
use super::plan::{Channel, Delivery, Plan, SourceOrigin, SourcePlace, SourcePlan};
use super::spec::{DeliveryEntry, DeliverySpec, SourceSpec};
use crate::config::{GateFile, SpecError, check_header, parse};
use crate::gate::{Category, Location, SourceRef};
use crate::tree::TreePath;

/// Reads a gate file of this kind.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn load(
    file: &GateFile,
    kind: &'static str,
    codes: &[&'static str],
) -> Result<Plan, Vec<SpecError>> {
    let spec: DeliverySpec = parse(file).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let header = check_header(file, kind, &spec.header_spec(), codes)
        .map_err(|found| errors.extend(found))
        .ok();
    let source = source(file, &spec.source, &mut errors);
    if spec.deliveries.value.is_empty() {
        errors.push(
            SpecError::at(
                file,
                spec.deliveries.referenced,
                "`deliveries` is empty; the gate would compare nothing",
            )
            .help("name a `directory`, a `dockerfile`, an `image`, `assets` or a `plugin` that receives the source"),
        );
    }
    let mut deliveries = Vec::new();
    let mut names = BTreeMap::new();
    for entry in &spec.deliveries.value {
        let Some(delivery) = delivery(file, entry, &mut errors) else {
            continue;
        };
        if let Some(source) = &source {
            errors.extend(misplaced(file, entry, &delivery, &source.origin));
        }
        if let Some(first) = names.insert(delivery.name.clone(), delivery.at.clone()) {
            errors.push(
                SpecError::at(
                    file,
                    entry.referenced,
                    format!("there are two deliveries named `{}`", delivery.name),
                )
                .help(format!(
                    "the other one is at {first}; give each a `name` of its own"
                )),
            );
        }
        deliveries.push(delivery);
    }
    match (header, source) {
        (Some(header), Some(source)) if errors.is_empty() => Ok(Plan {
            header,
            source,
            deliveries,
        }),
        _ => Err(errors),
    }
}

/// A source that is cloned over the whole build context, the Dockerfile included. One that *is* the
/// build context stands there already.
fn misplaced(
    file: &GateFile,
    entry: &Spanned<DeliveryEntry>,
    delivery: &Delivery,
    origin: &SourceOrigin,
) -> Option<SpecError> {
    let Channel::Dockerfile(plan) = &delivery.channel else {
        return None;
    };
    let is_whole = matches!(&plan.source, SourcePlace::Folder(folder) if folder.is_root());
    let is_context = matches!(origin, SourceOrigin::Folder(path) if *path == plan.context);
    let folder = entry.value.source_path.as_ref()?;
    (is_whole && !is_context).then(|| {
        SpecError::at(
            file,
            folder.referenced,
            "`source_path` is the whole build context, and the source is something else",
        )
        .help(format!(
            "name the folder that the source is cloned into; the whole is for a source that is the build context itself: `path: {}`",
            if plan.context.is_root() { ".".to_owned() } else { plan.context.to_string() }
        ))
    })
}

fn source(file: &GateFile, spec: &SourceSpec, errors: &mut Vec<SpecError>) -> Option<SourcePlan> {
    let entries = [
        (
            "template",
            &spec.template,
            Some(Category::WorkspaceTemplates),
        ),
        ("plugin", &spec.plugin, Some(Category::Plugins)),
        (
            "org_template",
            &spec.org_template,
            Some(Category::OrgTemplates),
        ),
        ("path", &spec.path, None),
    ];
    let mut given = entries
        .into_iter()
        .filter_map(|(key, value, category)| Some((key, value.as_ref()?, category)));
    const ONE: &str = "name the source with one of: template, plugin, org_template, path";
    let Some((key, name, category)) = given.next() else {
        errors.push(SpecError::file(&file.name, "`source` names no source").help(ONE));
        return None;
    };
    if let Some((other, value, _)) = given.next() {
        errors.push(
            SpecError::at(
                file,
                value.referenced,
                format!("`source` has both `{key}` and `{other}`"),
            )
            .help(ONE),
        );
    }
    let at = Declared::new(file, name).at;
    let origin = match category {
        Some(category) if !name.value.is_empty() => Some(SourceOrigin::Manifest(SourceRef {
            category,
            name: name.value.clone(),
        })),
        Some(_) => {
            errors.push(SpecError::at(
                file,
                name.referenced,
                format!("`{key}` is empty"),
            ));
            None
        }
        None => tree_path(file, name, errors).map(SourceOrigin::Folder),
    };
    let subdir = match &spec.subdir {
        Some(subdir) => tree_path(file, subdir, errors),
        None => Some(TreePath::root()),
    };
    let selection = selection(file, &spec.include, &spec.exclude, errors);
    Some(SourcePlan {
        origin: origin?,
        subdir: subdir?,
        selection,
        non_empty: spec.non_empty,
        at,
    })
}

/// Reads the two lists of patterns that select files.
pub(super) fn selection(
    file: &GateFile,
    include: &[Spanned<String>],
    exclude: &[Spanned<String>],
    errors: &mut Vec<SpecError>,
) -> Selection {
    Selection {
        include: Patterns::new(file, include, errors),
        exclude: Patterns::new(file, exclude, errors),
    }
}

/// Reads a path relative to a root.
pub(super) fn tree_path(
    file: &GateFile,
    path: &Spanned<String>,
    errors: &mut Vec<SpecError>,
) -> Option<TreePath> {
    let result = if path.value.is_empty() {
        Err("the path is empty; write `.` for the root".to_owned())
    } else {
        TreePath::new(&path.value).map_err(|error| error.to_string())
    };
    result
        .map_err(|problem| errors.push(SpecError::at(file, path.referenced, problem)))
        .ok()
}

/// The place of a value in the gate file.
pub(super) fn place<T>(file: &GateFile, value: &Spanned<T>) -> Location {
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Location::at(
        file.name.clone(),
        number(value.referenced.line()),
        number(value.referenced.column()),
    )
}
