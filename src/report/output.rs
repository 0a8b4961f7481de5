use std::path::PathBuf;
use std::str::FromStr;

/// The formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON document, `driftgate.report.v1`.
    Json,
    /// JUnit XML.
    Junit,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Human, Self::Json, Self::Junit];

    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Junit => "junit",
        }
    }
}

/// A report that was asked for: `FORMAT`, or `FORMAT=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub format: Format,
    /// The file to write; `None` for standard output.
    pub path: Option<PathBuf>,
}

/// Why a text names no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    #[error("unknown format `{0}`; one of: {known}", known = Format::ALL.map(Format::name).join(", "))]
    Format(String),
    #[error("nothing follows `=`; write FORMAT=PATH, or FORMAT alone for standard output")]
    Path,
}

impl FromStr for Output {
    type Err = OutputError;

    fn from_str(text: &str) -> Result<Self, OutputError> {
        let (format, path) = match text.split_once('=') {
            Some((format, path)) => (format, Some(path)),
            None => (text, None),
        };
        let format = Format::ALL
            .into_iter()
            .find(|known| known.name() == format)
            .ok_or_else(|| OutputError::Format(format.to_owned()))?;
        let path = match path {
            Some("") => return Err(OutputError::Path),
            None | Some("-") => None,
            Some(path) => Some(PathBuf::from(path)),
        };
        Ok(Self { format, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_alone_goes_to_standard_output() {
        for text in ["json", "json=-"] {
            assert_eq!(
                text.parse(),
                Ok(Output {
                    format: Format::Json,
                    path: None
                })
            );
        }
    }

    #[test]
    fn a_path_may_contain_an_equals_sign() {
        assert_eq!(
            "junit=a=b.xml".parse(),
            Ok(Output {
                format: Format::Junit,
                path: Some("a=b.xml".into())
            })
        );
    }

    #[test]
    fn an_unknown_format_is_named() {
        assert_eq!(
            "sarif".parse::<Output>(),
            Err(OutputError::Format("sarif".to_owned()))
        );
        assert_eq!("json=".parse::<Output>(), Err(OutputError::Path));
    }
}
