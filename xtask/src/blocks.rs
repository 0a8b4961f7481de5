use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::cargo::{root, target_dir};

/// The line in the README after which the demo's output stands.
const DEMO_MARK: &str = "<!-- The block is made by `cargo xtask generate` from a run of the demo. Do not edit it. -->\n```text\n";

/// The line in the README after which the demo's life stands.
const LIFE_MARK: &str = "<!-- A chapter of the same run. Do not edit it. -->\n```text\n";

/// The line in the page on the architecture after which the modules stand.
const MODULES_MARK: &str = "<!-- Made by `cargo xtask generate`. Do not edit. -->\n| module | what is in it |\n|---|---|\n";

/// The README with chapters of the demo as it goes today.
pub(crate) fn readme() -> Result<String> {
    let text = fs_err::read_to_string(root().join("README.md"))?;
    let told = demo()?;
    let text = with_block(&text, DEMO_MARK, &chapters(&told, "A drift\n", None)?)?;
    let life = chapters(&told, "A life\n", Some("A platform that is wrong\n"))?;
    with_block(&text, LIFE_MARK, &life)
}

/// The text with this in place of the block after the mark.
fn with_block(text: &str, mark: &str, block: &str) -> Result<String> {
    let (before, rest) = text
        .split_once(mark)
        .with_context(|| format!("README.md lost its mark: {mark}"))?;
    let (_, after) = rest
        .split_once("```\n")
        .context("README.md lost the end of a block")?;
    Ok(format!("{before}{mark}{block}```\n{after}"))
}

/// What the demo prints.
fn demo() -> Result<String> {
    let output = std::process::Command::new(target_dir()?.join("debug/driftgate"))
        .arg("demo")
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .context("failed to start the demo")?;
    if !output.status.success() {
        bail!("the demo did not behave; `driftgate demo` shows how");
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// What the demo prints from one chapter on, up to another. Durations, that something is slow, and
/// why a backend was chosen, differ from run to run and are left out; everything else is the same
/// in each.
fn chapters(told: &str, from: &str, to: Option<&str>) -> Result<String> {
    let start = told
        .find(from)
        .with_context(|| format!("the demo has no chapter {from}"))?;
    let told = &told[start..];
    let end = match to {
        Some(to) => told
            .find(to)
            .with_context(|| format!("the demo has no chapter {to}"))?,
        None => told.len(),
    };
    let lines: Vec<String> = told[..end]
        .trim_end()
        .lines()
        .filter(|line| !is_of_the_day(line.trim_start()))
        .map(|line| without_durations(line.trim_end()) + "\n")
        .collect();
    Ok(lines.concat())
}

fn is_of_the_day(line: &str) -> bool {
    line.starts_with("because ") || line.starts_with("slow ")
}

/// Leaves out ` 12 ms` and ` 1.23 s`, with the blanks before it, and ` in 12 ms`.
fn without_durations(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let word = words[index];
        let next = words.get(index + 1).copied().unwrap_or_default();
        let is_number = word.starts_with(|first: char| first.is_ascii_digit())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
        if is_number && ["ms", "s"].contains(&next.trim_end_matches(';')) {
            while kept
                .last()
                .is_some_and(|kept| kept.is_empty() || *kept == "in")
            {
                kept.pop();
            }
            if next.ends_with(';')
                && let Some(last) = kept.pop()
            {
                return [
                    kept.join(" "),
                    format!("{last};"),
                    words[index + 2..].join(" "),
                ]
                .join(" ");
            }
            index += 2;
        } else {
            kept.push(word);
            index += 1;
        }
    }
    kept.join(" ")
}

/// The page on the architecture with a line for each module of today.
pub(crate) fn architecture() -> Result<String> {
    let text = fs_err::read_to_string(root().join("docs/architecture.md"))?;
    let (before, _) = text
        .split_once(MODULES_MARK)
        .context("docs/architecture.md lost its mark")?;
    let mut rows = String::new();
    for path in modules()? {
        let source = fs_err::read_to_string(root().join(&path))?;
        let Some(about) = about(&source) else {
            bail!("{path} does not say what it is; begin it with a `//!` sentence");
        };
        let name = path.strip_suffix("/mod.rs").unwrap_or(&path);
        rows.push_str(&format!("| `{name}` | {} |\n", about.replace('|', "\\|")));
    }
    Ok(format!("{before}{MODULES_MARK}{rows}"))
}

/// The folders that are modules and the files beside them, sorted; tests are none.
fn modules() -> Result<Vec<String>> {
    let mut found = vec!["src/exit_code.rs".to_owned(), "src/main.rs".to_owned()];
    let mut pending = vec!["src".to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in fs_err::read_dir(root().join(&dir))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{dir}/{name}");
            if name == "mod.rs" {
                found.push(path);
            } else if entry.file_type()?.is_dir() && name != "tests" {
                pending.push(path);
            }
        }
    }
    found.sort_by_key(|path| path.trim_end_matches("/mod.rs").to_owned());
    Ok(found)
}

/// The first paragraph that a module says about itself.
fn about(source: &str) -> Option<String> {
    let lines: Vec<&str> = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    (!lines.is_empty()).then(|| lines.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_busy_machine_says_is_no_part_of_a_chapter() {
        let told = "A life\n  pass  life  12 ms\n  slow  life  running for 10.00 s\nThe end\n";
        let chapter = chapters(told, "A life\n", Some("The end\n")).expect("a chapter");
        assert_eq!(chapter, "A life\n  pass  life\n");
    }

    #[test]
    fn durations_are_left_out_and_nothing_else() {
        assert_eq!(
            without_durations("    pass  orders    9 inspected  12 ms"),
            "    pass  orders    9 inspected"
        );
        assert_eq!(
            without_durations("5 gates: 5 pass; 69 inspected in 6 ms; exit 0: every gate passed"),
            "5 gates: 5 pass; 69 inspected; exit 0: every gate passed"
        );
        assert_eq!(
            without_durations("    pass  life  141 inspected  4.66 s"),
            "    pass  life  141 inspected"
        );
        assert_eq!(
            without_durations("   2 items, 3 msgs"),
            "   2 items, 3 msgs"
        );
    }

    #[test]
    fn a_module_is_described_by_its_first_paragraph() {
        let source = "//! One.\n//! Two.\n//!\n//! Three.\nmod a;\n";
        assert_eq!(about(source).as_deref(), Some("One. Two."));
        assert_eq!(about("mod a;\n"), None);
    }
}
