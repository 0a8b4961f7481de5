//! When a name of a package, an image or a module stands for one version and no other.

use semver::Version;

/// As npm takes it: `name@1.2.3`, a git address at a commit, a file of this machine.
pub(super) fn npm_is_pinned(spec: &str) -> bool {
    if is_open(spec) {
        return false;
    }
    if is_local(spec) || spec.starts_with("file:") {
        return true;
    }
    if let Some((_, other)) = spec.split_once("@npm:") {
        return npm_is_pinned(other);
    }
    let is_scoped = spec.starts_with('@');
    let is_git = [
        "git+",
        "git:",
        "git@",
        "github:",
        "gitlab:",
        "bitbucket:",
        "gist:",
    ]
    .iter()
    .any(|start| spec.starts_with(start))
        || (spec.contains('/') && !is_scoped);
    if is_git {
        return spec
            .rsplit_once('#')
            .is_some_and(|(_, commit)| is_commit(commit));
    }
    // A scope begins with the same sign as a version.
    let name = usize::from(is_scoped);
    match spec[name..].split_once('@') {
        Some((_, version)) => is_exact(version),
        None => false,
    }
}

/// As uv and pipx take it: `name==1.2.3`, `name@1.2.3`, a git address at a commit, a file of this machine.
pub(super) fn python_is_pinned(spec: &str) -> bool {
    if is_open(spec) {
        return false;
    }
    if is_local(spec) || spec == "." {
        return true;
    }
    if let Some((_, address)) = spec.split_once("git+") {
        let commit = address
            .split('#')
            .next()
            .and_then(|url| url.rsplit_once('@'));
        return commit.is_some_and(|(_, commit)| is_commit(commit));
    }
    let version = match spec.split_once("==") {
        Some((_, version)) => version.trim_start_matches('='),
        None => match spec.split_once('@') {
            Some((_, version)) => version,
            None => return false,
        },
    };
    let version = version.split(';').next().unwrap_or_default().trim();
    version.starts_with(|c: char| c.is_ascii_digit())
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".!+-_".contains(&b))
}

/// By its digest; a tag can be moved.
pub(super) fn image_is_pinned(name: &str) -> bool {
    let digest = name.rsplit_once("@sha256:").map(|(_, digest)| digest);
    digest.is_some_and(|digest| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `module@v1.2.3` or `module@commit`; one without a version is of this machine's module.
pub(super) fn go_is_pinned(module: &str) -> bool {
    match module.rsplit_once('@') {
        None => !is_open(module),
        Some((_, version)) => version.starts_with('v') && is_exact(version) || is_commit(version),
    }
}

/// `npm:name@1.2.3`, `jsr:@scope/name@1.2.3`, or a URL with a version in it.
pub(super) fn deno_is_pinned(spec: &str) -> bool {
    if let Some(name) = spec.strip_prefix("npm:").or(spec.strip_prefix("jsr:")) {
        // What follows the name and its version is the way to a file in the package.
        let scope = usize::from(name.starts_with('@'));
        let whole: Vec<&str> = name.splitn(scope + 2, '/').take(scope + 1).collect();
        return npm_is_pinned(&whole.join("/"));
    }
    let version = spec
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('@'));
    version.is_some_and(|(_, rest)| is_exact(rest.split('/').next().unwrap_or_default()))
}

/// One version, in all three numbers.
fn is_exact(version: &str) -> bool {
    let version = version.trim_start_matches('=');
    Version::parse(version.strip_prefix('v').unwrap_or(version)).is_ok()
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What it is depends on a variable.
fn is_open(spec: &str) -> bool {
    spec.contains('$')
}

fn is_local(spec: &str) -> bool {
    ["./", "../", "/", "~/"]
        .iter()
        .any(|start| spec.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[track_caller]
    fn told(is_pinned: fn(&str) -> bool, pinned: &[&str], open: &[&str]) {
        for spec in pinned {
            assert!(is_pinned(spec), "{spec} is pinned");
        }
        for spec in open {
            assert!(!is_pinned(spec), "{spec} is not pinned");
        }
    }

    #[test]
    fn a_package_of_npm_is_pinned_by_a_whole_version_or_a_commit() {
        told(
            npm_is_pinned,
            &[
                "pkg@1.2.3",
                "pkg@1.2.3-rc.1",
                "@scope/pkg@1.2.3",
                "pkg@=1.2.3",
                "alias@npm:@scope/pkg@1.2.3",
                "./dist/server",
                "file:../server",
                &format!("github:o/r#{COMMIT}"),
                &format!("git+https://h/o/r.git#{COMMIT}"),
                &format!("o/r#{COMMIT}"),
            ],
            &[
                "pkg",
                "@scope/pkg",
                "pkg@latest",
                "pkg@1",
                "pkg@1.2",
                "pkg@^1.2.3",
                "@scope/pkg@~1.8.0",
                "pkg@*",
                "alias@npm:pkg",
                "github:o/r",
                "o/r#main",
                "pkg@${VERSION}",
                "https://h/pkg.tgz",
            ],
        );
    }

    #[test]
    fn a_package_of_python_is_pinned_by_an_equal_sign_or_a_commit() {
        told(
            python_is_pinned,
            &[
                "pkg==1.2.3",
                "pkg[cli]==1.2",
                "pkg===1.0",
                "pkg@0.3.0",
                "pkg==1.0; python_version > '3'",
                "./server",
                ".",
                &format!("git+https://h/o/r@{COMMIT}"),
                &format!("git+https://user@h/o/r@{COMMIT}#subdirectory=x"),
            ],
            &[
                "pkg",
                "pkg>=1",
                "pkg~=1.2",
                "pkg==1.*",
                "pkg==1.0,<2",
                "pkg@latest",
                "git+https://h/o/r",
                "git+https://h/o/r@main",
                "git+https://user@h/o/r",
                "pkg==${V}",
            ],
        );
    }

    #[test]
    fn images_modules_and_urls_are_pinned_by_what_cannot_be_moved() {
        let digest = "a".repeat(64);
        told(
            image_is_pinned,
            &[&format!("h/o/i:v1@sha256:{digest}")],
            &["i", "i:latest", "i:1.2.3", "i@sha256:abc"],
        );
        told(
            go_is_pinned,
            &[
                "m/x@v1.2.3",
                "m/x@v0.0.0-20260101000000-abcdefabcdef",
                "./cmd",
                &format!("m@{COMMIT}"),
            ],
            &["m/x@latest", "m/x@main", "m/x@v1", "m/x@1.2.3"],
        );
        told(
            deno_is_pinned,
            &[
                "npm:pkg@1.2.3",
                "npm:pkg@1.2.3/bin",
                "jsr:@s/pkg@1.0.0/cli",
                "https://deno.land/x/pkg@v1.2.3/mod.ts",
            ],
            &["npm:pkg", "jsr:@s/pkg@^1", "https://deno.land/x/pkg/mod.ts"],
        );
    }
}
