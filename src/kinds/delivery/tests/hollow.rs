//! A mirror that knows the names and ids of its files, and holds none of their contents.

use std::io::Read;
use std::sync::Arc;

use bstr::BString;

use crate::context::{Context, ContextParts, SourceTree, Sources};
use crate::gate::{Obstacle, SourceRef};
use crate::kinds::delivery::testing::{Bench, check, codes};
use crate::tree::{BlobId, Child, DirTree, FileFacts, NodeKind, Tree, TreeError, TreePath};

#[derive(Debug)]
struct Hollow(DirTree);

fn missing<T>(path: &TreePath) -> Result<T, TreeError> {
    Err(TreeError::MissingObject {
        place: format!("sample@c0:{path}"),
        id: "e69de29".to_owned(),
    })
}

impl Tree for Hollow {
    fn label(&self) -> &str {
        self.0.label()
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        self.0.kind(path)
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        self.0.children(dir)
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        self.0.facts(path)
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        missing(path)
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        missing(path)
    }

    fn link_id(&self, path: &TreePath) -> Result<BlobId, TreeError> {
        self.0.link_id(path)
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        self.0.submodule(path)
    }
}

#[derive(Debug)]
struct HollowSources(Arc<Hollow>);

impl Sources for HollowSources {
    fn tree(&self, _: &SourceRef) -> Result<SourceTree, Obstacle> {
        Ok(SourceTree {
            tree: self.0.clone(),
            commit: None,
            tree_id: None,
        })
    }
}

fn context(bench: &Bench) -> Context {
    let full = bench.context();
    Context::new(ContextParts {
        root: Arc::new(DirTree::new(bench.path("root"), "")),
        sources: Arc::new(HollowSources(Arc::new(Hollow(DirTree::new(
            bench.path("source"),
            "sample@c0",
        ))))),
        settings: Arc::new(full.settings().clone()),
        environment: Arc::new(full.environment().clone()),
        lane: full.lane(),
        today: full.today(),
        offline: full.offline(),
        cancel: full.cancel().clone(),
    })
}

const GATE: &str = "source: { template: sample }\ndeliveries: [{ directory: copy }]\n";

fn bench() -> Bench {
    let bench = Bench::new(&[("source/a", "a\n"), ("root/copy/a", "a\n")]);
    bench.link("source/link", "a");
    bench.link("root/copy/link", "a");
    bench
}

#[test]
fn equal_files_need_no_contents() {
    let bench = bench();
    let inspection = check(GATE).inspect(&context(&bench));
    assert_eq!(codes(&inspection), [""; 0]);
    assert_eq!(inspection.inspected(), 2);
}

#[test]
fn drift_is_found_by_ids_alone_and_the_finding_says_why_it_shows_no_diff() {
    let bench = bench();
    bench.write("root/copy/a", "b\n");
    bench.remove("root/copy/link");
    bench.link("root/copy/link", "b");
    let inspection = check(GATE).inspect(&context(&bench));
    assert_eq!(codes(&inspection), ["content-differs", "link-differs"]);
    let finding = &inspection.findings[0];
    assert!(
        finding.message.contains("no diff: object e69de29"),
        "{}",
        finding.message
    );
    let digests = finding.digests.as_ref().unwrap();
    assert_eq!(digests.source, None);
    assert!(digests.delivered.is_some());
}

#[test]
fn a_comparison_that_needs_the_contents_is_refused_without_them() {
    let bench = bench();
    bench.write("root/copy/a", "a\r\n");
    let gate = "source: { template: sample }\ndeliveries: [{ directory: copy, compare: text }]\n";
    let inspection = check(gate).inspect(&context(&bench));
    assert_eq!(codes(&inspection), ["source-object-missing"]);
    assert!(inspection.findings.is_empty());
}
