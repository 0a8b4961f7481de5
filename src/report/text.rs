use std::borrow::Cow;
use std::time::Duration;

/// Text from outside as a terminal may show it: control characters, which could move the cursor or
/// set a title, are written as escapes. Line ends and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| !c.is_control() || c == '\n' || c == '\t';
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if harmless(c) {
            out.push(c);
        } else {
            out.extend(c.escape_default());
        }
    }
    Cow::Owned(out)
}

/// A time as people read it: `3 ms`, `1.25 s`, `2 min 5 s`.
pub fn duration(time: Duration) -> String {
    let millis = time.as_millis();
    if millis < 1000 {
        return format!("{millis} ms");
    }
    let secs = time.as_secs();
    if secs < 60 {
        return format!("{:.2} s", time.as_secs_f64());
    }
    format!("{} min {} s", secs / 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_from_files_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\tc\n"), "a\\u{1b}[2Jb\tc\n");
    }

    #[test]
    fn durations_carry_their_unit() {
        let shown = [3, 1250, 125_000].map(|millis| duration(Duration::from_millis(millis)));
        assert_eq!(shown, ["3 ms", "1.25 s", "2 min 5 s"]);
    }
}
