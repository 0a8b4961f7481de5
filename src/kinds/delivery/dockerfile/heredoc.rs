use std::collections::HashMap;

use super::text::{Text, continues, join_lines};
use super::words::split_words;

/// A heredoc of a `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunHeredoc {
    pub(super) name: String,
    pub(super) body: String,
    /// Whether the shell expands variables in it.
    pub(super) expand: bool,
}

/// The heredocs of all `RUN` instructions, and the text without them.
///
/// This stands in for a gap of `parse-dockerfile` 0.1: it knows only a heredoc that is the whole
/// command, so that the body of `RUN cat <<EOF > /file` would be taken for instructions.
#[derive(Debug, Default)]
pub(super) struct RunHeredocs {
    /// The same bytes at the same offsets, but for the bodies, which became comments.
    pub(super) masked: String,
    /// By the offset of the keyword.
    pub(super) by_keyword: HashMap<usize, Vec<RunHeredoc>>,
}

struct Marker {
    name: String,
    chomp: bool,
    expand: bool,
}

/// # Errors
/// The offset and reason of a heredoc that does not end.
pub(super) fn take_run_heredocs(text: &Text, escape: char) -> Result<RunHeredocs, (usize, String)> {
    let mut found = RunHeredocs {
        masked: text.text.clone(),
        ..RunHeredocs::default()
    };
    if !text.text.contains("<<") {
        return Ok(found);
    }
    let mut masks: Vec<(usize, usize)> = Vec::new();
    let mut lines = text.lines_from(0).peekable();
    while let Some((start, line)) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let mut end = start + line.len();
        let mut goes_on = continues(line, escape);
        while goes_on {
            let Some((at, next)) = lines.next() else {
                break;
            };
            end = at + next.len();
            let inner = next.trim_start();
            if inner.is_empty() || inner.starts_with('#') {
                continue;
            }
            goes_on = continues(next, escape);
        }
        let keyword = start + (line.len() - trimmed.len());
        let logical = join_lines(&text.text[keyword..end], escape);
        let Some((is_run, offset)) = takes_heredocs(&logical) else {
            continue;
        };
        let markers: Vec<_> = split_words(&glue(&logical), escape)
            .iter()
            .filter_map(|word| marker(word))
            .collect();
        let mut docs = Vec::new();
        for marker in markers {
            let mut body = String::new();
            loop {
                let Some((at, line)) = lines.next() else {
                    return Err((
                        keyword,
                        format!("the heredoc `{}` does not end", marker.name),
                    ));
                };
                let line_end = lines.peek().map_or(text.text.len(), |(next, _)| *next);
                if is_run {
                    masks.push((at, at + line.len()));
                }
                let content = if marker.chomp {
                    line.trim_start_matches('\t')
                } else {
                    line
                };
                if content == marker.name {
                    break;
                }
                body.push_str(content);
                body.push_str(&text.text[at + line.len()..line_end]);
            }
            docs.push(RunHeredoc {
                name: marker.name,
                body,
                expand: marker.expand,
            });
        }
        if is_run && !docs.is_empty() {
            // A command that is nothing but a heredoc must not start like one any more.
            let args = text.text[keyword..end].find("<<").map(|at| keyword + at);
            if let Some(at) = args {
                masks.push((at, at + 2));
            }
            found.by_keyword.insert(keyword + offset, docs);
        }
    }
    let mut bytes = found.masked.into_bytes();
    for (from, to) in masks {
        bytes[from..to].fill(b'#');
    }
    // Only whole lines and two ASCII characters were replaced.
    found.masked = String::from_utf8_lossy(&bytes).into_owned();
    Ok(found)
}

/// Whether the instruction is a `RUN` (or only a `COPY` or `ADD`), and where its keyword stands
/// behind an `ONBUILD`.
fn takes_heredocs(logical: &str) -> Option<(bool, usize)> {
    let (word, rest) = logical.split_once([' ', '\t'])?;
    match word.to_ascii_uppercase().as_str() {
        "RUN" => Some((true, 0)),
        "COPY" | "ADD" => Some((false, 0)),
        "ONBUILD" => {
            let inner = rest.trim_start();
            let (is_run, _) = takes_heredocs(inner).filter(|_| {
                !inner
                    .get(..7)
                    .is_some_and(|start| start.eq_ignore_ascii_case("ONBUILD"))
            })?;
            Some((is_run, logical.len() - inner.len()))
        }
        _ => None,
    }
}

/// `<< EOF` is one word to the builder.
fn glue(logical: &str) -> String {
    let mut glued = String::with_capacity(logical.len());
    let mut rest = logical;
    while let Some(at) = rest.find("<<") {
        glued.push_str(&rest[..at + 2]);
        rest = rest[at + 2..].trim_start_matches([' ', '\t']);
    }
    glued.push_str(rest);
    glued
}

fn marker(word: &str) -> Option<Marker> {
    let rest = word
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .strip_prefix("<<")?;
    let (chomp, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let mut name = String::new();
    let mut quote = None;
    let mut chars = rest.chars();
    let mut expand = true;
    while let Some(c) = chars.next() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                expand = false;
            }
            None if c == '\\' => name.extend(chars.next()),
            _ => name.push(c),
        }
    }
    (!name.is_empty()).then_some(Marker {
        name,
        chomp,
        expand,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &str) -> Result<RunHeredocs, (usize, String)> {
        take_run_heredocs(&Text::new(text.as_bytes()).expect("is UTF-8"), '\\')
    }

    #[test]
    fn the_body_of_a_heredoc_anywhere_in_a_run_becomes_comments() {
        let text = "FROM a\nRUN cat <<EOF > /f && \\\n  x\nCOPY a b\nEOF\nCOPY c d\n";
        let found = take(text).expect("reads");
        assert_eq!(
            found.masked,
            "FROM a\nRUN cat ##EOF > /f && \\\n  x\n########\n###\nCOPY c d\n"
        );
        assert_eq!(
            found.by_keyword[&7],
            [RunHeredoc {
                name: "EOF".to_owned(),
                body: "COPY a b\n".to_owned(),
                expand: true,
            }]
        );
    }

    #[test]
    fn heredocs_of_copy_stay_for_the_parser_and_hide_what_looks_like_a_run() {
        let text = "FROM a\nCOPY <<'X' <<-Y /d/\nRUN <<Z\nX\n\tb\n\tY\nRUN <<-Z\n\tq\n\tZ\n";
        let found = take(text).expect("reads");
        let kept = text.find("RUN <<-Z").expect("is there");
        assert!(found.masked.starts_with(&text[..kept]));
        assert_eq!(found.by_keyword.len(), 1);
        assert_eq!(
            found.by_keyword.values().next().expect("one")[0].body,
            "q\n"
        );
    }

    #[test]
    fn shifts_and_here_strings_are_no_heredocs() {
        let text = "FROM a\nRUN echo $((1<<2)) \"<<A\"\nRUN cat <<<b\n# <<C\n";
        assert!(take(text).expect("reads").by_keyword.is_empty());
    }

    #[test]
    fn a_heredoc_without_end_is_refused() {
        let (at, why) = take("FROM a\nRUN <<E\nx\n").expect_err("refuses");
        assert_eq!((at, why.as_str()), (7, "the heredoc `E` does not end"));
    }
}
