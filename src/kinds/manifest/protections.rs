use super::at_commit::matching;
use super::codes::{FORBIDDEN_CONTENT, REQUIRED_FILE_EMPTY, REQUIRED_FILE_MISSING};
use super::rules::{Forbidden, Rules};
use super::text_plants::TextPlants;
use crate::context::Context;
use crate::gate::{Category, Change, Plant, Protection, SourceRef, TreeRef};
use crate::kinds::SUBJECT_MISSING;
use crate::ssot::{Entry, Manifest, read_manifest};
use crate::tree::{SMALL_FILE, SOURCE_MISSING, Tree, TreePath};

/// All that a gate of this kind promises to catch. What holds for every entry of a list is planted
/// in the first one; the rule does not know one entry from another.
pub(super) fn all(rules: &Rules, context: &Context, path: &str) -> Vec<Protection> {
    let mut all = vec![Protection {
        name: "vanished manifest".to_owned(),
        expected: &SUBJECT_MISSING,
        mentions: path.to_owned(),
        plant: Ok(Plant::in_root(Change::remove(path))),
    }];
    let Ok(manifest) = read_manifest(context.root(), path) else {
        return all;
    };
    let plants = TextPlants {
        rules,
        context,
        manifest: &manifest,
    };
    all.extend(plants.of_text());
    for category in &rules.categories {
        all.extend(plants.emptied(*category));
        let entry = first(rules, &manifest, *category, true)
            .or_else(|| first(rules, &manifest, *category, false));
        let Some(entry) = entry else {
            continue;
        };
        all.extend(plants.of_entry(entry));
        if rules.reachable {
            all.extend(of_source(rules, context, &manifest, *category));
        }
    }
    all
}

/// The first entry of a list; the first one that is read, if it is to be.
fn first<'a>(
    rules: &Rules,
    manifest: &'a Manifest,
    category: Category,
    read: bool,
) -> Option<&'a Entry> {
    manifest
        .entries
        .iter()
        .filter(|entry| entry.category == category)
        .find(|entry| !read || !rules.unread.contains_key(&entry.source()))
}

fn of_source(
    rules: &Rules,
    context: &Context,
    manifest: &Manifest,
    category: Category,
) -> Vec<Protection> {
    let Some(entry) = first(rules, manifest, category, true) else {
        return Vec::new();
    };
    let source = entry.source();
    let mut all = vec![Protection {
        name: format!("vanished source: {source}"),
        expected: &SOURCE_MISSING,
        mentions: source.name.clone(),
        plant: Ok(Plant::default().and(TreeRef::Source(source.clone()), Change::Vanish)),
    }];
    for path in rules.required_files.get(&category).into_iter().flatten() {
        let named = |what: &str| format!("{what} required file: {path} of {source}");
        all.push(Protection {
            name: named("removed"),
            expected: &REQUIRED_FILE_MISSING,
            mentions: path.to_string(),
            plant: Ok(Plant::in_source(source.clone(), Change::remove(path))),
        });
        all.push(Protection {
            name: named("emptied"),
            expected: &REQUIRED_FILE_EMPTY,
            mentions: path.to_string(),
            plant: Ok(Plant::in_source(source.clone(), Change::write(path, b""))),
        });
    }
    for rule in rules.forbidden.iter().filter(|r| r.category == category) {
        let (source, plant) = match plant_forbidden(rules, context, manifest, rule) {
            Ok((source, plant)) => (source.to_string(), Ok(plant)),
            Err(problem) => (category.key().to_owned(), Err(problem)),
        };
        all.push(Protection {
            name: format!(
                "forbidden content: {} in {} of {source}",
                rule.pattern.as_str(),
                rule.path
            ),
            expected: &FORBIDDEN_CONTENT,
            mentions: String::new(),
            plant,
        });
    }
    all
}

/// Adds the example of a rule to the first file that the rule looks at.
fn plant_forbidden(
    rules: &Rules,
    context: &Context,
    manifest: &Manifest,
    rule: &Forbidden,
) -> Result<(SourceRef, Plant), String> {
    let Some(example) = &rule.example else {
        return Err("the rule has no `example` of what its pattern matches".to_owned());
    };
    for entry in &manifest.entries {
        let source = entry.source();
        if entry.category != rule.category || rules.unread.contains_key(&source) {
            continue;
        }
        let tree = context.source(&source).map_err(|o| o.to_string())?.tree;
        let Some(path) = matching(rule, tree.as_ref())
            .map_err(|obstacle| obstacle.to_string())?
            .into_iter()
            .next()
        else {
            continue;
        };
        let bytes = with_example(tree.as_ref(), &path, example)?;
        if !rule.pattern.is_match(&bytes) {
            return Err(format!(
                "the pattern does not match its example at the end of {path}"
            ));
        }
        let executable = tree.facts(&path).map_err(|e| e.to_string())?.executable;
        let change = Change::Write {
            path: path.as_bytes().to_vec(),
            bytes,
            executable,
        };
        return Ok((source.clone(), Plant::in_source(source, change)));
    }
    Err(format!("no source has a file {}", rule.path))
}

fn with_example(tree: &dyn Tree, path: &TreePath, example: &str) -> Result<Vec<u8>, String> {
    let mut bytes = tree
        .read(path, SMALL_FILE)
        .map_err(|error| error.to_string())?;
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(example.as_bytes());
    bytes.push(b'\n');
    Ok(bytes)
}
