use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::config::{GateFile, SpecError};
use crate::gate::{Category, SourceRef};

/// An entry of the manifest, as a gate file names it: exactly one of the keys.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// An entry of `workspace_templates`.
    #[schemars(with = "Option<String>")]
    pub template: Option<Spanned<String>>,
    /// An entry of `plugins`.
    #[schemars(with = "Option<String>")]
    pub plugin: Option<Spanned<String>>,
    /// An entry of `org_templates`.
    #[schemars(with = "Option<String>")]
    pub org_template: Option<Spanned<String>>,
}

impl SourceSpec {
    /// The source that is named.
    ///
    /// # Errors
    /// Where none is named, or more than one.
    pub fn resolve(&self, file: &GateFile) -> Result<SourceRef, SpecError> {
        let named: Vec<(Category, &Spanned<String>)> = [
            (Category::WorkspaceTemplates, &self.template),
            (Category::Plugins, &self.plugin),
            (Category::OrgTemplates, &self.org_template),
        ]
        .into_iter()
        .filter_map(|(category, name)| Some((category, name.as_ref()?)))
        .collect();
        match named.as_slice() {
            [(category, name)] => Ok(SourceRef {
                category: *category,
                name: name.value.clone(),
            }),
            [] => Err(SpecError::file(
                &file.name,
                "`source` names nothing; give `template`, `plugin` or `org_template`",
            )),
            [_, (_, second), ..] => Err(SpecError::at(
                file,
                second.referenced,
                "`source` names more than one entry; give exactly one",
            )),
        }
    }
}
