/// Actions that prepare, keep or tell something, and decide nothing about a change. A name matches as a
/// whole or as a part between slashes and dashes.
const AUXILIARY: &[&str] = &[
    "checkout",
    "setup",
    "cache",
    "upload",
    "download",
    "install",
    "login",
    "artifact",
    "comment",
    "label",
    "labeler",
    "notify",
    "slack",
    "discord",
    "summary",
    "codecov",
    "coveralls",
    "paths",
    "changed",
    "filter",
    "rust-cache",
    "toolchain",
    "buildx",
    "qemu",
    "metadata",
    "tmate",
    "harden",
    "free-disk-space",
    "disk",
    "ssh",
    "agent",
    "gh-pages",
    "pages",
    "configure",
    "reporter",
    "report",
    "annotate",
    "sticky",
    "token",
];

/// Whether an action decides nothing about a change.
pub(super) fn is_auxiliary(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or(uses).to_ascii_lowercase();
    if name.starts_with("./") || name.starts_with("docker://") {
        return false;
    }
    name.split('/').skip(1).any(|part| {
        AUXILIARY.contains(&part) || part.split('-').any(|word| AUXILIARY.contains(&word))
    })
}

/// Actions that say which paths changed.
pub(super) fn tells_changes(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or(uses).to_ascii_lowercase();
    [
        "paths-filter",
        "changed-files",
        "path-filter",
        "files-changed",
        "get-changed",
        "paths-changes",
    ]
    .iter()
    .any(|known| name.contains(known))
}
