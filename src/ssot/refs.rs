use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::time::Duration;

use super::address::{Address, is_hex_id};
use super::answer::obstacle;
use super::codes::SOURCE_REF_MISSING;
use crate::context::{Cancel, GitCall, GitProgram, Token};
use crate::gate::Obstacle;

/// How long a server may take to list its refs.
const LIST_LIMIT: Duration = Duration::from_secs(120);

/// Asks a repository which commits its branches and tags are at.
///
/// # Errors
/// When it does not answer the question; that it lacks one of the names stands in the result.
pub(super) fn resolve(
    git: &GitProgram,
    address: &Address,
    token: Option<&Token>,
    names: &BTreeSet<String>,
    cancel: &Cancel,
) -> Result<BTreeMap<String, Result<String, Obstacle>>, Obstacle> {
    let mut patterns = BTreeSet::new();
    for name in names {
        patterns.extend(candidates(name));
        patterns.extend(candidates(name).iter().map(|full| format!("{full}^{{}}")));
    }
    let mut args: Vec<&OsStr> = ["ls-remote", "--quiet", address.url.as_str()]
        .map(OsStr::new)
        .into();
    args.extend(patterns.iter().map(OsStr::new));
    let output = git
        .run(&GitCall {
            git_dir: None,
            args: &args,
            token: token.map(|token| (token, address.url.as_str())),
            hold: None,
            timeout: LIST_LIMIT,
            cancel,
        })
        .map_err(|failure| obstacle(&failure, &address.url))?;
    let output = String::from_utf8_lossy(&output);
    let listed = parse(&output);
    Ok(names
        .iter()
        .map(|name| (name.clone(), pick(&listed, name, &address.url)))
        .collect())
}

/// The full names that a short one can stand for.
fn candidates(name: &str) -> Vec<String> {
    if name == "HEAD" || name.starts_with("refs/") {
        return vec![name.to_owned()];
    }
    vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")]
}

fn parse(output: &str) -> BTreeMap<&str, &str> {
    output
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(id, _)| is_hex_id(id))
        .map(|(id, name)| (name, id))
        .collect()
}

fn pick(listed: &BTreeMap<&str, &str>, name: &str, url: &str) -> Result<String, Obstacle> {
    let found: BTreeMap<String, &str> = candidates(name)
        .into_iter()
        .filter_map(|full| {
            // A tag object is not what is wanted, but the commit behind it.
            let peeled = format!("{full}^{{}}");
            let id = listed
                .get(peeled.as_str())
                .or_else(|| listed.get(full.as_str()))?;
            Some((full, *id))
        })
        .collect();
    let ids: BTreeSet<&str> = found.values().copied().collect();
    match ids.len() {
        0 => Err(Obstacle::refused(
            &SOURCE_REF_MISSING,
            format!("{url} has no branch or tag `{name}`"),
        )),
        1 => Ok(ids.into_iter().collect()),
        _ => Err(Obstacle::refused(
            &SOURCE_REF_MISSING,
            format!(
                "`{name}` is both a branch and a tag of {url}, at different commits ({})",
                found
                    .iter()
                    .map(|(full, id)| format!("{full} at {id}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        )
        .help("pin a commit, or write the full name of the ref")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(output: &str, name: &str) -> Result<String, String> {
        pick(&parse(output), name, "u").map_err(|obstacle| obstacle.to_string())
    }

    #[test]
    fn annotated_tags_give_their_commit_and_ambiguity_is_refused() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let tag = format!("{a}\trefs/tags/v1\n{b}\trefs/tags/v1^{{}}\n");
        assert_eq!(picked(&tag, "v1"), Ok(b.clone()));
        let both = format!("{a}\trefs/heads/x\n{b}\trefs/tags/x\n");
        assert!(picked(&both, "x").is_err_and(|e| e.contains("both a branch and a tag")));
        assert_eq!(picked(&both, "refs/heads/x"), Ok(a.clone()));
        let same = format!("{a}\trefs/heads/x\n{a}\trefs/tags/x\n");
        assert_eq!(picked(&same, "x"), Ok(a.clone()));
        let nested = format!("{a}\trefs/heads/y/refs/heads/x\n");
        assert_eq!(
            picked(&nested, "x"),
            Err("u has no branch or tag `x`".to_owned())
        );
        assert_eq!(picked(&format!("{a}\tHEAD\n"), "HEAD"), Ok(a));
    }
}
