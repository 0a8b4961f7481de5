use std::collections::BTreeMap;

use serde_saphyr::Spanned;
use uuid::Uuid;

use super::profile::Profile;
use super::rules::{IdentityRules, Model, Rules, Template};
use super::runtime_kind::RuntimeKind;
use super::select::select;
use super::spec::{IdentitySpec, LifecycleSpec};
use crate::backend::{StageSpec, SystemWanted, check_stage};
use crate::config::{GateFile, SpecError, check_header, parse};
use crate::gate::{Category, SourceRef};
use crate::tree::{Globs, TreePath};

/// What makes an identity where the gate does not say.
const IDENTITY_FILES: [&str; 3] = ["config.yaml", "system-prompt.md", "prompts/**"];

/// Reads a gate file of this kind.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn load(
    file: &GateFile,
    kind: &'static str,
    codes: &[&'static str],
) -> Result<Rules, Vec<SpecError>> {
    let spec: LifecycleSpec = parse(file).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let header = check_header(file, kind, &spec.header_spec(), codes)
        .map_err(|found| errors.extend(found))
        .ok();
    let selection = select(file, &spec, &mut errors);
    let identity = spec
        .identity
        .as_ref()
        .and_then(|identity| self::identity(file, identity, &mut errors));
    let stage = check_stage(
        file,
        StageSpec {
            backend: spec.backend,
            postgres: spec.postgres.as_ref(),
            services: &spec.services,
            system: SystemWanted::Yes(spec.system.as_ref()),
        },
    )
    .map_err(|found| errors.extend(found))
    .ok();
    let rules = header.zip(stage).map(|(header, stage)| Rules {
        header,
        stage,
        containers: spec.containers,
        is_disposable: spec.disposable,
        org: spec.org.clone(),
        profile: spec.profile,
        without: spec.without.iter().map(|named| named.value).collect(),
        checks: selection.checks,
        added: selection.added,
        runtimes: runtimes(file, &spec, &mut errors),
        models: models(&spec),
        deadlines: deadlines(file, &spec, &mut errors),
        identity,
        management_tool: management_tool(file, &spec, &mut errors),
        concierge: concierge(file, &spec, &mut errors),
    });
    match rules {
        Some(rules) if errors.is_empty() => Ok(rules),
        _ => Err(errors),
    }
}

fn runtimes(
    file: &GateFile,
    spec: &LifecycleSpec,
    errors: &mut Vec<SpecError>,
) -> Vec<RuntimeKind> {
    let Some(named) = &spec.runtimes else {
        return RuntimeKind::ALL.to_vec();
    };
    if named.value.is_empty() {
        errors.push(
            SpecError::at(file, named.referenced, "`runtimes` is empty")
                .help("name one, or leave the key out for all four"),
        );
    }
    let mut runtimes = named.value.clone();
    runtimes.sort_unstable();
    runtimes.dedup();
    runtimes
}

fn models(spec: &LifecycleSpec) -> BTreeMap<RuntimeKind, Model> {
    RuntimeKind::ALL
        .into_iter()
        .map(|runtime| {
            let model = match spec.models.get(&runtime) {
                None => runtime.usual_model(),
                Some(named) => Model {
                    name: named.model.clone(),
                    credential: named.credential.clone(),
                },
            };
            (runtime, model)
        })
        .collect()
}

fn deadlines(file: &GateFile, spec: &LifecycleSpec, errors: &mut Vec<SpecError>) -> f64 {
    let Some(factor) = &spec.deadlines else {
        return 1.0;
    };
    if !(0.01..=1000.0).contains(&factor.value) {
        errors.push(SpecError::at(
            file,
            factor.referenced,
            "`deadlines` is a factor between 0.01 and 1000",
        ));
        return 1.0;
    }
    factor.value
}

fn management_tool(file: &GateFile, spec: &LifecycleSpec, errors: &mut Vec<SpecError>) -> String {
    let Some(named) = &spec.management_tool else {
        return match spec.profile {
            Profile::Core => "mcp__molecule-platform__create_workspace",
            Profile::Hardened => "mcp__molecule-platform__provision_workspace",
        }
        .to_owned();
    };
    let parts: Vec<&str> = named.value.split("__").collect();
    if !matches!(parts.as_slice(), ["mcp", server, tool] if !server.is_empty() && !tool.is_empty())
    {
        errors.push(SpecError::at(
            file,
            named.referenced,
            format!(
                "`{}` is not of the form `mcp__<server>__<tool>`",
                named.value
            ),
        ));
    }
    named.value.clone()
}

fn concierge(file: &GateFile, spec: &LifecycleSpec, errors: &mut Vec<SpecError>) -> Option<Uuid> {
    let named = spec.concierge.as_ref()?;
    let id = named.value.parse();
    if id.is_err() {
        errors.push(SpecError::at(
            file,
            named.referenced,
            format!("`{}` is not a UUID", named.value),
        ));
    }
    id.ok()
}

fn identity(
    file: &GateFile,
    spec: &IdentitySpec,
    errors: &mut Vec<SpecError>,
) -> Option<IdentityRules> {
    let template = match (&spec.template, &spec.path) {
        (Some(name), None) => Some(Template::Source(SourceRef {
            category: Category::WorkspaceTemplates,
            name: name.value.clone(),
        })),
        (None, Some(path)) => match TreePath::new(&path.value) {
            Ok(path) => Some(Template::Folder(path)),
            Err(error) => {
                errors.push(SpecError::at(file, path.referenced, error.to_string()));
                None
            }
        },
        (Some(_), Some(second)) => {
            errors.push(SpecError::at(
                file,
                second.referenced,
                "`identity` names both a template and a folder; give one of them",
            ));
            None
        }
        (None, None) => {
            errors.push(SpecError::file(
                &file.name,
                "`identity` names nothing; give `template` or `path`",
            ));
            None
        }
    };
    let include = include(file, spec.include.as_deref(), errors)?;
    Some(IdentityRules {
        template: template?,
        include,
    })
}

fn include(
    file: &GateFile,
    named: Option<&[Spanned<String>]>,
    errors: &mut Vec<SpecError>,
) -> Option<Globs> {
    let patterns: Vec<&str> = match named {
        None => IDENTITY_FILES.to_vec(),
        Some(named) => named.iter().map(|pattern| pattern.value.as_str()).collect(),
    };
    match Globs::new(&patterns) {
        Ok(globs) => Some(globs),
        Err(error) => {
            errors.push(match named.and_then(<[_]>::first) {
                Some(first) => SpecError::at(file, first.referenced, error.to_string()),
                None => SpecError::file(&file.name, error.to_string()),
            });
            None
        }
    }
}
