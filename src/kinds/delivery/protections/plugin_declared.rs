use super::plugin::PluginPlanting;
use super::target::unplanted;
use crate::gate::{Change, Code, Obstacle, Plant, Protection, TreeRef};
use crate::kinds::delivery::plan::Channel;
use crate::kinds::delivery::plugin_channel::{
    Catalogue, DECLARATION, DeclaredPlugin, KnownPlugin, OPT_OUT_UNUSED, OTHER_REF, PluginPlace,
    SHADOWED, UNKNOWN_PLUGIN, UNPINNED_PLUGIN,
};
use crate::tree::{SMALL_FILE, Tree, TreePath};

/// What a delivery promises about the declaration itself, and about the manifest that it leans on.
pub(super) fn declaration_protections(
    planting: &PluginPlanting<'_>,
) -> Result<Vec<Protection>, Obstacle> {
    let mut protections = Vec::new();
    protections.extend(lost(planting));
    let catalogue = Catalogue::read(planting.target.context)?;
    let known = &planting.read.known.plugins;
    if let Some(plugin) = known.iter().find(|plugin| is_pinned(plugin)) {
        protections.extend(moved(planting, &catalogue, plugin)?);
        protections.extend(unpinned(planting, plugin)?);
    }
    // A plugin whose servers nobody knows any more says more than that it is gone.
    let without_servers = known.iter().enumerate().find(|(index, _)| {
        let servers = &planting.read.servers.all;
        servers.iter().all(|server| server.plugin != *index)
    });
    if let Some((_, plugin)) = without_servers {
        protections.extend(unknown(planting, &catalogue, plugin)?);
    }
    let declared = &planting.read.declaration.plugins;
    if let Some(plugin) = declared.iter().find(|plugin| plugin.file.is_some()) {
        protections.extend(entries(planting, plugin)?);
    }
    Ok(protections)
}

fn is_pinned(plugin: &KnownPlugin) -> bool {
    plugin.declared.address.reference().is_some()
}

/// The file that declares is gone. Where an `include` pattern stands for it, the source's own promise says so.
fn lost(planting: &PluginPlanting<'_>) -> Option<Protection> {
    let (target, path) = (planting.target, &planting.plan.declared);
    let include = &target.source.plan.selection.include;
    let others = target.source.items.iter().map(|item| &item.path);
    if include
        .only_for(path, &others.filter(|other| *other != path))
        .is_some()
    {
        return None;
    }
    let plant = target.in_source(|path| Change::Remove { path }, path);
    let is_copied = planting.target.plan.deliveries.len() > 1;
    // Whatever else is delivered of the source would miss it as well.
    (!is_copied).then(|| {
        planting.one(
            "missing declaration",
            &path.to_string(),
            &DECLARATION,
            plant,
        )
    })
}

/// The manifest moved on to another ref.
fn moved(
    planting: &PluginPlanting<'_>,
    catalogue: &Catalogue,
    plugin: &KnownPlugin,
) -> Result<Option<Protection>, Obstacle> {
    let Some(entry) = catalogue.of(&plugin.declared.address) else {
        return Ok(None);
    };
    let other = format!("\"{}\"", "d1".repeat(20));
    let plant = in_manifest(planting, &entry.reference.span.bytes, &other)?;
    Ok(plant
        .map(|plant| planting.one("other ref in the manifest", &plugin.name, &OTHER_REF, plant)))
}

/// The manifest lost the plugin.
fn unknown(
    planting: &PluginPlanting<'_>,
    catalogue: &Catalogue,
    plugin: &KnownPlugin,
) -> Result<Option<Protection>, Obstacle> {
    let Some(entry) = catalogue.of(&plugin.declared.address) else {
        return Ok(None);
    };
    // By its name or by its repository, whichever it is declared by.
    let (text, other) = match plugin.declared.address.place {
        PluginPlace::Named(_) => (&entry.name, "\"driftgate-planted\""),
        PluginPlace::Repository { .. } => (&entry.repo, "\"driftgate/planted\""),
    };
    let plant = in_manifest(planting, &text.span.bytes, other)?;
    let one = |plant| {
        planting.one(
            "plugin not in the manifest",
            &plugin.name,
            &UNKNOWN_PLUGIN,
            plant,
        )
    };
    Ok(plant.map(one))
}

fn in_manifest(
    planting: &PluginPlanting<'_>,
    bytes: &std::ops::Range<usize>,
    text: &str,
) -> Result<Option<Plant>, Obstacle> {
    let manifest = &planting.target.context.settings().manifest;
    let Ok(path) = TreePath::new(manifest) else {
        return Ok(None);
    };
    let mut content = planting.root().read(&path, SMALL_FILE)?;
    if content.get(bytes.clone()).is_none() {
        return Ok(None);
    }
    content.splice(bytes.clone(), text.bytes());
    Ok(Some(Plant::in_root(Change::write(&path, content))))
}

/// The plugin is declared without its ref.
fn unpinned(
    planting: &PluginPlanting<'_>,
    plugin: &KnownPlugin,
) -> Result<Option<Protection>, Obstacle> {
    let declared = &plugin.declared;
    let Some((bare, _)) = declared.address.text.split_once('#') else {
        return Ok(None);
    };
    edited(
        planting,
        declared,
        ("plugin without a ref", &plugin.name, &UNPINNED_PLUGIN),
        |text| text.replace(&declared.address.text, bare),
    )
}

/// Further entries beside one that is there.
fn entries(
    planting: &PluginPlanting<'_>,
    declared: &DeclaredPlugin,
) -> Result<Vec<Protection>, Obstacle> {
    let name = &declared.name;
    let local = format!("local://{name}");
    // Another spelling of the same name.
    let again = if declared.address.text == local {
        name.clone()
    } else {
        local
    };
    let mut protections = Vec::new();
    for (what, entry, mentions, code) in [
        (
            "second plugin of a name",
            again.as_str(),
            name.as_str(),
            &SHADOWED,
        ),
        (
            "opt-out of nothing",
            "!driftgate-planted",
            "driftgate-planted",
            &OPT_OUT_UNUSED,
        ),
        (
            "address of no kind",
            "planted://driftgate-planted",
            "driftgate-planted",
            &DECLARATION,
        ),
    ] {
        let at = (
            declared.at.line.unwrap_or(1),
            declared.at.column.unwrap_or(1),
        );
        protections.extend(edited(
            planting,
            declared,
            (what, mentions, code),
            |text| with_entry(text, at, entry, code == &SHADOWED),
        )?);
    }
    Ok(protections)
}

/// A list with one more entry before or behind the one that stands at a place, in the way that the list is written.
fn with_entry(text: &str, at: (u32, u32), entry: &str, is_behind: bool) -> String {
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let index = number(at.0).saturating_sub(1);
    let Some(line) = lines.get_mut(index) else {
        return text.to_owned();
    };
    let column = number(at.1).saturating_sub(1);
    let place = line
        .char_indices()
        .nth(column)
        .map_or(line.len(), |(byte, _)| byte);
    let before = line[..place].to_owned();
    if before.trim_start() == "- " || before.trim() == "-" {
        let indent = &before[..before.len() - before.trim_start().len()];
        let item = format!("{indent}- \"{entry}\"\n");
        if is_behind {
            // Behind all that belongs to this entry.
            let deeper = |line: &String| {
                let bare = line.trim_start();
                bare.is_empty() || line.len() - bare.len() > indent.len()
            };
            let more = lines[index + 1..]
                .iter()
                .take_while(|line| deeper(line))
                .count();
            if let Some(last) = lines.get_mut(index + more)
                && !last.ends_with('\n')
            {
                last.push('\n');
            }
            lines.insert(index + more + 1, item);
        } else {
            lines.insert(index, item);
        }
    } else {
        let rest = &line[place..];
        let end = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map(|end| end + 2),
            Some('{') => rest.find('}').map(|end| end + 1),
            _ => rest.find([',', ']']),
        };
        if is_behind {
            let end = place + end.unwrap_or(rest.len());
            line.insert_str(end, &format!(", \"{entry}\""));
        } else {
            line.insert_str(place, &format!("\"{entry}\", "));
        }
    }
    lines.concat()
}

/// A change of the file that declares, also where the gate compares copies of it.
fn edited(
    planting: &PluginPlanting<'_>,
    declared: &DeclaredPlugin,
    (what, mentions, code): (&str, &str, &'static Code),
    edit: impl FnOnce(&str) -> String,
) -> Result<Option<Protection>, Obstacle> {
    match &declared.file {
        Some(path) => edited_file(planting, path, (what, mentions, code), edit),
        None => Ok(None),
    }
}

/// A change of a file of the source, also where the gate compares copies of it.
pub(super) fn edited_file(
    planting: &PluginPlanting<'_>,
    path: &TreePath,
    (what, mentions, code): (&str, &str, &'static Code),
    edit: impl FnOnce(&str) -> String,
) -> Result<Option<Protection>, Obstacle> {
    let target = planting.target;
    let bytes = target.source.tree.read(path, SMALL_FILE)?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Ok(None);
    };
    let after = edit(text);
    let executable = target.source.tree.facts(path)?.executable;
    let write = |path: Vec<u8>| Change::Write {
        path,
        bytes: after.clone().into_bytes(),
        executable,
    };
    let mut plant = target.in_source(write, path);
    for delivery in &target.plan.deliveries {
        let name = delivery.renames.apply(path);
        let is_compared = target.source.plan.selection.has(path);
        match &delivery.channel {
            Channel::Directory(copy) if is_compared && copy.selection.has(&name) => {
                let outer = copy.folder.join(&name);
                plant = plant.and(TreeRef::Root, write(outer.as_bytes().to_vec()));
            }
            Channel::Image(image) if is_compared && image.copy.selection.has(&name) => {
                let why = format!("{path} is compared with an image in the same gate");
                return Ok(Some(unplanted(what, planting.delivery, code, &why)));
            }
            _ => {}
        }
    }
    Ok(Some(planting.one(what, mentions, code, plant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_added_in_the_way_that_the_list_is_written() {
        let block = "plugins:\n  - source: a\n    config: {}\n  - b\n";
        assert_eq!(
            with_entry(block, (2, 5), "x", false),
            "plugins:\n  - \"x\"\n  - source: a\n    config: {}\n  - b\n"
        );
        assert_eq!(
            with_entry(block, (2, 5), "x", true),
            "plugins:\n  - source: a\n    config: {}\n  - \"x\"\n  - b\n"
        );
        assert_eq!(
            with_entry("plugins:\n- a", (2, 3), "x", true),
            "plugins:\n- a\n- \"x\"\n"
        );
        let flow = "plugins: [a, 'b', {source: c}]\n";
        assert_eq!(
            with_entry(flow, (1, 11), "x", false),
            "plugins: [\"x\", a, 'b', {source: c}]\n"
        );
        for (column, expected) in [
            (11, "plugins: [a, \"x\", 'b', {source: c}]\n"),
            (14, "plugins: [a, 'b', \"x\", {source: c}]\n"),
            (19, "plugins: [a, 'b', {source: c}, \"x\"]\n"),
        ] {
            assert_eq!(with_entry(flow, (1, column), "x", true), expected);
        }
    }
}
