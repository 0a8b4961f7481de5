use super::alter::{altered, beside, other_case, with_key_twice};
use super::image_config::{config_protections, filled};
use super::image_layer::{LayerWriter, OWNED_BY_ROOT};
use super::target::{Delivered, Target, protection, unplanted};
use crate::gate::{Change, Code, ImagePatch, Obstacle, Plant, Protection};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes;
use crate::kinds::delivery::equality::CompareAs;
use crate::kinds::delivery::image_channel::{
    FORBIDDEN_FILE, IMAGE_DIGEST_MISMATCH, IMAGE_UNSAFE, ImageInput, ImagePlan, OWNER_DIFFERS, Seen,
};
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::spec::Mode;
use crate::tree::image::Owned;
use crate::tree::{SMALL_FILE, SubTree, Tree, TreePath};

/// What an image's delivery promises to catch. The violations are layers over the image, read like its own.
pub(super) fn image_protections(
    target: &Target<'_>,
    delivery: &Delivery,
    plan: &ImagePlan,
) -> Result<Vec<Protection>, Obstacle> {
    let Some(seen) = target.images.get(&delivery.name) else {
        return Ok(Vec::new());
    };
    let planting = Planting {
        target,
        delivery,
        plan,
        seen,
        tree: target.copy(delivery, &plan.copy),
    };
    let mut protections = planting.image_itself();
    protections.extend(planting.folder_itself());
    protections.extend(planting.damage());
    let files = target.delivered(delivery, &plan.copy)?;
    protections.extend(planting.extra(&files)?);
    protections.extend(planting.files(&files)?);
    protections.extend(planting.forbidden());
    protections.extend(config_protections(delivery, plan, seen));
    Ok(protections)
}

struct Planting<'a> {
    target: &'a Target<'a>,
    delivery: &'a Delivery,
    plan: &'a ImagePlan,
    seen: &'a Seen,
    tree: SubTree<'a>,
}

impl Planting<'_> {
    fn over(&self, layer: LayerWriter) -> Plant {
        Plant::image(ImagePatch {
            delivery: self.delivery.name.clone(),
            layer: layer.finish(),
            config: None,
            digest: None,
        })
    }

    fn one(
        &self,
        what: &str,
        mentions: &TreePath,
        expected: &'static Code,
        layer: LayerWriter,
    ) -> Protection {
        protection(
            what,
            &self.delivery.name,
            mentions,
            expected,
            self.over(layer),
        )
    }

    fn inside(&self, name: &TreePath) -> TreePath {
        self.seen.dest.path.join(name)
    }

    /// The owner and mode that a path has now.
    fn owned(&self, name: &TreePath) -> Owned {
        let standing = self.seen.tree.files().at(&self.inside(name));
        standing.map_or(OWNED_BY_ROOT, |standing| standing.owned)
    }

    /// As much as can be altered byte by byte: what was kept of it.
    fn content(&self, name: &TreePath) -> Option<Vec<u8>> {
        self.tree.read(name, SMALL_FILE).ok()
    }

    /// What the image is read from is gone, and a symlink stands in its place.
    fn image_itself(&self) -> Vec<Protection> {
        let path = match &self.plan.input {
            ImageInput::Archive(path) | ImageInput::Layout(path) => path,
            ImageInput::Build(build) => &build.dockerfile,
            ImageInput::Daemon(_) | ImageInput::Registry { .. } => return Vec::new(),
        };
        let name = &self.delivery.name;
        let link = Change::Symlink {
            path: path.as_bytes().to_vec(),
            target: b"driftgate-planted".to_vec(),
        };
        // A Dockerfile may be that of another delivery of the gate, which promises the same of it.
        let is_shared = matches!(self.plan.input, ImageInput::Build(_));
        if path.is_root() || is_shared {
            return Vec::new();
        }
        vec![
            protection(
                "deleted image",
                name,
                path,
                &SUBJECT_MISSING,
                Plant::in_root(Change::remove(path)),
            ),
            protection(
                "symlink for the image",
                name,
                path,
                &codes::TYPE_DIFFERS,
                Plant::in_root(link),
            ),
        ]
    }

    /// The destination is gone from the image, or something else stands there.
    fn folder_itself(&self) -> Vec<Protection> {
        let dest = &self.seen.dest.path;
        let asked = &self.plan.copy.folder;
        let removed = LayerWriter::new().whiteout(dest);
        let file = LayerWriter::new().file(dest, b"planted\n", OWNED_BY_ROOT);
        vec![
            self.one("whiteout of the folder", asked, &SUBJECT_MISSING, removed),
            self.one("file for the folder", asked, &codes::TYPE_DIFFERS, file),
        ]
    }

    /// A layer that is not the one that it is said to be, and one with an entry that leads out.
    fn damage(&self) -> Vec<Protection> {
        let mut damaged = self.over(LayerWriter::new());
        if let Some(image) = &mut damaged.image {
            image.digest = Some(format!("sha256:{}", "0".repeat(64)));
        }
        let outside = TreePath::root().join("driftgate-planted");
        let layer = LayerWriter::new().named(b"../driftgate-planted");
        let name = &self.delivery.name;
        vec![
            Protection {
                name: format!("damaged layer in {name}"),
                expected: &IMAGE_DIGEST_MISMATCH,
                mentions: "layer".to_owned(),
                plant: Ok(damaged),
            },
            self.one("path out of the image", &outside, &IMAGE_UNSAFE, layer),
        ]
    }

    fn files(&self, files: &[Delivered]) -> Result<Vec<Protection>, Obstacle> {
        let Some(first) = files.first() else {
            let why = "no file with content is both in the source and in the image";
            return Ok(vec![unplanted(
                "changed byte",
                self.delivery,
                &codes::CONTENT_DIFFERS,
                why,
            )]);
        };
        let mut protections = Vec::new();
        for compare_as in [
            CompareAs::Bytes,
            CompareAs::Text,
            CompareAs::Json,
            CompareAs::Yaml,
        ] {
            let of_its_kind = files
                .iter()
                .find(|file| self.plan.copy.compare.of(&file.name) == compare_as);
            if let Some(file) = of_its_kind {
                protections.extend(self.contents(file, compare_as));
            }
        }
        if self.delivery.modes {
            protections.extend(self.modes(files));
        }
        let path = self.inside(&first.name);
        let owned = self.owned(&first.name);
        if self.plan.copy.mode == Mode::Mirror {
            let removed = LayerWriter::new().whiteout(&path);
            let code = &codes::NOT_DELIVERED;
            protections.push(self.one("whiteout of a file", &first.name, code, removed));
            // An allowance for files that are gone as well is a finding of its own.
            if self.delivery.allow_extra.is_empty() {
                let emptied = LayerWriter::new().opaque(&self.seen.dest.path);
                protections.push(self.one("opaque folder", &first.name, code, emptied));
            }
        }
        if self.target.plan.source.non_empty {
            let layer = LayerWriter::new().file(&path, b"", owned);
            protections.push(self.one("emptied file", &first.name, &codes::EMPTY_FILE, layer));
        }
        let link = LayerWriter::new().symlink(&path, "driftgate-planted");
        // A symlink belongs to root here, which is another owner than some gates expect.
        if self.plan.owner.is_none_or(|owner| owner == (0, 0)) {
            let code = &codes::TYPE_DIFFERS;
            protections.push(self.one("symlink for a file", &first.name, code, link));
        }
        protections.extend(self.other_owner(first));
        protections.extend(self.renamed(files)?);
        Ok(protections)
    }

    fn contents(&self, file: &Delivered, compare_as: CompareAs) -> Vec<Protection> {
        let (path, owned) = (self.inside(&file.name), self.owned(&file.name));
        let write = |bytes: &[u8]| LayerWriter::new().file(&path, bytes, owned);
        let what = match compare_as {
            CompareAs::Bytes => "changed byte".to_owned(),
            other => format!("changed {}", other.name()),
        };
        let bytes = altered(self.content(&file.name), compare_as);
        let mut protections =
            vec![self.one(&what, &file.name, &codes::CONTENT_DIFFERS, write(&bytes))];
        if let Some(text) = with_key_twice(compare_as) {
            let what = format!("duplicate key in {}", compare_as.name());
            let layer = write(text.as_bytes());
            protections.push(self.one(&what, &file.name, &codes::MALFORMED_CONTENT, layer));
        }
        protections
    }

    fn modes(&self, files: &[Delivered]) -> Vec<Protection> {
        let mut protections = Vec::new();
        for is_executable in [true, false] {
            let of_its_kind = files
                .iter()
                .filter(|file| file.executable == is_executable)
                .find_map(|file| Some((file, self.content(&file.name)?)));
            let Some((file, bytes)) = of_its_kind else {
                continue;
            };
            let owned = self.owned(&file.name);
            let owned = Owned {
                mode: owned.mode ^ 0o100,
                ..owned
            };
            let what = if is_executable {
                "mode no longer executable"
            } else {
                "mode now executable"
            };
            let layer = LayerWriter::new().file(&self.inside(&file.name), &bytes, owned);
            protections.push(self.one(what, &file.name, &codes::MODE_DIFFERS, layer));
        }
        protections
    }

    fn other_owner(&self, file: &Delivered) -> Option<Protection> {
        self.plan.owner?;
        let Some(bytes) = self.content(&file.name) else {
            let why = "the file is too large to be kept";
            return Some(unplanted("other owner", self.delivery, &OWNER_DIFFERS, why));
        };
        let owned = self.owned(&file.name);
        let owned = Owned {
            uid: owned.uid ^ 1,
            ..owned
        };
        let layer = LayerWriter::new().file(&self.inside(&file.name), &bytes, owned);
        Some(self.one("other owner", &file.name, &OWNER_DIFFERS, layer))
    }

    /// Who owns what is added, so that nothing is wrong with that.
    fn expected_owner(&self) -> Owned {
        let (uid, gid) = self.plan.owner.unwrap_or_default();
        Owned {
            uid,
            gid,
            ..OWNED_BY_ROOT
        }
    }

    fn extra(&self, files: &[Delivered]) -> Result<Option<Protection>, Obstacle> {
        let candidates = files
            .iter()
            .map(|file| beside(&file.name))
            .chain([TreePath::root().join("driftgate-planted")]);
        for name in candidates {
            if self.is_free(&name)? {
                let path = self.inside(&name);
                let layer = LayerWriter::new().file(&path, b"planted\n", self.expected_owner());
                return Ok(Some(self.one(
                    "extra file",
                    &name,
                    &codes::NOT_IN_SOURCE,
                    layer,
                )));
            }
        }
        Ok(None)
    }

    /// Whether the gate looks at a name, and nothing is there.
    fn is_free(&self, name: &TreePath) -> Result<bool, Obstacle> {
        let in_view =
            self.plan.copy.selection.has(name) && !self.delivery.allow_extra.is_match(name);
        let path = self.inside(name);
        Ok(
            in_view
                && !self.plan.forbidden_files.is_match(&path)
                && self.tree.kind(name)?.is_none(),
        )
    }

    /// A name that differs in case alone.
    fn renamed(&self, files: &[Delivered]) -> Result<Option<Protection>, Obstacle> {
        for file in files {
            let (Some(name), Some(bytes)) = (other_case(&file.name), self.content(&file.name))
            else {
                continue;
            };
            let is_free = self.is_free(&name)? && self.target.source.tree.kind(&name)?.is_none();
            if is_free {
                let layer = LayerWriter::new().whiteout(&self.inside(&file.name)).file(
                    &self.inside(&name),
                    &bytes,
                    self.owned(&file.name),
                );
                return Ok(Some(self.one(
                    "name in another case",
                    &name,
                    &codes::CASE_DIFFERS,
                    layer,
                )));
            }
        }
        Ok(None)
    }

    /// A forbidden file beside the destination: one inside of it would be an extra file as well.
    fn forbidden(&self) -> Option<Protection> {
        let forbidden = &self.plan.forbidden_files;
        if forbidden.is_empty() {
            return None;
        }
        let paths = forbidden
            .texts()
            .filter_map(|pattern| TreePath::new(filled(pattern, "driftgate-planted")).ok());
        let dest = &self.seen.dest.path;
        let path = paths.into_iter().find(|path| {
            forbidden.is_match(path) && !path.is_within(dest) && !dest.is_within(path)
        });
        Some(match path {
            Some(path) => {
                let layer = LayerWriter::new().file(&path, b"planted\n", OWNED_BY_ROOT);
                self.one("forbidden file", &path, &FORBIDDEN_FILE, layer)
            }
            None => unplanted(
                "forbidden file",
                self.delivery,
                &FORBIDDEN_FILE,
                "no path outside of the destination could be made up that one of the patterns matches",
            ),
        })
    }
}
