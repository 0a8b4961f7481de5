use std::sync::LazyLock;

use super::assets_channel::ASSETS_CODES;
use super::check::DeliveryCheck;
use super::codes::CODES;
use super::dockerfile::DOCKERFILE_CODES;
use super::image_channel::IMAGE_CODES;
use super::load::load;
use super::plugin_channel::PLUGIN_CODES;
use super::spec::DeliverySpec;
use crate::config::{GateFile, SpecError};
use crate::gate::Code;
use crate::kinds::{Check, Kind, codes_of};

/// The kind `delivery`.
#[derive(Debug)]
pub struct Delivery;

impl Kind for Delivery {
    fn name(&self) -> &'static str {
        "delivery"
    }

    fn about(&self) -> &'static str {
        "A source of truth arrives whole and unchanged in each of its deliveries: a Dockerfile, a folder, a built image, what a provisioner serves, the plugins of a workspace."
    }

    fn codes(&self) -> &'static [&'static Code] {
        static ALL: LazyLock<Vec<&'static Code>> = LazyLock::new(|| {
            [
                CODES,
                DOCKERFILE_CODES,
                IMAGE_CODES,
                ASSETS_CODES,
                PLUGIN_CODES,
            ]
            .concat()
        });
        &ALL
    }

    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(DeliverySpec)
    }

    fn load(&self, file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>> {
        let codes: Vec<_> = codes_of(self).iter().map(|code| code.name).collect();
        let plan = load(file, self.name(), &codes)?;
        Ok(Box::new(DeliveryCheck { plan }))
    }
}
