use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::address::is_hex_id;
use super::codes::LOCK_MALFORMED;
use super::json::read_json;
use crate::gate::{Category, Location, Obstacle, SourceRef};

/// The file beside `driftgate.yaml` that pins every source to a commit and its tree.
pub const LOCK_NAME: &str = "driftgate.lock";

/// The only version there is.
const VERSION: u32 = 1;

/// What is locked of one manifest entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    pub repo: String,
    /// The name of the provider.
    pub provider: String,
    /// The ref as the manifest writes it.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit that the ref named, in lowercase hex.
    pub commit: String,
    /// The id of the commit's tree, in lowercase hex.
    pub tree: String,
}

/// All locked entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    pub entries: BTreeMap<SourceRef, Locked>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    version: u32,
    #[serde(default)]
    plugins: BTreeMap<String, Locked>,
    #[serde(default)]
    workspace_templates: BTreeMap<String, Locked>,
    #[serde(default)]
    org_templates: BTreeMap<String, Locked>,
}

impl Lock {
    /// Reads the text of a lock. `name` is how messages name the file.
    ///
    /// # Errors
    /// When it is not a lock of a known version, whole and unambiguous.
    pub fn parse(name: &str, text: &str) -> Result<Self, Obstacle> {
        let read = read_json(text);
        if let Some(problem) = read.problems.first() {
            let start = problem.span.start;
            return Err(Obstacle::refused(
                &LOCK_MALFORMED,
                format!("{name} is not a lock: {}", problem.message),
            )
            .at(Location::at(name, start.line, start.column)));
        }
        let malformed = |message: String, line: usize, column: usize| {
            let number = |n: usize| u32::try_from(n.max(1)).unwrap_or(u32::MAX);
            Obstacle::refused(&LOCK_MALFORMED, format!("{name} is not a lock: {message}"))
                .at(Location::at(name, number(line), number(column)))
        };
        let file: LockFile = serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            malformed(message.to_owned(), error.line(), error.column())
        })?;
        if file.version != VERSION {
            let message = format!("version {} is not known, only {VERSION}", file.version);
            return Err(malformed(message, 1, 1));
        }
        let mut entries = BTreeMap::new();
        for (category, list) in [
            (Category::Plugins, file.plugins),
            (Category::WorkspaceTemplates, file.workspace_templates),
            (Category::OrgTemplates, file.org_templates),
        ] {
            for (name, locked) in list {
                let source = SourceRef { category, name };
                for id in [&locked.commit, &locked.tree] {
                    if !is_hex_id(id) || id.bytes().any(|b| b.is_ascii_uppercase()) {
                        let message =
                            format!("`{}` of {source} is not an object id", id.escape_debug());
                        return Err(malformed(message, 1, 1));
                    }
                }
                entries.insert(source, locked);
            }
        }
        Ok(Self { entries })
    }

    /// The text of the file: sorted, one entry after the other, the same for the same entries.
    pub fn to_text(&self) -> String {
        let list = |category: Category| {
            self.entries
                .iter()
                .filter(|(source, _)| source.category == category)
                .map(|(source, locked)| (source.name.clone(), locked.clone()))
                .collect()
        };
        let file = LockFile {
            version: VERSION,
            plugins: list(Category::Plugins),
            workspace_templates: list(Category::WorkspaceTemplates),
            org_templates: list(Category::OrgTemplates),
        };
        // Strings and a number: there is nothing in it that JSON could not hold.
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written, or the disk is full.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".driftgate.lock.")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)
            .map_err(|error| bare(&error))?;
        // Not through the wrapper, whose errors name the file beside the place.
        file.as_file_mut().write_all(self.to_text().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| bare(&error.error))?;
        Ok(())
    }
}

/// The error without the name of the file beside the place, which nobody has heard of.
fn bare(error: &std::io::Error) -> std::io::Error {
    let text = error.to_string();
    let said = text.split(" at path ").next().unwrap_or_default();
    std::io::Error::new(error.kind(), said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Lock {
        let locked = |c: char| Locked {
            repo: "o/r".to_owned(),
            provider: "p".to_owned(),
            reference: "main".to_owned(),
            commit: c.to_string().repeat(40),
            tree: "d".repeat(40),
        };
        let source = |category, name: &str| SourceRef {
            category,
            name: name.to_owned(),
        };
        Lock {
            entries: [
                (source(Category::OrgTemplates, "b"), locked('a')),
                (source(Category::OrgTemplates, "a"), locked('b')),
                (source(Category::Plugins, "b"), locked('c')),
            ]
            .into(),
        }
    }

    fn refused(text: &str) -> String {
        let obstacle = Lock::parse("driftgate.lock", text).expect_err("it is no lock");
        assert_eq!(obstacle.code.name, "lock-malformed");
        format!("{}: {obstacle}", obstacle.locations[0])
    }

    #[test]
    fn what_is_written_is_read_back_and_is_the_same_every_time() {
        let lock = sample();
        let text = lock.to_text();
        assert_eq!(Lock::parse("driftgate.lock", &text).expect("a lock"), lock);
        assert_eq!(
            Lock::parse("driftgate.lock", &text)
                .expect("a lock")
                .to_text(),
            text
        );
    }

    #[test]
    fn half_a_lock_is_refused_with_its_place() {
        let text = sample().to_text();
        let half = &text[..text.len() / 2];
        assert!(refused(half).starts_with("driftgate.lock:"), "{half}");
        assert!(refused("<<<<<<< HEAD\n").contains("driftgate.lock:1:1"));
        assert!(refused(&text.replace("\"version\": 1", "\"version\": 2")).contains("version 2"));
        assert!(refused(&text.replace("\"tree\"", "\"tre\"")).contains("unknown field `tre`"));
        assert!(
            refused(&text.replace(&"a".repeat(40), "HEAD")).contains("`HEAD` of org template b")
        );
        assert!(
            refused("{\"version\": 1, \"plugins\": {}, \"plugins\": {}}").contains("second time")
        );
    }

    #[test]
    fn writing_replaces_the_file_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(LOCK_NAME);
        std::fs::write(&path, "old").expect("a file");
        sample().write(&path).expect("it is written");
        assert_eq!(
            std::fs::read_to_string(&path).expect("a file"),
            sample().to_text()
        );
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 1);
    }
}
