use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_saphyr::Spanned;

use super::asked::AskedBranch;
use super::contexts::PULL_REQUEST_EVENTS;
use super::level::Level;
use super::spec::{LevelWord, ProtectionSpec, WorkflowsSpec};
use crate::config::{GateFile, SpecError, check_header, nearest, parse};
use crate::gate::{Code, Finding, Header, Location, WAIVER_EXPIRED};
use crate::kinds::statuses::{Word, check_repository};
use crate::tree::TreePath;

/// A checked gate of this kind.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) header: Header,
    pub(super) required_contexts: Option<TreePath>,
    pub(super) snapshot: Option<TreePath>,
    pub(super) asked: Option<AskedBranch>,
    /// The rule of the snapshot that counts.
    pub(super) rule: Option<String>,
    pub(super) events: Vec<String>,
    pub(super) branch: Option<String>,
    pub(super) levels: BTreeMap<String, Level>,
}

impl Gate {
    /// Whether it says what is required.
    pub(super) fn knows_required(&self) -> bool {
        self.required_contexts.is_some() || self.snapshot.is_some() || self.asked.is_some()
    }

    /// How the gate has findings of a code count, where it says so and that has not ended.
    pub(super) fn level(&self, code: &str, today: Date) -> Option<LevelWord> {
        self.levels
            .get(code)
            .filter(|level| !level.has_ended(today))
            .map(|level| level.word)
    }

    pub(super) fn is_off(&self, code: &Code, today: Date) -> bool {
        self.level(code.name, today) == Some(LevelWord::Off)
    }

    /// Levels whose last day is over: they hold no more, and that is told.
    pub(super) fn ended_levels(&self, today: Date) -> impl Iterator<Item = Finding> {
        let ended = self
            .levels
            .iter()
            .filter(move |(_, level)| level.has_ended(today));
        ended.filter_map(|(code, level)| {
            let message = format!(
                "the level of {code} ended on {} ({})",
                level.until?, level.reason
            );
            let place = Location::line(&self.header.file, level.line);
            Some(Finding::new(&WAIVER_EXPIRED, message).at(place))
        })
    }
}

/// Reads a gate file of this kind.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn load(
    file: &GateFile,
    kind: &'static str,
    all_codes: &[&'static str],
    own_codes: &[&'static Code],
) -> Result<Gate, Vec<SpecError>> {
    let spec: WorkflowsSpec = parse(file).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let header = check_header(file, kind, &spec.header_spec(), all_codes)
        .map_err(|found| errors.extend(found))
        .ok();
    let required_contexts = spec
        .required_contexts
        .as_ref()
        .and_then(|path| tree_path(file, path, &mut errors));
    let snapshot = spec
        .protection
        .as_ref()
        .and_then(|protection| protection.value.snapshot.as_ref())
        .and_then(|path| tree_path(file, path, &mut errors));
    let asked = spec.protection.as_ref().and_then(|protection| {
        let usual = spec.branch.as_ref().map(|branch| branch.value.as_str());
        asked_branch(file, protection, usual, &mut errors)
    });
    if let Some(events) = &spec.events
        && events.value.is_empty()
    {
        errors.push(
            SpecError::at(
                file,
                events.referenced,
                "`events` is empty; no context would be derived",
            )
            .help("leave the key out for proposed changes"),
        );
    }
    let mut levels = BTreeMap::new();
    for (code, level) in &spec.levels {
        match Level::check(file, code, level) {
            Ok(level) => {
                levels.insert(code.clone(), level);
            }
            Err(error) => errors.push(error),
        }
        if !own_codes.iter().any(|own| own.name == code) {
            let error = SpecError::at(
                file,
                level.referenced,
                format!("no rule of this kind reports `{code}`"),
            );
            let names = own_codes.iter().map(|own| own.name);
            errors.push(match nearest(code, names) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("`driftgate list --codes` names them all"),
            });
        }
    }
    match header {
        Some(header) if errors.is_empty() => Ok(Gate {
            header,
            required_contexts,
            snapshot,
            asked,
            rule: spec
                .protection
                .and_then(|protection| protection.value.branch),
            events: match spec.events {
                Some(events) => events.value,
                None => PULL_REQUEST_EVENTS
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
            },
            branch: spec.branch.map(|branch| branch.value),
            levels,
        }),
        _ => Err(errors),
    }
}

/// The branch that the forge is asked for, if it is.
fn asked_branch(
    file: &GateFile,
    protection: &Spanned<ProtectionSpec>,
    usual: Option<&str>,
    errors: &mut Vec<SpecError>,
) -> Option<AskedBranch> {
    let spec = &protection.value;
    let is_variable = |name: &str| {
        let mut bytes = name.bytes();
        bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let (repository, at, problem) = match (&spec.repository, &spec.repository_env) {
        (None, None) if spec.snapshot.is_some() => return None,
        (None, None) => {
            errors.push(
                SpecError::at(
                    file,
                    protection.referenced,
                    "it is not said where the protection is to be had",
                )
                .help("name a committed copy with `snapshot`, or the `repository` on the forge"),
            );
            return None;
        }
        (Some(name), None) => (
            Word::Literal(name.value.clone()),
            name.referenced,
            check_repository(&name.value).err(),
        ),
        (None, Some(name)) => (
            Word::Variable(name.value.clone()),
            name.referenced,
            (!is_variable(&name.value))
                .then(|| "`repository_env` is not the name of an environment variable".to_owned()),
        ),
        (Some(_), Some(name)) => (
            Word::Variable(name.value.clone()),
            name.referenced,
            Some(
                "`repository` and `repository_env` say the same thing twice; name one of them"
                    .to_owned(),
            ),
        ),
    };
    if let Some(problem) = problem {
        errors.push(SpecError::at(file, at, problem));
        return None;
    }
    let Some(branch) = spec.branch.as_deref().or(usual) else {
        errors.push(
            SpecError::at(
                file,
                protection.referenced,
                "it is not said which branch is protected",
            )
            .help("name the `branch`"),
        );
        return None;
    };
    Some(AskedBranch {
        repository,
        branch: branch.to_owned(),
    })
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
