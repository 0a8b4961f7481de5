use std::collections::{BTreeMap, BTreeSet};

use super::error::Located;
use super::expand::{ExpandError, Quotes, Value, Variables, expand};
use super::plan::{Plan, StageBase};
use super::scope::Scope;
use super::source::{RawKind, RawSource, RawStage, Source, Word};
use super::stage_steps::resolve_stage;
use super::words::split_arg;
use super::{ArgDeclaration, ArgUse, ErrorKind, Place, Platform};

/// What the outside says about a build.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outside<'a> {
    pub(super) build_args: &'a BTreeMap<String, String>,
    pub(super) platform: &'a Platform,
    pub(super) target: Option<&'a str>,
}

/// Expands a whole Dockerfile.
///
/// # Errors
/// When a stage is missing, or an image, path or flag depends on what only a build can know.
pub(super) fn resolve(source: &Source, outside: Outside<'_>) -> Result<Plan, Located> {
    if outside.platform.os == "windows" {
        return Err(Located {
            kind: ErrorKind::Unsupported("images for Windows, whose paths are others".to_owned()),
            at: None,
        });
    }
    let mut args: BTreeMap<String, ArgUse> = BTreeMap::new();
    let target = target(source, outside.target)?;
    let globals = globals(source, outside, target, &mut args)?;
    let bases = bases(source, &globals, &mut args)?;
    let froms = copy_sources(source)?;
    let needed = needed(&bases, &froms, target);
    for index in &needed {
        if let Some((StageBase::Stage(base), _)) = bases.get(*index) {
            refuse_triggers(&source.stages[*base])?;
        }
    }
    let mut stages = BTreeMap::new();
    let mut scopes: BTreeMap<usize, Scope> = BTreeMap::new();
    for index in needed {
        let (base, base_text) = bases[index].clone();
        let scope = match &base {
            StageBase::Scratch => Scope::scratch(),
            StageBase::Image(reference) => Scope::image(reference),
            StageBase::Stage(base) => match scopes.get(base) {
                Some(scope) => scope.clone(),
                None => continue,
            },
        };
        let (stage, scope) = resolve_stage(
            source, index, base, base_text, scope, &globals, outside, &froms, &mut args,
        )?;
        stages.insert(index, stage);
        scopes.insert(index, scope);
    }
    Ok(Plan {
        args,
        stages,
        target,
    })
}

/// The builder runs the `ONBUILD`s of a stage in those that begin from it.
fn refuse_triggers(base: &RawStage) -> Result<(), Located> {
    match base
        .steps
        .iter()
        .find(|step| matches!(step.kind, RawKind::Onbuild))
    {
        Some(step) => Err(Located::unsupported(
            "an ONBUILD of a stage that another one begins from",
            step.at,
        )),
        None => Ok(()),
    }
}

fn target(source: &Source, name: Option<&str>) -> Result<usize, Located> {
    let last = source.stages.len().checked_sub(1).ok_or(Located {
        kind: ErrorKind::Syntax("it has no FROM".to_owned()),
        at: None,
    })?;
    let Some(name) = name else {
        return Ok(last);
    };
    let lower = name.to_ascii_lowercase();
    source
        .stages
        .iter()
        .rposition(|stage| stage.name.as_deref() == Some(lower.as_str()))
        .ok_or_else(|| Located {
            kind: ErrorKind::NoStage(name.to_owned()),
            at: None,
        })
}

/// The global scope: what the platform predefines, and the `ARG`s before the first `FROM`.
#[derive(Debug)]
pub(super) struct Globals(BTreeMap<String, Value>);

impl Variables for Globals {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

fn globals(
    source: &Source,
    outside: Outside<'_>,
    target: usize,
    args: &mut BTreeMap<String, ArgUse>,
) -> Result<Globals, Located> {
    let platform = outside.platform;
    let builder = Value::Unknown("it depends on the machine that builds".to_owned());
    let known = |text: &str| Value::Known(text.to_owned());
    let stage = source
        .stages
        .get(target)
        .and_then(|stage| stage.name.as_deref());
    let mut globals = Globals(BTreeMap::from([
        ("TARGETPLATFORM".to_owned(), known(&platform.to_string())),
        ("TARGETOS".to_owned(), known(&platform.os)),
        ("TARGETARCH".to_owned(), known(&platform.architecture)),
        (
            "TARGETVARIANT".to_owned(),
            known(platform.variant.as_deref().unwrap_or_default()),
        ),
        ("TARGETOSVERSION".to_owned(), known("")),
        (
            "TARGETSTAGE".to_owned(),
            known(outside.target.or(stage).unwrap_or("default")),
        ),
        ("BUILDPLATFORM".to_owned(), builder.clone()),
        ("BUILDOS".to_owned(), builder.clone()),
        ("BUILDARCH".to_owned(), builder.clone()),
        ("BUILDOSVERSION".to_owned(), builder.clone()),
        ("BUILDVARIANT".to_owned(), builder),
    ]));
    for (name, value) in outside.build_args {
        if let Some(predefined) = globals.0.get_mut(name) {
            *predefined = Value::Known(value.clone());
        }
    }
    for word in &source.global_args {
        for (name, default) in
            split_arg(&word.text, source.escape).map_err(|why| Located::syntax(why, word.at))?
        {
            let given = outside.build_args.get(&name);
            let value = match (given, &default) {
                (Some(given), _) => Some(Value::Known(given.clone())),
                (None, None) => None,
                (None, Some(text)) => {
                    let mut used = Vec::new();
                    let value = soft_expand(text, source.escape, word.at, &globals, &mut used)?;
                    note_uses(args, &used, word.at);
                    Some(value)
                }
            };
            args.entry(name.clone())
                .or_default()
                .declared
                .push(ArgDeclaration {
                    at: word.at,
                    stage: None,
                    default,
                    value: value.as_ref().and_then(known_text),
                    overridden: given.is_some(),
                });
            match value {
                Some(value) => {
                    globals.0.insert(name, value);
                }
                None => {
                    globals
                        .0
                        .entry(name.clone())
                        .or_insert_with(|| Value::Valueless(valueless(&name)));
                }
            }
        }
    }
    Ok(globals)
}

pub(super) fn valueless(name: &str) -> String {
    format!("`ARG {name}` has no default, and no build argument gives it a value")
}

pub(super) fn known_text(value: &Value) -> Option<String> {
    match value {
        Value::Known(text) => Some(text.clone()),
        Value::Valueless(_) | Value::Unknown(_) => None,
    }
}

pub(super) fn note_uses(args: &mut BTreeMap<String, ArgUse>, names: &[String], at: Place) {
    for name in names {
        if let Some(arg) = args.get_mut(name)
            && !arg.used.contains(&at)
        {
            arg.used.push(at);
        }
    }
}

/// Expands, and keeps an unknown value as one: it matters only where a path depends on it.
pub(super) fn soft_expand(
    text: &str,
    escape: char,
    at: Place,
    variables: &dyn Variables,
    used: &mut Vec<String>,
) -> Result<Value, Located> {
    match expand(text, escape, Quotes::Remove, variables, used) {
        Ok(text) => Ok(Value::Known(text)),
        Err(ExpandError::Unknown { name, why }) => {
            Ok(Value::Unknown(format!("it depends on `{name}`: {why}")))
        }
        Err(error) => Err(hard(error, at)),
    }
}

pub(super) fn hard(error: ExpandError, at: Place) -> Located {
    match error {
        ExpandError::Syntax(why) => Located::unsupported(format!("a variable: {why}"), at),
        ExpandError::TooLarge => {
            Located::too_large("an expanded variable is longer than 64 KiB", at)
        }
        ExpandError::Unknown { name, why } => Located::new(ErrorKind::Unresolved { name, why }, at),
    }
}

fn bases(
    source: &Source,
    globals: &Globals,
    args: &mut BTreeMap<String, ArgUse>,
) -> Result<Vec<(StageBase, String)>, Located> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut bases = Vec::new();
    for (index, stage) in source.stages.iter().enumerate() {
        let text = from_word(&stage.image, source.escape, globals, args)?;
        if text.is_empty() {
            return Err(Located::new(
                ErrorKind::Unresolved {
                    name: stage.image.text.clone(),
                    why: "it expands to nothing, and an image needs a name".to_owned(),
                },
                stage.image.at,
            ));
        }
        if let Some(platform) = &stage.platform {
            let mut used = Vec::new();
            soft_expand(
                &platform.text,
                source.escape,
                platform.at,
                globals,
                &mut used,
            )?;
            note_uses(args, &used, platform.at);
        }
        let base = match names.get(text.to_ascii_lowercase().as_str()) {
            Some(stage) => StageBase::Stage(*stage),
            None if text == "scratch" => StageBase::Scratch,
            None => StageBase::Image(text.clone()),
        };
        bases.push((base, text));
        if let Some(name) = &stage.name {
            names.insert(name, index);
        }
    }
    Ok(bases)
}

fn from_word(
    word: &Word,
    escape: char,
    globals: &Globals,
    args: &mut BTreeMap<String, ArgUse>,
) -> Result<String, Located> {
    let mut used = Vec::new();
    let text = expand(&word.text, escape, Quotes::Remove, globals, &mut used)
        .map_err(|error| hard(error, word.at))?;
    note_uses(args, &used, word.at);
    Ok(text)
}

/// What `--from` of each stage's steps means, by stage and step.
pub(super) type Froms = BTreeMap<(usize, usize), super::plan::CopyFrom>;

fn copy_sources(source: &Source) -> Result<Froms, Located> {
    use super::plan::CopyFrom;
    let mut froms = Froms::new();
    for (index, stage) in source.stages.iter().enumerate() {
        for (position, step) in stage.steps.iter().enumerate() {
            let RawKind::Copy(copy) = &step.kind else {
                continue;
            };
            let Some(flag) = copy.flags.iter().rfind(|flag| flag.name == "from") else {
                continue;
            };
            let name = flag.value.as_deref().unwrap_or_default();
            if copy.is_add || name.is_empty() {
                return Err(Located::syntax(
                    "`--from` needs a COPY and a value",
                    flag.at,
                ));
            }
            if name.contains('$') {
                return Err(Located::unsupported(
                    "a variable in `--from`, which the builder refuses as well",
                    flag.at,
                ));
            }
            let found = find_stage(&source.stages, name);
            let from = match found {
                Some(found) if found < index => CopyFrom::Stage(found),
                Some(_) => {
                    return Err(Located::new(
                        ErrorKind::NoStage(format!(
                            "{name}` before this one, only at or behind it: `{name}"
                        )),
                        flag.at,
                    ));
                }
                None if name.bytes().all(|c| c.is_ascii_digit()) => {
                    return Err(Located::new(ErrorKind::NoStage(name.to_owned()), flag.at));
                }
                None => CopyFrom::Image(name.to_owned()),
            };
            if copy
                .sources
                .iter()
                .all(|source| matches!(source, RawSource::Heredoc { .. }))
            {
                continue;
            }
            froms.insert((index, position), from);
        }
    }
    Ok(froms)
}

/// By number first, then by name in any case; the last of two with one name.
fn find_stage(stages: &[RawStage], name: &str) -> Option<usize> {
    if let Ok(index) = name.parse::<usize>() {
        return (index < stages.len()).then_some(index);
    }
    let lower = name.to_ascii_lowercase();
    stages
        .iter()
        .rposition(|stage| stage.name.as_deref() == Some(lower.as_str()))
}

/// The stages that the target is made of. BuildKit skips all others, with what is wrong in them.
fn needed(bases: &[(StageBase, String)], froms: &Froms, target: usize) -> BTreeSet<usize> {
    use super::plan::CopyFrom;
    let mut needed = BTreeSet::new();
    let mut pending = vec![target];
    while let Some(index) = pending.pop() {
        if !needed.insert(index) {
            continue;
        }
        if let Some((StageBase::Stage(base), _)) = bases.get(index) {
            pending.push(*base);
        }
        for (_, from) in froms.range((index, 0)..(index + 1, 0)) {
            if let CopyFrom::Stage(stage) = from {
                pending.push(*stage);
            }
        }
    }
    needed
}
