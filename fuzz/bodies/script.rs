use std::collections::BTreeMap;

use driftgate::kinds::workflows::shell::{Analysis, Outcome, ShellOptions, analyse, simulate};

/// A line before a script that changes nothing of it.
const COMMENT: &str = "# x\n";

/// The reader and the walker of scripts. The two ways to follow a script do not gainsay each other.
pub fn check(data: &[u8]) {
    let Ok(script) = std::str::from_utf8(data) else {
        return;
    };
    for shell in [None, Some("bash"), Some("sh {0}")] {
        let options = ShellOptions::of(shell, false);
        let Some(analysis) = analyse(script, options) else {
            panic!("{} bytes are not too long for a script", script.len());
        };
        let again = analyse(script, options).expect("it was read before");
        assert_eq!(format!("{analysis:?}"), format!("{again:?}"));
        points_into(&analysis, script);
        let outcome = || simulate(script, options, &BTreeMap::new(), &|_| None);
        assert_eq!(outcome(), outcome());
        if analysis.never_fails.is_some() {
            assert_ne!(outcome(), Outcome::Fails, "it was said that it cannot");
        }
        if analysis.whole {
            let below = format!("{COMMENT}{script}");
            let below = analyse(&below, options).expect("no longer by much");
            let moved = |at: usize| at + COMMENT.len();
            let masks = |analysis: &Analysis, moved: &dyn Fn(usize) -> usize| {
                let masks = analysis.masks.iter();
                let told = |mask: &driftgate::kinds::workflows::shell::Mask| {
                    (moved(mask.at), mask.check.clone(), mask.how.to_string())
                };
                masks.map(told).collect::<Vec<_>>()
            };
            assert_eq!(masks(&analysis, &moved), masks(&below, &|at| at));
            assert_eq!(analysis.can_fail, below.can_fail);
        }
    }
}

fn points_into(analysis: &Analysis, script: &str) {
    assert!(
        analysis.whole || analysis.can_fail,
        "what is not read may fail"
    );
    assert!(
        analysis
            .masks
            .windows(2)
            .all(|pair| pair[0].at < pair[1].at)
    );
    for mask in &analysis.masks {
        stands_at(&mask.check, mask.at, script);
        assert!(!mask.how.to_string().is_empty() && !mask.how.mend().is_empty());
    }
    if let Some((at, work)) = &analysis.never_fails {
        assert!(analysis.whole && !analysis.can_fail);
        stands_at(work, *at, script);
    }
    for (at, mode) in &analysis.modes {
        let rest = script.get(*at..).expect("within the script");
        assert!(!rest.trim().is_empty(), "{}", mode.reason());
    }
    let of_exits = analysis.exits.iter().map(|exit| &exit.condition);
    for condition in analysis.guards.iter().chain(of_exits) {
        assert!(script.get(condition.at..).is_some());
    }
    for exit in &analysis.exits {
        let rest = script.get(exit.at..).expect("within the script");
        assert!(!rest.trim().is_empty());
    }
}

/// Whether a command, as messages show it, begins there.
fn stands_at(shown: &str, at: usize, script: &str) {
    let rest = script.get(at..).expect("within the script");
    let line = rest.lines().next().unwrap_or_default();
    let words: Vec<_> = line.split_whitespace().collect();
    let begin = shown.trim_end_matches('…').trim_end();
    assert!(
        words.join(" ").starts_with(begin),
        "`{shown}` is not at {at}: `{line}`"
    );
}
