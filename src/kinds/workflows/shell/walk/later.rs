/// Whether a script waits for a process that it names: a `wait` for all of them ends with 0.
pub(super) fn waits_for_one(script: &str) -> bool {
    script
        .split(['\n', ';', '&', '|', '(', ')', '`'])
        .any(|command| {
            let mut words = command.split_whitespace();
            words.any(|word| word == "wait") && words.next().is_some_and(|w| !w.starts_with('#'))
        })
}

/// Whether the next statement reads the status of the one before it.
pub(super) fn reads_status(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    // To print it is not to mind it.
    if matches!(first_word(first), "echo" | "printf") {
        return false;
    }
    first.contains("$?") || first.contains("${?") || first.contains("PIPESTATUS")
}

pub(super) fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}
