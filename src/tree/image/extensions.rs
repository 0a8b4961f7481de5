use super::TarProblem;
use super::sparse::PaxSparse;

/// The largest extended header that is kept, in bytes: what Go's reader takes, with which images are
/// unpacked.
pub(super) const LARGEST: u64 = 1 << 20;

/// What extended headers say about the entry that follows them.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    /// Whether there was any, so that an entry must follow.
    pub open: bool,
    /// The types of those that there were.
    seen: Vec<u8>,
    /// The name of a GNU header `L`.
    pub long_name: Option<Vec<u8>>,
    /// The link target of a GNU header `K`.
    pub long_link: Option<Vec<u8>>,
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub sparse: PaxSparse,
}

impl Extensions {
    /// Takes in a whole extended header. `kind`: its type in the archive.
    pub(super) fn take(&mut self, kind: u8, bytes: &[u8]) -> Result<(), TarProblem> {
        self.open = true;
        // Go takes the last of them, others all of them.
        if self.seen.contains(&kind) {
            return Err(TarProblem::BadExtension(
                "there are two of a sort before one entry".to_owned(),
            ));
        }
        self.seen.push(kind);
        match kind {
            b'L' => self.long_name = Some(until_nul(bytes)),
            b'K' => self.long_link = Some(until_nul(bytes)),
            _ => self.pax(bytes)?,
        }
        Ok(())
    }

    /// The values are bytes and may hold line ends (an extended attribute does), so that a record is
    /// as long as it says, and does not end where a line does.
    fn pax(&mut self, mut bytes: &[u8]) -> Result<(), TarProblem> {
        while !bytes.is_empty() {
            let (key, value, rest) = record(bytes)
                .ok_or_else(|| TarProblem::BadExtension("a record of it is none".to_owned()))?;
            bytes = rest;
            // An empty value takes back what an earlier one said.
            let text = (!value.is_empty()).then(|| value.to_vec());
            match key {
                b"path" => self.path = text,
                b"linkpath" => self.link = text,
                b"size" => self.size = number(value, "size")?,
                b"uid" => self.uid = number(value, "uid")?,
                b"gid" => self.gid = number(value, "gid")?,
                // Times, attributes and comments do not matter here.
                _ => {
                    if let Some(key) = key.strip_prefix(b"GNU.sparse.") {
                        self.sparse.take(key, value)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Extensions {
    /// Sees to it that all programs read the same name and target out of it.
    pub(super) fn check(&self) -> Result<(), TarProblem> {
        let two = |one: &Option<Vec<u8>>, other: &Option<Vec<u8>>| {
            one.is_some() && other.is_some() && one != other
        };
        if two(&self.long_name, &self.path)
            || two(&self.long_name, &self.sparse.name)
            || two(&self.long_link, &self.link)
        {
            return Err(TarProblem::BadExtension(
                "it has a name of GNU tar and another one of pax".to_owned(),
            ));
        }
        Ok(())
    }
}

/// The first record of `LENGTH KEY=VALUE\n`, and what comes after it.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length = decimal(&bytes[..space])?;
    let length = usize::try_from(length).ok()?;
    if length > bytes.len() {
        return None;
    }
    let (record, rest) = bytes.split_at(length);
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], rest))
}

fn number(value: &[u8], what: &str) -> Result<Option<u64>, TarProblem> {
    if value.is_empty() {
        return Ok(None);
    }
    decimal(value)
        .map(Some)
        .ok_or_else(|| TarProblem::BadExtension(format!("its {what} is no number")))
}

/// Digits and nothing else.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

fn until_nul(bytes: &[u8]) -> Vec<u8> {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    bytes[..end].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_line_ends() {
        let mut extensions = Extensions::default();
        extensions
            .take(b'x', b"16 SCHILY.x=\n\n\n\n12 path=a/b\n")
            .unwrap();
        assert_eq!(extensions.path.as_deref(), Some(b"a/b".as_slice()));
    }

    #[test]
    fn a_record_that_is_longer_than_the_header_or_has_no_end_is_damaged() {
        for bytes in [
            b"99 path=a\n".as_slice(),
            b"9 path=ab",
            b"5 a\n\n",
            b" path=a\n",
            b"0 path=a\n",
        ] {
            let taken = Extensions::default().take(b'x', bytes);
            assert!(matches!(taken, Err(TarProblem::BadExtension(_))));
        }
    }
}
