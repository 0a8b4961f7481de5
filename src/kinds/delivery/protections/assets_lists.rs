use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::assets::Arrived;
use super::assets_answers::Answers;
use super::target::Delivered;
use crate::gate::{AnswerChange, Code, Obstacle, Protection};
use crate::kinds::delivery::assets_channel::{
    ASSET_NOT_SERVED, ASSETS_LIMIT, ASSETS_MALFORMED, ASSETS_UNSAFE, AssetsInput,
};
use crate::tree::{NodeKind, TreePath, walk};

/// What is promised about a list, and about the files that it names.
impl Answers<'_> {
    /// Lists that should not be. `name`: one that the gate looks at.
    pub(super) fn lists(&self, name: &TreePath) -> Vec<Protection> {
        let shown = name.to_string();
        let entry = |path: &str, size: u64| json!({ "path": path, "size": size, "dir": false });
        let large = entry(&shown, self.plan.limits.file.saturating_add(1));
        [
            (
                "path out of the delivery",
                &ASSETS_UNSAFE,
                "driftgate-planted",
                json!([entry("../driftgate-planted", 1)]),
            ),
            (
                "one name twice",
                &ASSETS_UNSAFE,
                shown.as_str(),
                json!([entry(&shown, 1), entry(&shown, 1)]),
            ),
            (
                "file past its limit",
                &ASSETS_LIMIT,
                shown.as_str(),
                json!([large]),
            ),
            (
                "entry without a path",
                &ASSETS_MALFORMED,
                "path",
                json!([{ "size": 1 }]),
            ),
        ]
        .into_iter()
        .map(|(what, code, mentions, list)| self.listing(what, code, mentions, list))
        .collect()
    }

    /// A file that is listed, and not there when it is asked for.
    pub(super) fn absent(&self, file: &Delivered) -> Protection {
        let change = AnswerChange::Absent(file.name.as_bytes().to_vec());
        let name = file.name.to_string();
        self.answered(
            "listed file that is not served",
            change,
            &ASSET_NOT_SERVED,
            &name,
        )
    }

    /// Lists that tell another length, or another digest, of a file than it has.
    ///
    /// # Errors
    /// When what was received cannot be read.
    pub(super) fn lies(
        &self,
        file: &Delivered,
        arrived: &Arrived,
    ) -> Result<Vec<Protection>, Obstacle> {
        const SHA256: &str = "0000000000000000000000000000000000000000000000000000000000000000";
        let mut protections = Vec::new();
        let size = arrived.tree.facts(&file.name)?.size.unwrap_or(1) - 1;
        protections.push(self.listing(
            "list with another length",
            &ASSETS_MALFORMED,
            &format!("listed with {size} bytes"),
            self.told(arrived, file, &json!({ "size": size }))?,
        ));
        if self.has_digests() {
            protections.push(self.listing(
                "list with another digest",
                &ASSETS_MALFORMED,
                &format!("listed with the digest {SHA256}"),
                self.told(arrived, file, &json!({ "sha256": SHA256 }))?,
            ));
        }
        Ok(protections)
    }

    /// What came in the place of the list.
    fn listing(&self, what: &str, code: &'static Code, mentions: &str, list: Value) -> Protection {
        let list = match &self.plan.input {
            AssetsInput::Listing { key: Some(key), .. } => json!({ key.as_str(): list }),
            _ => list,
        };
        let plant = self.instead("application/json", list.to_string().into_bytes());
        self.one(what, code, mentions, plant)
    }

    /// Whether digests of a list are looked at.
    fn has_digests(&self) -> bool {
        matches!(self.plan.input, AssetsInput::Listing { .. })
    }

    /// The list of what arrived, with all that is true of each file; and with something else of one.
    fn told(
        &self,
        arrived: &Arrived,
        of: &Delivered,
        otherwise: &Value,
    ) -> Result<Value, Obstacle> {
        let tree = arrived.tree.as_ref();
        let mut list = Vec::new();
        for (path, kind) in walk(tree, &TreePath::root())? {
            if kind != NodeKind::File {
                continue;
            }
            let bytes = tree.read(&path, self.plan.limits.file)?;
            let name = String::from_utf8_lossy(path.as_bytes());
            let mut entry = json!({ "path": name, "size": bytes.len(), "dir": false });
            if self.has_digests() {
                entry["sha256"] = hex::encode(Sha256::digest(&bytes)).into();
            }
            for (key, value) in otherwise.as_object().into_iter().flatten() {
                if path == of.name {
                    entry[key] = value.clone();
                }
            }
            list.push(entry);
        }
        Ok(Value::Array(list))
    }
}
