use std::cell::Cell;

use serde_json::{Value, json};

use super::runtime::pulse;
use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::identity::Identity;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::steps::{MANAGEMENT_PLUGIN, MANAGEMENT_SOURCE};
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};

life_check! {
    CONCIERGE_HAS_ITS_KEYS = "concierge-has-its-keys", Concierge, Core, 30 s;
    proves "The concierge's container has its id, the platform's address and a key, and the key admits it."
    cites "contract 3.2, concierge additions"
    needs [World]
    after ["concierge-is-online"]
    faults ["concierge-without-its-org-key", "concierge-key-not-admitted"]
    wrong "The concierge lacks something that it needs to manage the organisation."
    why "Its tools are listed and every call of them is refused."
    mend "Put MOLECULE_API_KEY, MOLECULE_ORG_API_KEY and MOLECULE_API_URL into the environment of the platform's container, at every provision."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let container = life.running(&concierge).await?;
        keys_admit(life, &concierge, &container.environment).await
    }
}

/// Demands the concierge's own variables, and that its key opens the platform.
pub(super) async fn keys_admit(
    life: &Life,
    concierge: &Member,
    environment: &std::collections::BTreeMap<String, String>,
) -> Outcome {
    let value = |key: &str| environment.get(key).map(String::as_str).unwrap_or_default();
    ensure_eq(
        "WORKSPACE_ID",
        value("WORKSPACE_ID"),
        concierge.id.to_string().as_str(),
    )?;
    for key in [
        "MOLECULE_API_KEY",
        "MOLECULE_ORG_API_KEY",
        "MOLECULE_API_URL",
        "PLATFORM_URL",
    ] {
        ensure(
            !value(key).is_empty(),
            format!("{key} is set in the concierge's container"),
            || "unset".to_owned(),
        )?;
    }
    for key in ["MOLECULE_API_KEY", "MOLECULE_ORG_API_KEY"] {
        life.journal.learn_from(&json!({"api_key": value(key)}));
        let who = Who::token(&format!("the concierge's {key}"), value(key));
        life.server.get("/workspaces").by(who).await?.expect(200)?;
    }
    Ok(())
}

life_check! {
    CONCIERGE_KNOWS_ITSELF = "concierge-knows-itself", Concierge, Hardened, 30 s;
    proves "The concierge's container carries the marks of the platform's own agent."
    cites "later contract 3.2, concierge only"
    needs [World]
    after ["concierge-is-online"]
    faults ["concierge-not-marked", "concierge-without-its-id"]
    wrong "The concierge's container lacks the marks of the platform's own agent."
    why "Its tools then work in the mode of an ordinary workspace, where the required one does not exist."
    mend "Set MOLECULE_WORKSPACE_ID and MOLECULE_PLATFORM_AGENT_IMAGE_BAKED for the platform's container."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let container = life.running(&concierge).await?;
        let value = |key: &str| container.environment.get(key).map(String::as_str).unwrap_or_default();
        ensure_eq("MOLECULE_WORKSPACE_ID", value("MOLECULE_WORKSPACE_ID"), concierge.id.to_string().as_str())?;
        ensure_eq("MOLECULE_PLATFORM_AGENT_IMAGE_BAKED", value("MOLECULE_PLATFORM_AGENT_IMAGE_BAKED"), "1")
    }
}

life_check! {
    IDENTITY_IS_DELIVERED = "identity-is-delivered", Concierge, Core, 30 s;
    proves "Every file of the concierge's identity is in its container, byte for byte as the template has it."
    cites "contract 2.9, asset channel, and 3.1, seed before start"
    needs [World, Template]
    after ["concierge-is-online"]
    faults ["prompts-not-delivered", "prompts-trimmed", "concierge-name-not-filled-in"]
    wrong "The concierge's identity differs from its template."
    why "A concierge with an old or empty prompt answers politely and wrongly, and every check of its health is green."
    mend "Deliver every file of the template before the container starts, and change nothing in it but the name."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let Some(identity) = &life.identity else {
            return Err(Failure::new("a template", "none").into());
        };
        for (path, content) in &identity.files {
            let expected = Identity::delivered(content, &concierge.name);
            let seen = life.file(&concierge, &format!("/configs/{path}")).await?;
            if seen.bytes != expected {
                let show = |bytes: &[u8]| format!("{} bytes, sha256 {}", bytes.len(), hex::encode(<sha2::Sha256 as sha2::Digest>::digest(bytes)));
                let mut failure = Failure::new(
                    format!("/configs/{path} as {} has it ({})", identity.from, show(&expected)),
                    show(&seen.bytes),
                );
                let (old, new) = (String::from_utf8_lossy(&expected), String::from_utf8_lossy(&seen.bytes));
                let diff = similar::TextDiff::from_lines(old.as_ref(), new.as_ref());
                for line in diff.unified_diff().context_radius(1).to_string().lines().take(20) {
                    failure = failure.with(line);
                }
                return Err(failure.into());
            }
        }
        Ok(())
    }
}

life_check! {
    CONCIERGE_SAYS_ITS_SERVER_IS_THERE = "concierge-says-its-server-is-there", Concierge, Hardened, 30 s;
    proves "A live concierge's own heartbeats say that its management server is there: they clear the mark of a loss."
    cites "contract 2.5 and 4.1, platform rows: both fields"
    needs [Disposable, Database, ManagementTools]
    after ["concierge-is-online"]
    faults ["mcp-present-absent"]
    wrong "A concierge's heartbeats leave out whether its management server is there."
    why "A beat that does not say it passes the gate as an old runtime's: the loss of all tools is never noticed."
    mend "Send mcp_server_present and loaded_mcp_tools with every heartbeat of a platform row."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        life.until_online(&concierge).await?;
        let marked = life.db()?.change("UPDATE workspaces SET mcp_unloaded_since = now() WHERE id = $1", &[&concierge.id]).await?;
        ensure_eq("rows that are marked", &marked, &1)?;
        let (_, since) = pulse(life, concierge.id).await?;
        wait_for("a heartbeat that clears the mark", || async {
            let row = life.row(concierge.id).await?;
            let (beat, _) = pulse(life, concierge.id).await?;
            Ok(match &row["mcp_unloaded_since"] {
                Value::Null => Seen::Yes(()),
                _ if beat > since => Seen::NotYet("marked, after a heartbeat".to_owned()),
                _ => Seen::NotYet("marked, no heartbeat yet".to_owned()),
            })
        })
        .await
    }
}

life_check! {
    PLUGIN_IS_DECLARED = "plugin-is-declared", Concierge, Core, 10 s;
    proves "The management plugin is declared for the concierge, with its source."
    cites "contract 2.10, declared at provision of a platform row"
    needs [Database, Plugins]
    after ["concierge-is-online"]
    faults ["plugin-declared-without-ref"]
    wrong "The management plugin is not declared for the concierge."
    why "What is not declared is not delivered again when a volume is new."
    mend "Declare the plugin when the platform row is installed or provisioned."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let row = life
            .db()?
            .row("SELECT source_raw FROM workspace_declared_plugins WHERE workspace_id = $1 AND plugin_name = $2", &[&concierge.id, &MANAGEMENT_PLUGIN])
            .await?;
        ensure_eq("source_raw", &row["source_raw"], &json!(MANAGEMENT_SOURCE))
    }
}

/// How often in a row a plugin must be seen: a runtime may take away what was just delivered.
const LOOKS: u32 = 6;

life_check! {
    PLUGIN_IS_PRESENT = "plugin-is-present", Concierge, Hardened, 60 s;
    proves "The declared plugin really is in the concierge's container, with content."
    cites "later contract 2.10, presence proof"
    needs [World, Plugins]
    after ["plugin-is-declared"]
    faults ["no-plugins", "half-plugin"]
    wrong "A plugin that is declared is not in the container."
    why "Declared and delivered are two things; the list of installed plugins is empty for a container that is down, too."
    mend "Reconcile declared plugins when the workspace comes online, and prove each by its own plugin.yaml."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let path = format!("/configs/plugins/{MANAGEMENT_PLUGIN}/plugin.yaml");
        let container = concierge.container();
        let steady = Cell::new(0);
        wait_for("the declared plugin is in the container, and stays there", || async {
            let problem = match life.world()?.read(&container, &path).await? {
                Some(file) if !file.bytes.is_empty() => {
                    steady.set(steady.get() + 1);
                    if steady.get() == LOOKS {
                        let seen = format!("{} bytes, {LOOKS} times", file.bytes.len());
                        life.journal.saw(format!("{path} in {container}"), seen);
                        return Ok(Seen::Yes(()));
                    }
                    return Ok(Seen::NotYet(format!("{path} for {} looks", steady.get())));
                }
                Some(_) => format!("{path} without content"),
                None => format!("{path} missing"),
            };
            steady.set(0);
            Ok(Seen::NotYet(problem))
        })
        .await
    }
}
