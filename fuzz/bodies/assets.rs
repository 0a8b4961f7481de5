use driftgate::kinds::delivery::assets_channel::{AssetLimits, AssetTree};
use driftgate::tree::{NodeKind, Tree, TreePath, walk};

/// Far less than usual, so that they are reached.
pub const LIMITS: AssetLimits = AssetLimits {
    file: 1500,
    total: 4000,
    entries: 12,
};

/// A file that was taken in: its path, its content, and whether it can be executed.
pub type Taken = (TreePath, Vec<u8>, bool);

/// All files of what was received, which holds together: nothing but files in folders, each with a path of its own
/// below the root, and all within the limits.
pub fn files(tree: &AssetTree) -> Vec<Taken> {
    let root = TreePath::root();
    let mut files = Vec::new();
    for (path, kind) in walk(tree, &root).expect("a walk") {
        assert_eq!(kind, NodeKind::File);
        assert_eq!(tree.kind(&path).expect("a kind"), Some(kind));
        assert!(!path.is_root() && path.is_within(&root));
        for part in path.parts() {
            let part: &[u8] = part;
            assert!(
                !matches!(part, b"." | b"..") && !part.contains(&b'\\'),
                "{path}"
            );
        }
        let facts = tree.facts(&path).expect("facts");
        let bytes = tree.read(&path, LIMITS.file).expect("a file");
        assert_eq!(facts.size, Some(bytes.len() as u64));
        files.push((path, bytes, facts.executable));
    }
    let total: usize = files.iter().map(|(_, bytes, _)| bytes.len()).sum();
    assert!(total as u64 <= LIMITS.total && files.len() <= LIMITS.entries as usize);
    files
}
