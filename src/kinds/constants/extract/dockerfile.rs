use parse_dockerfile::Instruction;

use super::{Edit, Extraction, Failure, Origin, SourceText, data, scalar};

/// The default of an `ARG`. Where it is declared in several stages, its defaults must be the same.
pub(super) fn extract(
    file: usize,
    source: &SourceText,
    name: &str,
    separator: Option<&str>,
) -> Result<Extraction, Failure> {
    let text = source.text.as_str();
    let dockerfile = parse_dockerfile::parse(text).map_err(|error| {
        let line_start = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        Failure::unreadable(error.to_string(), file, line_start)
    })?;
    let what = format!("ARG {name}");
    let mut found: Option<Extraction> = None;
    for instruction in &dockerfile.instructions {
        let Instruction::Arg(arg) = instruction else {
            continue;
        };
        let span = arg.arguments.span.clone();
        let raw = text.get(span.clone()).unwrap_or_default();
        for word in words(raw) {
            let start = span.start + word.start;
            let word = &raw[word];
            let (key, value) = match word.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (word, None),
            };
            if key != name {
                continue;
            }
            let mut extraction = Extraction::new(
                &what,
                Origin {
                    file,
                    span: start..start + key.len(),
                },
                scalar::plain,
            );
            extraction.renamed = vec![Edit::new(
                file,
                start..start + key.len(),
                format!("{name}_RENAMED"),
            )];
            if let Some(value) = value {
                let at = start + key.len() + 1;
                let quote = value.starts_with(['"', '\'']) && value.len() > 1;
                let (inner, at) = if quote {
                    (&value[1..value.len() - 1], at + 1)
                } else {
                    (value, at)
                };
                if inner.contains(['$', '\\', '"', '\'', '\n']) {
                    return Err(Failure::unreadable(
                        format!("the default of {name} is not plain text"),
                        file,
                        at,
                    ));
                }
                let inner_span = at..at + inner.len();
                extraction.members =
                    scalar::members(inner, file, inner_span.clone(), inner, separator);
                extraction.emptied = vec![Edit::new(file, inner_span, "")];
                data::insert_part(&mut extraction, separator);
            }
            match &mut found {
                None => found = Some(extraction),
                Some(first) if extraction.members.is_empty() => {
                    first.renamed.extend(extraction.renamed);
                }
                Some(first) if first.members.is_empty() => {
                    extraction.renamed.append(&mut first.renamed);
                    *first = extraction;
                }
                Some(first) => {
                    let values = |e: &Extraction| -> Vec<String> {
                        e.members
                            .iter()
                            .map(|member| member.value.clone())
                            .collect()
                    };
                    if values(first) != values(&extraction) {
                        return Err(Failure::unreadable(
                            format!("{name} has another default here than in an earlier ARG"),
                            file,
                            start,
                        ));
                    }
                    first.renamed.extend(extraction.renamed);
                    first.emptied.extend(extraction.emptied);
                    // A change in one place alone leaves the two at odds, which is refused.
                    for member in &mut first.members {
                        member.literal = false;
                        member.item = None;
                    }
                    first.insertion = None;
                }
            }
        }
    }
    found.ok_or_else(|| Failure::missing(what))
}

/// The words of a line, where quotes keep blanks together.
fn words(raw: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut quote = None;
    for (at, c) in raw.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                start.get_or_insert(at);
            }
            (None, c) if c.is_whitespace() || c == '\\' => {
                if let Some(start) = start.take() {
                    found.push(start..at);
                }
            }
            _ => {
                start.get_or_insert(at);
            }
        }
    }
    if let Some(start) = start {
        found.push(start..raw.len());
    }
    found
}
