use std::fmt::Write;

use anyhow::{Result, anyhow};
use driftgate::kinds::lifecycle::{AboutCheck, about_chapters, about_checks};
use driftgate_provisioner::fault::Told;

/// All checks of a life, by chapter.
pub(crate) fn body() -> Result<String> {
    let checks: Vec<AboutCheck> = about_checks().collect();
    let core = checks.iter().filter(|check| check.profile == "core");
    let mut text = format!(
        "A gate of kind `lifecycle` lives these {} checks in this order; {} of them belong to the profile `core`, the \
         others to `hardened` only. `driftgate explain CHECK` prints one of them with how to mend what it finds, and \
         `driftgate prove GATE` shows that each is red for each of its faults.\n\n\
         \u{201c}contract\u{201d} is what the public server does at the commit that is pinned, \u{201c}later \
         contract\u{201d} what it was mended to. A fault is one way in which the built-in reference can be told to be \
         wrong.\n",
        checks.len(),
        core.count(),
    );
    for (chapter, about) in about_chapters() {
        write!(text, "\n## {chapter}\n\n{about}\n")?;
        for check in checks.iter().filter(|check| check.chapter == chapter) {
            write_check(&mut text, check)?;
        }
    }
    Ok(text)
}

fn write_check(text: &mut String, check: &AboutCheck) -> Result<()> {
    let codes = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    write!(
        text,
        "\n### {}\n\n{}\n\n- profile: `{}`\n- from: {}\n",
        check.code, check.proves, check.profile, check.cites
    )?;
    for (key, names) in [("needs", check.needs.as_slice()), ("rests on", check.after)] {
        if !names.is_empty() {
            writeln!(text, "- {key}: {}", codes(names))?;
        }
    }
    writeln!(text, "- why it matters: {}", check.code.why)?;
    for name in check.faults {
        let fault = Told::named(name).map_err(|problem| anyhow!(problem))?;
        writeln!(text, "- red for `{name}`: {}", fault.about())?;
    }
    Ok(())
}
