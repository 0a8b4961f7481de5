use std::collections::BTreeMap;

use super::expand::{Value, Variables};
use super::plan::Workdir;

/// What a stage knows at one of its steps: variables, working directory, user. A stage that another
/// one begins from hands all of it on, arguments too.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    variables: BTreeMap<String, Value>,
    /// The names that `ENV` set, which alone stay in the image.
    env: Vec<String>,
    /// The image whose own variables are not known.
    image: Option<String>,
    pub(super) workdir: Workdir,
    pub(super) user: Option<String>,
    pub(super) foreign_shell: Option<String>,
}

impl Scope {
    pub(super) fn scratch() -> Self {
        Self {
            variables: BTreeMap::new(),
            env: Vec::new(),
            image: None,
            workdir: Workdir::Known("/".to_owned()),
            user: None,
            foreign_shell: None,
        }
    }

    pub(super) fn image(reference: &str) -> Self {
        Self {
            image: Some(reference.to_owned()),
            workdir: Workdir::Unknown(format!(
                "it is relative to the working directory of the image `{reference}`"
            )),
            ..Self::scratch()
        }
    }

    pub(super) fn set_env(&mut self, name: String, value: Value) {
        if !self.env.contains(&name) {
            self.env.push(name.clone());
        }
        self.variables.insert(name, value);
    }

    /// An argument is seen by what follows it like an environment variable.
    pub(super) fn set_arg(&mut self, name: String, value: Value) {
        self.variables.insert(name, value);
    }

    /// Whether something is set; an argument without value leaves it alone.
    pub(super) fn has(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// The values that are known.
    pub(super) fn known(&self) -> BTreeMap<String, String> {
        self.variables
            .iter()
            .filter_map(|(name, value)| match value {
                Value::Known(text) => Some((name.clone(), text.clone())),
                Value::Valueless(_) | Value::Unknown(_) => None,
            })
            .collect()
    }

    /// The known values that `ENV` set.
    pub(super) fn env(&self) -> BTreeMap<String, String> {
        let mut known = self.known();
        known.retain(|name, _| self.env.contains(name));
        known
    }
}

impl Variables for Scope {
    fn get(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.variables.get(name) {
            return Some(value.clone());
        }
        match &self.image {
            Some(image) => Some(Value::Unknown(format!(
                "no ARG or ENV sets it, and the image `{image}` may"
            ))),
            // The builder gives every image a search path.
            None if name == "PATH" => Some(Value::Unknown(
                "the builder's default stands for it".to_owned(),
            )),
            None => None,
        }
    }
}
