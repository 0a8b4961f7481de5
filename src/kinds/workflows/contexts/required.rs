use std::collections::HashMap;

use crate::gate::Location;

/// A context that must be green before a change is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// As it is written, or a pattern.
    pub name: String,
    /// Whether `*` and the like stand for other text.
    pub is_glob: bool,
    pub at: Location,
}

/// A file of required contexts.
#[derive(Debug, Clone, Default)]
pub struct RequiredFile {
    pub path: String,
    /// Entries above the first pending marker.
    pub enforced: Vec<Demand>,
    /// Entries below it, which nobody enforces.
    pub pending: Vec<Demand>,
    /// The pending marker.
    pub marker: Option<Location>,
    /// What readers of the file would take differently, or would stumble over.
    pub faults: Vec<(String, Location)>,
}

/// Reads a file of required contexts: a context a line, `#` comments, also behind an entry, and
/// everything below the first line `# pending-#123` not enforced yet.
///
/// # Errors
/// When it is not text.
pub fn read_required(path: &str, bytes: &[u8]) -> Result<RequiredFile, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))?;
    let mut file = RequiredFile {
        path: path.to_owned(),
        ..RequiredFile::default()
    };
    let mut seen: HashMap<String, u32> = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        let at = Location::at(path, number, u32::try_from(indent + 1).unwrap_or(1));
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            match marker(comment) {
                Marker::Yes if file.marker.is_none() => file.marker = Some(at),
                Marker::Almost if file.marker.is_none() => {
                    let message = format!(
                        "`{line}` looks like the pending marker, and not every reader takes it for one"
                    );
                    file.faults.push((message, at));
                }
                _ => {}
            }
            continue;
        }
        // A `#` within a word belongs to the context.
        let name = match line.find(" #").or_else(|| line.find("\t#")) {
            Some(comment) => line[..comment].trim_end(),
            None => line,
        };
        if name.is_empty() {
            continue;
        }
        if let Some(first) = seen.insert(name.to_owned(), number) {
            let message = format!("`{name}` stands here twice, first on line {first}");
            file.faults.push((message, at.clone()));
        }
        let demand = Demand {
            name: name.to_owned(),
            is_glob: name.contains('*'),
            at,
        };
        if file.marker.is_some() {
            file.pending.push(demand);
        } else {
            file.enforced.push(demand);
        }
    }
    Ok(file)
}

enum Marker {
    Yes,
    /// It is one to readers that are less exact.
    Almost,
    No,
}

/// `pending-#123` at the beginning of a comment, whatever follows the number. That the word stands
/// in a sentence makes no marker of it.
fn marker(comment: &str) -> Marker {
    let word = comment.trim_start();
    let lower = word.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("pending") else {
        return Marker::No;
    };
    let numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    if rest.strip_prefix("-#").is_some_and(numbered) {
        if word.starts_with("pending") {
            return Marker::Yes;
        }
        return Marker::Almost;
    }
    let loose = rest.trim_start_matches([' ', '-', '_', ':', '#']);
    if loose.len() < rest.len() && numbered(loose) {
        Marker::Almost
    } else {
        Marker::No
    }
}
