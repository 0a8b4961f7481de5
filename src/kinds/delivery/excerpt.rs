/// The beginning of a text that somebody else made up, on one line and fit for a terminal: `most` characters of it.
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for c in text.chars().take(most) {
        if c.is_control() {
            shown.extend(c.escape_debug());
        } else {
            shown.push(c);
        }
    }
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_one_for_a_terminal_is_made_harmless() {
        assert_eq!(excerpt("no \"key\"", 8), "no \"key\"");
        assert_eq!(excerpt("äöü", 2), "äö…");
        assert_eq!(excerpt("a\u{1b}[31m\nb", 20), "a\\u{1b}[31m\\nb");
    }
}
