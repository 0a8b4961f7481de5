use serde_json::{Map, Value};

use super::runtime_kind::{RuntimeKind, Syntax};

/// The MCP servers that a runtime's own file names, in whatever language it is written.
///
/// # Errors
/// Why the runtime could not read it.
pub(super) fn servers_of(runtime: RuntimeKind, file: &[u8]) -> Result<Map<String, Value>, String> {
    let text = std::str::from_utf8(file).map_err(|error| error.to_string())?;
    let whole: Value = match runtime.mcp_syntax() {
        Syntax::Json => serde_json::from_str(text).map_err(|error| error.to_string())?,
        Syntax::Toml => toml_edit::de::from_str(text).map_err(|error| error.to_string())?,
        Syntax::Yaml => serde_saphyr::from_str(text).map_err(|error| error.to_string())?,
    };
    let servers = runtime
        .mcp_keys()
        .iter()
        .try_fold(&whole, |value, key| value.get(key));
    match servers {
        None => Ok(Map::new()),
        Some(Value::Object(servers)) => Ok(servers.clone()),
        Some(other) => Err(format!("{} is {other}", runtime.mcp_keys().join("."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runtime_s_file_is_read_in_its_own_language() {
        for (runtime, text) in [
            (
                RuntimeKind::ClaudeCode,
                r#"{"mcpServers": {"a": {"command": "x"}}}"#,
            ),
            (
                RuntimeKind::Codex,
                "model = \"m\"\n[mcp_servers.a]\ncommand = \"x\"\n",
            ),
            (RuntimeKind::Hermes, "mcp_servers:\n  a:\n    command: x\n"),
            (
                RuntimeKind::Openclaw,
                r#"{"mcp": {"servers": {"a": {"command": "x"}}}}"#,
            ),
        ] {
            let servers = servers_of(runtime, text.as_bytes()).expect("a file");
            assert_eq!(servers["a"]["command"], "x", "{runtime:?}");
        }
    }

    #[test]
    fn an_entry_under_another_runtime_s_key_is_none() {
        let text = r#"{"mcp_servers": {"a": {"command": "x"}}}"#;
        let servers = servers_of(RuntimeKind::ClaudeCode, text.as_bytes()).expect("a file");
        assert!(servers.is_empty());
    }

    #[test]
    fn a_file_that_the_runtime_cannot_read_is_a_problem() {
        assert!(servers_of(RuntimeKind::Codex, b"[mcp_servers").is_err());
        assert!(servers_of(RuntimeKind::Openclaw, b"{\"mcp\": {\"servers\": []}}").is_err());
    }
}
