use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{GateFile, SpecError, parse_duration};
use crate::gate::{ANY_CODE, GateId, Header, Lane, Pattern, Severity, Waiver};

/// A waiver as it stands in a gate file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverSpec {
    /// The finding code to suppress; `*` waives the whole gate.
    #[schemars(with = "String")]
    pub code: Spanned<String>,
    /// Only findings at paths that match this pattern.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// Why.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
    /// The last day on which it holds: `2027-01-31`.
    #[schemars(with = "String")]
    pub until: Spanned<String>,
    /// Where the work to end it is tracked.
    pub tracker: Option<String>,
}

/// The common keys of a gate file, as they were read.
#[derive(Debug)]
pub struct HeaderSpec<'a> {
    /// As the file has it; the registry chose the reader by it.
    pub kind: &'a str,
    pub id: &'a Spanned<String>,
    pub about: &'a Spanned<String>,
    pub lanes: Option<&'a Spanned<Vec<Lane>>>,
    pub required: bool,
    pub severity: Severity,
    pub min_inspected: Option<&'a Spanned<usize>>,
    pub timeout: Option<&'a Spanned<String>>,
    pub waivers: &'a [WaiverSpec],
}

/// Declares the type of a kind's gate file: the keys given, and the common ones. (Flattening would
/// spoil the error messages.)
macro_rules! gate_spec {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $( $(#[$field_meta:meta])* pub $field:ident : $ty:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        $vis struct $name {
            /// The gate's name; equal to the name of its file.
            #[schemars(with = "String")]
            pub id: serde_saphyr::Spanned<String>,
            /// What the gate promises, in one sentence.
            #[schemars(with = "String")]
            pub about: serde_saphyr::Spanned<String>,
            /// What sort of gate it is.
            pub kind: String,
            /// The lanes it belongs to; without the key, all of them.
            #[schemars(with = "Option<Vec<crate::gate::Lane>>")]
            pub lanes: Option<serde_saphyr::Spanned<Vec<crate::gate::Lane>>>,
            /// A required gate may be skipped by its lane and by nothing else.
            #[serde(default)]
            pub required: bool,
            /// An advisory gate reports, and never changes the exit code.
            #[serde(default)]
            pub severity: crate::gate::Severity,
            /// How many subjects it must have inspected to pass; at least 1.
            #[schemars(with = "Option<usize>")]
            pub min_inspected: Option<serde_saphyr::Spanned<usize>>,
            /// Its own time limit: `90s`, `5m`.
            #[schemars(with = "Option<String>")]
            pub timeout: Option<serde_saphyr::Spanned<String>>,
            /// Findings that are suppressed for a while, each with its reason.
            #[serde(default)]
            pub waivers: Vec<crate::config::WaiverSpec>,
            $( $(#[$field_meta])* pub $field : $ty, )*
        }

        impl $name {
            /// The common keys.
            pub(crate) fn header_spec(&self) -> crate::config::HeaderSpec<'_> {
                crate::config::HeaderSpec {
                    kind: &self.kind,
                    id: &self.id,
                    about: &self.about,
                    lanes: self.lanes.as_ref(),
                    required: self.required,
                    severity: self.severity,
                    min_inspected: self.min_inspected.as_ref(),
                    timeout: self.timeout.as_ref(),
                    waivers: &self.waivers,
                }
            }
        }
    };
}
pub(crate) use gate_spec;

/// Checks the common keys. `codes` are the names of the codes that this kind can report.
///
/// # Errors
/// All that is wrong with them.
pub fn check_header(
    file: &GateFile,
    kind: &'static str,
    spec: &HeaderSpec<'_>,
    codes: &[&'static str],
) -> Result<Header, Vec<SpecError>> {
    let mut errors = Vec::new();
    let id = match GateId::new(spec.id.value.as_str()) {
        Ok(id) => Some(id),
        Err(problem) => {
            errors.push(SpecError::at(file, spec.id.referenced, problem));
            None
        }
    };
    if spec.id.value != file.stem() {
        errors.push(
            SpecError::at(
                file,
                spec.id.referenced,
                format!(
                    "gate id `{}` differs from its file name `{}`",
                    spec.id.value,
                    file.stem()
                ),
            )
            .help("rename one of the two"),
        );
    }
    if spec.about.value.trim().is_empty() {
        errors.push(SpecError::at(
            file,
            spec.about.referenced,
            "`about` is empty; say what the gate promises",
        ));
    }
    if let Some(lanes) = spec.lanes
        && lanes.value.is_empty()
    {
        errors.push(
            SpecError::at(
                file,
                lanes.referenced,
                "`lanes` is empty; the gate would never run",
            )
            .help("name a lane, or leave the key out for all of them"),
        );
    }
    if let Some(min) = spec.min_inspected
        && min.value == 0
    {
        errors.push(SpecError::at(
            file,
            min.referenced,
            "`min_inspected` is 0; a gate that inspected nothing is never green",
        ));
    }
    let timeout = spec.timeout.and_then(|timeout| {
        parse_duration(&timeout.value)
            .map_err(|problem| errors.push(SpecError::at(file, timeout.referenced, problem)))
            .ok()
    });
    let mut waivers = Vec::new();
    for waiver in spec.waivers {
        match check_waiver(file, waiver, codes) {
            Ok(waiver) => waivers.push(waiver),
            Err(error) => errors.push(error),
        }
    }
    match id {
        Some(id) if errors.is_empty() => Ok(Header {
            id,
            about: spec.about.value.trim().to_owned(),
            kind,
            lanes: spec
                .lanes
                .map_or_else(|| Lane::ALL.to_vec(), |lanes| lanes.value.clone()),
            required: spec.required,
            severity: spec.severity,
            min_inspected: spec.min_inspected.map_or(1, |min| min.value),
            timeout,
            waivers,
            file: file.name.clone(),
        }),
        _ => Err(errors),
    }
}

fn check_waiver(
    file: &GateFile,
    spec: &WaiverSpec,
    codes: &[&'static str],
) -> Result<Waiver, SpecError> {
    let code = spec.code.value.as_str();
    if code != ANY_CODE && !codes.contains(&code) {
        let error = SpecError::at(
            file,
            spec.code.referenced,
            format!("no finding of this kind has the code `{code}`"),
        );
        return Err(
            match super::spec_error::nearest(code, codes.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("one of: {}", codes.join(", "))),
            },
        );
    }
    if spec.reason.value.trim().is_empty() {
        return Err(SpecError::at(
            file,
            spec.reason.referenced,
            "a waiver needs a reason",
        ));
    }
    let until = spec.until.value.parse::<jiff::civil::Date>().map_err(|_| {
        SpecError::at(
            file,
            spec.until.referenced,
            format!("`{}` is not a date such as 2027-01-31", spec.until.value),
        )
    })?;
    let path = spec
        .path
        .as_ref()
        .map(|path| {
            Pattern::new(&path.value).map_err(|problem| {
                SpecError::at(
                    file,
                    path.referenced,
                    format!("`{}` is not a path pattern: {problem}", path.value),
                )
            })
        })
        .transpose()?;
    Ok(Waiver {
        code: code.to_owned(),
        path,
        reason: spec.reason.value.trim().to_owned(),
        until,
        tracker: spec.tracker.clone(),
        line: u32::try_from(spec.code.referenced.line()).unwrap_or(u32::MAX),
    })
}
