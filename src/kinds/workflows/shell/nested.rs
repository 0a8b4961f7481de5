use std::ops::Range;

use super::ast::Command;
use super::words::{base, started};

/// Shells that take a script as a word.
const SHELLS: &[&str] = &["bash", "sh", "dash", "ash", "zsh", "ksh"];

/// A script that stands in a word of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Handed {
    /// Bytes of the script around it.
    pub(super) bytes: Range<usize>,
    /// The words before it that set options of a shell of its own; `None` where the shell itself runs it.
    pub(super) options: Option<Vec<String>>,
}

/// The script that a command hands to a shell, where it is written out: `bash -ec '…'`, `eval '…'`.
pub(super) fn handed(script: &str, command: &Command) -> Option<Handed> {
    let words = started(command);
    let name = base(&words.first()?.text);
    if name == "eval" {
        let [_, only] = words.as_slice() else {
            return None;
        };
        let bytes = literal(script, &only.bytes)?;
        let is_fixed = !script.get(bytes.clone())?.contains('$');
        return is_fixed.then_some(Handed {
            bytes,
            options: None,
        });
    }
    if !SHELLS.contains(&name) {
        return None;
    }
    let mut options = Vec::new();
    let (mut takes_script, mut names_option) = (false, false);
    for word in &words[1..] {
        let text = &word.text;
        let letters = text.strip_prefix(['-', '+']);
        match letters {
            Some(letters) if !names_option => {
                let is_long = letters.starts_with('-');
                takes_script |= !is_long && letters.contains('c');
                names_option = !is_long && letters.ends_with('o');
                options.push(text.clone());
            }
            _ if names_option => {
                names_option = false;
                options.push(text.clone());
            }
            _ if takes_script => {
                return Some(Handed {
                    bytes: literal(script, &word.bytes)?,
                    options: Some(options),
                });
            }
            _ => return None,
        }
    }
    None
}

/// The inside of a word that is one text in quotes, in which nothing is put together or escaped.
fn literal(script: &str, bytes: &Range<usize>) -> Option<Range<usize>> {
    let raw = script.get(bytes.clone())?;
    let inside = |quote: char| raw.strip_prefix(quote)?.strip_suffix(quote);
    let is_plain = match (inside('\''), inside('"')) {
        (Some(text), _) => !text.contains('\''),
        (None, Some(text)) => !text.contains(['"', '\\', '`']) && !text.contains("$("),
        (None, None) => false,
    };
    is_plain.then(|| bytes.start + 1..bytes.end - 1)
}
