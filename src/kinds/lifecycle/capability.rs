use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that a check needs of a server or of where it runs, and that not every one has. A gate
/// declares what its server is `without`; the report lists what was left out for it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// The server's database can be read, and rows of the checks' own written.
    Database,
    /// Containers (or processes that stand for them) can be inspected.
    World,
    /// The server can reach an HTTP listener of the harness on the loopback interface.
    Loopback,
    /// The published ports of containers can be reached from here.
    PublishedPorts,
    /// The server is the gate's own: it may install roots and delete the concierge.
    Disposable,
    /// A template that the concierge's identity must equal is declared in the gate.
    Template,
    /// `POST /admin/org/platform-agent/ensure`.
    Ensure,
    /// Runtimes wire the management tools' server, and use it when told to.
    ManagementTools,
    /// The server's own MCP endpoint, `POST /workspaces/:id/mcp`.
    McpBridge,
    /// Messages to agents.
    A2a,
    /// The queue of messages to agents that are busy.
    A2aQueue,
    /// Approval requests and gated actions.
    Approvals,
    /// User tasks.
    UserTasks,
    /// Requests between agents and people.
    Requests,
    /// Reading and writing a workspace's files.
    Files,
    /// Plugins, declared and installed.
    Plugins,
    /// Secrets are stored encrypted.
    Encryption,
    /// Pausing and resuming.
    Pause,
    /// A second installation can be started beside the first.
    SecondInstance,
    /// What the server asks the container engine goes through the harness, which can have it fail.
    DaemonErrors,
}

impl Capability {
    /// As gate files and reports name it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::World => "world",
            Self::Loopback => "loopback",
            Self::PublishedPorts => "published-ports",
            Self::Disposable => "disposable",
            Self::Template => "template",
            Self::Ensure => "ensure",
            Self::ManagementTools => "management-tools",
            Self::McpBridge => "mcp-bridge",
            Self::A2a => "a2a",
            Self::A2aQueue => "a2a-queue",
            Self::Approvals => "approvals",
            Self::UserTasks => "user-tasks",
            Self::Requests => "requests",
            Self::Files => "files",
            Self::Plugins => "plugins",
            Self::Encryption => "encryption",
            Self::Pause => "pause",
            Self::SecondInstance => "second-instance",
            Self::DaemonErrors => "daemon-errors",
        }
    }
}
