use serde_json::{Value, json};

use super::workspace::discard;
use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};

life_check! {
    CONCIERGE_CREATES_A_WORKSPACE = "concierge-creates-a-workspace", Management, Core, 120 s;
    proves "Asked to in plain words, the concierge creates a workspace with its own management tool."
    cites "contract 4.3 and 5.2, the concierge creates a workspace"
    needs [A2a, ManagementTools, Database]
    after ["concierge-is-online"]
    faults ["create-forgets-the-parent", "pretend-tool-call"]
    wrong "The concierge did not create the workspace that it was asked for."
    why "That a tool is listed does not mean that it can be called, and that an agent says it did something does not mean that it did."
    mend "See its reply: the tool may have failed, or the agent not have used it."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        life.until_online(&concierge).await?;
        let name = life.named("errand");
        let mut arguments = life.workspace_body("errand");
        arguments["tier"] = json!(2);
        let before = life.db()?.count("SELECT count(*) FROM workspaces WHERE name = $1", &[&name]).await?;
        ensure_eq("rows of this name before", &before, &0)?;
        let text = format!(
            "Please create one workspace: call the tool {} exactly once with these arguments, and tell me its id.\n{arguments}",
            life.rules.management_tool
        );
        let said = life.ask(concierge.id, &text).await?;
        let row = wait_for(&format!("a workspace `{name}` (the concierge said: {said})"), || async {
            let rows = life
                .db()?
                .rows("SELECT id, kind, parent_id FROM workspaces WHERE name = $1 AND status <> 'removed'", &[&name])
                .await?;
            Ok(match rows.as_slice() {
                [row] => Seen::Yes(row.clone()),
                [] => Seen::NotYet("no such row".to_owned()),
                more => Seen::NotYet(format!("{} such rows", more.len())),
            })
        })
        .await?;
        ensure_eq("kind", &row["kind"], &json!("workspace"))?;
        ensure_eq("parent_id", &row["parent_id"], &json!(concierge.id))?;
        let id = row["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
        life.enter(Role::Errand, Member { id, name, token: String::new() });
        Ok(())
    }
}

life_check! {
    ERRAND_COMES_ONLINE = "errand-comes-online", Management, Core, 60 s;
    proves "The workspace that the concierge created comes online like any other."
    cites "contract 5.2, worker row"
    needs [A2a, ManagementTools, Database]
    after ["concierge-creates-a-workspace"]
    faults ["no-template-of-the-runtime"]
    wrong "The workspace that the concierge created does not come online."
    why "A row is not yet somebody who works."
    mend "See the row's last_sample_error: the concierge may have left out its model or credential."
    |life| {
        let errand = life.member(Role::Errand)?;
        let online = life.until_online(&errand).await;
        discard(life, &errand).await?;
        online
    }
}

/// The ids of a workspace's peers over the plain route.
fn ids(list: &Value) -> Vec<&str> {
    let rows = list.as_array().or_else(|| list["peers"].as_array());
    rows.into_iter()
        .flatten()
        .filter_map(|peer| {
            peer["id"]
                .as_str()
                .or_else(|| peer["workspace_id"].as_str())
        })
        .collect()
}

life_check! {
    PEERS_ARE_KNOWN = "peers-are-known", Management, Core, 10 s;
    proves "A workspace is told its siblings and its parent, by its own token and by no other."
    cites "contract 2.5, GET /registry/:id/peers, CanCommunicate"
    needs []
    after ["sibling-comes-online"]
    faults ["peers-without-siblings", "peers-for-everybody"]
    wrong "A workspace is not told of its peers, or somebody else is."
    why "An agent can pass work only to whom it knows."
    mend "List who may communicate: siblings below one parent, ancestors, descendants."
    |life| {
        let worker = life.member(Role::Worker)?;
        let sibling = life.member(Role::Sibling)?;
        let path = format!("/registry/{}/peers", worker.id);
        let answer = life.server.get(path.as_str()).by(Life::as_member(&worker)).await?;
        let body = answer.expect(200)?;
        let known = ids(body);
        let sibling = sibling.id.to_string();
        ensure(known.contains(&sibling.as_str()), format!("the sibling {sibling} among the peers"), || answer.shown())?;
        life.server.get(path).await?.refused(401).map(|_| ())
    }
}

/// Calls a tool of the server's own MCP endpoint; returns the text of the result.
async fn call_tool(life: &Life, member: &Member, tool: &str) -> Outcome<String> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}});
    let answer = life
        .server
        .post(format!("/workspaces/{}/mcp", member.id), body)
        .by(Life::as_member(member))
        .await?;
    let result = &answer.expect(200)?["result"];
    if result["isError"] == true {
        return Err(answer.wrong("a result that is no error"));
    }
    let text: String = result["content"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|part| part["text"].as_str())
        .collect();
    if text.is_empty() {
        return Err(answer.wrong("`result.content` with a text"));
    }
    Ok(text)
}

life_check! {
    LIST_PEERS_SEES_THE_SIBLING = "list-peers-sees-the-sibling", Management, Hardened, 20 s;
    proves "The literal call of list_peers names the sibling."
    cites "later contract 4.3, A2A server tools"
    needs [McpBridge]
    after ["sibling-comes-online"]
    faults ["list-peers-names-the-parent-only"]
    wrong "list_peers does not name a peer that is there."
    why "It is by this call, not by any other route, that an agent finds out whom to ask."
    mend "Let the tool list what the registry lists."
    |life| {
        let worker = life.member(Role::Worker)?;
        let sibling = life.member(Role::Sibling)?;
        let text = call_tool(life, &worker, "list_peers").await?;
        ensure(text.contains(&sibling.id.to_string()), format!("the sibling {}", sibling.id), || text.clone())
    }
}

life_check! {
    BRIDGE_LISTS_ITS_TOOLS = "bridge-lists-its-tools", Management, Core, 10 s;
    proves "The server's own MCP endpoint lists tools to the workspace itself, and to nobody else."
    cites "contract 4.1, POST /workspaces/:id/mcp"
    needs [McpBridge]
    after ["sibling-comes-online"]
    faults ["bridge-lists-nothing", "workspace-token-opens-others"]
    wrong "The server's MCP endpoint lists no tools, or to strangers."
    why "Agents talk to each other through these tools."
    mend "Serve tools/list behind the workspace's own token."
    |life| {
        let worker = life.member(Role::Worker)?;
        let path = format!("/workspaces/{}/mcp", worker.id);
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
        let answer = life.server.post(path.as_str(), body.clone()).by(Life::as_member(&worker)).await?;
        let tools = answer.expect(200)?["result"]["tools"].as_array().map_or(0, Vec::len);
        ensure(tools > 0, "some tools", || answer.shown())?;
        let sibling = life.member(Role::Sibling)?;
        life.server.post(path.as_str(), body.clone()).by(Who::token("the sibling", &sibling.token)).await?.refused(401)?;
        life.server.post(path, body).await?.refused(401).map(|_| ())
    }
}
