use std::fmt;
use std::str::FromStr;

/// A version of a forge, as far as features go by it: `1.26`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForgeVersion {
    pub major: u32,
    pub minor: u32,
}

impl ForgeVersion {
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for ForgeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ForgeVersion {
    type Err = String;

    /// Takes what a forge says of itself: `1.26.4`, `v1.27.0+dev-3`, `13.0.1+gitea-1.22.0`.
    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.trim().trim_start_matches('v');
        let bare = bare.split(['+', '-']).next().unwrap_or_default();
        let mut parts = bare.split('.').map(str::parse::<u32>);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self { major, minor }),
            (Some(Ok(major)), None) => Ok(Self { major, minor: 0 }),
            _ => Err(format!("`{text}` is not a version such as 1.26 or 1.26.4")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_forges_say_of_themselves_is_a_version() {
        for (text, major, minor) in [
            ("1.26.4", 1, 26),
            ("1.26", 1, 26),
            ("v1.27.0+dev-312-gabc", 1, 27),
            ("13.0.1+gitea-1.22.0", 13, 0),
            ("1.24.0-rc0", 1, 24),
            ("14", 14, 0),
        ] {
            assert_eq!(text.parse(), Ok(ForgeVersion::new(major, minor)), "{text}");
        }
        for text in ["", "latest", "1.x", "one"] {
            assert!(text.parse::<ForgeVersion>().is_err(), "{text}");
        }
        assert!(ForgeVersion::new(1, 9) < ForgeVersion::new(1, 26));
    }
}
