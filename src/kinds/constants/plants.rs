use std::collections::BTreeMap;

use super::extract::{Edit, SourceText};
use super::side::{Read, Side, remembered};
use crate::context::Context;
use crate::gate::{Change, Plant, TreeRef};
use crate::tree::TreePath;

/// Changes to the text of files, gathered from several sides.
#[derive(Debug, Default, Clone)]
pub(super) struct Edits {
    by_file: BTreeMap<(TreeRef, TreePath), (String, Vec<Edit>)>,
}

impl Edits {
    pub(super) fn of(side: &Side, read: &Read, edits: &[Edit]) -> Self {
        let mut new = Self::default();
        new.add(side, read, edits);
        new
    }

    pub(super) fn add(&mut self, side: &Side, read: &Read, edits: &[Edit]) {
        for edit in edits {
            let Some(file) = read.files.get(edit.at.file) else {
                continue;
            };
            self.by_file
                .entry((side.tree_ref(), file.path.clone()))
                .or_insert_with(|| (file.text.clone(), Vec::new()))
                .1
                .push(edit.clone());
        }
    }

    /// A side's files as they will be.
    pub(super) fn edited(
        &self,
        side: &Side,
        read: &Read,
        context: &Context,
    ) -> Result<Vec<SourceText>, String> {
        let remembered = remembered(context);
        read.files
            .iter()
            .map(|file| {
                let key = (side.tree_ref(), file.path.clone());
                let Some((text, edits)) = self.by_file.get(&key) else {
                    return Ok(file.clone());
                };
                let text = apply(text, edits)?;
                let file = SourceText::new(file.path.clone(), file.place.clone(), text);
                if let Some(remembered) = &remembered {
                    remembered.keep_planted(&file);
                }
                Ok(file)
            })
            .collect()
    }

    /// The planted violation. Files keep their mode.
    pub(super) fn plant(&self, context: &Context) -> Result<Plant, String> {
        let mut plant = Plant::default();
        for ((tree, path), (text, edits)) in &self.by_file {
            let facts = match tree {
                TreeRef::Root => context.root().facts(path),
                TreeRef::Source(source) => context
                    .source(source)
                    .map_err(|obstacle| obstacle.to_string())?
                    .tree
                    .facts(path),
                TreeRef::Delivery(name) => {
                    return Err(format!("no constants are read out of the delivery {name}"));
                }
            };
            let change = Change::Write {
                path: path.as_bytes().to_vec(),
                bytes: apply(text, edits)?.into_bytes(),
                executable: facts.map_err(|error| error.to_string())?.executable,
            };
            plant = plant.and(tree.clone(), change);
        }
        Ok(plant)
    }
}

fn apply(text: &str, edits: &[Edit]) -> Result<String, String> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| (edit.at.span.start, edit.at.span.end));
    edits.dedup();
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let span = &edit.at.span;
        let before = text.get(done..span.start);
        match (before, text.get(span.clone())) {
            (Some(before), Some(_)) => edited.push_str(before),
            _ => return Err("the places to change overlap".to_owned()),
        }
        edited.push_str(&edit.text);
        done = span.end;
    }
    edited.push_str(&text[done..]);
    Ok(edited)
}
