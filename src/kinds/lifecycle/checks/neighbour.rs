use serde_json::json;

use super::restart::leave_sentinel;
use crate::kinds::lifecycle::cast::Role;
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::steps::DUMMY_KEY;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};

/// The life beside this one.
pub(super) fn beside(life: &Life) -> Outcome<&Life> {
    life.neighbour
        .as_deref()
        .ok_or_else(|| Failure::new("a second installation", "none").into())
}

life_check! {
    NEIGHBOUR_COMES_ONLINE = "neighbour-comes-online", Neighbour, Core, 60 s;
    proves "A second installation with a database of its own lives beside this one, on the same daemon."
    cites "contract 3.5, sweeps and instances"
    needs [SecondInstance, Database, World]
    after ["workspace-comes-online"]
    faults ["no-neighbours-on-the-daemon"]
    wrong "A second installation cannot live beside this one."
    why "Staging and a developer's own share a machine."
    mend "Keep names, ports and labels of installations apart."
    |life| {
        let neighbour = beside(life)?;
        let member = neighbour.create("neighbour").await?;
        neighbour.until_online(&member).await?;
        leave_sentinel(neighbour, &member).await?;
        let container = neighbour.running(&member).await?;
        neighbour.remember("container", container.id);
        neighbour.enter(Role::Worker, member);
        Ok(())
    }
}

life_check! {
    NEIGHBOUR_IS_LABELLED_APART = "neighbour-is-labelled-apart", Neighbour, Core, 10 s;
    proves "The containers of two installations bear different labels."
    cites "contract 3.1, labels: sha256(DATABASE_URL)[:16]"
    needs [SecondInstance, Database, World]
    after ["sibling-comes-online", "neighbour-comes-online"]
    faults ["one-label-for-all"]
    wrong "The containers of two installations bear the same label."
    why "Each then takes the other's containers for its own orphans."
    mend "Make the label from what is different: the database."
    |life| {
        let neighbour = beside(life)?;
        let theirs = neighbour.running(&neighbour.member(Role::Worker)?).await?;
        let ours = life.running(&life.member(Role::Sibling)?).await?;
        let label = "molecule.platform.instance";
        let (theirs, ours) = (theirs.labels.get(label), ours.labels.get(label));
        ensure(theirs.is_some() && theirs != ours, format!("another {label} than {ours:?}"), || format!("{theirs:?}"))
    }
}

life_check! {
    ENSURES_AT_ONCE_MAKE_ONE_ROOT = "ensures-at-once-make-one-root", Neighbour, Hardened, 60 s;
    proves "On an empty organisation eight ensures at once make one root, and bring it online."
    cites "later contract 2.2, ensure, and 5.6, one root after concurrent ensure"
    needs [SecondInstance, Database, World, Ensure]
    after ["workspace-comes-online"]
    faults ["ensure-draws-an-id", "ensure-is-not-there"]
    wrong "Ensures at once fail, or make something else than one root."
    why "Every replica of a deployment calls it at its start."
    mend "Let one of them create the root, and the others find it."
    |life| {
        let neighbour = beside(life)?;
        let keys: std::collections::BTreeSet<&str> =
            life.rules.models.values().map(|model| model.credential.as_str()).collect();
        for key in keys {
            let body = json!({"key": key, "value": DUMMY_KEY});
            neighbour.server.put("/settings/secrets", body).admin().await?.expect(200)?;
        }
        let was_empty = neighbour.db()?.count("SELECT count(*) FROM workspaces WHERE kind = 'platform'", &[]).await? == 0;
        let body = neighbour.workspace_body("root");
        let ensures = (0..8).map(|_| async {
            let body = json!({"model": body["model"], "runtime": body["runtime"]});
            neighbour.server.post("/admin/org/platform-agent/ensure", body).admin().await
        });
        let answers = futures_util::future::try_join_all(ensures).await?;
        let mut created = 0;
        for answer in &answers {
            answer.expect(200)?;
            if answer.text("status")? == "created" {
                created += 1;
            }
        }
        ensure((created > 0) == was_empty, "a root that was created where there was none", || {
            format!("{created} of {} created it", answers.len())
        })?;
        let id = neighbour.platform_root().await?;
        for answer in &answers {
            answer.says("platform_agent_id", id.to_string())?;
        }
        let row = neighbour.row(id).await?;
        for (column, expected) in [("kind", json!("platform")), ("tier", json!(0)), ("template", json!("platform-agent"))] {
            ensure_eq(column, &row[column], &expected)?;
        }
        let root = crate::kinds::lifecycle::cast::Member {
            id,
            name: row["name"].as_str().unwrap_or_default().to_owned(),
            token: String::new(),
        };
        neighbour.enter(Role::Concierge, root.clone());
        neighbour.until_online(&root).await
    }
}
