use std::collections::BTreeMap;

use super::chmod::Chmod;
use super::error::Located;
use super::expand::{ExpandError, Quotes, Value, Variables, expand};
use super::image_path::absolute;
use super::plan::{
    Copy, CopyFrom, CopySource, Dest, Run, RunCommand, Stage, StageBase, Step, StepKind, Workdir,
};
use super::resolve::{
    Froms, Globals, Outside, hard, known_text, note_uses, soft_expand, valueless,
};
use super::scope::Scope;
use super::source::{RawCommand, RawCopy, RawFlag, RawKind, RawRun, RawSource, Source, Word};
use super::words::{split_arg, split_env};
use super::{ArgDeclaration, ArgUse, ErrorKind, Note, Place};

/// Expands the steps of one stage.
///
/// # Errors
/// When a step is wrong, or depends on what only a build can know.
#[expect(
    clippy::too_many_arguments,
    reason = "one call, from the function that gathers all of them"
)]
pub(super) fn resolve_stage(
    source: &Source,
    index: usize,
    base: StageBase,
    base_text: String,
    scope: Scope,
    globals: &Globals,
    outside: Outside<'_>,
    froms: &Froms,
    args: &mut BTreeMap<String, ArgUse>,
) -> Result<(Stage, Scope), Located> {
    let Some(raw) = source.stages.get(index) else {
        return Err(Located {
            kind: ErrorKind::NoStage(index.to_string()),
            at: None,
        });
    };
    let mut resolver = Resolver {
        escape: source.escape,
        index,
        scope,
        globals,
        outside,
        args,
    };
    let mut steps = Vec::new();
    let mut notes = Vec::new();
    for (position, step) in raw.steps.iter().enumerate() {
        let kind = match &step.kind {
            RawKind::Arg(word) => {
                resolver.arg(word)?;
                continue;
            }
            RawKind::Env(word) => {
                resolver.env(word)?;
                continue;
            }
            RawKind::User(word) => {
                let user = resolver.soft(&word.text, word.at)?;
                resolver.scope.user = known_text(&user);
                continue;
            }
            RawKind::Shell(words) => {
                resolver.scope.foreign_shell = foreign_shell(words);
                continue;
            }
            RawKind::Workdir(word) => {
                resolver.workdir(word)?;
                StepKind::Workdir(resolver.scope.workdir.clone())
            }
            RawKind::Copy(copy) => {
                let from = froms
                    .get(&(index, position))
                    .cloned()
                    .unwrap_or(CopyFrom::Context);
                StepKind::Copy(resolver.copy(copy, from)?)
            }
            RawKind::Run(run) => StepKind::Run(resolver.run(run, step.at)),
            RawKind::Onbuild => {
                notes.push(Note {
                    at: step.at,
                    text: "ONBUILD acts only in images that begin from this one".to_owned(),
                });
                continue;
            }
            RawKind::Volume => {
                notes.push(Note {
                    at: step.at,
                    text: "a volume hides the image's files once a container has its own content there"
                        .to_owned(),
                });
                continue;
            }
            RawKind::Other => continue,
        };
        steps.push(Step {
            at: step.at,
            text: step.text.clone(),
            kind,
        });
    }
    let scope = resolver.scope;
    let stage = Stage {
        at: raw.at,
        name: raw.name.clone(),
        base_text,
        base,
        steps,
        env: scope.env(),
        workdir: scope.workdir.clone(),
        user: scope.user.clone(),
        notes,
    };
    Ok((stage, scope))
}

/// `None` for shells that read POSIX shell language.
fn foreign_shell(words: &[String]) -> Option<String> {
    let program = words.first()?;
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let is_posix = matches!(
        name,
        "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh" | "busybox"
    );
    let mut rest = words.iter().skip(1 + usize::from(name == "busybox"));
    let mut is_plain = true;
    while let Some(word) = rest.next() {
        // Anything but options would run as a script, with the text of `RUN` as its argument.
        is_plain &= word.starts_with(['-', '+']);
        if word.ends_with(['o', 'O']) {
            rest.next();
        }
    }
    (!is_posix || !is_plain).then(|| words.join(" "))
}

struct Resolver<'a> {
    escape: char,
    index: usize,
    scope: Scope,
    globals: &'a Globals,
    outside: Outside<'a>,
    args: &'a mut BTreeMap<String, ArgUse>,
}

impl Resolver<'_> {
    fn soft(&mut self, text: &str, at: Place) -> Result<Value, Located> {
        let mut used = Vec::new();
        let value = soft_expand(text, self.escape, at, &self.scope, &mut used)?;
        note_uses(self.args, &used, at);
        Ok(value)
    }

    fn firm(&mut self, text: &str, at: Place) -> Result<String, Located> {
        let mut used = Vec::new();
        let result = expand(text, self.escape, Quotes::Remove, &self.scope, &mut used);
        note_uses(self.args, &used, at);
        result.map_err(|error| hard(error, at))
    }

    /// A build argument wins over the default, the default over the global argument of that name.
    /// Without any of the three it stays as it is.
    fn arg(&mut self, word: &Word) -> Result<(), Located> {
        for (name, default) in
            split_arg(&word.text, self.escape).map_err(|why| Located::syntax(why, word.at))?
        {
            let given = self.outside.build_args.get(&name);
            let value = match (given, &default) {
                (Some(given), _) => Some(Value::Known(given.clone())),
                (None, Some(text)) => Some(self.soft(text, word.at)?),
                (None, None) => {
                    let global = self.globals.get(&name);
                    if global.is_some() {
                        note_uses(self.args, std::slice::from_ref(&name), word.at);
                    }
                    global
                }
            };
            self.args
                .entry(name.clone())
                .or_default()
                .declared
                .push(ArgDeclaration {
                    at: word.at,
                    stage: Some(self.index),
                    default,
                    value: value.as_ref().and_then(known_text),
                    overridden: given.is_some(),
                });
            match value {
                Some(value) => self.scope.set_arg(name, value),
                None if !self.scope.has(&name) => {
                    let why = valueless(&name);
                    self.scope.set_arg(name, Value::Valueless(why));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// All values of one `ENV` see the variables as they were before it.
    fn env(&mut self, word: &Word) -> Result<(), Located> {
        let pairs =
            split_env(&word.text, self.escape).map_err(|why| Located::syntax(why, word.at))?;
        let mut values = Vec::new();
        for (name, text) in pairs {
            let name = match self.soft(&name, word.at)? {
                Value::Known(name) => name,
                Value::Valueless(why) | Value::Unknown(why) => {
                    return Err(Located::new(ErrorKind::Unresolved { name, why }, word.at));
                }
            };
            values.push((name, self.soft(&text, word.at)?));
        }
        for (name, value) in values {
            self.scope.set_env(name, value);
        }
        Ok(())
    }

    fn workdir(&mut self, word: &Word) -> Result<(), Located> {
        self.scope.workdir = match self.soft(&word.text, word.at)? {
            Value::Valueless(why) | Value::Unknown(why) => Workdir::Unknown(why),
            Value::Known(path) if path.starts_with('/') => Workdir::Known(absolute("/", &path)),
            Value::Known(path) => match &self.scope.workdir {
                Workdir::Known(dir) => Workdir::Known(absolute(dir, &path)),
                Workdir::Unknown(why) => Workdir::Unknown(why.clone()),
            },
        };
        Ok(())
    }

    fn copy(&mut self, copy: &RawCopy, from: CopyFrom) -> Result<Copy, Located> {
        let mut result = Copy {
            is_add: copy.is_add,
            from,
            sources: Vec::new(),
            dest: Dest::Unknown(String::new()),
            chmod: None,
            excludes: Vec::new(),
            parents: false,
            unpack: None,
        };
        for flag in &copy.flags {
            self.copy_flag(flag, &mut result)?;
        }
        for source in &copy.sources {
            result.sources.push(match source {
                RawSource::Path(word) => CopySource::Path {
                    text: self.firm(&word.text, word.at)?,
                    at: word.at,
                },
                RawSource::Heredoc {
                    name,
                    body,
                    expand: expands,
                    at,
                } => CopySource::Inline {
                    name: name.clone(),
                    body: if *expands {
                        self.heredoc(body, *at)?
                    } else {
                        body.clone()
                    },
                },
            });
        }
        let dest = self.firm(&copy.dest.text, copy.dest.at)?;
        let is_folder =
            dest.is_empty() || dest.ends_with('/') || dest == "." || dest.ends_with("/.");
        result.dest = if dest.starts_with('/') {
            Dest::Known {
                path: absolute("/", &dest),
                is_folder,
            }
        } else {
            match &self.scope.workdir {
                Workdir::Known(dir) => Dest::Known {
                    path: absolute(dir, &dest),
                    is_folder,
                },
                Workdir::Unknown(why) => Dest::Unknown(why.clone()),
            }
        };
        Ok(result)
    }

    /// The escape of a heredoc is the backslash, whatever the directive says.
    fn heredoc(&mut self, body: &str, at: Place) -> Result<String, Located> {
        let mut used = Vec::new();
        let result = expand(body, '\\', Quotes::Keep, &self.scope, &mut used);
        note_uses(self.args, &used, at);
        match result {
            Ok(text) => Ok(text),
            Err(ExpandError::TooLarge) => Err(Located::too_large(
                "an expanded heredoc is longer than 64 KiB",
                at,
            )),
            Err(error) => Err(hard(error, at)),
        }
    }

    fn copy_flag(&mut self, flag: &RawFlag, copy: &mut Copy) -> Result<(), Located> {
        let wrong = |why: &str| Located::syntax(format!("`--{}` {why}", flag.name), flag.at);
        match (flag.name.as_str(), copy.is_add) {
            ("chown" | "from", _) | ("checksum", true) => {
                if flag.value.is_none() {
                    return Err(wrong("needs a value"));
                }
            }
            ("chmod", _) => {
                let text = flag
                    .value
                    .as_deref()
                    .ok_or_else(|| wrong("needs a value"))?;
                let text = self.firm(text, flag.at)?;
                copy.chmod =
                    Some(Chmod::parse(&text).map_err(|why| Located::syntax(why, flag.at))?);
            }
            ("exclude", _) => {
                let text = flag
                    .value
                    .as_deref()
                    .ok_or_else(|| wrong("needs a value"))?;
                let text = self.firm(text, flag.at)?;
                copy.excludes.push(text);
            }
            ("link" | "keep-git-dir", _) => {
                truth(flag).ok_or_else(|| wrong("is either true or false"))?;
            }
            ("parents", false) => {
                copy.parents = truth(flag).ok_or_else(|| wrong("is either true or false"))?;
            }
            ("unpack", true) => {
                let unpack = truth(flag).ok_or_else(|| wrong("is either true or false"))?;
                copy.unpack = Some(unpack);
            }
            (_, is_add) => {
                let instruction = if is_add { "ADD" } else { "COPY" };
                return Err(wrong(&format!("is no flag of {instruction}")));
            }
        }
        Ok(())
    }

    fn run(&mut self, run: &RawRun, at: Place) -> Run {
        let command = match &run.command {
            RawCommand::Exec(words) => RunCommand::Exec(words.clone()),
            RawCommand::Shell(text) => RunCommand::Shell(text.clone()),
        };
        let env = self.scope.known();
        let named = |name: &&String| {
            let mentions = |text: &String| {
                text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"))
            };
            match &command {
                RunCommand::Exec(words) => words.iter().any(mentions),
                RunCommand::Shell(text) => mentions(text),
            }
        };
        let used: Vec<String> = self.args.keys().filter(named).cloned().collect();
        note_uses(self.args, &used, at);
        let (mut mounts, mut binds) = (Vec::new(), Vec::new());
        for flag in run.flags.iter().filter(|flag| flag.name == "mount") {
            let value = flag.value.as_deref().unwrap_or_default();
            let Some(target) = mount_value(value, &["target", "dst", "destination"]) else {
                continue;
            };
            let is_placed =
                target.starts_with('/') || matches!(self.scope.workdir, Workdir::Known(_));
            let target = match &self.scope.workdir {
                Workdir::Known(dir) => absolute(dir, target),
                Workdir::Unknown(_) => absolute("/", target),
            };
            let kind = mount_value(value, &["type"]).unwrap_or("bind");
            if !matches!(kind, "bind" | "cache" | "tmpfs") {
                // A secret or a socket is a file, below which nothing is written.
                continue;
            }
            if kind == "bind" && mount_value(value, &["from"]).is_none() {
                let source = mount_value(value, &["source", "src"]).unwrap_or_default();
                binds.push((target.clone(), absolute("/", source)));
            }
            // What a mount hides is known only where it is known where it stands.
            if is_placed {
                mounts.push(target);
            }
        }
        Run {
            command,
            workdir: self.scope.workdir.clone(),
            env,
            mounts,
            binds,
            heredocs: run
                .heredocs
                .iter()
                .map(|doc| (doc.name.clone(), doc.body.clone()))
                .collect(),
            foreign_shell: self.scope.foreign_shell.clone(),
        }
    }
}

/// The value of one of the keys in `--mount=type=bind,target=/x`. What is written to the target does
/// not stay in the image.
fn mount_value<'v>(value: &'v str, keys: &[&str]) -> Option<&'v str> {
    value.split(',').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        keys.contains(&key.to_ascii_lowercase().as_str())
            .then_some(value)
    })
}

/// `--flag`, `--flag=true` or `--flag=false`.
fn truth(flag: &RawFlag) -> Option<bool> {
    match flag.value.as_deref() {
        None | Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => None,
    }
}
