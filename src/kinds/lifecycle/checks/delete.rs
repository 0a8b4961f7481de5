use serde_json::{Value, json};

use super::container::token_file;
use super::neighbour::beside;
use super::restart::sentinel_is_there;
use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::client::{Answer, Who};
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::steps::Proof;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};

/// Asks to delete, with a name to confirm it, and for its children too.
async fn delete(life: &Life, member: &Member, name: &str, children: bool) -> Outcome<Answer> {
    let query = if children { "?confirm=true" } else { "" };
    life.server
        .delete(format!("/workspaces/{}{query}", member.id))
        .admin()
        .header("X-Confirm-Name", name)
        .await
}

life_check! {
    DELETE_WANTS_THE_NAME = "delete-wants-the-name", Delete, Core, 10 s;
    proves "A deletion without the workspace's exact name deletes nothing."
    cites "contract 2.3, DELETE: 400 destructive_action_requires_confirmation"
    needs []
    after ["sibling-comes-online"]
    faults ["part-of-the-name-is-enough"]
    wrong "A workspace can be deleted without its name."
    why "An id that was pasted by mistake is a whole agent's memory."
    mend "Compare X-Confirm-Name with the name before anything else."
    |life| {
        let sibling = life.member(Role::Sibling)?;
        let path = format!("/workspaces/{}?confirm=true", sibling.id);
        let unnamed = life.server.delete(path).admin().await?;
        unnamed.expect(400)?;
        unnamed.says("error", "destructive_action_requires_confirmation")?;
        let cut = &sibling.name[..sibling.name.len() - 1];
        let misnamed = delete(life, &sibling, cut, true).await?;
        misnamed.expect(400)?;
        let status = life.status(sibling.id).await?;
        ensure(status != "removed", "a workspace that lives on", || status.clone())
    }
}

life_check! {
    DELETE_WANTS_CONSENT_FOR_CHILDREN = "delete-wants-consent-for-children", Delete, Core, 10 s;
    proves "A workspace with others below it is not deleted without consent to that, and the answer counts them."
    cites "contract 2.3, DELETE: 409 confirmation_required"
    needs []
    after ["sibling-comes-online"]
    faults ["children-go-unasked"]
    wrong "Deleting a workspace takes its children along without asking."
    why "Deleting the concierge is deleting the organisation."
    mend "Answer 409 with the children, unless confirm=true."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let answer = delete(life, &concierge, &concierge.name, false).await?;
        answer.expect(409)?;
        answer.says("status", "confirmation_required")?;
        let count = answer.json()?["children_count"].as_i64().unwrap_or_default();
        ensure(count >= 1, "the number of children", || answer.shown())?;
        let status = life.status(concierge.id).await?;
        ensure(status != "removed", "a concierge that lives on", || status.clone())
    }
}

life_check! {
    DELETE_REMOVES_THE_WORKSPACE = "delete-removes-the-workspace", Delete, Core, 60 s;
    proves "A confirmed deletion answers that it removed, and the row says so."
    cites "contract 2.3, DELETE: 200 removed"
    needs [Database, World]
    after ["sibling-comes-online"]
    faults ["delete-only-stops"]
    wrong "A confirmed deletion does not remove the workspace."
    why "It runs on, and costs, and nobody sees it any more."
    mend "Mark the row first, then take down what belongs to it."
    |life| {
        let worker = life.member(Role::Worker)?;
        life.until_online(&worker).await?;
        let token = token_file(life, &worker).await?;
        life.remember("last token", token);
        let answer = delete(life, &worker, &worker.name, false).await?;
        answer.expect(200)?;
        answer.says("status", "removed")?;
        life.status_is(worker.id, "removed", "after the deletion").await
    }
}

life_check! {
    DELETE_REVOKES_TOKENS = "delete-revokes-tokens", Delete, Core, 10 s;
    proves "After a deletion no token of the workspace is live, of whatever kind."
    cites "contract 1.3, DELETE revokes all"
    needs [Database, World]
    after ["delete-removes-the-workspace"]
    faults ["delete-keeps-api-tokens"]
    wrong "A token outlives its workspace."
    why "It opens the API in the name of somebody who is gone."
    mend "Revoke instance and api tokens in the deletion."
    |life| {
        let worker = life.member(Role::Worker)?;
        let live = life
            .db()?
            .count("SELECT count(*) FROM workspace_auth_tokens WHERE workspace_id = $1 AND revoked_at IS NULL", &[&worker.id])
            .await?;
        ensure_eq("live tokens", &live, &0)?;
        let path = format!("/workspaces/{}/secrets", worker.id);
        life.server.get(path.as_str()).by(Who::token("the creator", &worker.token)).await?.refused(401)?;
        let last = life.recall_text("last token")?;
        life.server.get(path).by(Who::token("the last container", &last)).await?.refused(401).map(|_| ())
    }
}

life_check! {
    DELETE_REMOVES_THE_CONTAINER = "delete-removes-the-container", Delete, Core, 60 s;
    proves "After a deletion the container is gone, and the network does not know it any more."
    cites "contract 3.5, stop is a force remove"
    needs [Database, World]
    after ["delete-removes-the-workspace"]
    faults ["delete-leaves-the-container"]
    wrong "The container outlives its workspace."
    why "An agent without a row works on, with all its credentials, and no screen shows it."
    mend "Force the removal; take only not found for done."
    |life| {
        let worker = life.member(Role::Worker)?;
        wait_for("the deleted workspace has no container", || async {
            Ok(match life.container(&worker).await? {
                None => Seen::Yes(()),
                Some(container) => Seen::NotYet(format!("there, running: {}", container.running)),
            })
        })
        .await?;
        let attached = life.world()?.is_attached(&life.network, &worker.container()).await?;
        ensure(!attached, "no endpoint on the network", || "one".to_owned())
    }
}

life_check! {
    DELETE_REMOVES_VOLUMES = "delete-removes-volumes", Delete, Core, 60 s;
    proves "After a deletion the volumes of configuration and sessions are gone, and the one with the work is kept."
    cites "contract 2.3, DELETE order: the /workspace volume is kept, volume errors are only logged"
    needs [Database, World]
    after ["delete-removes-the-container"]
    faults ["delete-takes-the-work", "delete-leaves-the-sessions"]
    wrong "A deletion leaves volumes behind that hold credentials, or takes the work away."
    why "The answer is 200 either way: errors of volumes are only logged."
    mend "Remove both volumes once the container is gone, and say so where it fails."
    |life| {
        let worker = life.member(Role::Worker)?;
        for suffix in ["configs", "claude-sessions"] {
            let name = format!("{}-{suffix}", worker.container());
            wait_for(&format!("the volume {name} is gone"), || async {
                Ok(match life.volume(&name).await? {
                    None => Seen::Yes(()),
                    Some(_) => Seen::NotYet("there".to_owned()),
                })
            })
            .await?;
        }
        let work = format!("{}-workspace", worker.container());
        let kept = life.volume(&work).await?.is_some();
        ensure(kept, format!("the volume {work}"), || "none".to_owned())
    }
}

life_check! {
    DELETED_IS_GONE = "deleted-is-gone", Delete, Core, 10 s;
    proves "A deleted workspace is answered with 410, cannot be deleted again, and is not listed."
    cites "contract 2.3, 410"
    needs [Database, World]
    after ["delete-removes-the-workspace"]
    faults ["deleted-looks-unknown"]
    wrong "A deleted workspace looks like one that lives, or that never was."
    why "Whoever holds its id must be able to tell that it was deleted from that it is not to be found."
    mend "Answer 410 with removed_at, and show the row only where include_removed asks for it."
    |life| {
        let worker = life.member(Role::Worker)?;
        let path = format!("/workspaces/{}", worker.id);
        let gone = life.server.get(path.as_str()).await?;
        gone.refused(410)?;
        gone.text("removed_at")?;
        delete(life, &worker, &worker.name, true).await?.refused(410)?;
        let kept = life.server.get(format!("{path}?include_removed=true")).await?;
        kept.expect(200)?;
        kept.says("status", "removed")?;
        let list = life.server.get("/workspaces").admin().await?;
        let id = worker.id.to_string();
        let listed = list.expect(200)?.as_array().is_some_and(|rows| rows.iter().any(|row| row["id"] == id.as_str()));
        ensure(!listed, "no deleted workspace in the list", || "one".to_owned())
    }
}

life_check! {
    LATE_BEAT_DOES_NOT_REVIVE = "late-beat-does-not-revive", Delete, Core, 10 s;
    proves "Neither a late heartbeat nor a late registration of its last container revives a deleted workspace."
    cites "contract 2.4 and 2.5, removed row untouched"
    needs [Database, World]
    after ["delete-removes-the-workspace"]
    faults ["late-registration-revives"]
    wrong "A deleted workspace is back after its last container's heartbeat."
    why "The container beats until it is stopped, which is after the row was marked."
    mend "Exclude removed rows from every update of the registry."
    |life| {
        let worker = life.member(Role::Worker)?;
        let last = life.recall_text("last token")?;
        for who in [Who::token("the last container", &last), Who::Nobody] {
            life.beat(worker.id).by(who.clone()).send().await?;
            life.status_is(worker.id, "removed", "after a late heartbeat").await?;
            life.register(worker.id, who, json!({})).await?;
            life.status_is(worker.id, "removed", "after a late registration").await?;
        }
        life.server.get(format!("/workspaces/{}", worker.id)).await?.refused(410).map(|_| ())
    }
}

life_check! {
    DELETE_SPARES_THE_SIBLING = "delete-spares-the-sibling", Delete, Core, 10 s;
    proves "The deletion of one workspace leaves its sibling's container, volume and token alone."
    cites "contract 2.3, DELETE of one id"
    needs [Database, World]
    after ["delete-removes-volumes", "restart-spares-the-sibling"]
    faults ["delete-takes-others-along"]
    wrong "The deletion of one workspace harmed another."
    why "A search by part of a name finds two."
    mend "Address containers and volumes by their whole names."
    |life| {
        let sibling = life.member(Role::Sibling)?;
        let container = life.running(&sibling).await?;
        ensure_eq("the sibling's container", container.id.as_str(), life.recall_text("sibling")?.as_str())?;
        sentinel_is_there(life, &sibling).await?;
        let path = format!("/workspaces/{}/secrets", sibling.id);
        life.server.get(path).by(Who::token("the sibling", &sibling.token)).await?.expect(200)?;
        life.status_is(sibling.id, "online", "of the sibling").await
    }
}

life_check! {
    DAEMON_ERROR_IS_NO_DEATH = "daemon-error-is-no-death", Delete, Core, 150 s;
    proves "A workspace stays online in its container while the container engine fails to say how that is."
    cites "contract 3.5, IsRunning: a transient daemon error counts as running"
    needs [DaemonErrors, Database, World]
    after ["sibling-comes-online"]
    faults ["daemon-error-is-death"]
    wrong "A workspace is taken for dead because the container engine could not say how it is."
    why "An engine that is busy for a moment then costs every workspace its running work."
    mend "Restart only upon a certain no; upon an error look again later."
    |life| {
        let sibling = life.member(Role::Sibling)?;
        life.until_online(&sibling).await?;
        let before = life.running(&sibling).await?;
        let ailing = life.ail()?;
        wait_for("the server asks twice how the sibling's container is, in vain", || async {
            let asked = ailing.refused(&sibling.container());
            // A server that acts upon the first error does not ask again.
            let acted = life.status(sibling.id).await? != "online";
            Ok(if asked >= 2 || (asked > 0 && acted) { Seen::Yes(()) } else { Seen::NotYet(format!("asked {asked} times")) })
        })
        .await?;
        let status = life.status(sibling.id).await?;
        drop(ailing);
        ensure_eq("status after the errors", status.as_str(), "online")?;
        let after = life.running(&sibling).await?;
        ensure_eq("the sibling's container", &after.id, &before.id)?;
        ensure_eq("when it was started", &after.started_at, &before.started_at)
    }
}

life_check! {
    ORPHAN_IS_SWEPT = "orphan-is-swept", Delete, Core, 150 s;
    proves "A container whose row was removed behind the server's back is swept away, and no other."
    cites "contract 3.5, orphan sweeper"
    strand Neighbour
    needs [Database, World]
    after ["sibling-comes-online"]
    faults ["sweep-takes-the-living"]
    wrong "A container without a living row is never taken down, or a living one is."
    why "A server that is killed in the middle of a deletion leaves it behind."
    mend "Sweep containers of removed rows by their whole names, and of this installation only."
    |life| {
        let sibling = life.member(Role::Sibling)?;
        // One that was swept and healed since is another one.
        let living = life.running(&sibling).await?.id;
        let orphan = life.create("orphan").await?;
        life.until_online(&orphan).await?;
        life.retire(&[orphan.id]).await?;
        wait_for("the orphan's container is swept", || async {
            Ok(match life.container(&orphan).await? {
                None => Seen::Yes(()),
                Some(container) => Seen::NotYet(format!("there, running: {}", container.running)),
            })
        })
        .await?;
        let container = life.running(&sibling).await?;
        ensure_eq("the sibling's container", &container.id, &living)
    }
}

life_check! {
    SWEEP_SPARES_THE_NEIGHBOUR = "sweep-spares-the-neighbour", Delete, Core, 30 s;
    proves "Deletions and sweeps of one installation leave the other's containers and volumes alone."
    cites "contract 3.5, the wiped-database pass is scoped by the instance label"
    needs [SecondInstance, Database, World]
    after ["orphan-is-swept", "neighbour-comes-online"]
    faults ["sweep-crosses-installations"]
    wrong "One installation swept away what belongs to another."
    why "It knows no row for it, and takes it for an orphan."
    mend "Compare the label's value with the installation's own, and sweep nothing else."
    |life| {
        let neighbour = beside(life)?;
        let member = neighbour.member(Role::Worker)?;
        let container = neighbour.running(&member).await?;
        ensure_eq("the neighbour's container", container.id.as_str(), neighbour.recall_text("container")?.as_str())?;
        sentinel_is_there(neighbour, &member).await?;
        neighbour.status_is(member.id, "online", "of the neighbour").await
    }
}

life_check! {
    CONCIERGE_GOES_WITH_ITS_OWN = "concierge-goes-with-its-own", Delete, Core, 90 s;
    proves "Deleting the concierge with consent removes it and everybody below it, containers and tokens too."
    cites "contract 2.3, deleting kind platform cascades"
    needs [Disposable, Database, World]
    after ["delete-wants-consent-for-children", "concierge-is-online"]
    faults ["delete-forgets-the-children", "delete-forgets-grandchildren"]
    wrong "Deleting the concierge leaves somebody of its organisation behind."
    why "What is left has no root: no approval reaches anybody, and no list shows it in its place."
    mend "Remove all descendants in the same deletion."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        // It has no container, and hangs below a root that these very checks had removed.
        if let Ok(puppet) = life.member(Role::Puppet) {
            life.retire(&[puppet.id]).await?;
        }
        let sibling = life.member(Role::Sibling)?;
        // Somebody two levels down goes as well.
        let grandchild = life.puppet("grandchild", "offline").await?;
        life.db()?
            .change("UPDATE workspaces SET parent_id = $1 WHERE id = $2", &[&sibling.id, &grandchild.id])
            .await?;
        let answer = delete(life, &concierge, &concierge.name, true).await?;
        answer.expect(200)?;
        answer.says("status", "removed")?;
        ensure(answer.json()?["cascade_deleted"].as_i64() >= Some(1), "a count of what went with it", || answer.shown())?;
        let left = life.db()?.rows("SELECT id, name FROM workspaces WHERE status IS DISTINCT FROM 'removed'", &[]).await?;
        ensure_eq("workspaces that are left", &left, &Vec::<Value>::new())?;
        let tokens = life.db()?.count("SELECT count(*) FROM workspace_auth_tokens WHERE revoked_at IS NULL AND workspace_id = ANY($1)",
                &[&vec![concierge.id, sibling.id]]).await?;
        ensure_eq("live tokens", &tokens, &0)?;
        for member in [&concierge, &sibling] {
            wait_for(&format!("{} has no container", member.name), || async {
                Ok(match life.container(member).await? {
                    None => Seen::Yes(()),
                    Some(container) => Seen::NotYet(format!("there, running: {}", container.running)),
                })
            })
            .await?;
        }
        Ok(())
    }
}

life_check! {
    DELETED_CONCIERGE_IS_NOT_REVIVED = "deleted-concierge-is-not-revived", Delete, Hardened, 10 s;
    proves "Neither a failing nor a passing heartbeat or registration revives a deleted concierge."
    cites "contract 1.2, any to failed without a status guard: present at the pinned commit as a flaw"
    needs [Disposable, Database, World]
    after ["concierge-goes-with-its-own"]
    faults ["failing-gate-revives-the-deleted"]
    wrong "A deleted concierge is back after a heartbeat."
    why "The failing gate writes failed over removed, and the next beat makes failed online; after a deletion no token is needed for either."
    mend "Guard the gate's own write by the status that was there."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        for proof in [Proof::Absent, life.whole_proof(), Proof::Silent] {
            life.beat(concierge.id).proof(&proof).send().await?;
            life.status_is(concierge.id, "removed", &format!("after a heartbeat with {proof}")).await?;
        }
        for present in [json!(false), json!(true), Value::Null] {
            life.register(concierge.id, Who::Nobody, json!({"mcp_server_present": present})).await?;
            life.status_is(concierge.id, "removed", "after a registration").await?;
        }
        life.beat(concierge.id).proof(&life.whole_proof()).send().await?;
        life.status_is(concierge.id, "removed", "after all of that").await?;
        life.server.get(format!("/workspaces/{}", concierge.id)).await?.refused(410).map(|_| ())
    }
}

life_check! {
    ENSURE_REVIVES_THE_DELETED = "ensure-revives-the-deleted", Delete, Hardened, 60 s;
    proves "Ensuring is the one way back for a deleted concierge: the same id, online, by a new container."
    cites "later contract 1.2 and 2.2, removed to offline by explicit ensure only"
    needs [Disposable, Database, World, Ensure]
    after ["concierge-goes-with-its-own"]
    faults ["ensure-overlooks-the-removed", "ensure-is-not-there"]
    wrong "A deleted concierge cannot be brought back by ensuring it, or comes back as somebody else."
    why "Its row keeps the only slot: without a revival the organisation can never have a root again."
    mend "Revive the tombstone to offline, then provision it."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let model = life.workspace_body("root")["model"].clone();
        let answer = life.server.post("/admin/org/platform-agent/ensure", json!({"model": model})).admin().await?;
        answer.expect(200)?;
        answer.says("platform_agent_id", concierge.id.to_string())?;
        answer.says("agent_status", "removed")?;
        answer.says("provisioning", true)?;
        life.until_online(&concierge).await?;
        life.running(&concierge).await?;
        let row = life.row(concierge.id).await?;
        let name = row["name"].as_str().unwrap_or_default();
        delete(life, &concierge, name, true).await?.expect(200).map(|_| ())
    }
}
