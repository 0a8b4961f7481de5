use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::plan::{
    Base, PostgresPlan, Ready, RunPlan, ServicePlan, StagePlan, SystemPlan, Variables,
};
use super::template::PLACEHOLDERS;
use super::{BackendName, PostgresSpec, ReadySpec, ServiceSpec, SystemSpec, Template};
use crate::config::{GateFile, SpecError, nearest, parse_duration};
use crate::tree::TreePath;

/// The keys of a gate file that say what is to be brought up.
#[derive(Debug, Clone, Copy)]
pub struct StageSpec<'a> {
    pub backend: BackendName,
    pub postgres: Option<&'a PostgresSpec>,
    pub services: &'a [ServiceSpec],
    pub system: SystemWanted<'a>,
}

/// Whether there is a system under test.
#[derive(Debug, Clone, Copy)]
pub enum SystemWanted<'a> {
    /// Only a database.
    No,
    /// As the gate says; the embedded one where it says nothing.
    Yes(Option<&'a SystemSpec>),
}

/// The port that a system listens on in its container where the gate says nothing.
const SYSTEM_PORT: u16 = 8080;

/// Checks what is to be brought up, and fills in what is usual.
///
/// # Errors
/// All that is wrong with it, each with its place.
pub fn check_stage(file: &GateFile, spec: StageSpec<'_>) -> Result<StagePlan, Vec<SpecError>> {
    let mut checker = Checker {
        file,
        errors: Vec::new(),
        known: known(spec.services),
    };
    let postgres = checker.postgres(spec.backend, spec.postgres);
    let services = checker.services(spec.services);
    let system = match spec.system {
        SystemWanted::No => SystemPlan::Nothing,
        SystemWanted::Yes(None) => SystemPlan::Embedded {
            environment: Variables::default(),
            ready: Ready::health(),
        },
        SystemWanted::Yes(Some(system)) => checker.system(spec.backend, system),
    };
    let plan = StagePlan {
        backend: spec.backend,
        postgres,
        services,
        system,
    };
    if plan.backend == BackendName::External
        && let Err(problem) = plan.fits_external()
    {
        checker.errors.push(SpecError::file(&file.name, problem));
    }
    if checker.errors.is_empty() {
        Ok(plan)
    } else {
        Err(checker.errors)
    }
}

/// All placeholders that there are with these services.
fn known(services: &[ServiceSpec]) -> Vec<String> {
    let of_services = services.iter().flat_map(|service| {
        ["url", "host", "port"].map(|part| format!("{}.{part}", service.name.value))
    });
    PLACEHOLDERS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .chain(of_services)
        .collect()
}

struct Checker<'a> {
    file: &'a GateFile,
    errors: Vec<SpecError>,
    known: Vec<String>,
}

impl Checker<'_> {
    fn refuse<T>(&mut self, at: &Spanned<T>, message: impl Into<String>, help: &str) {
        let error = SpecError::at(self.file, at.referenced, message.into());
        self.errors.push(error.help(help));
    }

    fn postgres(&mut self, backend: BackendName, spec: Option<&PostgresSpec>) -> PostgresPlan {
        let usual = PostgresPlan::default();
        let Some(spec) = spec else {
            return usual;
        };
        if let Some(image) = &spec.image {
            if backend == BackendName::Process {
                self.refuse(
                    image,
                    "the backend `process` runs no image",
                    "name a `version`",
                );
            }
            if image.value.trim().is_empty() {
                self.refuse(
                    image,
                    "the image has no name",
                    "for example postgres:16-alpine",
                );
            }
        }
        for (name, value) in &spec.settings {
            let good = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
            if !good {
                self.refuse(
                    value,
                    format!("`{name}` is not the name of a setting of PostgreSQL"),
                    "for example max_connections",
                );
            }
        }
        PostgresPlan {
            image: spec
                .image
                .as_ref()
                .map_or(usual.image, |image| image.value.clone()),
            version: spec.version.as_ref().map(|version| version.value),
            url_env: self.variable(spec.url_env.as_ref()),
            settings: spec
                .settings
                .iter()
                .map(|(name, value)| (name.clone(), value.value.clone()))
                .collect(),
        }
    }

    fn services(&mut self, specs: &[ServiceSpec]) -> Vec<ServicePlan> {
        let mut names = BTreeSet::new();
        specs
            .iter()
            .map(|spec| {
                self.service_name(&spec.name, &mut names);
                if spec.image.is_none() && spec.command.is_none() && spec.process.is_none() {
                    self.refuse(
                        &spec.name,
                        format!(
                            "service `{}` has neither an image nor a command",
                            spec.name.value
                        ),
                        "give it an `image` for containers, a `process` for processes, or both",
                    );
                }
                ServicePlan {
                    name: spec.name.value.clone(),
                    scheme: spec
                        .scheme
                        .clone()
                        .unwrap_or_else(|| spec.name.value.clone()),
                    process: self.command(spec.process.as_deref()),
                    run: RunPlan {
                        image: spec.image.as_ref().map(|image| image.value.clone()),
                        command: self.command(spec.command.as_deref()),
                        folder: None,
                        port: spec.port,
                        environment: self.variables(&spec.env, &spec.env_from),
                        docker_socket: false,
                        ready: self.ready(spec.ready.as_ref(), Ready::connection()),
                    },
                }
            })
            .collect()
    }

    fn service_name(&mut self, name: &Spanned<String>, names: &mut BTreeSet<String>) {
        let good = name.value.len() <= 40
            && name.value.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .value
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !good {
            self.refuse(
                name,
                format!("`{}` cannot be a host name", name.value),
                "lowercase letters, digits and `-`, a letter first",
            );
        }
        if ["postgres", "run", "system"].contains(&name.value.as_str()) {
            self.refuse(
                name,
                format!("`{}` is taken by what every run has", name.value),
                "give the service another name",
            );
        }
        if !names.insert(name.value.clone()) {
            self.refuse(
                name,
                format!("there are two services `{}`", name.value),
                "give each its own name",
            );
        }
    }

    fn system(&mut self, backend: BackendName, spec: &SystemSpec) -> SystemPlan {
        let url = spec.url.as_ref().or(spec.url_env.as_ref());
        if let (Some(url), Some(other)) = (
            url,
            spec.image
                .as_ref()
                .or_else(|| spec.command.as_ref().and_then(|command| command.first())),
        ) {
            let _ = url;
            self.refuse(
                other,
                "a system that already runs is not started",
                "keep either `url` or what is to be run",
            );
        }
        let environment = self.variables(&spec.env, &spec.env_from);
        let ready = self.ready(spec.ready.as_ref(), Ready::health());
        if let Some(base) = self.base(spec) {
            self.folder(spec);
            return SystemPlan::Url {
                base,
                admin_token_env: self.variable(spec.admin_token_env.as_ref()),
                ready,
            };
        }
        if let Some(token) = &spec.admin_token_env {
            self.refuse(
                token,
                "a system that is started here is given a random token",
                "use `{{admin_token}}` in its `env`",
            );
        }
        if let Some(image) = &spec.image
            && backend == BackendName::Process
        {
            self.refuse(
                image,
                "the backend `process` runs no image",
                "give the system a `command`, or choose the backend `docker`",
            );
        }
        if let (Some(command), None, BackendName::Docker) =
            (spec.command.as_deref(), &spec.image, backend)
            && let Some(program) = command.first()
        {
            self.refuse(
                program,
                "the backend `docker` runs commands in images only",
                "give the system an `image`, or choose the backend `process`",
            );
        }
        let folder = self.folder(spec);
        let command = self.command(spec.command.as_deref());
        if spec.image.is_none() && command.is_none() {
            return SystemPlan::Embedded { environment, ready };
        }
        SystemPlan::Run(RunPlan {
            image: spec.image.as_ref().map(|image| image.value.clone()),
            command,
            folder,
            port: spec.port.unwrap_or(SYSTEM_PORT),
            environment,
            docker_socket: spec.docker_socket,
            ready,
        })
    }

    /// The folder of a command; nothing else is started in one of the checkout's.
    fn folder(&mut self, spec: &SystemSpec) -> Option<TreePath> {
        let folder = spec.folder.as_ref()?;
        if spec.image.is_some() {
            self.refuse(
                folder,
                "a container is started in a folder of its image",
                "leave `folder` out, or give a `command` without an image",
            );
        } else if spec.command.is_none() {
            self.refuse(
                folder,
                "there is no command to be started in this folder",
                "give the system a `command`, or leave `folder` out",
            );
        }
        TreePath::new(&folder.value)
            .map_err(|error| {
                self.refuse(folder, error.to_string(), "a folder relative to the root");
            })
            .ok()
    }

    fn base(&mut self, spec: &SystemSpec) -> Option<Base> {
        if let (Some(_), Some(variable)) = (&spec.url, &spec.url_env) {
            self.refuse(
                variable,
                "the url of the system is given twice",
                "keep either `url` or `url_env`",
            );
        }
        if let Some(url) = &spec.url {
            match url::Url::parse(&url.value) {
                Ok(parsed) if !matches!(parsed.scheme(), "http" | "https") => {
                    self.refuse(url, "the url of the system is not an http url", "https://…");
                }
                Ok(parsed) if parsed.password().is_some() => {
                    self.refuse(
                        url,
                        "a url must not carry credentials",
                        "name the environment variable that holds the token in `admin_token_env`",
                    );
                }
                Ok(_) => {}
                Err(error) => {
                    self.refuse(
                        url,
                        format!("the url of the system cannot be read: {error}"),
                        "https://platform.example.org",
                    );
                }
            }
            return Some(Base::Url(url.value.trim_end_matches('/').to_owned()));
        }
        self.variable(spec.url_env.as_ref()).map(Base::Variable)
    }

    fn command(&mut self, command: Option<&[Spanned<String>]>) -> Option<Vec<Template>> {
        let parts: Vec<_> = command?.iter().map(|part| self.template(part)).collect();
        (!parts.is_empty()).then_some(parts)
    }

    fn variables(
        &mut self,
        values: &BTreeMap<String, Spanned<String>>,
        from: &BTreeMap<String, Spanned<String>>,
    ) -> Variables {
        for (name, at) in values.iter().chain(from) {
            if !is_variable(name) {
                self.refuse(
                    at,
                    format!("`{name}` is not the name of an environment variable"),
                    "letters, digits and `_`, no digit first",
                );
            }
        }
        for (name, at) in from {
            if values.contains_key(name) {
                self.refuse(
                    at,
                    format!("`{name}` stands in `env` as well"),
                    "keep one of the two",
                );
            }
        }
        Variables {
            values: values
                .iter()
                .map(|(name, value)| (name.clone(), self.template(value)))
                .collect(),
            from: from
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), self.variable(Some(value))?)))
                .collect(),
        }
    }

    fn template(&mut self, text: &Spanned<String>) -> Template {
        match Template::parse(&text.value) {
            Ok(template) => {
                for name in template.names() {
                    if !self.known.iter().any(|known| known == name) {
                        let near = nearest(name, self.known.iter().map(String::as_str));
                        let help = match near {
                            Some(near) => format!("did you mean `{{{{{near}}}}}`?"),
                            None => format!("known here: {}", self.known.join(", ")),
                        };
                        self.errors.push(
                            SpecError::at(
                                self.file,
                                text.referenced,
                                format!("nothing is called `{{{{{name}}}}}`"),
                            )
                            .help(help),
                        );
                    }
                }
                template
            }
            Err((problem, _)) => {
                self.refuse(text, problem, "as in `{{postgres.url}}`");
                Template::plain("")
            }
        }
    }

    fn ready(&mut self, spec: Option<&ReadySpec>, usual: Ready) -> Ready {
        let Some(spec) = spec else {
            return usual;
        };
        if let Some(path) = &spec.path
            && !path.value.starts_with('/')
        {
            self.refuse(
                path,
                "the path does not begin with `/`",
                "for example /health",
            );
        }
        let within = spec.within.as_ref().and_then(|within| {
            parse_duration(&within.value)
                .map_err(|problem| self.refuse(within, problem, "for example 30s"))
                .ok()
        });
        Ready {
            path: match &spec.path {
                Some(path) => Some(path.value.clone()),
                None => usual.path,
            },
            status: spec.status.unwrap_or(usual.status),
            within: within.unwrap_or(usual.within),
        }
    }

    fn variable(&mut self, name: Option<&Spanned<String>>) -> Option<String> {
        let name = name?;
        if !is_variable(&name.value) {
            self.refuse(
                name,
                "this is not the name of an environment variable",
                "name the variable; never write what it holds here",
            );
        }
        Some(name.value.clone())
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
