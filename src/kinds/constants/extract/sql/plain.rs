/// A migration as the tool that applies it sends it to the database: without the section that
/// undoes it, without psql's own commands, and without the data of `COPY … FROM stdin`. All bytes
/// stay where they are; what does not count is blank.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut undoes = false;
    let mut in_data = false;
    for line in text.split_inclusive('\n') {
        if in_data {
            in_data = line.trim_end() != "\\.";
            blank(line, &mut out);
            continue;
        }
        match section(line) {
            Some(Section::Up) => undoes = false,
            Some(Section::Down) => undoes = true,
            None => {}
        }
        if undoes || is_meta(line) {
            blank(line, &mut out);
        } else {
            in_data = begins_data(line);
            out.push_str(line);
        }
    }
    out
}

/// Where psql would read another script, in bytes: what stands there is not known.
pub(super) fn included(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let command = line.trim_start().strip_prefix('\\').unwrap_or_default();
        let command = command.split_whitespace().next().unwrap_or_default();
        if ["i", "ir", "include", "include_relative"].contains(&command) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

enum Section {
    Up,
    Down,
}

/// The comments with which goose, sql-migrate and dbmate part what a migration does from what
/// undoes it.
fn section(line: &str) -> Option<Section> {
    let comment = line.trim_start().strip_prefix("--")?.trim_start();
    let comment = comment.to_ascii_lowercase();
    let said = ["+goose ", "+migrate ", "migrate:"]
        .iter()
        .find_map(|marker| comment.strip_prefix(marker))?;
    match said.split_whitespace().next()? {
        "up" => Some(Section::Up),
        "down" => Some(Section::Down),
        _ => None,
    }
}

fn is_meta(line: &str) -> bool {
    let rest = line.strip_prefix('\\').unwrap_or_default();
    rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!')
}

fn begins_data(line: &str) -> bool {
    let mut words = line
        .split(|c: char| c.is_whitespace() || c == ';')
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase);
    if words.next().as_deref() != Some("copy") || !line.trim_end().ends_with(';') {
        return false;
    }
    let words: Vec<String> = words.collect();
    words
        .windows(2)
        .any(|pair| pair[0] == "from" && pair[1] == "stdin")
}

fn blank(line: &str, out: &mut String) {
    out.extend(line.bytes().map(|byte| match byte {
        b'\n' => '\n',
        _ => ' ',
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_reach_the_database_is_blank_and_everything_else_stays_where_it_is() {
        let text = "-- +goose Up\nA;\n\\set x ä\nCOPY t (a) FROM stdin;\nit's\n\\.\nB;\n-- +goose Down\nDROP é;\n-- +goose Up\nC;\n";
        let plain = plain(text);
        assert_eq!(plain.len(), text.len());
        let kept: Vec<&str> = plain.split_whitespace().collect();
        let wanted = "-- +goose Up A; COPY t (a) FROM stdin; B; -- +goose Up C;";
        assert_eq!(kept.join(" "), wanted);
        assert_eq!(plain.find("B;"), text.find("B;"));
        assert_eq!(plain.find("C;"), text.find("C;"));
    }

    #[test]
    fn a_copy_that_is_no_data_and_a_comment_that_is_no_section_stay() {
        let text =
            "COPY t TO stdout;\nCOPY t FROM '/x/stdin';\n-- go down\n-- migrate:upwards\nA;\n";
        assert_eq!(plain(text), text);
    }

    #[test]
    fn an_included_script_is_found() {
        assert_eq!(included("A;\n\\ir other.sql\n"), Some(3));
        assert_eq!(included("A;\n\\if x\n\\endif\n"), None);
    }
}
