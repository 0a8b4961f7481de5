use super::{Fault, FaultKind, Span};

/// The text of a file, and what is odd about its bytes.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Option<Fault>), Fault> {
    let start = Span {
        line: 1,
        column: 1,
        ..Span::default()
    };
    let odd = |what: &str| {
        let message = format!("the file is {what}, which not every reader expects");
        Some(Fault::new(FaultKind::Encoding, message, start))
    };
    let (text, fault) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (utf8(rest, 3)?, odd("UTF-8 with a byte order mark")),
        [0xff, 0xfe, rest @ ..] => (
            utf16(rest, u16::from_le_bytes)?,
            odd("UTF-16 (little endian)"),
        ),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes)?, odd("UTF-16 (big endian)")),
        _ => (utf8(bytes, 0)?, None),
    };
    Ok((text, fault))
}

fn utf8(bytes: &[u8], before: usize) -> Result<String, Fault> {
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|error| {
            let good = &bytes[..error.valid_up_to()];
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let line = number(good.iter().filter(|b| **b == b'\n').count() + 1);
            let begin = good.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
            let column = number(String::from_utf8_lossy(&good[begin..]).chars().count() + 1);
            let at = before + good.len();
            let span = Span {
                start: at,
                end: at,
                line,
                column,
            };
            Fault::new(FaultKind::Unreadable, "the file is not UTF-8", span)
        })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Fault> {
    let broken = || {
        Fault::new(
            FaultKind::Unreadable,
            "the file begins as UTF-16 and is not",
            Span::default(),
        )
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(broken());
    }
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).map_err(|_| broken())
}
