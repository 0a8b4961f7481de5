use std::collections::BTreeMap;

use super::plan::Variables;
use super::postgres::{Database, Postgres};
use super::{Run, Template, obstacles};
use crate::gate::Obstacle;

/// What placeholders stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(BTreeMap<String, String>);

impl Values {
    /// Those that every system and service has.
    pub(super) fn of_run(run: &Run, network: Option<&str>) -> Self {
        let mut values = Self::default();
        values.set("run.id", run.id.to_string());
        values.set("run.deadline", run.deadline.to_string());
        values.set("run.labels", labels(run, network.is_some()));
        values.set("network", network.unwrap_or_default());
        values.set("state", "");
        if let Some(root) = run.root() {
            values.set("root", root.display().to_string());
        }
        values
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(super) fn database(&mut self, postgres: &Postgres, database: &Database) {
        self.set("postgres.url", database.url());
        self.set("postgres.host", postgres.host());
        self.set("postgres.port", postgres.port().to_string());
        self.set("postgres.user", postgres.user());
        self.set("postgres.password", postgres.password());
        self.set("postgres.database", &database.name);
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(super) fn fill(&self, template: &Template) -> Result<String, Obstacle> {
        template.fill(&self.0).map_err(|name| {
            Obstacle::refused(
                &super::codes::BACKEND_UNFIT,
                format!("`{{{{{name}}}}}` has no value here: what it stands for is not brought up"),
            )
        })
    }

    pub(super) fn fill_all(&self, templates: &[Template]) -> Result<Vec<String>, Obstacle> {
        templates
            .iter()
            .map(|template| self.fill(template))
            .collect()
    }

    /// An environment with all values filled in. What comes from driftgate's own is a secret.
    pub(super) fn environment(
        &self,
        run: &Run,
        variables: &Variables,
    ) -> Result<BTreeMap<String, String>, Obstacle> {
        let mut environment = BTreeMap::new();
        for (name, template) in &variables.values {
            environment.insert(name.clone(), self.fill(template)?);
        }
        for (name, from) in &variables.from {
            let value = obstacles::variable(
                run.environment(),
                from,
                &format!("what {name} of the system is to be"),
            )?;
            run.secrets().add(value);
            environment.insert(name.clone(), value.to_owned());
        }
        Ok(environment)
    }
}

fn labels(run: &Run, in_docker: bool) -> String {
    if !in_docker {
        return String::new();
    }
    run.labels()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join(",")
}
