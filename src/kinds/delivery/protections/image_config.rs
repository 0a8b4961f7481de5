use serde_json::{Value, json};

use super::image_layer::LayerWriter;
use super::target::unplanted;
use crate::gate::{Code, ImagePatch, Plant, Protection};
use crate::kinds::delivery::image_channel::{
    CMD_DIFFERS, ENTRYPOINT_DIFFERS, ENV_DIFFERS, FORBIDDEN_ENV, ImagePlan, LABEL_DIFFERS, Seen,
    USER_DIFFERS, WORKDIR_DIFFERS,
};
use crate::kinds::delivery::plan::Delivery;
use crate::tree::TreePath;

const PLANTED: &str = "driftgate-planted";

/// What the gate promises about the configuration of an image.
pub(super) fn config_protections(
    delivery: &Delivery,
    plan: &ImagePlan,
    seen: &Seen,
) -> Vec<Protection> {
    let planting = Planting { delivery, seen };
    let expected = &plan.expected;
    let mut protections = Vec::new();
    if let Some(name) = expected.labels.keys().next() {
        protections.push(
            planting.one("changed label", name, &LABEL_DIFFERS, |config| {
                if config["Labels"].is_null() {
                    config["Labels"] = json!({});
                }
                config["Labels"][name] = json!(PLANTED);
            }),
        );
    }
    let words: [(bool, &str, &str, &'static Code); 2] = [
        (
            expected.entrypoint.is_some(),
            "entrypoint",
            "Entrypoint",
            &ENTRYPOINT_DIFFERS,
        ),
        (
            expected.cmd.is_some(),
            "default command",
            "Cmd",
            &CMD_DIFFERS,
        ),
    ];
    for (is_expected, what, key, code) in words {
        if is_expected {
            let name = format!("changed {what}");
            protections.push(planting.one(&name, what, code, |config| {
                config[key] = json!([PLANTED]);
            }));
        }
    }
    if let Some(name) = expected.env.keys().next() {
        protections.push(
            planting.one("changed variable", name, &ENV_DIFFERS, |config| {
                set_variable(config, name);
            }),
        );
    }
    let texts: [(bool, &str, &str, &'static Code); 2] = [
        (expected.user.is_some(), "user", "User", &USER_DIFFERS),
        (
            expected.workdir.is_some(),
            "working directory",
            "WorkingDir",
            &WORKDIR_DIFFERS,
        ),
    ];
    for (is_expected, what, key, code) in texts {
        if is_expected {
            let name = format!("changed {what}");
            protections.push(planting.one(&name, what, code, |config| {
                config[key] = json!(PLANTED);
            }));
        }
    }
    if !plan.forbidden_env.is_empty() {
        let name = plan
            .forbidden_env
            .texts()
            .map(|pattern| filled(pattern, "PLANTED"))
            .find(|name| {
                plan.forbidden_env.is_match(&TreePath::root().join(name))
                    && !expected.env.contains_key(name)
            });
        protections.push(match name {
            Some(name) => planting.one("forbidden variable", &name, &FORBIDDEN_ENV, |config| {
                set_variable(config, &name);
            }),
            None => unplanted(
                "forbidden variable",
                delivery,
                &FORBIDDEN_ENV,
                "no name could be made up that one of the patterns matches",
            ),
        });
    }
    protections
}

/// A text that a pattern matches, if it is a plain one: what stands for anything is filled in.
pub(super) fn filled(pattern: &str, with: &str) -> String {
    pattern
        .replace("**", with)
        .replace('*', with)
        .replace('?', "x")
}

struct Planting<'a> {
    delivery: &'a Delivery,
    seen: &'a Seen,
}

impl Planting<'_> {
    fn one(
        &self,
        what: &str,
        mentions: &str,
        expected: &'static Code,
        change: impl FnOnce(&mut Value),
    ) -> Protection {
        let plant = serde_json::from_slice::<Value>(&self.seen.description.config_json)
            .map_err(|error| error.to_string())
            .map(|mut config| {
                if config["config"].is_null() {
                    config["config"] = json!({});
                }
                change(&mut config["config"]);
                Plant::image(ImagePatch {
                    delivery: self.delivery.name.clone(),
                    layer: LayerWriter::new().finish(),
                    config: Some(config.to_string().into_bytes()),
                    digest: None,
                })
            });
        Protection {
            name: format!("{what} in {}: {mentions}", self.delivery.name),
            expected,
            mentions: mentions.to_owned(),
            plant,
        }
    }
}

/// Sets a variable of the environment to something that nobody expects.
fn set_variable(config: &mut Value, name: &str) {
    let mut lines: Vec<Value> = config["Env"].as_array().cloned().unwrap_or_default();
    lines.retain(|line| {
        let name_of = line.as_str().and_then(|line| line.split('=').next());
        name_of != Some(name)
    });
    lines.push(json!(format!("{name}={PLANTED}")));
    config["Env"] = Value::Array(lines);
}
