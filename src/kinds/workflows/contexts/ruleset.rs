use globset::GlobBuilder;

use super::protection::{get, list, text};
use crate::ssot::{Json, JsonValue};

/// Whether a value is a ruleset of GitHub, and not a rule of one.
pub(super) fn is_ruleset(json: &Json) -> bool {
    get(json, "rules").is_some() || get(json, "enforcement").is_some()
}

/// Whether a ruleset holds for a branch: it is enforced, is about branches, and its conditions take the branch. Where
/// nobody says which branch it is about, it does.
///
/// # Errors
/// For a condition that cannot be read.
pub(super) fn holds_for(ruleset: &Json, branch: Option<&str>) -> Result<bool, String> {
    // A ruleset that is off, or on trial, holds nobody back.
    if text(ruleset, "enforcement").is_some_and(|how| how != "active")
        || text(ruleset, "target").is_some_and(|target| target != "branch")
    {
        return Ok(false);
    }
    let names = get(ruleset, "conditions").and_then(|all| get(all, "ref_name"));
    let (Some(names), Some(branch)) = (names, branch) else {
        return Ok(true);
    };
    let any = |key: &str| -> Result<bool, String> {
        for pattern in get(names, key).and_then(list).unwrap_or_default() {
            let JsonValue::String(pattern) = &pattern.value else {
                return Err(format!(
                    "`{key}` of a ruleset's `ref_name` has what is no pattern"
                ));
            };
            if takes(pattern, branch)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    Ok(any("include")? && !any("exclude")?)
}

/// Whether a pattern for references takes a branch. The default branch is taken for the one that is asked about:
/// no copy of a ruleset tells which one it is.
fn takes(pattern: &str, branch: &str) -> Result<bool, String> {
    if matches!(pattern, "~ALL" | "~DEFAULT_BRANCH") {
        return Ok(true);
    }
    // Ruby's `File.fnmatch` with FNM_PATHNAME: braces are letters, and `**` is more than `*` only before a slash.
    let mut glob = pattern.replace('{', "[{]").replace('}', "[}]");
    if let Some(before) = glob.strip_suffix("**") {
        glob = format!("{before}*");
    }
    let matcher = GlobBuilder::new(&glob)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|error| format!("`{pattern}` of a ruleset is no pattern: {}", error.kind()))?
        .compile_matcher();
    Ok(matcher.is_match(format!("refs/heads/{branch}")))
}

#[cfg(test)]
mod tests {
    use super::takes;

    #[test]
    fn patterns_of_references_are_taken_as_github_takes_them() {
        for (pattern, branch, is_taken) in [
            ("~ALL", "x", true),
            ("~DEFAULT_BRANCH", "main", true),
            ("refs/heads/main", "main", true),
            ("refs/heads/main", "maint", false),
            ("main", "main", false),
            ("refs/heads/release/*", "release/1", true),
            ("refs/heads/release/*", "release/1/fix", false),
            ("refs/heads/release/**/*", "release/1/fix", true),
            ("refs/heads/release/**", "release/1/fix", false),
            ("refs/heads/v[0-9]", "v1", true),
            ("refs/heads/{a,b}", "a", false),
            ("refs/heads/{a,b}", "{a,b}", true),
            ("refs/tags/*", "main", false),
        ] {
            assert_eq!(takes(pattern, branch), Ok(is_taken), "{pattern} {branch}");
        }
        assert!(takes("refs/heads/[", "x").is_err());
    }
}
