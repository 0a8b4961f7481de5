use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde_json::{Value, json};

use super::at_commit::{self, Looked};
use super::codes::{EXEMPTION_UNUSED, LIST_EMPTY, PIN_CONFLICT, REF_NOT_PINNED};
use super::rules::Rules;
use crate::context::Context;
use crate::gate::{Finding, Inspection, Location, SourceRef, Witness};
use crate::ssot::{Address, Entry, Manifest, Pin, SOURCE_ADDRESS, provider_of};

/// Checks the entries: first what the text tells of each, then what is at their commits.
pub(super) fn check(
    rules: &Rules,
    context: &Context,
    manifest: &Manifest,
    inspection: &mut Inspection,
) {
    lists(rules, manifest, inspection);
    let conflicts = if rules.one_ref_per_repository {
        conflicts(rules, context, manifest, inspection)
    } else {
        HashSet::new()
    };
    let mut seen = HashSet::new();
    let mut to_read = Vec::new();
    let mut not_read = Vec::new();
    for entry in &manifest.entries {
        if !rules.categories.contains(&entry.category) {
            continue;
        }
        let source = entry.source();
        if !seen.insert(source.clone()) {
            // Which of the two is meant nobody knows; the finding says so.
            continue;
        }
        let findings = of_text(rules, context, manifest, entry);
        let sound = findings.is_empty() && !conflicts.contains(&source);
        inspection.findings.extend(findings);
        let witness = format!(
            "{}\0{}\0{}",
            entry.repo.value,
            entry.reference.value,
            entry.provider.as_ref().map_or("", |name| &name.value)
        );
        inspection
            .part(entry.category.key())
            .looked(&source.name, Witness::of(&witness));
        if let Some(unread) = rules.unread.get(&source) {
            not_read.push(json!({
                "source": source.to_string(),
                "reason": unread.reason,
            }));
        } else if rules.reachable && sound {
            to_read.push(entry);
        }
    }
    exemptions(rules, &seen, inspection);
    let looked = context.map_parallel(&to_read, |entry| {
        at_commit::look(rules, context, manifest, entry)
    });
    match looked {
        Ok(looked) => sources(looked, inspection),
        Err(obstacle) => inspection.obstacle(obstacle),
    }
    if !not_read.is_empty() {
        inspection.fact("not_read", not_read);
    }
}

fn sources(looked: Vec<Looked>, inspection: &mut Inspection) {
    let mut facts: Vec<Value> = Vec::new();
    for source in looked {
        inspection.findings.extend(source.findings);
        inspection.obstacles.extend(source.obstacles);
        for (part, subject, witness) in source.subjects {
            inspection.part(part).looked(subject, Witness::of(&witness));
        }
        facts.extend(source.fact);
    }
    if !facts.is_empty() {
        inspection.fact("sources", facts);
    }
}

fn lists(rules: &Rules, manifest: &Manifest, inspection: &mut Inspection) {
    if manifest.json.root.is_none() {
        // The text says nothing at all; that is the finding.
        return;
    }
    for category in &rules.categories {
        let list = manifest.lists.iter().find(|l| l.category == *category);
        let filled = manifest.entries.iter().any(|e| e.category == *category);
        let (what, at) = match list {
            _ if filled => continue,
            Some(list) => ("empty", manifest.location(&list.key_span)),
            None => ("missing", Location::file(&manifest.path)),
        };
        // Entries that could not be read are findings of their own.
        let unreadable =
            list.is_some_and(|list| list.span.bytes.len() > 2) && !manifest.shape.is_empty();
        if !unreadable {
            inspection.find(
                Finding::new(
                    &LIST_EMPTY,
                    format!("the list `{}` is {what}", category.key()),
                )
                .at(at),
            );
        }
    }
}

/// What the text tells of one entry.
fn of_text(rules: &Rules, context: &Context, manifest: &Manifest, entry: &Entry) -> Vec<Finding> {
    let source = entry.source();
    let mut findings = Vec::new();
    match provider_of(context.settings(), entry) {
        Err(obstacle) => {
            let span = entry.provider.as_ref().unwrap_or(&entry.name);
            let mut finding = obstacle.to_finding().at(manifest.location(&span.span));
            finding.message = format!("{source}: {}", finding.message);
            findings.push(finding);
        }
        Ok((_, provider)) => {
            // Where the root is does not matter to whether the repository is well-formed.
            if let Err(obstacle) = Address::new(provider, &entry.repo.value, Path::new("/")) {
                let mut finding = obstacle.to_finding();
                finding.message = format!("{source}: {}", finding.message);
                findings.push(finding.at(manifest.location(&entry.repo.span)));
            }
        }
    }
    let at_ref = manifest.location(&entry.reference.span);
    let reference = &entry.reference.value;
    match Pin::parse(reference) {
        Err(obstacle) => findings.push(
            Finding::new(&SOURCE_ADDRESS, format!("{source}: {obstacle}")).at(at_ref),
        ),
        Ok(Pin::Name(_)) if rules.pinned => findings.push(
            Finding::new(
                &REF_NOT_PINNED,
                format!("{source} is at `{reference}`, which is not a full commit id"),
            )
            .at(at_ref),
        ),
        Ok(Pin::Commit(commit)) if rules.pinned && commit != *reference => findings.push(
            Finding::new(
                &REF_NOT_PINNED,
                format!(
                    "{source} is at `{reference}`, written with capitals, which readers that look for `[0-9a-f]` take for a branch"
                ),
            )
            .help(format!("write {commit}"))
            .at(at_ref),
        ),
        Ok(_) => {}
    }
    findings
}

/// A repository: its provider, if that is known, and its name there.
type Repository<'a> = (Option<&'a str>, &'a str);

/// Repositories that are pinned at several commits; returns the entries concerned.
fn conflicts(
    rules: &Rules,
    context: &Context,
    manifest: &Manifest,
    inspection: &mut Inspection,
) -> HashSet<SourceRef> {
    let mut by_repository: BTreeMap<Repository<'_>, Vec<(&Entry, String)>> = BTreeMap::new();
    for entry in &manifest.entries {
        if let (true, Ok(Pin::Commit(commit))) = (
            rules.categories.contains(&entry.category),
            Pin::parse(&entry.reference.value),
        ) {
            let provider = provider_of(context.settings(), entry).ok();
            by_repository
                .entry((provider.map(|(name, _)| name), &entry.repo.value))
                .or_default()
                .push((entry, commit));
        }
    }
    let mut concerned = HashSet::new();
    for ((_, repo), entries) in by_repository {
        let Some((first, first_commit)) = entries.first() else {
            continue;
        };
        // The same name twice is another finding.
        let Some((other, commit)) = entries
            .iter()
            .find(|(entry, commit)| commit != first_commit && entry.source() != first.source())
        else {
            continue;
        };
        inspection.find(
            Finding::new(
                &PIN_CONFLICT,
                format!(
                    "{repo} is pinned at {first_commit} by {} and at {commit} by {}",
                    first.source(),
                    other.source()
                ),
            )
            .at(manifest.location(&other.reference.span))
            .at(manifest.location(&first.reference.span)),
        );
        concerned.extend(entries.iter().map(|(entry, _)| entry.source()));
    }
    concerned
}

fn exemptions(rules: &Rules, seen: &HashSet<SourceRef>, inspection: &mut Inspection) {
    for (source, unread) in &rules.unread {
        if !seen.contains(source) {
            inspection.find(
                Finding::new(
                    &EXEMPTION_UNUSED,
                    format!("{source} is exempt from being read, and not in the manifest"),
                )
                .at(unread.at.clone()),
            );
        }
    }
}
