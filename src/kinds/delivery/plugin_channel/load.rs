use std::time::Duration;

use serde_saphyr::Spanned;

use super::plan::{HandshakePlan, PluginPlan, WiringPlan};
use super::spec::{HandshakeSpec, PluginSpec};
use crate::config::{GateFile, SpecError, parse_duration};
use crate::kinds::delivery::load::tree_path;
use crate::kinds::delivery::patterns::{Declared, Patterns};
use crate::kinds::delivery::plan::DirectoryPlan;
use crate::kinds::lifecycle::RuntimeKind;
use crate::tree::TreePath;

/// Lifecycle contract, MCP handshake: the bound of one server.
const PATIENCE: Duration = Duration::from_secs(20);

/// The folder that plugins are installed in.
pub(crate) fn plugins_folder(configs: &TreePath) -> TreePath {
    configs.join("plugins")
}

/// Reads what a gate says about plugins; what is wrong with it is added to `errors`.
pub(crate) fn plugin(
    file: &GateFile,
    plugin: &Spanned<PluginSpec>,
    copy: impl FnOnce(TreePath, &mut Vec<SpecError>) -> DirectoryPlan,
    errors: &mut Vec<SpecError>,
) -> Option<PluginPlan> {
    let spec = &plugin.value;
    let configs = tree_path(file, &spec.configs, errors);
    let declared = match (&spec.declared, &spec.workspace) {
        (Some(path), _) => tree_path(file, path, errors),
        (None, None) => Some(TreePath::root().join("config.yaml")),
        (None, Some(_)) => Some(TreePath::root().join("org.yaml")),
    };
    let texts = |texts: &[Spanned<String>]| -> Vec<Declared> {
        texts.iter().map(|text| Declared::new(file, text)).collect()
    };
    let wiring = wiring(file, plugin, configs.as_ref(), errors);
    if let Some(handshake) = &spec.handshake
        && spec.runtime.is_none()
    {
        errors.push(
            SpecError::at(
                file,
                handshake.referenced,
                "`handshake` starts what the runtime's file names, and there is no `runtime`",
            )
            .help("name the runtime with `runtime`"),
        );
    }
    let handshake = spec
        .handshake
        .as_ref()
        .map(|spec| handshake(file, spec, errors));
    let copy = copy(
        configs.as_ref().map(plugins_folder).unwrap_or_default(),
        errors,
    );
    Some(PluginPlan {
        configs: configs?,
        declared: declared?,
        workspace: spec
            .workspace
            .as_ref()
            .map(|name| Declared::new(file, name)),
        also: texts(&spec.also),
        copy,
        wiring,
        handshake,
    })
}

fn wiring(
    file: &GateFile,
    plugin: &Spanned<PluginSpec>,
    configs: Option<&TreePath>,
    errors: &mut Vec<SpecError>,
) -> Option<WiringPlan> {
    let spec = &plugin.value;
    let home = spec.home.as_ref().map(|home| tree_path(file, home, errors));
    let before = spec
        .before
        .as_ref()
        .map(|before| tree_path(file, before, errors));
    let Some(runtime) = &spec.runtime else {
        let keys = [("home", &spec.home), ("before", &spec.before)];
        for (key, value) in keys {
            if let Some(value) = value {
                errors.push(
                    SpecError::at(
                        file,
                        value.referenced,
                        format!(
                            "`{key}` is about the file of a runtime, and there is no `runtime`"
                        ),
                    )
                    .help("name the runtime with `runtime`"),
                );
            }
        }
        return None;
    };
    let home = home.flatten();
    let place = |runtime: RuntimeKind| file_of(runtime, configs?, home.as_ref());
    let own = place(runtime.value);
    if own.is_none() && spec.home.is_none() {
        errors.push(
            SpecError::at(
                file,
                runtime.referenced,
                format!(
                    "the file of {} stands in its home, and there is no `home`",
                    runtime.value.as_str()
                ),
            )
            .help("name the folder that the runtime has as its home with `home`"),
        );
    }
    Some(WiringPlan {
        runtime: runtime.value,
        file: own?,
        before: before.flatten(),
        others: RuntimeKind::ALL
            .into_iter()
            .filter(|other| *other != runtime.value)
            .filter_map(|other| Some((other, place(other)?)))
            .collect(),
    })
}

/// Where a runtime's file is, in the folders that the workspace has as `/configs` and as its home.
fn file_of(runtime: RuntimeKind, configs: &TreePath, home: Option<&TreePath>) -> Option<TreePath> {
    let path = runtime.mcp_file();
    match path.strip_prefix("/configs/") {
        Some(below) => Some(configs.join(below)),
        None => Some(home?.join(path.strip_prefix("/root/")?)),
    }
}

fn handshake(
    file: &GateFile,
    spec: &Spanned<HandshakeSpec>,
    errors: &mut Vec<SpecError>,
) -> HandshakePlan {
    let spec = &spec.value;
    for tool in &spec.tools {
        let rest = tool.value.strip_prefix("mcp__");
        if !rest.is_some_and(|rest| rest.contains("__")) {
            errors.push(
                SpecError::at(
                    file,
                    tool.referenced,
                    format!("`{}` is not the id of a tool", tool.value),
                )
                .help("write `mcp__<server>__<tool>`"),
            );
        }
    }
    let timeout = match &spec.timeout {
        None => PATIENCE,
        Some(text) => parse_duration(&text.value).unwrap_or_else(|problem| {
            errors.push(SpecError::at(file, text.referenced, problem));
            PATIENCE
        }),
    };
    HandshakePlan {
        tools: spec
            .tools
            .iter()
            .map(|tool| Declared::new(file, tool))
            .collect(),
        mentioned_in: Patterns::new(file, &spec.mentioned_in, errors),
        env: spec.env.clone(),
        pass: spec.pass.clone(),
        timeout,
    }
}
