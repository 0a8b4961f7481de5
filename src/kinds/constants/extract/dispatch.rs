use super::{
    Extraction, Failure, SourceText, dockerfile, env_file, go, json, pattern, python, shell, sql,
    toml, typescript, yaml,
};
use crate::kinds::constants::selector::{GoSelector, Selector};

/// Reads the set that a selector names out of the files of a side.
pub(in super::super) fn extract(
    selector: &Selector,
    sources: &[SourceText],
) -> Result<Extraction, Failure> {
    let [source, ..] = sources else {
        return Err(Failure::missing("any file"));
    };
    match selector {
        Selector::Go(wanted) => {
            let files = go::parse(sources)?;
            let package = go::Package::new(&files);
            match wanted {
                GoSelector::Consts(names) => package.named(names),
                GoSelector::Type(name) => package.of_type(name),
                GoSelector::Block(name) => package.block_of(name),
                GoSelector::Slice(name) => package.list(name, false),
                GoSelector::MapKeys(name) => package.list(name, true),
            }
        }
        Selector::TypeScript(shape, name) => typescript::extract(0, source, *shape, name),
        Selector::Python(shape) => python::extract(0, source, shape),
        // What a live database says, it says as SQL.
        Selector::Sql(wanted) | Selector::Live(_, wanted) => sql::extract(sources, wanted),
        Selector::Json(query) => json::extract(0, source, query),
        Selector::Yaml(query) => yaml::extract(0, source, query),
        Selector::Toml(query) => toml::extract(0, source, query),
        Selector::Dockerfile { arg, separator } => {
            dockerfile::extract(0, source, arg, separator.as_deref())
        }
        Selector::EnvFile { key, separator } => {
            env_file::extract(0, source, key, separator.as_deref())
        }
        Selector::ShellArray(name) => shell::extract(0, source, name, false),
        Selector::ShellWords(name) => shell::extract(0, source, name, true),
        Selector::Pattern(pattern) => pattern::extract(0, source, pattern),
    }
}
