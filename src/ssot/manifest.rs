use super::codes::{MANIFEST_SHAPE, NAME_DUPLICATE};
use super::json::{Json, JsonText, JsonValue, Member, read_json};
use super::place::Span;
use crate::config::nearest;
use crate::gate::{Category, Finding, Location, SourceRef};

/// A string of the manifest, and where it stands (with its quotes).
#[derive(Debug, Clone)]
pub struct Text {
    pub value: String,
    pub span: Span,
}

/// One entry of the manifest: a repository at a ref.
#[derive(Debug, Clone)]
pub struct Entry {
    pub category: Category,
    pub name: Text,
    /// `owner/name`, without a host.
    pub repo: Text,
    /// A commit, tag or branch.
    pub reference: Text,
    /// The runtime that a variant runs on.
    pub runtime: Option<Text>,
    /// The name of the provider; `None` for the default one.
    pub provider: Option<Text>,
    /// It cannot be cloned without a token.
    pub private: bool,
    pub span: Span,
}

impl Entry {
    pub fn source(&self) -> SourceRef {
        SourceRef {
            category: self.category,
            name: self.name.value.clone(),
        }
    }
}

/// A list of the manifest.
#[derive(Debug, Clone)]
pub struct List {
    pub category: Category,
    pub key_span: Span,
    pub span: Span,
}

/// A manifest as it was read.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// As findings name it.
    pub path: String,
    pub text: String,
    /// What the text says as JSON.
    pub json: JsonText,
    /// The lists that it has.
    pub lists: Vec<List>,
    /// The entries that could be read, in the order written.
    pub entries: Vec<Entry>,
    /// What is wrong with its shape.
    pub shape: Vec<Finding>,
}

const ENTRY_KEYS: &[&str] = &["name", "repo", "ref", "runtime", "provider", "private"];

impl Manifest {
    /// Reads the text of a manifest. It never fails: what is wrong with the text is in `json` and
    /// `shape`.
    pub fn read(path: &str, text: &str) -> Self {
        let mut manifest = Self {
            path: path.to_owned(),
            text: text.to_owned(),
            json: read_json(text),
            lists: Vec::new(),
            entries: Vec::new(),
            shape: Vec::new(),
        };
        let Some(root) = manifest.json.root.clone() else {
            return manifest;
        };
        match &root.value {
            JsonValue::Object(members) => {
                for member in members {
                    manifest.read_member(member);
                }
            }
            other => {
                let message = format!("the manifest is {}, expected an object", other.noun());
                manifest.misshapen(&root.span, message);
            }
        }
        manifest
    }

    /// All that keeps it from being a strict, well-shaped manifest.
    pub fn findings(&self) -> Vec<Finding> {
        self.json
            .problems
            .iter()
            .map(|problem| problem.to_finding(&self.path))
            .chain(self.shape.iter().cloned())
            .chain(self.duplicate_names())
            .collect()
    }

    /// A finding for each name that a list has twice.
    pub fn duplicate_names(&self) -> Vec<Finding> {
        let mut first: std::collections::HashMap<SourceRef, &Entry> =
            std::collections::HashMap::new();
        let mut findings = Vec::new();
        for entry in &self.entries {
            let source = entry.source();
            if let Some(earlier) = first.get(&source) {
                findings.push(
                    Finding::new(
                        &NAME_DUPLICATE,
                        format!(
                            "{source} stands here a second time ({} at {}), first on line {} ({} at {})",
                            entry.repo.value,
                            entry.reference.value,
                            earlier.name.span.start.line,
                            earlier.repo.value,
                            earlier.reference.value,
                        ),
                    )
                    .at(self.location(&entry.name.span))
                    .at(self.location(&earlier.name.span)),
                );
            } else {
                first.insert(source, entry);
            }
        }
        findings
    }

    /// The first entry with this name.
    pub fn entry(&self, source: &SourceRef) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.category == source.category && entry.name.value == source.name)
    }

    pub fn location(&self, span: &Span) -> Location {
        Location::at(&self.path, span.start.line, span.start.column)
    }

    fn misshapen(&mut self, span: &Span, message: impl Into<String>) {
        let finding = Finding::new(&MANIFEST_SHAPE, message).at(self.location(span));
        self.shape.push(finding);
    }

    fn unknown_key(&mut self, member: &Member, known: &[&str]) {
        let help = match nearest(&member.key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? known here: {}", known.join(", ")),
            None => format!(
                "known here: {}, and keys that start with `_`",
                known.join(", ")
            ),
        };
        let finding = Finding::new(&MANIFEST_SHAPE, format!("unknown key `{}`", member.key))
            .at(self.location(&member.key_span))
            .help(help);
        self.shape.push(finding);
    }

    fn read_member(&mut self, member: &Member) {
        if member.key.starts_with('_') {
            return;
        }
        if member.key == "version" {
            match &member.value.value {
                JsonValue::Number(number) if number == "1" => {}
                JsonValue::Number(number) => {
                    let message = format!("version {number} of the manifest is not known, only 1");
                    self.misshapen(&member.value.span, message);
                }
                other => {
                    let message = format!("`version` is {}, expected a number", other.noun());
                    self.misshapen(&member.value.span, message);
                }
            }
            return;
        }
        let Some(category) = Category::ALL
            .into_iter()
            .find(|category| category.key() == member.key)
        else {
            let mut known = vec!["version"];
            known.extend(Category::ALL.map(Category::key));
            self.unknown_key(member, &known);
            return;
        };
        self.lists.push(List {
            category,
            key_span: member.key_span.clone(),
            span: member.value.span.clone(),
        });
        match &member.value.value {
            JsonValue::List(entries) => {
                for entry in entries {
                    self.read_entry(category, entry);
                }
            }
            other => {
                let message = format!("`{}` is {}, expected a list", member.key, other.noun());
                self.misshapen(&member.value.span, message);
            }
        }
    }

    fn read_entry(&mut self, category: Category, json: &Json) {
        let JsonValue::Object(members) = &json.value else {
            let message = format!("an entry is {}, expected an object", json.value.noun());
            self.misshapen(&json.span, message);
            return;
        };
        let before = self.shape.len();
        let (mut name, mut repo, mut reference) = (None, None, None);
        let (mut runtime, mut provider, mut private) = (None, None, false);
        for member in members {
            match member.key.as_str() {
                "name" => name = self.text(member),
                "repo" => repo = self.text(member),
                "ref" => reference = self.text(member),
                "runtime" => runtime = self.text(member),
                "provider" => provider = self.text(member),
                "private" => match &member.value.value {
                    JsonValue::Bool(value) => private = *value,
                    other => {
                        let message =
                            format!("`private` is {}, expected true or false", other.noun());
                        self.misshapen(&member.value.span, message);
                    }
                },
                key if key.starts_with('_') => {}
                _ => self.unknown_key(member, ENTRY_KEYS),
            }
        }
        if let (Some(name), Some(repo), Some(reference)) = (&name, &repo, &reference) {
            if !is_name(&name.value) {
                let message = format!(
                    "`{}` is not a name: letters, digits, `.`, `_` and `-`, at most 100 of them, the first a letter or digit",
                    name.value.escape_debug()
                );
                self.misshapen(&name.span, message);
                return;
            }
            self.entries.push(Entry {
                category,
                name: name.clone(),
                repo: repo.clone(),
                reference: reference.clone(),
                runtime,
                provider,
                private,
                span: json.span.clone(),
            });
        } else if self.shape.len() == before {
            let missing = [
                ("name", name.is_none()),
                ("repo", repo.is_none()),
                ("ref", reference.is_none()),
            ];
            for (key, _) in missing.into_iter().filter(|(_, missing)| *missing) {
                self.misshapen(&json.span, format!("an entry lacks the key `{key}`"));
            }
        }
    }

    fn text(&mut self, member: &Member) -> Option<Text> {
        let span = &member.value.span;
        match &member.value.value {
            JsonValue::String(value) if value.is_empty() => {
                self.misshapen(span, format!("`{}` is empty", member.key));
                None
            }
            JsonValue::String(value) => Some(Text {
                value: value.clone(),
                span: span.clone(),
            }),
            other => {
                let message = format!("`{}` is {}, expected a string", member.key, other.noun());
                self.misshapen(span, message);
                None
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests;
