/// What stands between two parts of an input.
const BORDER: &[u8] = b"\n%%\n";

/// The parts of an input, between lines of `%%`.
pub fn parts(mut data: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = data.windows(BORDER.len()).position(|at| at == BORDER) {
        parts.push(&data[..=at]);
        data = &data[at + BORDER.len()..];
    }
    parts.push(data);
    parts
}
