use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::Model;

/// A runtime that agents live in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeKind {
    ClaudeCode,
    Codex,
    Hermes,
    Openclaw,
}

/// What stands in a runtime's own file about its MCP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Json,
    Toml,
    Yaml,
}

impl RuntimeKind {
    pub(crate) const ALL: [Self; 4] = [Self::ClaudeCode, Self::Codex, Self::Hermes, Self::Openclaw];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Hermes => "hermes",
            Self::Openclaw => "openclaw",
        }
    }

    /// The file in which the runtime finds its MCP servers, as the container has it.
    pub(crate) fn mcp_file(self) -> &'static str {
        match self {
            Self::ClaudeCode => "/configs/.claude/settings.json",
            Self::Codex => "/root/.codex/config.toml",
            Self::Hermes => "/root/.hermes/config.yaml",
            Self::Openclaw => "/root/.openclaw/openclaw.json",
        }
    }

    /// The file in which the runtime's program reads who it is, as the container has it.
    pub(super) fn persona_file(self) -> &'static str {
        match self {
            Self::ClaudeCode => "/configs/system-prompt.md",
            Self::Codex => "/root/.codex/AGENTS.md",
            Self::Hermes => "/root/.hermes/SOUL.md",
            Self::Openclaw => "/root/.openclaw/workspace/SOUL.md",
        }
    }

    /// The keys under which that file lists them.
    pub(crate) fn mcp_keys(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeCode => &["mcpServers"],
            Self::Codex | Self::Hermes => &["mcp_servers"],
            Self::Openclaw => &["mcp", "servers"],
        }
    }

    pub(crate) fn mcp_syntax(self) -> Syntax {
        match self {
            Self::ClaudeCode | Self::Openclaw => Syntax::Json,
            Self::Codex => Syntax::Toml,
            Self::Hermes => Syntax::Yaml,
        }
    }

    /// A model that the runtime can use, with the secret that it is paid with. The name is bare:
    /// `vendor/model` would be the platform's own to serve, and wants a proxy.
    pub(super) fn usual_model(self) -> Model {
        let (name, credential) = match self {
            Self::ClaudeCode | Self::Openclaw => ("claude-opus-4-7", "ANTHROPIC_API_KEY"),
            Self::Codex => ("gpt-5.2-codex", "OPENAI_API_KEY"),
            Self::Hermes => ("kimi-k2.6", "MOONSHOT_API_KEY"),
        };
        Model {
            name: name.to_owned(),
            credential: credential.to_owned(),
        }
    }
}
