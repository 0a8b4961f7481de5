use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::assets::Arrived;
use super::image_layer::{LayerWriter, OWNED_BY_ROOT};
use super::target::Delivered;
use crate::gate::{AnswerChange, Change, Code, Obstacle, Plant, Protection};
use crate::kinds::delivery::assets_channel::{
    ASSETS_LIMIT, ASSETS_MALFORMED, ASSETS_REFUSED, ASSETS_STALE_TAG, ASSETS_UNREACHABLE,
    ASSETS_UNSAFE, ASSETS_UNSETTLED, AssetsInput, AssetsPlan, WORKSPACE_DOWN,
};
use crate::kinds::delivery::plan::Delivery;
use crate::tree::TreePath;

/// The largest limit up to which a bomb is made: beyond, making it would take longer than all else.
const BOMB: u64 = 256 << 20;

/// What is promised about answers, whatever is in them.
///
/// # Errors
/// When what was received cannot be read.
pub(super) fn answer_protections(
    delivery: &Delivery,
    plan: &AssetsPlan,
    files: &[Delivered],
    arrived: &Arrived,
) -> Result<Vec<Protection>, Obstacle> {
    let answers = Answers { delivery, plan };
    let mut protections = Vec::new();
    if plan.is_served() {
        protections.extend(answers.refusals());
        if plan.settle.looks > 1 {
            if !files.is_empty() {
                let what = "delivery that never comes to rest";
                protections.push(answers.answered(
                    what,
                    AnswerChange::Restless,
                    &ASSETS_UNSETTLED,
                    "",
                ));
            }
            if arrived.is_tagged {
                let what = "other bytes under the same tag";
                protections.push(answers.answered(
                    what,
                    AnswerChange::StaleTag,
                    &ASSETS_STALE_TAG,
                    "tag",
                ));
            }
        }
    }
    if let AssetsInput::WorkspaceFiles { proof, .. } = &plan.input {
        for (what, change, mentions) in [
            ("workspace that is down", AnswerChange::Down, "offline"),
            (
                "template in its place",
                AnswerChange::StandIn,
                proof.as_str(),
            ),
        ] {
            protections.push(answers.answered(what, change, &WORKSPACE_DOWN, mentions));
        }
    }
    // A name that the gate looks at.
    let name = files.first().map(|file| file.name.clone());
    let name = name.unwrap_or_else(|| TreePath::root().join("driftgate-planted"));
    match &plan.input {
        AssetsInput::Bundle(_) | AssetsInput::Archive(_) => {
            protections.extend(answers.archives(&name));
        }
        AssetsInput::Listing { .. } | AssetsInput::WorkspaceFiles { .. } => {
            protections.extend(answers.lists(&name));
            if let Some(file) = files.first() {
                protections.push(answers.absent(file));
                protections.extend(answers.lies(file, arrived)?);
            }
        }
    }
    Ok(protections)
}

/// A delivery whose answers are changed.
pub(super) struct Answers<'a> {
    delivery: &'a Delivery,
    pub(super) plan: &'a AssetsPlan,
}

impl Answers<'_> {
    pub(super) fn one(
        &self,
        what: &str,
        expected: &'static Code,
        mentions: &str,
        plant: Plant,
    ) -> Protection {
        Protection {
            name: format!("{what} in {}", self.delivery.name),
            expected,
            mentions: mentions.to_owned(),
            plant: Ok(plant),
        }
    }

    pub(super) fn answered(
        &self,
        what: &str,
        change: AnswerChange,
        expected: &'static Code,
        mentions: &str,
    ) -> Protection {
        let plant = Plant::answer(&self.delivery.name, change);
        self.one(what, expected, mentions, plant)
    }

    /// What is received is this, from the server or from the disk.
    pub(super) fn instead(&self, content_type: &'static str, bytes: Vec<u8>) -> Plant {
        match &self.plan.input {
            AssetsInput::Archive(path) => Plant::in_root(Change::write(path, bytes)),
            _ => Plant::answer(
                &self.delivery.name,
                AnswerChange::Body {
                    content_type,
                    bytes,
                },
            ),
        }
    }

    fn refusals(&self) -> Vec<Protection> {
        let page = AnswerChange::Body {
            content_type: "text/html; charset=utf-8",
            bytes: b"<!doctype html><title>planted</title>\n".to_vec(),
        };
        vec![
            self.answered(
                "status 403",
                AnswerChange::Status(403),
                &ASSETS_REFUSED,
                "403",
            ),
            self.answered(
                "status 404",
                AnswerChange::Status(404),
                &ASSETS_REFUSED,
                "404",
            ),
            self.answered(
                "status 503",
                AnswerChange::Status(503),
                &ASSETS_UNREACHABLE,
                "503",
            ),
            self.answered(
                "answer that breaks off",
                AnswerChange::CutOff,
                &ASSETS_UNREACHABLE,
                "",
            ),
            self.answered(
                "page with the status of success",
                page,
                &ASSETS_MALFORMED,
                "HTML",
            ),
        ]
    }

    fn archives(&self, name: &TreePath) -> Vec<Protection> {
        const TAR: &str = "application/x-tar";
        let outside = LayerWriter::new().named(b"../driftgate-planted").finish();
        let link = LayerWriter::new()
            .symlink(name, "driftgate-planted")
            .finish();
        let file = |writer: LayerWriter| writer.file(name, b"planted\n", OWNED_BY_ROOT);
        let twice = file(file(LayerWriter::new())).finish();
        let mut cut = file(LayerWriter::new()).finish();
        cut.truncate(512 + 4);
        let shown = name.to_string();
        let mut protections = vec![
            self.one(
                "path out of the delivery",
                &ASSETS_UNSAFE,
                "driftgate-planted",
                self.instead(TAR, outside),
            ),
            self.one(
                "symlink for a file",
                &ASSETS_UNSAFE,
                &shown,
                self.instead(TAR, link),
            ),
            self.one(
                "one name twice",
                &ASSETS_UNSAFE,
                &shown,
                self.instead(TAR, twice),
            ),
            self.one(
                "archive that is cut off",
                &ASSETS_MALFORMED,
                "cut off",
                self.instead(TAR, cut),
            ),
        ];
        let large = LayerWriter::new()
            .announced(name, self.plan.limits.file.saturating_add(1))
            .finish();
        protections.push(self.one(
            "file past its limit",
            &ASSETS_LIMIT,
            &shown,
            self.instead(TAR, large),
        ));
        if let Some(bomb) = bomb(self.plan.limits.archive()) {
            let plant = self.instead("application/gzip", bomb);
            protections.push(self.one(
                "archive that unpacks to too much",
                &ASSETS_LIMIT,
                "unpacks",
                plant,
            ));
        }
        protections
    }
}

/// Zeros that unpack to more than there may be; `None` where that is too much to make.
fn bomb(limit: u64) -> Option<Vec<u8>> {
    if limit > BOMB {
        return None;
    }
    let piece = vec![0; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..=limit >> 20 {
        encoder.write_all(&piece).ok()?;
    }
    encoder.finish().ok()
}
