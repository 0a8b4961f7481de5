use std::time::Duration;

use serde_saphyr::Spanned;

use super::forge::{check_commit, check_repository};
use super::plan::{Asked, Demands, Expect, Input, Plan, Reviews, Settle, Word};
use super::requirement::Requirement;
use super::reviews::ReviewRule;
use super::spec::{ReviewsSpec, StatusesSpec};
use crate::config::{GateFile, SpecError, check_header, parse, parse_duration};
use crate::gate::Location;
use crate::tree::TreePath;

/// The events that put contexts on the head of a proposed change.
pub const EXPECTED_EVENTS: [&str; 2] = ["pull_request", "pull_request_target"];

/// Reads a gate file of this kind.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn load(
    file: &GateFile,
    kind: &'static str,
    codes: &[&'static str],
) -> Result<Plan, Vec<SpecError>> {
    let spec: StatusesSpec = parse(file).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let header = check_header(file, kind, &spec.header_spec(), codes)
        .map_err(|found| errors.extend(found))
        .ok();
    let demands = demands(file, &spec, &mut errors);
    let recorded = spec
        .statuses
        .as_ref()
        .and_then(|path| input(file, path, &mut errors));
    let repository = word(
        file,
        ("repository", spec.repository.as_ref()),
        ("repository_env", spec.repository_env.as_ref()),
        check_repository,
        &mut errors,
    );
    let commit = word(
        file,
        ("commit", spec.commit.as_ref()),
        ("commit_env", spec.commit_env.as_ref()),
        check_commit,
        &mut errors,
    );
    let pull = word(
        file,
        ("pull", None),
        ("pull_env", spec.pull_env.as_ref()),
        |_| Ok(()),
        &mut errors,
    );
    let reviews = spec
        .reviews
        .as_ref()
        .and_then(|spec| reviews(file, spec, &mut errors));
    let mut duration = |text: &Option<Spanned<String>>, usual: Duration| match text {
        None => usual,
        Some(text) => parse_duration(&text.value).unwrap_or_else(|problem| {
            errors.push(SpecError::at(file, text.referenced, problem));
            usual
        }),
    };
    let settle = Settle {
        within: duration(&spec.settle, Duration::ZERO),
        every: duration(&spec.every, Settle::EVERY),
    };
    let expect = spec.expect.as_ref().map(|expect| {
        if let Some(events) = &expect.events
            && events.value.is_empty()
        {
            errors.push(
                SpecError::at(
                    file,
                    events.referenced,
                    "`events` is empty; nothing would be expected",
                )
                .help("leave the key out for those of a proposed change"),
            );
        }
        Expect {
            events: match &expect.events {
                Some(events) => events.value.clone(),
                None => EXPECTED_EVENTS.map(str::to_owned).to_vec(),
            },
            base: expect.branch.clone(),
        }
    });
    let asks_forge = recorded.is_none()
        || demands
            .iter()
            .any(|demand| matches!(demand, Demands::Branch(_)))
        || reviews
            .as_ref()
            .is_some_and(|reviews| reviews.recorded.is_none());
    let mut demand = |good: bool, message: &str, help: &str| {
        if !good {
            errors.push(SpecError::file(&file.name, message).help(help));
        }
    };
    demand(
        !asks_forge || repository.is_some(),
        "the forge is to be asked, and no repository is named",
        "name it with `repository` or `repository_env`, or name recorded `statuses`",
    );
    demand(
        recorded.is_some() || commit.is_some() || pull.is_some(),
        "the forge is to be asked, and no commit is named",
        "name it with `commit`, `commit_env` or `pull_env`",
    );
    let needs_pull = reviews
        .as_ref()
        .is_some_and(|reviews| reviews.recorded.is_none());
    demand(
        !needs_pull || pull.is_some(),
        "reviews are asked for, and no change is named",
        "name it with `pull_env`, or recorded reviews with `file`",
    );
    demand(
        reviews
            .as_ref()
            .is_none_or(|reviews| reviews.recorded.is_none())
            || commit.is_some()
            || pull.is_some(),
        "reviews are bound to a commit, and none is named",
        "name it with `commit` or `commit_env`",
    );
    match header {
        Some(header) if errors.is_empty() => Ok(Plan {
            header,
            demands,
            recorded,
            asked: repository.map(Asked::OfSettings),
            commit,
            pull,
            suffix: spec.suffix,
            skipped: spec.skipped,
            own: spec.own.clone(),
            expect,
            reviews,
            settle,
        }),
        _ => Err(errors),
    }
}

fn demands(file: &GateFile, spec: &StatusesSpec, errors: &mut Vec<SpecError>) -> Vec<Demands> {
    let mut demands = Vec::new();
    if let Some(path) = &spec.required_contexts {
        demands.extend(input(file, path, errors).map(Demands::List));
    }
    if let Some(protection) = &spec.protection {
        match (&protection.value.snapshot, &protection.value.branch) {
            (Some(path), rule) => {
                let copy = input(file, path, errors);
                demands.extend(copy.map(|copy| Demands::Protection(copy, rule.clone())));
            }
            (None, Some(branch)) => demands.push(Demands::Branch(branch.clone())),
            (None, None) => errors.push(
                SpecError::at(
                    file,
                    protection.referenced,
                    "it is not said which branch is protected",
                )
                .help("name the `branch`, or a committed copy with `snapshot`"),
            ),
        }
    }
    for context in &spec.contexts {
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let place = context.referenced;
        let location = Location::at(&file.name, number(place.line()), number(place.column()));
        match Requirement::new(&context.value, location.clone()) {
            Ok(_) if context.value.trim().is_empty() => {
                errors.push(SpecError::at(file, place, "the context has no name"));
            }
            Ok(_) => demands.push(Demands::Context(context.value.clone(), location)),
            Err(problem) => errors.push(SpecError::at(file, place, problem)),
        }
    }
    if demands.is_empty() && errors.is_empty() {
        errors.push(
            SpecError::file(
                &file.name,
                "nothing is required; the gate would check nothing",
            )
            .help("name one of: required_contexts, protection, contexts"),
        );
    }
    demands
}

fn reviews(file: &GateFile, spec: &ReviewsSpec, errors: &mut Vec<SpecError>) -> Option<Reviews> {
    if spec.approvals.value == 0 {
        errors.push(
            SpecError::at(
                file,
                spec.approvals.referenced,
                "`approvals` is 0; nothing would be asked for",
            )
            .help("leave `reviews` out"),
        );
    }
    let recorded = match (&spec.file, &spec.author) {
        (None, _) => None,
        (Some(path), Some(author)) => Some((input(file, path, errors)?, author.clone())),
        (Some(path), None) => {
            errors.push(SpecError::at(
                file,
                path.referenced,
                "recorded reviews do not say whose change it is; name the `author`",
            ));
            return None;
        }
    };
    Some(Reviews {
        rule: ReviewRule {
            approvals: spec.approvals.value,
            roster: spec.roster.clone(),
        },
        recorded,
    })
}

fn input(file: &GateFile, path: &Spanned<String>, errors: &mut Vec<SpecError>) -> Option<Input> {
    let parsed = TreePath::new(&path.value).map_err(|error| error.to_string());
    let parsed = parsed.and_then(|tree_path| match tree_path.is_root() {
        true => Err("the path is empty; name a file".to_owned()),
        false => Ok(tree_path),
    });
    parsed
        .map(Input::File)
        .map_err(|problem| errors.push(SpecError::at(file, path.referenced, problem)))
        .ok()
}

type Named<'a> = (&'static str, Option<&'a Spanned<String>>);

fn word(
    file: &GateFile,
    (key, literal): Named<'_>,
    (env_key, variable): Named<'_>,
    check: impl Fn(&str) -> Result<(), String>,
    errors: &mut Vec<SpecError>,
) -> Option<Word> {
    match (literal, variable) {
        (Some(_), Some(variable)) => {
            errors.push(SpecError::at(
                file,
                variable.referenced,
                format!("`{key}` and `{env_key}` say the same thing twice; name one of them"),
            ));
            None
        }
        (Some(literal), None) => {
            check(&literal.value)
                .map_err(|problem| errors.push(SpecError::at(file, literal.referenced, problem)))
                .ok()?;
            Some(Word::Literal(literal.value.clone()))
        }
        (None, Some(variable)) => {
            let is_name = !variable.value.is_empty()
                && variable
                    .value
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !variable
                    .value
                    .starts_with(|first: char| first.is_ascii_digit());
            if !is_name {
                errors.push(SpecError::at(
                    file,
                    variable.referenced,
                    format!("`{env_key}` is not the name of an environment variable"),
                ));
                return None;
            }
            Some(Word::Variable(variable.value.clone()))
        }
        (None, None) => None,
    }
}
