use regex::RegexBuilder;
use serde_saphyr::{Location, Spanned};

use super::extract::{DataPath, DataQuery, PythonShape, SqlWanted, TypeScriptShape};
use super::spec::{OneOrMany, SideSpec};
use crate::config::{GateFile, SpecError};
use crate::kinds::postgres::Live;

/// What to read, and how.
#[derive(Debug, Clone)]
pub(super) enum Selector {
    Go(GoSelector),
    TypeScript(TypeScriptShape, String),
    Python(PythonShape),
    Sql(SqlWanted),
    Live(Box<Live>, SqlWanted),
    Json(DataQuery),
    Yaml(DataQuery),
    Toml(DataQuery),
    Dockerfile {
        arg: String,
        separator: Option<String>,
    },
    EnvFile {
        key: String,
        separator: Option<String>,
    },
    ShellArray(String),
    ShellWords(String),
    Pattern(regex::Regex),
}

/// What to read in Go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GoSelector {
    Consts(Vec<String>),
    Type(String),
    Block(String),
    Slice(String),
    MapKeys(String),
}

/// A language or format: its key, the selectors that go with it (the first group: exactly one of
/// them), and whether it reads several files.
struct Format {
    key: &'static str,
    selectors: &'static [&'static str],
    options: &'static [&'static str],
    many: bool,
}

const fn format(
    key: &'static str,
    selectors: &'static [&'static str],
    options: &'static [&'static str],
    many: bool,
) -> Format {
    Format {
        key,
        selectors,
        options,
        many,
    }
}

static FORMATS: &[Format] = &[
    format(
        "go",
        &["consts", "type", "block", "slice", "map_keys"],
        &[],
        true,
    ),
    format(
        "typescript",
        &["object", "keys_of", "union", "enum", "array"],
        &[],
        false,
    ),
    format(
        "python",
        &["constants", "enum", "literal", "sequence", "dict_keys"],
        &[],
        false,
    ),
    format("sql", &["check", "check_column", "enum"], &[], true),
    format("postgres", &["check", "check_column", "enum"], &[], true),
    format("json", &["pointer"], &["keys", "separator"], false),
    format("yaml", &["path"], &["keys", "separator"], false),
    format("toml", &["path"], &["keys", "separator"], false),
    format("dockerfile", &["arg"], &["separator"], false),
    format("env_file", &["key"], &["separator"], false),
    format("shell", &["array", "words"], &[], false),
    format("regex", &["pattern"], &[], false),
];

/// The files of a side, as they were written, and what to read in them.
pub(super) type Selected = (Vec<String>, Location, Selector);

/// Works out what a side reads.
pub(super) fn select(file: &GateFile, side: &SideSpec) -> Result<Selected, SpecError> {
    let files = |files: &'_ Option<Spanned<OneOrMany>>| files.as_ref().map(|f| f.referenced);
    let formats = [
        files(&side.go),
        files(&side.typescript),
        files(&side.python),
        files(&side.sql),
        side.postgres.as_ref().map(|database| database.referenced),
        files(&side.json),
        files(&side.yaml),
        files(&side.toml),
        files(&side.dockerfile),
        files(&side.env_file),
        files(&side.shell),
        files(&side.regex),
    ];
    let given: Vec<(&Format, Location)> = FORMATS
        .iter()
        .zip(formats)
        .filter_map(|(format, at)| Some((format, at?)))
        .collect();
    let known = || {
        let keys: Vec<&str> = FORMATS.iter().map(|format| format.key).collect();
        format!("one of: {}", keys.join(", "))
    };
    let (format, at) = match given.as_slice() {
        [one] => *one,
        [] => {
            return Err(SpecError::at(
                file,
                side.name.referenced,
                format!("side `{}` does not say what file to read", side.name.value),
            )
            .help(known()));
        }
        [_, (second, at), ..] => {
            return Err(SpecError::at(
                file,
                *at,
                format!("`{}` is a second file; a side reads one", second.key),
            )
            .help(known()));
        }
    };
    let paths = paths(side, format);
    check_paths(file, format, at, &paths)?;
    let keys = selector_keys(side);
    let mut chosen = None;
    for (key, at) in keys {
        if format.options.contains(&key) {
            continue;
        }
        if !format.selectors.contains(&key) {
            return Err(SpecError::at(
                file,
                at,
                format!("`{key}` does not go with `{}`", format.key),
            )
            .help(format!(
                "`{}` goes with: {}",
                format.key,
                format.selectors.join(", ")
            )));
        }
        if let Some(first) = chosen.replace(key) {
            return Err(SpecError::at(
                file,
                at,
                format!("`{first}` and `{key}` each say what to read; give one"),
            ));
        }
    }
    let Some(chosen) = chosen else {
        return Err(SpecError::at(
            file,
            at,
            format!(
                "side `{}` does not say what to read in the file",
                side.name.value
            ),
        )
        .help(format!(
            "`{}` goes with: {}",
            format.key,
            format.selectors.join(", ")
        )));
    };
    Ok((paths, at, build(file, format.key, chosen, side)?))
}

/// The files of a side, as they are written.
fn paths(side: &SideSpec, format: &Format) -> Vec<String> {
    let files = match format.key {
        "go" => &side.go,
        "typescript" => &side.typescript,
        "python" => &side.python,
        "sql" => &side.sql,
        "json" => &side.json,
        "yaml" => &side.yaml,
        "toml" => &side.toml,
        "dockerfile" => &side.dockerfile,
        "env_file" => &side.env_file,
        "shell" => &side.shell,
        "regex" => &side.regex,
        _ => {
            let database = side.postgres.as_ref();
            let folder = database.map(|database| &database.value.migrations.folder.value);
            return folder.into_iter().cloned().collect();
        }
    };
    files
        .as_ref()
        .map_or_else(Vec::new, |files| files.value.0.clone())
}

fn check_paths(
    file: &GateFile,
    format: &Format,
    at: Location,
    paths: &[String],
) -> Result<(), SpecError> {
    let refuse = |message: String| Err(SpecError::at(file, at, message));
    if paths.is_empty() || paths.iter().any(|path| path.trim().is_empty()) {
        return refuse(format!("`{}` names no file", format.key));
    }
    let many = paths.len() > 1 || paths.iter().any(|path| is_pattern(path));
    if many && !format.many {
        return refuse(format!(
            "`{}` reads one file, without a pattern",
            format.key
        ));
    }
    Ok(())
}

pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{']) || path.ends_with('/')
}

fn selector_keys(side: &SideSpec) -> Vec<(&'static str, Location)> {
    fn at<T>(value: Option<&Spanned<T>>) -> Option<Location> {
        value.map(|value| value.referenced)
    }
    [
        ("consts", at(side.consts.as_ref())),
        ("type", at(side.r#type.as_ref())),
        ("block", at(side.block.as_ref())),
        ("slice", at(side.slice.as_ref())),
        ("map_keys", at(side.map_keys.as_ref())),
        ("object", at(side.object.as_ref())),
        ("keys_of", at(side.keys_of.as_ref())),
        ("union", at(side.union.as_ref())),
        ("enum", at(side.r#enum.as_ref())),
        ("array", at(side.array.as_ref())),
        ("constants", at(side.constants.as_ref())),
        ("literal", at(side.literal.as_ref())),
        ("sequence", at(side.sequence.as_ref())),
        ("dict_keys", at(side.dict_keys.as_ref())),
        ("check", at(side.check.as_ref())),
        ("check_column", at(side.check_column.as_ref())),
        ("pointer", at(side.pointer.as_ref())),
        ("path", at(side.path.as_ref())),
        ("keys", at(side.keys.as_ref())),
        ("arg", at(side.arg.as_ref())),
        ("key", at(side.key.as_ref())),
        ("words", at(side.words.as_ref())),
        ("pattern", at(side.pattern.as_ref())),
        ("separator", at(side.separator.as_ref())),
    ]
    .into_iter()
    .filter_map(|(key, at)| Some((key, at?)))
    .collect()
}

fn build(
    file: &GateFile,
    format: &str,
    chosen: &str,
    side: &SideSpec,
) -> Result<Selector, SpecError> {
    let separator = side.separator.as_ref();
    if let Some(separator) = separator
        && separator.value.is_empty()
    {
        return Err(SpecError::at(
            file,
            separator.referenced,
            "`separator` is empty",
        ));
    }
    let separator = separator.map(|separator| separator.value.clone());
    let query = |path: &Spanned<String>, parse: fn(&str) -> Result<DataPath, String>| {
        Ok(DataQuery {
            path: parse(&path.value)
                .map_err(|problem| SpecError::at(file, path.referenced, problem))?,
            keys: side.keys.as_ref().is_some_and(|keys| keys.value),
            separator: separator.clone(),
        })
    };
    let selector = match (format, chosen) {
        ("go", "consts") => GoSelector::Consts(names(file, chosen, side.consts.as_ref())?).into(),
        ("go", "type") => GoSelector::Type(name(file, chosen, side.r#type.as_ref())?).into(),
        ("go", "block") => GoSelector::Block(name(file, chosen, side.block.as_ref())?).into(),
        ("go", "slice") => GoSelector::Slice(name(file, chosen, side.slice.as_ref())?).into(),
        ("go", "map_keys") => {
            GoSelector::MapKeys(name(file, chosen, side.map_keys.as_ref())?).into()
        }
        ("typescript", key) => {
            let (shape, of) = match key {
                "object" => (TypeScriptShape::Object, &side.object),
                "keys_of" => (TypeScriptShape::KeysOf, &side.keys_of),
                "union" => (TypeScriptShape::Union, &side.union),
                "enum" => (TypeScriptShape::Enum, &side.r#enum),
                _ => (TypeScriptShape::Array, &side.array),
            };
            Selector::TypeScript(shape, name(file, key, of.as_ref())?)
        }
        ("python", "constants") => Selector::Python(PythonShape::Constants(names(
            file,
            chosen,
            side.constants.as_ref(),
        )?)),
        ("python", key) => Selector::Python(match key {
            "enum" => PythonShape::Enum(name(file, key, side.r#enum.as_ref())?),
            "literal" => PythonShape::Literal(name(file, key, side.literal.as_ref())?),
            "sequence" => PythonShape::Sequence(name(file, key, side.sequence.as_ref())?),
            _ => PythonShape::DictKeys(name(file, key, side.dict_keys.as_ref())?),
        }),
        ("sql", _) => Selector::Sql(sql_wanted(file, chosen, side)?),
        ("postgres", _) => {
            let wanted = sql_wanted(file, chosen, side)?;
            let database = given(file, "postgres", side.postgres.as_ref())?;
            let mut errors = Vec::new();
            match Live::load(file, &database.value, &mut errors) {
                Some(live) => Selector::Live(Box::new(live), wanted),
                None => {
                    return Err(errors.pop().unwrap_or_else(|| {
                        SpecError::at(file, database.referenced, "`postgres` cannot be read")
                    }));
                }
            }
        }
        ("json", _) => Selector::Json(query(
            given(file, chosen, side.pointer.as_ref())?,
            DataPath::pointer,
        )?),
        ("yaml", _) => Selector::Yaml(query(
            given(file, chosen, side.path.as_ref())?,
            DataPath::dotted,
        )?),
        ("toml", _) => Selector::Toml(query(
            given(file, chosen, side.path.as_ref())?,
            DataPath::dotted,
        )?),
        ("dockerfile", _) => Selector::Dockerfile {
            arg: name(file, chosen, side.arg.as_ref())?,
            separator,
        },
        ("env_file", _) => Selector::EnvFile {
            key: name(file, chosen, side.key.as_ref())?,
            separator,
        },
        ("shell", "array") => Selector::ShellArray(name(file, chosen, side.array.as_ref())?),
        ("shell", _) => Selector::ShellWords(name(file, chosen, side.words.as_ref())?),
        _ => Selector::Pattern(pattern(file, given(file, chosen, side.pattern.as_ref())?)?),
    };
    Ok(selector)
}

fn sql_wanted(file: &GateFile, chosen: &str, side: &SideSpec) -> Result<SqlWanted, SpecError> {
    match chosen {
        "enum" => Ok(SqlWanted::Enum(name(file, chosen, side.r#enum.as_ref())?)),
        "check" => {
            let written = name(file, chosen, side.check.as_ref())?;
            Ok(match written.rsplit_once('.') {
                Some((table, name)) => SqlWanted::Check {
                    table: Some(table.to_owned()),
                    name: name.to_owned(),
                },
                None => SqlWanted::Check {
                    table: None,
                    name: written,
                },
            })
        }
        _ => {
            let written = name(file, chosen, side.check_column.as_ref())?;
            let Some((table, column)) = written.rsplit_once('.') else {
                let at = side
                    .check_column
                    .as_ref()
                    .map_or(Location::UNKNOWN, |c| c.referenced);
                return Err(SpecError::at(
                    file,
                    at,
                    format!("`{written}` is not `table.column`"),
                ));
            };
            Ok(SqlWanted::Column {
                table: table.to_owned(),
                column: column.to_owned(),
            })
        }
    }
}

impl From<GoSelector> for Selector {
    fn from(go: GoSelector) -> Self {
        Self::Go(go)
    }
}

fn given<'a, T>(
    file: &GateFile,
    key: &str,
    value: Option<&'a Spanned<T>>,
) -> Result<&'a Spanned<T>, SpecError> {
    value.ok_or_else(|| SpecError::file(&file.name, format!("key `{key}` is missing")))
}

fn name(file: &GateFile, key: &str, value: Option<&Spanned<String>>) -> Result<String, SpecError> {
    let value = given(file, key, value)?;
    if value.value.trim().is_empty() {
        return Err(SpecError::at(
            file,
            value.referenced,
            format!("`{key}` is empty"),
        ));
    }
    Ok(value.value.clone())
}

fn names(
    file: &GateFile,
    key: &str,
    value: Option<&Spanned<Vec<String>>>,
) -> Result<Vec<String>, SpecError> {
    let value = given(file, key, value)?;
    if value.value.is_empty() || value.value.iter().any(|name| name.trim().is_empty()) {
        return Err(SpecError::at(
            file,
            value.referenced,
            format!("`{key}` names nothing"),
        ));
    }
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = value.value.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(SpecError::at(
            file,
            value.referenced,
            format!("`{key}` names `{twice}` twice"),
        ));
    }
    Ok(value.value.clone())
}

fn pattern(file: &GateFile, pattern: &Spanned<String>) -> Result<regex::Regex, SpecError> {
    let refuse = |message: String| SpecError::at(file, pattern.referenced, message);
    let compiled = RegexBuilder::new(&pattern.value)
        .multi_line(true)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().to_owned();
            refuse(format!(
                "not a regular expression: {}",
                last.trim_start_matches("error: ")
            ))
        })?;
    match compiled.captures_len() {
        2 => Ok(compiled),
        other => Err(refuse(format!(
            "the pattern has {} groups; it needs exactly one, around the member",
            other - 1
        ))
        .help("write groups that are not members as `(?:…)`")),
    }
}
