use super::alter::{altered, with_key_twice};
use super::choice::{
    change_words, extra_name, in_other_case, mode_words, of_each_comparison, of_each_mode,
};
use super::image_config::{config_protections, filled};
use super::image_layer::{LayerWriter, OWNED_BY_ROOT};
use super::target::{Delivered, Target, protection, unplanted};
use crate::gate::{Change, Code, ImagePatch, Obstacle, Plant, Protection};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes;
use crate::kinds::delivery::equality::CompareAs;
use crate::kinds::delivery::image_channel::{
    FORBIDDEN_FILE, IMAGE_DIGEST_MISMATCH, IMAGE_UNSAFE, ImageInput, ImagePlan, OWNER_DIFFERS,
    PERMISSIONS_DIFFER, Seen,
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
        let asked = &self.plan.copy.folder;
        // What leads to the root can go away, and the root cannot.
        let dest = match self.seen.dest.path.is_root() {
            true => asked,
            false => &self.seen.dest.path,
        };
        if dest.is_root() {
            return Vec::new();
        }
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
        for (file, compare_as) in of_each_comparison(files, &self.plan.copy.compare) {
            protections.extend(self.contents(file, compare_as));
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
        protections.extend(self.other_permissions(files));
        protections.extend(self.renamed(files)?);
        Ok(protections)
    }

    fn contents(&self, file: &Delivered, compare_as: CompareAs) -> Vec<Protection> {
        let (path, owned) = (self.inside(&file.name), self.owned(&file.name));
        let write = |bytes: &[u8]| LayerWriter::new().file(&path, bytes, owned);
        let what = change_words(compare_as);
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
        for file in of_each_mode(files, |file| self.content(&file.name).is_some()) {
            let Some(bytes) = self.content(&file.name) else {
                continue;
            };
            let owned = self.owned(&file.name);
            let owned = Owned {
                mode: self.toggled(owned.mode),
                ..owned
            };
            let what = mode_words(file.executable);
            let layer = LayerWriter::new().file(&self.inside(&file.name), &bytes, owned);
            protections.push(self.one(what, &file.name, &codes::MODE_DIFFERS, layer));
        }
        protections
    }

    /// The mode with the owner's executable bit the other way, and otherwise as the gate wants it then.
    fn toggled(&self, mode: u16) -> u16 {
        let mode = mode ^ 0o100;
        let Some(permissions) = self.plan.permissions else {
            return mode;
        };
        let expected = match mode & 0o100 {
            0 => permissions.files,
            _ => permissions.executables,
        };
        expected.map_or(mode, |expected| {
            (mode & !permissions.mask) | (expected & permissions.mask & !0o100) | (mode & 0o100)
        })
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

    /// One bit of the mode that is compared, and that is not the owner's executable one, which is for the source to
    /// say.
    fn other_permissions(&self, files: &[Delivered]) -> Option<Protection> {
        let permissions = self.plan.permissions?;
        let bit = [
            0o4000, 0o2000, 0o002, 0o020, 0o004, 0o040, 0o001, 0o010, 0o200, 0o400, 0o1000,
        ]
        .into_iter()
        .find(|bit| permissions.mask & bit != 0);
        let standing = |file: &Delivered| self.seen.tree.files().at(&self.inside(&file.name));
        let found = files.iter().find_map(|file| {
            permissions.of(&standing(file)?)?;
            Some((file, self.content(&file.name)?))
        });
        let what = "other permissions";
        Some(match (bit, found) {
            (Some(bit), Some((file, bytes))) => {
                let owned = self.owned(&file.name);
                let owned = Owned {
                    mode: owned.mode ^ bit,
                    ..owned
                };
                let layer = LayerWriter::new().file(&self.inside(&file.name), &bytes, owned);
                self.one(what, &file.name, &PERMISSIONS_DIFFER, layer)
            }
            _ => unplanted(
                what,
                self.delivery,
                &PERMISSIONS_DIFFER,
                "no file that is small enough to be kept has permissions that the gate expects",
            ),
        })
    }

    /// Who owns what is added, so that nothing is wrong with that.
    fn expected_owner(&self) -> Owned {
        let (uid, gid) = self.plan.owner.unwrap_or_default();
        let expected = self.plan.permissions.and_then(|expected| expected.files);
        Owned {
            uid,
            gid,
            mode: expected.unwrap_or(OWNED_BY_ROOT.mode),
        }
    }

    fn extra(&self, files: &[Delivered]) -> Result<Option<Protection>, Obstacle> {
        let name = extra_name(files, |name| self.is_free(name))?;
        Ok(name.map(|name| {
            let path = self.inside(&name);
            let layer = LayerWriter::new().file(&path, b"planted\n", self.expected_owner());
            self.one("extra file", &name, &codes::NOT_IN_SOURCE, layer)
        }))
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
        let found = in_other_case(
            files,
            |name| self.content(name),
            |name| Ok(self.is_free(name)? && self.target.source.tree.kind(name)?.is_none()),
        )?;
        Ok(found.map(|(file, name, bytes)| {
            let layer = LayerWriter::new().whiteout(&self.inside(&file.name)).file(
                &self.inside(&name),
                &bytes,
                self.owned(&file.name),
            );
            self.one("name in another case", &name, &codes::CASE_DIFFERS, layer)
        }))
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
