//! A folder to gate, and the gate on it.

use std::path::Path;
use std::sync::Arc;

use crate::config::{GateFile, Settings, SpecError};
use crate::context::{Cancel, Context, ContextParts, Environment, NoSources, SourceTree, Sources};
use crate::gate::{Inspection, Lane, Obstacle, SourceRef};
use crate::kinds::Check;
use crate::kinds::delivery::Delivery;
use crate::tree::DirTree;

pub(crate) struct Bench {
    dir: tempfile::TempDir,
}

#[derive(Debug)]
struct OneSource(Arc<DirTree>);

impl Sources for OneSource {
    fn tree(&self, source: &SourceRef) -> Result<SourceTree, Obstacle> {
        if source.name != "sample" {
            return NoSources.tree(source);
        }
        Ok(SourceTree {
            tree: self.0.clone(),
            commit: Some("c0".to_owned()),
            tree_id: Some("t0".to_owned()),
        })
    }
}

impl Bench {
    /// Files below `source/` are the template `sample`; those below `root/` are the checkout.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let bench = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for folder in ["source", "root"] {
            std::fs::create_dir_all(bench.path(folder)).unwrap();
        }
        for (path, content) in files {
            bench.write(path, content);
        }
        bench
    }

    pub(crate) fn path(&self, path: &str) -> std::path::PathBuf {
        self.dir.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn executable(&self, path: &str) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(self.path(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn link(&self, path: &str, target: impl AsRef<Path>) {
        std::os::unix::fs::symlink(target, self.path(path)).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
    }

    /// A context that has read nothing yet.
    pub(crate) fn context(&self) -> Context {
        let source = DirTree::new(self.path("source"), "sample@c0");
        Context::new(ContextParts {
            root: Arc::new(DirTree::new(self.path("root"), "")),
            sources: Arc::new(OneSource(Arc::new(source))),
            settings: Arc::new(Settings::default()),
            environment: Arc::new(Environment::default()),
            lane: Lane::Local,
            today: jiff::civil::date(2026, 1, 1),
            offline: false,
            cancel: Cancel::new(),
        })
    }

    pub(crate) fn inspect(&self, body: &str) -> Inspection {
        check(body).inspect(&self.context())
    }

    /// The codes of all findings and obstacles, sorted.
    pub(crate) fn codes(&self, body: &str) -> Vec<&'static str> {
        codes(&self.inspect(body))
    }
}

pub(crate) fn codes(inspection: &Inspection) -> Vec<&'static str> {
    let findings = inspection.findings.iter().map(|finding| finding.code.name);
    let obstacles = inspection
        .obstacles
        .iter()
        .map(|obstacle| obstacle.code.name);
    let mut codes: Vec<_> = findings.chain(obstacles).collect();
    codes.sort_unstable();
    codes
}

fn load(body: &str) -> Result<Box<dyn Check>, Vec<SpecError>> {
    use crate::kinds::Kind;
    let text = format!("id: sample\nabout: A sample.\nkind: delivery\n{body}");
    Delivery.load(&GateFile::new("gates/sample.yaml", text))
}

/// The gate with this body below the common keys.
#[track_caller]
pub(crate) fn check(body: &str) -> Box<dyn Check> {
    load(body).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// What is wrong with the gate with this body.
#[track_caller]
pub(crate) fn errors(body: &str) -> Vec<String> {
    match load(body) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

/// Plants every violation that the gate promises to catch, and checks that it is found by its own
/// code and no other. Returns the names of the protections.
#[track_caller]
pub(crate) fn proved(bench: &Bench, body: &str) -> Vec<String> {
    let gate = check(body);
    let context = bench.context();
    assert_eq!(codes(&gate.inspect(&context)), [""; 0], "not green before");
    let mut names = Vec::new();
    for protection in gate.protections(&context) {
        let name = &protection.name;
        let plant = protection.plant.as_ref().unwrap();
        let planted = context
            .plant(plant)
            .unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let inspection = gate.inspect(&planted);
        let mut got = codes(&inspection);
        got.dedup();
        assert_eq!(
            got,
            [protection.expected.name],
            "{name}: {:#?} {:#?}\n{plant:?}",
            inspection.findings,
            inspection.obstacles
        );
        assert!(planted.plant_was_noticed(), "{name}");
        let mentions = |text: &str| text.contains(&protection.mentions);
        let obstacles = inspection.obstacles.iter().map(Obstacle::to_finding);
        assert!(
            inspection
                .findings
                .iter()
                .cloned()
                .chain(obstacles)
                .any(|finding| {
                    mentions(&finding.message)
                        || finding.locations.iter().any(|at| mentions(&at.path))
                }),
            "{name} does not mention {}",
            protection.mentions
        );
        assert!(!names.contains(name), "{name} is there twice");
        names.push(name.clone());
    }
    names
}
