use driftgate::kinds::delivery::dockerfile::{Request, evaluate};
use driftgate::tree::TreePath;

use super::memory_tree::MemoryTree;

/// The evaluator of Dockerfiles, with a small context. What follows a line of `%%` is its
/// `.dockerignore`.
pub fn check(data: &[u8]) {
    let (dockerfile, ignore) = match data.windows(4).position(|window| window == b"\n%%\n") {
        Some(at) => (&data[..=at], Some(&data[at + 4..])),
        None => (data, None),
    };
    let mut tree = MemoryTree::default()
        .with("Dockerfile", dockerfile)
        .with("app/main.py", b"print()\n")
        .with("app/prompts/first.md", b"# first\n")
        .with("config.yaml", b"a: 1\n");
    if let Some(ignore) = ignore {
        tree = tree.with(".dockerignore", ignore);
    }
    let path = TreePath::new("Dockerfile").expect("a path");
    let look = || match evaluate(&Request::new(&tree, path.clone())) {
        Ok(image) => format!("{image:?}"),
        Err(error) => format!("{error:?}"),
    };
    assert_eq!(look(), look());
}
