use std::ops::Range;

/// The script as the grammar gets to see it, byte for byte as long: a letter stands for each byte of an
/// expression, for its place holds a text that the grammar cannot know, and for each byte beyond ASCII,
/// for the grammar's scanner looks those up out of the bounds of C's tables.
pub(super) fn blanked(script: &str) -> Vec<u8> {
    let mut bytes = script.as_bytes().to_vec();
    for range in expression_ranges(script) {
        bytes[range].fill(b'x');
    }
    for byte in &mut bytes {
        if !byte.is_ascii() {
            *byte = b'x';
        }
    }
    bytes
}

/// Where `${{ … }}` stand. A quote inside hides its end, as the forge has it.
fn expression_ranges(script: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some(start) = script[from..].find("${{").map(|at| at + from) {
        let bytes = script.as_bytes();
        let mut at = start + 3;
        let mut quoted = false;
        let end = loop {
            match bytes.get(at) {
                None => break None,
                Some(b'\'') => quoted = !quoted,
                Some(b'}') if !quoted && bytes.get(at + 1) == Some(&b'}') => break Some(at + 2),
                Some(_) => {}
            }
            at += 1;
        };
        let Some(end) = end else { break };
        ranges.push(start..end);
        from = end;
    }
    ranges
}

/// The insides of all `${{ … }}` of a text.
pub(crate) fn expressions_in(text: &str) -> Vec<String> {
    expression_ranges(text)
        .into_iter()
        .map(|range| text[range.start + 3..range.end - 2].trim().to_owned())
        .collect()
}

/// The names of all variables that a text expands, `$A` and `${A…}`.
pub(crate) fn variables_in(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$').map(|found| found + at) {
        at = dollar + 1;
        let mut start = at;
        if bytes.get(start) == Some(&b'{') {
            start += 1;
            while matches!(bytes.get(start), Some(b'#' | b'!')) {
                start += 1;
            }
        }
        let length = bytes[start.min(bytes.len())..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let name = &text[start.min(text.len())..(start + length).min(text.len())];
        if name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// The script as the shell gets it: the forge puts the values in before. A variable that nobody knows
/// stands for an expression whose value nobody knows.
pub(super) fn substituted(script: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(script.len());
    let mut from = 0;
    for range in expression_ranges(script) {
        text.push_str(&script[from..range.start]);
        let inside = script[range.start + 3..range.end - 2].trim();
        text.push_str(
            value(inside)
                .as_deref()
                .unwrap_or("${UNKNOWN_TO_DRIFTGATE}"),
        );
        from = range.end;
    }
    text.push_str(&script[from..]);
    text
}

/// A command in one line, for messages.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut line = String::new();
    for word in text.lines().next().unwrap_or_default().split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let line = line.trim_end_matches('\\').trim_end().to_owned();
    if line.chars().count() > LONGEST {
        let cut: String = line.chars().take(LONGEST - 1).collect();
        format!("{}…", cut.trim_end())
    } else {
        line
    }
}
