use driftgate::ssot::Manifest;

/// The reader of manifests: what it finds nothing wrong with, another strict reader takes as well.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let first = Manifest::read("manifest.json", text);
    let second = Manifest::read("manifest.json", text);
    let words = |manifest: &Manifest| {
        let findings = manifest.findings();
        findings.into_iter().map(|f| f.message).collect::<Vec<_>>()
    };
    assert_eq!(words(&first), words(&second));
    if first.json.problems.is_empty() {
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(_) => {}
            // That reader stops at a depth of 128 and at numbers beyond a double, by its own choice.
            Err(error)
                if error.to_string().contains("recursion limit")
                    || error.to_string().contains("number out of range") => {}
            Err(error) => panic!("taken as strict JSON, but {error}"),
        }
    }
    let lines = u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX);
    for location in first
        .findings()
        .iter()
        .flat_map(|finding| &finding.locations)
    {
        let line = location.line.expect("a finding in a manifest has a line");
        assert!((1..=lines).contains(&line), "{location} of {lines} lines");
    }
}
