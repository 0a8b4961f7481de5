use serde_json::{Value, json};

use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::steps::Proof;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};

/// Long enough ago for any grace that a contract gives.
const LONG_AGO: &str = "UPDATE workspaces SET mcp_unloaded_since = now() - interval '10 minutes' WHERE id = $1 AND mcp_unloaded_since IS NOT NULL";

/// A root with its model, of which the harness plays the runtime.
async fn root(life: &Life, status: &str) -> Outcome<uuid::Uuid> {
    Ok(life.puppet_root(status, true).await?.id)
}

/// Demands that a beat with this proof leaves a provisioning root where it is.
async fn stays_provisioning(life: &Life, proof: &Proof) -> Outcome {
    let id = root(life, "provisioning").await?;
    let status = life.beat(id).proof(proof).taken().await?;
    ensure_eq(
        &format!("status after a heartbeat with {proof}"),
        status.as_str(),
        "provisioning",
    )
}

life_check! {
    MODEL_IS_DEMANDED = "model-is-demanded", OnlineGate, Core, 10 s;
    proves "A concierge without a model is failed by its first heartbeat, whatever tools it has."
    cites "contract 2.5, platform gate, MODEL secret missing"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["model-not-demanded", "gate-fails-without-a-reason"]
    wrong "A concierge without a model is not marked failed."
    why "It would be online and answer every message with an error of its provider."
    mend "Fail the row, with the reason in last_sample_error, where the secret MODEL is missing."
    |life| {
        let id = life.puppet_root("provisioning", false).await?.id;
        let status = life.beat(id).proof(&life.whole_proof()).taken().await?;
        ensure_eq("status without a model", status.as_str(), "failed")?;
        let row = life.row(id).await?;
        ensure(
            row["last_sample_error"].as_str().is_some_and(|why| !why.is_empty()),
            "last_sample_error says why",
            || row["last_sample_error"].to_string(),
        )
    }
}

life_check! {
    MISSING_TOOLS_SERVER_FAILS = "missing-tools-server-fails", OnlineGate, Core, 10 s;
    proves "A concierge that says that the server of its management tools is not there is failed."
    cites "contract 2.5, platform gate, mcp_server_present false"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["missing-server-ignored", "missing-server-registers"]
    wrong "A concierge without the server of its management tools is not marked failed."
    why "It would look healthy and be able to do nothing that a concierge is for."
    mend "Fail the row where mcp_server_present is false, in heartbeats and in registrations."
    |life| {
        let id = root(life, "provisioning").await?;
        let status = life.beat(id).proof(&Proof::Absent).taken().await?;
        ensure_eq("status after the heartbeat", status.as_str(), "failed")?;
        let id = root(life, "provisioning").await?;
        let answer = life.register(id, Who::Nobody, json!({"mcp_server_present": false})).await?;
        answer.refused(400)?;
        life.status_is(id, "failed", "after the registration").await
    }
}

life_check! {
    NEAR_MISS_IS_NO_PROOF = "near-miss-is-no-proof", OnlineGate, Hardened, 10 s;
    proves "A concierge whose tools only resemble the required one stays provisioning."
    cites "later contract 2.5, the tool's whole name"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["tool-by-its-ending", "tool-by-its-beginning", "tool-in-any-case", "gate-only-demotes"]
    wrong "A concierge comes online with a tool that only resembles the required one."
    why "A renamed tool or another server's twin passes for the real one, and the concierge cannot open a single workspace."
    mend "Compare the whole name of the tool, and nothing less."
    |life| {
        let tool = life.rules.management_tool.as_str();
        let server = life.rules.management_server();
        let last = tool.rsplit("__").next().unwrap_or_default();
        let near = vec![
            format!("{tool}s"),
            tool[..tool.len() - 1].to_owned(),
            tool.to_uppercase(),
            tool.replace('-', "_"),
            format!(" {tool}"),
            format!("mcp__{server}-2__{last}"),
            format!("mcp__other__{last}"),
            format!("{server}__{last}"),
            last.to_owned(),
        ];
        for one in &near {
            stays_provisioning(life, &Proof::Tools(Some(vec![one.clone()]))).await?;
        }
        stays_provisioning(life, &Proof::Tools(Some(near))).await
    }
}

life_check! {
    NO_TOOLS_ARE_NO_PROOF = "no-tools-are-no-proof", OnlineGate, Hardened, 10 s;
    proves "A concierge whose tools are not loaded yet, or are none, stays provisioning."
    cites "later contract 2.5, loaded_mcp_tools empty or absent with mcp_server_present true"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["no-tools-are-proof", "untold-tools-are-proof", "gate-only-demotes"]
    wrong "A concierge comes online before its tools were loaded."
    why "That the server of the tools is there does not mean that one of them can be called."
    mend "Bring a concierge online by the list of loaded tools alone."
    |life| {
        stays_provisioning(life, &Proof::Tools(Some(Vec::new()))).await?;
        stays_provisioning(life, &Proof::Tools(None)).await
    }
}

life_check! {
    REGISTERING_IS_NO_PROOF = "registering-is-no-proof", OnlineGate, Hardened, 10 s;
    proves "Registering does not bring a concierge online."
    cites "later contract 2.4, never flips a platform row online"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["registering-is-proof"]
    wrong "A concierge is online as soon as it registers."
    why "A runtime registers before it has loaded anything."
    mend "Leave the status of a platform row to heartbeats that pass the gate."
    |life| {
        let id = root(life, "provisioning").await?;
        life.register(id, Who::Nobody, json!({"mcp_server_present": true})).await?.expect(200)?;
        life.status_is(id, "provisioning", "after registering").await
    }
}

life_check! {
    LEGACY_RUNTIME_COMES_ONLINE = "legacy-runtime-comes-online", OnlineGate, Core, 10 s;
    proves "A runtime that says nothing about tools, as older ones do, is online by a healthy heartbeat."
    cites "contract 2.5, mcp_server_present absent is the legacy path"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["silence-is-unloaded"]
    wrong "A runtime of the older kind does not come online."
    why "Images that were built before the fields existed would never come up again."
    mend "Demand the proof only of runtimes that send the fields."
    |life| {
        let id = root(life, "provisioning").await?;
        let status = life.beat(id).proof(&Proof::Silent).taken().await?;
        ensure_eq("status after a heartbeat without the fields", status.as_str(), "online")
    }
}

life_check! {
    PROVEN_TOOL_BRINGS_ONLINE = "proven-tool-brings-online", OnlineGate, Core, 10 s;
    proves "A concierge that has loaded the required tool is online."
    cites "contract 2.5, platform gate, the list holds the tool"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["tool-must-come-first"]
    wrong "A concierge with the required tool does not come online."
    why "It is healthy and nobody can reach it."
    mend "Accept the required tool anywhere in the list of loaded ones."
    |life| {
        let id = root(life, "provisioning").await?;
        let status = life.beat(id).proof(&life.whole_proof()).taken().await?;
        ensure_eq("status after a heartbeat with the tool", status.as_str(), "online")
    }
}

/// Brings a root online and takes its tool away for longer than any grace.
async fn degraded(life: &Life) -> Outcome<uuid::Uuid> {
    let id = root(life, "provisioning").await?;
    let online = life.beat(id).proof(&life.whole_proof()).taken().await?;
    ensure_eq("status with the tool", online.as_str(), "online")?;
    let lost = Proof::Tools(Some(Vec::new()));
    let status = life.beat(id).proof(&lost).taken().await?;
    ensure_eq(
        "status right after the tool was lost",
        status.as_str(),
        "online",
    )?;
    let stamped = life.db()?.change(LONG_AGO, &[&id]).await?;
    ensure_eq(
        "rows with the time at which the tool was lost",
        &stamped,
        &1,
    )?;
    let status = life.beat(id).proof(&lost).taken().await?;
    ensure_eq("status after the grace", status.as_str(), "degraded")?;
    Ok(id)
}

life_check! {
    LOST_TOOL_DEGRADES = "lost-tool-degrades", OnlineGate, Core, 10 s;
    proves "A concierge that loses its tool stays online for a grace, and is degraded after it."
    cites "contract 2.5, unloaded: mcp_unloaded_since and 90 s of grace"
    needs [Disposable, Database]
    after ["proven-tool-brings-online"]
    faults ["lost-tool-not-stamped", "lost-tool-degrades-at-once", "lost-tool-ignored"]
    wrong "A concierge that lost its tool is not degraded, or at once."
    why "Without the demotion nobody learns of it; without the grace every restart of the tools' server is an alarm."
    mend "Stamp mcp_unloaded_since at the first beat without the tool, and degrade after the grace."
    |life| { degraded(life).await.map(|_| ()) }
}

life_check! {
    REGAINED_TOOL_RECOVERS = "regained-tool-recovers", OnlineGate, Core, 10 s;
    proves "A degraded concierge that has its tool again is online again, and its loss forgotten."
    cites "contract 1.2 and 2.5, degraded to online, mcp_unloaded_since cleared"
    needs [Disposable, Database]
    after ["lost-tool-degrades"]
    faults ["regained-tool-stays-marked", "regained-tool-does-not-recover"]
    wrong "A concierge that has its tool again stays degraded, or keeps the mark of its loss."
    why "A mark that stays degrades it at the next short loss, without any grace."
    mend "Clear mcp_unloaded_since with the first beat that has the tool, and recover in it."
    |life| {
        let id = degraded(life).await?;
        let status = life.beat(id).proof(&life.whole_proof()).taken().await?;
        ensure_eq("status with the tool again", status.as_str(), "online")?;
        let row = life.row(id).await?;
        ensure_eq("mcp_unloaded_since", &row["mcp_unloaded_since"], &Value::Null)
    }
}

life_check! {
    SILENT_BEAT_DOES_NOT_RECOVER = "silent-beat-does-not-recover", OnlineGate, Hardened, 10 s;
    proves "A concierge that is degraded for its lost tool stays so when a heartbeat says nothing about tools."
    cites "contract 1.2, degraded to online: present at the pinned commit as a flaw"
    needs [Disposable, Database]
    after ["lost-tool-degrades"]
    faults ["silent-beat-recovers"]
    wrong "A degraded concierge recovers by a heartbeat that leaves out the fields about its tools."
    why "A runtime that crashes while it gathers the list heals itself by silence."
    mend "Where mcp_unloaded_since is set, recover only by a beat that shows the tool."
    |life| {
        let id = degraded(life).await?;
        let status = life.beat(id).proof(&Proof::Silent).taken().await?;
        ensure_eq("status after a heartbeat without the fields", status.as_str(), "degraded")?;
        let row = life.row(id).await?;
        ensure(row["mcp_unloaded_since"].is_string(), "mcp_unloaded_since is kept", || "null".to_owned())
    }
}

life_check! {
    RESTING_ROOT_IS_NOT_WOKEN = "resting-root-is-not-woken", OnlineGate, Hardened, 10 s;
    proves "No heartbeat and no registration, passing or failing, changes a root that is removed, paused or hibernated."
    cites "later contract 1.2, a late register or heartbeat must not resurrect; present at the pinned commit as a flaw"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["failing-beat-wakes-the-root", "failing-register-wakes-the-root", "registering-wakes-the-resting"]
    wrong "A root that was removed or put to rest is revived by a heartbeat or a registration."
    why "The failing gate marks it failed without looking at its status, the next beat makes failed online: a deleted concierge is back."
    mend "Guard every write of a status, that of the failing gate too, by the status that was there."
    |life| {
        for status in ["removed", "paused", "hibernated"] {
            for proof in [Proof::Absent, life.whole_proof(), Proof::Silent] {
                let id = root(life, status).await?;
                life.beat(id).proof(&proof).send().await?;
                life.status_is(id, status, &format!("after a heartbeat with {proof}")).await?;
                life.beat(id).proof(&life.whole_proof()).send().await?;
                life.status_is(id, status, "after one more heartbeat, which is good").await?;
                for present in [false, true] {
                    life.register(id, Who::Nobody, json!({"mcp_server_present": present})).await?;
                    life.status_is(id, status, &format!("after registering with mcp_server_present {present}")).await?;
                }
            }
        }
        root(life, "offline").await.map(|_| ())
    }
}
