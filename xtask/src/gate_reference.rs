use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result};
use driftgate::kinds::{KINDS, Kind, all_codes, kind_schema};
use serde_json::Value;

/// The keys of every gate, which are described once.
const COMMON: &[&str] = &[
    "id",
    "about",
    "kind",
    "lanes",
    "required",
    "severity",
    "min_inspected",
    "timeout",
    "waivers",
];

/// The types that the common keys use.
const COMMON_TYPES: &[&str] = &["Lane", "Severity", "WaiverSpec"];

/// All kinds with their keys, and all codes with their prose.
pub(crate) fn body() -> Result<String> {
    let mut text = String::from(
        "A gate is one YAML file, `gates/<id>.yaml`. Begin it with this line, and an editor knows \
         its keys:\n\n\
         ```yaml\n# yaml-language-server: $schema=../schemas/gate.schema.json\n```\n\n\
         Kinds:",
    );
    for kind in KINDS {
        write!(text, " [`{0}`](#kind-{0})", kind.name())?;
    }
    text.push_str("\n\n## Keys of every gate\n\n");
    let first = KINDS.first().context("there are no kinds")?;
    let schema = kind_schema(*first);
    let all = Names("");
    keys(&mut text, &all, &schema, |key| COMMON.contains(&key))?;
    types(&mut text, &all, &schema, |name| {
        COMMON_TYPES.contains(&name)
    })?;
    for kind in KINDS {
        kind_section(&mut text, *kind)?;
    }
    codes(&mut text)?;
    Ok(text)
}

fn kind_section(text: &mut String, kind: &dyn Kind) -> Result<()> {
    let name = kind.name();
    let schema = kind_schema(kind);
    write!(text, "\n## Kind `{name}`\n\n{}\n\n", kind.about())?;
    let names = Names(name);
    keys(text, &names, &schema, |key| !COMMON.contains(&key))?;
    types(text, &names, &schema, |name| !COMMON_TYPES.contains(&name))?;
    text.push_str("\nFinding codes of its own:");
    for code in kind.codes() {
        write!(text, " [`{code}`](#{code})")?;
    }
    text.push('\n');
    Ok(())
}

/// A table of the properties of a schema.
fn keys(
    text: &mut String,
    names: &Names<'_>,
    schema: &Value,
    wanted: impl Fn(&str) -> bool,
) -> Result<()> {
    let Some(properties) = schema["properties"].as_object() else {
        return Ok(());
    };
    let required: Vec<&str> = strings(&schema["required"]).collect();
    text.push_str("| key | value | meaning |\n|---|---|---|\n");
    for (key, property) in properties.iter().filter(|(key, _)| wanted(key)) {
        let mark = if required.contains(&key.as_str()) {
            " (required)"
        } else {
            ""
        };
        writeln!(
            text,
            "| `{key}`{mark} | {} | {} |",
            cell(&names.value(property)),
            cell(&meaning(property))
        )?;
    }
    Ok(())
}

/// The definitions that a schema refers to.
fn types(
    text: &mut String,
    names: &Names<'_>,
    schema: &Value,
    wanted: impl Fn(&str) -> bool,
) -> Result<()> {
    let Some(definitions) = schema["$defs"].as_object() else {
        return Ok(());
    };
    let sorted: BTreeMap<_, _> = definitions
        .iter()
        .filter(|(name, _)| wanted(name))
        .collect();
    for (name, definition) in sorted {
        write!(text, "\n### {}\n\n", names.title(name))?;
        if let Some(about) = definition["description"].as_str() {
            write!(text, "{}\n\n", about.replace('\n', " "))?;
        }
        for (choice, about) in choices(definition) {
            writeln!(text, "- `{choice}`{}", after_colon(&about))?;
        }
        if definition["type"].is_null() && choices(definition).is_empty() {
            writeln!(text, "{}", names.value(definition))?;
        }
        keys(text, names, definition, |_| true)?;
    }
    Ok(())
}

fn codes(text: &mut String) -> Result<()> {
    text.push_str(
        "\n## Finding codes\n\n\
         `driftgate explain CODE` prints the same. Codes without a kind can come from any gate.\n",
    );
    for code in all_codes() {
        let kinds: Vec<_> = KINDS
            .iter()
            .filter(|kind| kind.codes().contains(&code))
            .map(|kind| format!("`{}`", kind.name()))
            .collect();
        let kinds = if kinds.is_empty() {
            String::new()
        } else {
            format!(" ({})", kinds.join(", "))
        };
        write!(
            text,
            "\n### {code}\n\n{}{kinds}\n\nWhy it matters: {}\n\nTo mend it: {}\n",
            code.what, code.why, code.mend
        )?;
    }
    Ok(())
}

/// The names of types on the page: those of a kind begin with its name, for two kinds may have
/// different types of one name.
struct Names<'a>(&'a str);

impl Names<'_> {
    /// What a key takes, in a few words.
    fn value(&self, property: &Value) -> String {
        if let Some(name) = reference(property) {
            let title = self.title(name);
            return format!("[{title}](#{})", title.replace(' ', "-"));
        }
        if let Some(constant) = property["const"].as_str() {
            return format!("`{constant}`");
        }
        for alternatives in ["anyOf", "oneOf"] {
            if let Some(list) = property[alternatives].as_array() {
                let names: Vec<_> = list
                    .iter()
                    .filter(|one| one["type"] != "null")
                    .map(|one| self.value(one))
                    .collect();
                return names.join(" or ");
            }
        }
        let names: Vec<_> = strings(&property["enum"])
            .map(|name| format!("`{name}`"))
            .collect();
        if !names.is_empty() {
            return names.join(", ");
        }
        let kind = property["type"]
            .as_str()
            .or_else(|| strings(&property["type"]).find(|name| *name != "null"));
        match kind {
            Some("array") => format!("list of {}", self.value(&property["items"])),
            Some("object") => match &property["additionalProperties"] {
                values @ Value::Object(_) => format!("names with {}", self.value(values)),
                _ => "keys and values".to_owned(),
            },
            Some("integer") => "whole number".to_owned(),
            Some("string") => "text".to_owned(),
            Some("boolean") => "`true` or `false`".to_owned(),
            Some(other) => other.to_owned(),
            None => "anything".to_owned(),
        }
    }

    fn title(&self, name: &str) -> String {
        let words = title(name);
        if words.starts_with(self.0) || COMMON_TYPES.contains(&name) {
            words
        } else {
            format!("{} {words}", self.0)
        }
    }
}

/// What a key means, and what it is without the key.
fn meaning(property: &Value) -> String {
    let about = property["description"].as_str().unwrap_or_default();
    match &property["default"] {
        Value::Null => about.to_owned(),
        Value::String(default) => format!("{about} Default: `{default}`."),
        Value::Array(list) if list.is_empty() => about.to_owned(),
        Value::Object(map) if map.is_empty() => about.to_owned(),
        default => format!("{about} Default: `{default}`."),
    }
}

/// The values that a definition allows, where it is a choice.
fn choices(definition: &Value) -> Vec<(String, String)> {
    let mut choices: Vec<_> = strings(&definition["enum"])
        .map(|name| (name.to_owned(), String::new()))
        .collect();
    for one in definition["oneOf"].as_array().into_iter().flatten() {
        let about = one["description"].as_str().unwrap_or_default();
        if let Some(name) = one["const"].as_str() {
            choices.push((name.to_owned(), about.to_owned()));
        }
        for name in strings(&one["enum"]) {
            choices.push((name.to_owned(), about.to_owned()));
        }
    }
    choices
}

fn reference(property: &Value) -> Option<&str> {
    property["$ref"].as_str()?.strip_prefix("#/$defs/")
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// A type's name in words: `WaiverSpec` is a waiver.
fn title(name: &str) -> String {
    let name = name.strip_suffix("Spec").unwrap_or(name);
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

fn cell(text: &str) -> String {
    text.replace('\n', " ")
        .replace('|', "\\|")
        .trim()
        .to_owned()
}

fn after_colon(about: &str) -> String {
    if about.is_empty() {
        String::new()
    } else {
        format!(": {}", about.replace('\n', " "))
    }
}
