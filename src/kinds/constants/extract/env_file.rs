use super::{Edit, Extraction, Failure, Origin, SourceText, data, scalar};

/// The value of a key of an env file. The reader is dotenvy's; it never sees a value with a
/// variable in it, for it would look that up in the environment of this process.
pub(super) fn extract(
    file: usize,
    source: &SourceText,
    name: &str,
    separator: Option<&str>,
) -> Result<Extraction, Failure> {
    let text = source.text.as_str();
    let mut found: Option<Extraction> = None;
    let mut start = 0;
    while start < text.len() {
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |n| start + n + 1);
        // A quoted value may run over several lines: take as many as make a whole entry.
        let mut end = line_end;
        while open_quote(&text[start..end]) && end < text.len() {
            end = text[end..].find('\n').map_or(text.len(), |n| end + n + 1);
        }
        // A quote that nobody closes swallows nothing.
        if open_quote(&text[start..end]) {
            end = line_end;
        }
        let entry = &text[start..end];
        let at = start;
        start = end;
        let plain = entry.trim_start_matches('\u{feff}');
        let Some((left, right)) = plain.split_once('=') else {
            continue;
        };
        let key = left.trim();
        let key = key.strip_prefix("export ").map_or(key, str::trim);
        if key != name {
            continue;
        }
        let key_at = at + (entry.len() - plain.len()) + left.rfind(key).unwrap_or(0);
        if found.is_some() {
            return Err(Failure::unreadable(
                format!("{name} is set more than once; readers disagree about which counts"),
                file,
                key_at,
            ));
        }
        let value_at = at + (entry.len() - right.len());
        if right.contains('$') && !right.trim_start().starts_with('\'') {
            return Err(Failure::unreadable(
                format!("the value of {name} refers to a variable"),
                file,
                value_at,
            ));
        }
        let value = match dotenvy::from_read_iter(plain.as_bytes()).next() {
            Some(Ok((_, value))) => value,
            _ => {
                return Err(Failure::unreadable(
                    format!("the line of {name} is not an entry of an env file"),
                    file,
                    key_at,
                ));
            }
        };
        let mut extraction = Extraction::new(
            format!("variable {name}"),
            Origin {
                file,
                span: key_at..key_at + key.len(),
            },
            scalar::plain,
        );
        extraction.renamed = vec![Edit::new(
            file,
            key_at..key_at + key.len(),
            format!("{name}_RENAMED"),
        )];
        match right.find(value.as_str()).filter(|_| !value.is_empty()) {
            Some(offset) => {
                let span = value_at + offset..value_at + offset + value.len();
                extraction.members = scalar::members(&value, file, span.clone(), &value, separator);
                extraction.emptied = vec![Edit::new(file, span, "")];
            }
            None => {
                let span = value_at..value_at + right.trim_end().len();
                extraction.members = scalar::members(&value, file, span, "", separator);
                for member in &mut extraction.members {
                    member.literal = false;
                }
            }
        }
        data::insert_part(&mut extraction, separator);
        found = Some(extraction);
    }
    found.ok_or_else(|| Failure::missing(format!("variable {name}")))
}

/// Whether a quote is open at the end of an entry.
fn open_quote(entry: &str) -> bool {
    if entry.trim_start().starts_with('#') {
        return false;
    }
    let Some((_, value)) = entry.split_once('=') else {
        return false;
    };
    // An apostrophe inside a value is one to most readers.
    if !value
        .trim_start_matches([' ', '\t'])
        .starts_with(['"', '\''])
    {
        return false;
    }
    let mut quote = None;
    let mut escaped = false;
    let mut previous = ' ';
    for c in value.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"') | None, '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') if previous.is_whitespace() => return false,
            _ => {}
        }
        previous = c;
    }
    quote.is_some()
}
