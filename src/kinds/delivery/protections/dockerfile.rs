use super::dockerfile_edit::{Editor, heredoc, is_plain};
use super::target::{Target, protection, unplanted};
use crate::gate::{Change, Code, Obstacle, Plant, Protection, TreeRef};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes;
use crate::kinds::delivery::dockerfile::{CopySpan, Image, Origin, Place, copy_spans};
use crate::kinds::delivery::dockerfile_channel::{View, allows, view};
use crate::kinds::delivery::plan::{Channel, Delivery, DockerfilePlan, SourcePlace};
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreePath};

/// What the image would hold with a violation planted; `None` where that cannot be worked out.
pub(super) fn planted_image(
    target: &Target<'_>,
    plan: &DockerfilePlan,
    plant: &Plant,
) -> Result<Option<Image>, Obstacle> {
    Ok(planted_view(target, plan, plant)?.map(|view| view.image))
}

/// The same, with the place of the source.
pub(super) fn planted_view(
    target: &Target<'_>,
    plan: &DockerfilePlan,
    plant: &Plant,
) -> Result<Option<View>, Obstacle> {
    let Ok(context) = target.context.plant(plant) else {
        return Ok(None);
    };
    view(&context, &target.plan.source, plan, false)
}

/// What a Dockerfile's delivery promises to catch.
pub(super) fn dockerfile_protections(
    target: &Target<'_>,
    delivery: &Delivery,
    plan: &DockerfilePlan,
) -> Result<Vec<Protection>, Obstacle> {
    let root = target.context.root();
    let bytes = root.read(&plan.dockerfile, SMALL_FILE)?;
    let executable = root.facts(&plan.dockerfile)?.executable;
    let mut protections = vec![
        protection(
            "deleted Dockerfile",
            &delivery.name,
            &plan.dockerfile,
            &SUBJECT_MISSING,
            Plant::in_root(Change::remove(&plan.dockerfile)),
        ),
        protection(
            "symlink for the Dockerfile",
            &delivery.name,
            &plan.dockerfile,
            &codes::TYPE_DIFFERS,
            Plant::in_root(Change::Symlink {
                path: plan.dockerfile.as_bytes().to_vec(),
                target: b"driftgate-planted".to_vec(),
            }),
        ),
    ];
    let Some(view) = view(target.context, &target.plan.source, plan, false)? else {
        return Ok(protections);
    };
    let Some((text, spans)) = copy_spans(&bytes) else {
        protections.extend(not_planted(
            delivery,
            "the instructions of the Dockerfile cannot be told apart",
        ));
        return Ok(protections);
    };
    let planting = Planting {
        target,
        delivery,
        plan,
        view: &view,
        editor: Editor { text, spans },
        executable,
    };
    protections.extend(planting.renamed_argument());
    let Some(file) = planting.representative()? else {
        protections.extend(not_planted(
            delivery,
            "no instruction delivers a file of the source, with content and a plain name, and nothing but the source",
        ));
        return Ok(protections);
    };
    protections.push(planting.dropped(&file)?);
    let why = "its path cannot be written into a Dockerfile or ignore file as it is";
    protections.push(
        planting
            .redirected(&file)?
            .unwrap_or_else(|| unplanted("redirected COPY", delivery, &codes::VENDORED, why)),
    );
    protections.push(
        planting.ignored(&file)?.unwrap_or_else(|| {
            unplanted(".dockerignore exclusion", delivery, &codes::IGNORED, why)
        }),
    );
    protections.extend(planting.inserted(&file));
    protections.extend(planting.chmod(&file));
    protections.extend(planting.renamed_file(&file));
    protections.extend(planting.renamed_dest()?);
    protections.extend(planting.emptied(&file));
    Ok(protections)
}

/// What every image promises to catch, where it cannot be planted: the gate stays unproved.
fn not_planted(delivery: &Delivery, why: &str) -> Vec<Protection> {
    [
        ("dropped COPY", &codes::NOT_DELIVERED),
        ("redirected COPY", &codes::VENDORED),
        (".dockerignore exclusion", &codes::IGNORED),
    ]
    .into_iter()
    .map(|(what, expected)| unplanted(what, delivery, expected, why))
    .collect()
}

/// A file that the image has from the source.
struct Chosen<'a> {
    path: TreePath,
    name: TreePath,
    at: Place,
    executable: bool,
    span: &'a CopySpan,
}

struct Planting<'a> {
    target: &'a Target<'a>,
    delivery: &'a Delivery,
    plan: &'a DockerfilePlan,
    view: &'a View,
    editor: Editor,
    executable: bool,
}

impl Planting<'_> {
    fn edited(&self, text: String) -> Change {
        Change::Write {
            path: self.plan.dockerfile.as_bytes().to_vec(),
            bytes: text.into_bytes(),
            executable: self.executable,
        }
    }

    fn one(
        &self,
        what: &str,
        name: &TreePath,
        expected: &'static Code,
        text: String,
    ) -> Protection {
        let plant = Plant::in_root(self.edited(text));
        protection(what, &self.delivery.name, name, expected, plant)
    }

    fn in_source(&self, origin: &Origin) -> Option<TreePath> {
        match origin {
            Origin::Context { path } => path.strip_prefix(&self.view.folder),
            _ => None,
        }
    }

    /// The first file of the source that an instruction delivers which delivers nothing else.
    fn representative(&self) -> Result<Option<Chosen<'_>>, Obstacle> {
        for (image_path, file) in &self.view.image.files {
            let (Some(name), Some(path)) = (
                image_path.strip_prefix(&self.plan.dest),
                self.in_source(&file.origin),
            ) else {
                continue;
            };
            let tree = self.target.source.tree;
            let is_own = self.delivery.renames.apply(&path) == name
                && self.target.plan.source.selection.has(&path)
                && tree.kind(&path)? == Some(NodeKind::File);
            if !is_own || !file.overwrote.is_empty() || !is_plain(image_path) {
                continue;
            }
            let Some(span) = self.editor.instruction(file.at) else {
                continue;
            };
            let brings_extras = self
                .delivered_by(span)
                .any(|(name, path)| path.is_none() || self.delivery.allow_extra.is_match(&name));
            let facts = tree.facts(&path)?;
            if brings_extras || facts.is_empty() {
                continue;
            }
            return Ok(Some(Chosen {
                path,
                name,
                at: file.at,
                executable: file.executable.unwrap_or(facts.executable),
                span,
            }));
        }
        Ok(None)
    }

    /// What an instruction delivers: its name, and its path in the source if it is from there.
    fn delivered_by(&self, span: &CopySpan) -> impl Iterator<Item = (TreePath, Option<TreePath>)> {
        self.view.image.files.iter().filter_map(|(path, file)| {
            let name = path.strip_prefix(&self.plan.dest)?;
            let by = self.editor.instruction(file.at)?;
            (by.at == span.at).then(|| (name, self.in_source(&file.origin)))
        })
    }

    fn renamed_argument(&self) -> Option<Protection> {
        let SourcePlace::Arg(name) = &self.plan.source else {
            return None;
        };
        let text = self.editor.rename_word(name, &format!("{name}_PLANTED"));
        let mentioned = TreePath::root().join(name);
        Some(self.one("renamed ARG", &mentioned, &codes::PIN, text))
    }

    fn dropped(&self, file: &Chosen<'_>) -> Result<Protection, Obstacle> {
        let text = self.editor.replace(file.span.whole.clone(), "");
        let own = |path: &TreePath| path.strip_prefix(&self.plan.dest).is_some();
        let is_the_last = !self.view.image.files.iter().any(|(path, other)| {
            own(path)
                && self.in_source(&other.origin).is_some()
                && self.editor.instruction(other.at).map(|span| span.at) != Some(file.span.at)
        });
        // Where another folder of the image has the source too, an empty destination looks as if it
        // had been renamed.
        let has_another_home = is_the_last
            && view(
                self.target.context,
                &self.target.plan.source,
                self.plan,
                true,
            )?
            .is_some_and(|view| {
                let files = view.image.files.iter();
                files
                    .filter(|(path, _)| !own(path))
                    .any(|(_, other)| self.in_source(&other.origin).is_some())
            });
        if let Some(cut_off) = self.cut_off("dropped COPY", &text)? {
            return Ok(cut_off);
        }
        Ok(if has_another_home {
            let dest = &self.plan.dest;
            self.one("dropped COPY", dest, &codes::PIN, text)
        } else {
            self.one("dropped COPY", &file.name, &codes::NOT_DELIVERED, text)
        })
    }

    /// Where the edit leaves the stage that declares the source's argument out of the build, nothing
    /// leads to the source any more, and that is what is found.
    fn cut_off(&self, what: &str, text: &str) -> Result<Option<Protection>, Obstacle> {
        let SourcePlace::Arg(name) = &self.plan.source else {
            return Ok(None);
        };
        let name = TreePath::root().join(name);
        let protection = self.one(what, &name, &codes::PIN, text.to_owned());
        let Ok(plant) = &protection.plant else {
            return Ok(None);
        };
        let is_cut_off = planted_view(self.target, self.plan, plant)?.is_none();
        Ok(is_cut_off.then_some(protection))
    }

    /// The same file from a folder beside the source; from a heredoc where an ignore file would
    /// keep such a folder out.
    fn redirected(&self, file: &Chosen<'_>) -> Result<Option<Protection>, Obstacle> {
        if let Some(plant) = self.redirected_path(file) {
            let image = planted_image(self.target, self.plan, &plant)?;
            let image_path = self.plan.dest.join(&file.name);
            let arrives = image.is_some_and(|image| image.files.contains_key(&image_path));
            if arrives {
                return Ok(Some(protection(
                    "redirected COPY",
                    &self.delivery.name,
                    &file.name,
                    &codes::VENDORED,
                    plant,
                )));
            }
        }
        let names: Vec<_> = self.delivered_by(file.span).map(|(name, _)| name).collect();
        if !names.iter().all(is_plain) {
            return Ok(None);
        }
        let copies: String = names
            .iter()
            .map(|name| heredoc(&self.plan.dest.join(name)))
            .collect();
        let text = self
            .editor
            .replace(file.span.whole.clone(), copies.trim_end());
        if let Some(cut_off) = self.cut_off("redirected COPY", &text)? {
            return Ok(Some(cut_off));
        }
        Ok(Some(self.one(
            "redirected COPY",
            &file.name,
            &codes::VENDORED,
            text,
        )))
    }

    fn redirected_path(&self, file: &Chosen<'_>) -> Option<Plant> {
        const FOLDER: &str = "driftgate-planted";
        // Where the source is the whole build context, no folder is beside it.
        if self.view.folder == self.plan.context {
            return None;
        }
        let (_, range) = self.editor.source(file.at)?;
        let base = self.written_source(file.at)?;
        let mut changes = Vec::new();
        let mut written = FOLDER.to_owned();
        for (image_path, other) in &self.view.image.files {
            if other.at != file.at {
                continue;
            }
            image_path.strip_prefix(&self.plan.dest)?;
            let path = self.in_source(&other.origin)?;
            let rest = if path == base {
                let name = TreePath::root().join(path.name());
                written = format!("{FOLDER}/{name}");
                name
            } else {
                path.strip_prefix(&base)?
            };
            let planted = self.plan.context.join(FOLDER).join(&rest);
            changes.push((TreeRef::Root, Change::write(planted, "planted\n")));
        }
        let text = self.editor.replace(range, &written);
        changes.push((TreeRef::Root, self.edited(text)));
        is_plain(&TreePath::new(&written).ok()?).then_some(Plant::changes(changes))
    }

    /// The path in the source that a `COPY` names with nothing but the source's own argument.
    fn written_source(&self, at: Place) -> Option<TreePath> {
        let (written, _) = self.editor.source(at)?;
        let expanded = match &self.plan.source {
            SourcePlace::Arg(name) => {
                let value = self.view.image.args.get(name)?.value()?;
                written
                    .replace(&format!("${{{name}}}"), value)
                    .replace(&format!("${name}"), value)
            }
            SourcePlace::Folder(_) => written.to_owned(),
        };
        let path = TreePath::new(expanded.trim_start_matches('/')).ok()?;
        let path = self.plan.context.join(&path);
        is_plain(&path).then(|| path.strip_prefix(&self.view.folder))?
    }

    fn ignored(&self, file: &Chosen<'_>) -> Result<Option<Protection>, Obstacle> {
        let root = self.target.context.root();
        let own = [self.plan.dockerfile.as_bytes(), b".dockerignore"].concat();
        let own = TreePath::root().join(own);
        let ignore_file = match root.kind(&own)? {
            Some(NodeKind::File) => own,
            _ => self.plan.context.join(".dockerignore"),
        };
        let mut text = match root.kind(&ignore_file)? {
            Some(NodeKind::File) => root.read(&ignore_file, SMALL_FILE)?,
            _ => Vec::new(),
        };
        let path = self.view.folder.join(&file.path);
        let Some(path) = path.strip_prefix(&self.plan.context) else {
            return Ok(None);
        };
        if !is_plain(&path) {
            return Ok(None);
        }
        text.extend_from_slice(format!("\n{path}\n").as_bytes());
        let plant = Plant::in_root(Change::write(ignore_file, text));
        Ok(Some(protection(
            ".dockerignore exclusion",
            &self.delivery.name,
            &file.name,
            &codes::IGNORED,
            plant,
        )))
    }

    /// Instructions that come after the right one.
    fn inserted(&self, file: &Chosen<'_>) -> Vec<Protection> {
        let dest = &self.plan.dest;
        if !is_plain(dest) {
            return Vec::new();
        }
        let after = |instructions: &str| self.editor.after(file.span, instructions);
        let image_path = dest.join(&file.name);
        let mut protections = vec![self.one(
            "overwritten file",
            &file.name,
            &codes::OVERWRITTEN,
            after(&heredoc(&image_path)),
        )];
        let extra = TreePath::root().join("driftgate-planted");
        if !self.delivery.allow_extra.is_match(&extra) {
            protections.push(self.one(
                "extra file",
                &extra,
                &codes::NOT_IN_SOURCE,
                after(&heredoc(&dest.join(&extra))),
            ));
        }
        let step = format!("RUN echo planted > /{image_path}");
        let is_allowed = |step: &str| {
            let mut allowed = self.plan.allow_opaque.iter();
            allowed.any(|entry| allows(entry, step))
        };
        if !is_allowed(&step) {
            protections.push(self.one("opaque RUN", &file.name, &codes::OPAQUE_STEP, after(&step)));
        }
        protections
    }

    fn chmod(&self, file: &Chosen<'_>) -> Option<Protection> {
        if file.span.has_chmod || !self.delivery.modes {
            return None;
        }
        let mode = if file.executable { "0644" } else { "0755" };
        let at = file.span.after_keyword;
        let text = self.editor.replace(at..at, &format!(" --chmod={mode}"));
        Some(self.one("changed mode", &file.name, &codes::MODE_DIFFERS, text))
    }

    fn renamed_file(&self, file: &Chosen<'_>) -> Option<Protection> {
        let (written, _) = self.editor.source(file.at)?;
        let is_alone = self.delivered_by(file.span).count() == 1;
        if !is_alone || self.written_source(file.at)? != file.path || !is_plain(&self.plan.dest) {
            return None;
        }
        let copy = format!("COPY {written} /{}/driftgate-planted", self.plan.dest);
        let text = self.editor.replace(file.span.whole.clone(), &copy);
        Some(self.one("renamed file", &file.name, &codes::RENAMED, text))
    }

    fn renamed_dest(&self) -> Result<Option<Protection>, Obstacle> {
        let dest = &self.plan.dest;
        let written = format!("/{dest}");
        if !self.editor.text.contains(&written) {
            return Ok(None);
        }
        let text = self
            .editor
            .text
            .replace(&written, &format!("{written}-planted"));
        let protection = self.one("renamed destination", dest, &codes::PIN, text);
        let Ok(plant) = &protection.plant else {
            return Ok(None);
        };
        // Where the destination is put together from parts, other files stay behind.
        let image = planted_image(self.target, self.plan, plant)?;
        Ok(image
            .is_some_and(|image| image.files.is_empty())
            .then_some(protection))
    }

    /// The image takes what the source has, and so an empty file too.
    fn emptied(&self, file: &Chosen<'_>) -> Option<Protection> {
        let has_copy = self
            .target
            .plan
            .deliveries
            .iter()
            .any(|delivery| !matches!(delivery.channel, Channel::Dockerfile(_)));
        if has_copy || !self.target.plan.source.non_empty {
            return None;
        }
        let executable = self.target.source.tree.facts(&file.path).ok()?.executable;
        let change = |path| Change::Write {
            path,
            bytes: Vec::new(),
            executable,
        };
        let plant = self.target.in_source(change, &file.path);
        Some(protection(
            "emptied file of the source",
            &self.delivery.name,
            &file.path,
            &codes::EMPTY_FILE,
            plant,
        ))
    }
}
