use std::collections::BTreeMap;

/// A file inside a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kinds::lifecycle) struct FileSeen {
    pub(in crate::kinds::lifecycle) bytes: Vec<u8>,
    /// The permission bits.
    pub(in crate::kinds::lifecycle) mode: u32,
    pub(in crate::kinds::lifecycle) uid: u64,
    pub(in crate::kinds::lifecycle) gid: u64,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kinds::lifecycle) struct Volume {
    pub(in crate::kinds::lifecycle) name: String,
    pub(in crate::kinds::lifecycle) labels: BTreeMap<String, String>,
}
