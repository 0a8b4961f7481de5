use std::collections::BTreeMap;

use regex::bytes::RegexBuilder;
use serde_saphyr::Spanned;

use super::rules::{Consumer, Forbidden, Rules, Unread};
use super::spec::{ForbiddenSpec, ManifestSpec};
use crate::config::{GateFile, SpecError, check_header, parse};
use crate::gate::{Category, Location, SourceRef};
use crate::tree::{Globs, TreePath};

/// How much memory a compiled pattern may take.
const PATTERN_LIMIT: usize = 1 << 20;

/// Reads a gate file of this kind.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn load(
    file: &GateFile,
    kind: &'static str,
    codes: &[&'static str],
) -> Result<Rules, Vec<SpecError>> {
    let spec: ManifestSpec = parse(file).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let header = check_header(file, kind, &spec.header_spec(), codes)
        .map_err(|found| errors.extend(found))
        .ok();
    let manifest = spec
        .manifest
        .as_ref()
        .and_then(|path| tree_path(file, path, &mut errors))
        .map(|path| path.to_string());
    let categories = match &spec.categories {
        None => Category::ALL.to_vec(),
        Some(named) => {
            if named.value.is_empty() {
                errors.push(
                    SpecError::at(
                        file,
                        named.referenced,
                        "`categories` is empty; the gate would check nothing",
                    )
                    .help("leave the key out to check all lists"),
                );
            }
            let mut categories = named.value.clone();
            categories.sort_unstable();
            categories.dedup();
            categories
        }
    };
    let mut required_files = BTreeMap::new();
    for (category, paths) in &spec.required_files {
        let paths: Vec<_> = paths
            .iter()
            .filter_map(|path| {
                demand_reading(file, path, &spec, *category, &categories, &mut errors);
                tree_path(file, path, &mut errors)
            })
            .collect();
        required_files.insert(*category, paths);
    }
    let mut forbidden = Vec::new();
    for rule in &spec.forbidden {
        demand_reading(
            file,
            &rule.path,
            &spec,
            rule.category,
            &categories,
            &mut errors,
        );
        forbidden.extend(forbid(file, rule, &mut errors));
    }
    let consumers = consumers(file, &spec, &mut errors);
    let unread = unread(file, &spec, &mut errors);
    match header {
        Some(header) if errors.is_empty() => Ok(Rules {
            header,
            manifest,
            categories,
            strict: spec.strict,
            pinned: spec.pinned,
            one_ref_per_repository: spec.one_ref_per_repository,
            reachable: spec.reachable,
            required_files,
            forbidden,
            consumers,
            unread,
        }),
        _ => Err(errors),
    }
}

/// A rule about the content of sources needs the sources to be read.
fn demand_reading(
    file: &GateFile,
    path: &Spanned<String>,
    spec: &ManifestSpec,
    category: Category,
    categories: &[Category],
    errors: &mut Vec<SpecError>,
) {
    if !spec.reachable {
        errors.push(
            SpecError::at(
                file,
                path.referenced,
                "the gate reads no sources, for `reachable` is false",
            )
            .help("leave `reachable` out, or drop the rules about files"),
        );
    }
    if !categories.contains(&category) {
        errors.push(
            SpecError::at(
                file,
                path.referenced,
                format!("the gate does not check the list `{}`", category.key()),
            )
            .help("add it to `categories`"),
        );
    }
}

fn forbid(file: &GateFile, rule: &ForbiddenSpec, errors: &mut Vec<SpecError>) -> Option<Forbidden> {
    let before = errors.len();
    let globs = Globs::new(std::slice::from_ref(&rule.path.value))
        .map_err(|error| {
            errors.push(SpecError::at(file, rule.path.referenced, error.to_string()));
        })
        .ok();
    let pattern = RegexBuilder::new(&rule.pattern.value)
        .multi_line(true)
        .size_limit(PATTERN_LIMIT)
        .build()
        .map_err(|error| {
            let error = error.to_string();
            let said = error.lines().last().unwrap_or(&error).trim();
            let said = said.trim_start_matches("error: ");
            let message = format!("`{}` is not a pattern: {said}", rule.pattern.value);
            errors.push(SpecError::at(file, rule.pattern.referenced, message));
        })
        .ok();
    if let Some(pattern) = &pattern
        && pattern.is_match(b"")
    {
        errors.push(
            SpecError::at(
                file,
                rule.pattern.referenced,
                "the pattern matches the empty text, and so every file",
            )
            .help("forbid something"),
        );
    }
    if rule.reason.value.trim().is_empty() {
        errors.push(SpecError::at(
            file,
            rule.reason.referenced,
            "`reason` is empty; say why it is forbidden",
        ));
    }
    if let (Some(example), Some(pattern)) = (&rule.example, &pattern)
        && !pattern.is_match(example.value.as_bytes())
    {
        errors.push(
            SpecError::at(
                file,
                example.referenced,
                "the pattern does not match its own example",
            )
            .help(format!("the pattern is `{}`", rule.pattern.value)),
        );
    }
    let (globs, pattern) = globs.zip(pattern)?;
    let example = match &rule.example {
        Some(example) => Some(example.value.clone()),
        // Many patterns are a text between anchors.
        None => Some(
            rule.pattern
                .value
                .trim_start_matches("(?m)")
                .trim_start_matches('^')
                .trim_end_matches('$')
                .to_owned(),
        )
        .filter(|text| pattern.is_match(text.as_bytes())),
    };
    (errors.len() == before).then(|| Forbidden {
        category: rule.category,
        path: rule.path.value.clone(),
        globs,
        pattern,
        reason: rule.reason.value.trim().to_owned(),
        example,
    })
}

fn consumers(file: &GateFile, spec: &ManifestSpec, errors: &mut Vec<SpecError>) -> Vec<Consumer> {
    let mut consumers: Vec<Consumer> = Vec::new();
    for consumer in &spec.consumers {
        let name = &consumer.name;
        if name.value.trim().is_empty() || consumers.iter().any(|other| other.name == name.value) {
            errors.push(SpecError::at(
                file,
                name.referenced,
                format!("`{}` is empty, or names a second consumer", name.value),
            ));
        }
        consumers.push(Consumer {
            name: name.value.clone(),
            dialect: consumer.dialect,
            clones: consumer.clone,
        });
    }
    consumers
}

fn unread(
    file: &GateFile,
    spec: &ManifestSpec,
    errors: &mut Vec<SpecError>,
) -> BTreeMap<SourceRef, Unread> {
    let mut unread = BTreeMap::new();
    for entry in &spec.unread {
        if entry.reason.value.trim().is_empty() {
            errors.push(SpecError::at(
                file,
                entry.reason.referenced,
                "`reason` is empty; say why the repository is not read",
            ));
        }
        let source = SourceRef {
            category: entry.category,
            name: entry.name.value.clone(),
        };
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let at = entry.name.referenced;
        let why = Unread {
            reason: entry.reason.value.trim().to_owned(),
            at: Location::at(&file.name, number(at.line()), number(at.column())),
        };
        if unread.insert(source.clone(), why).is_some() {
            errors.push(SpecError::at(
                file,
                at,
                format!("{source} stands here twice"),
            ));
        }
    }
    unread
}

fn tree_path(
    file: &GateFile,
    path: &Spanned<String>,
    errors: &mut Vec<SpecError>,
) -> Option<TreePath> {
    let parsed = TreePath::new(&path.value)
        .map_err(|error| error.to_string())
        .and_then(|tree_path| {
            if tree_path.is_root() {
                Err("the path is empty; name a file".to_owned())
            } else {
                Ok(tree_path)
            }
        });
    parsed
        .map_err(|problem| errors.push(SpecError::at(file, path.referenced, problem)))
        .ok()
}
