use driftgate::kinds::delivery::plugin_channel::PluginAddress;
use driftgate::tree::TreePath;

/// The reader of plugins' addresses: what it takes leads into one folder of its own, and is shown as it was read.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(address) = PluginAddress::parse(text) else {
        return;
    };
    assert_eq!(
        PluginAddress::parse(&address.to_string()),
        Ok(address.clone())
    );
    let name = address.install_name();
    assert!(!name.is_empty() && !name.starts_with(['.', '-']) && !name.contains('/'));
    assert_eq!(TreePath::new(&name).expect("a path").to_string(), name);
    if let Some(reference) = address.reference() {
        assert!(!reference.starts_with('-') && !reference.contains(char::is_whitespace));
    }
}
