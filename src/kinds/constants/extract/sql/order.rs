use std::cmp::Ordering;

use crate::tree::TreePath;

/// Sorts migrations as the tools that run them do: by the number in front of the name, and by name
/// where it is the same. Those without a number come last.
pub(in super::super::super) fn migration_order(paths: &mut [TreePath]) {
    paths.sort_by(|a, b| by_number(a, b).then_with(|| a.cmp(b)));
}

fn by_number(a: &TreePath, b: &TreePath) -> Ordering {
    match (number(a), number(b)) {
        // Without leading zeros, the longer number is the larger one.
        (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// The digits in front of the file's name, also behind Flyway's `V`, without leading zeros.
fn number(path: &TreePath) -> Option<&[u8]> {
    let name: &[u8] = path.name();
    let name = name.strip_prefix(b"V").unwrap_or(name);
    let digits = name.iter().take_while(|b| b.is_ascii_digit()).count();
    let zeros = name.iter().take_while(|b| **b == b'0').count();
    (digits > 0).then(|| &name[zeros.min(digits)..digits])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(names: &[&str]) -> Vec<String> {
        let mut paths: Vec<TreePath> = names
            .iter()
            .map(|name| TreePath::new(format!("migrations/{name}")).expect("a path"))
            .collect();
        migration_order(&mut paths);
        paths.iter().map(|path| path.name().to_string()).collect()
    }

    #[test]
    fn migrations_are_ordered_by_number_and_not_by_text() {
        assert_eq!(
            sorted(&["10_b.sql", "9_a.sql", "0011_c.sql", "20260606000000_d.sql"]),
            ["9_a.sql", "10_b.sql", "0011_c.sql", "20260606000000_d.sql"]
        );
    }

    #[test]
    fn migrations_of_one_number_are_ordered_by_name() {
        assert_eq!(sorted(&["7_b.sql", "007_a.sql"]), ["007_a.sql", "7_b.sql"]);
    }

    #[test]
    fn a_migration_without_a_number_comes_last() {
        assert_eq!(
            sorted(&["late.sql", "V2__b.sql", "1_a.sql"]),
            ["1_a.sql", "V2__b.sql", "late.sql"]
        );
    }

    #[test]
    fn a_number_of_zeros_alone_is_a_number() {
        assert_eq!(sorted(&["1_b.sql", "000_a.sql"]), ["000_a.sql", "1_b.sql"]);
    }
}
