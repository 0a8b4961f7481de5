use driftgate::config::SpecError;

/// Errors repeat themselves word by word, point into the file, and can be shown.
pub fn agree(text: &str, first: &[SpecError], second: &[SpecError]) {
    assert!(!first.is_empty(), "refused without a reason");
    let words = |errors: &[SpecError]| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(words(first), words(second));
    // YAML also ends a line at a carriage return that stands alone.
    let breaks = text.replace("\r\n", "\n").matches(['\n', '\r']).count();
    let lines = u32::try_from(breaks + 1).unwrap_or(u32::MAX);
    for error in first {
        assert!(!error.message.is_empty());
        assert!(!error.render(false).is_empty());
        if let Some((line, _)) = error.at {
            assert!(line <= lines, "{error} of {lines} lines");
        }
    }
}
