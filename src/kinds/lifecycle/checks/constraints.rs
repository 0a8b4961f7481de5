use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, ensure_eq};

/// A platform root, if there is none yet.
const A_ROOT: &str = "INSERT INTO workspaces (name, kind, status) VALUES ('driftgate first root', 'platform', 'offline') ON CONFLICT DO NOTHING";

/// Another one.
const ANOTHER_ROOT: &str = "INSERT INTO workspaces (name, kind, status) VALUES ('driftgate second root', 'platform', 'offline')";

/// Demands that the last statement is refused with this SQLSTATE by this constraint. Everything is
/// rolled back.
async fn refused(life: &Life, statements: &[&str], state: &str, constraint: &str) -> Outcome {
    let refusal = life.db()?.refusal(statements).await?;
    let Some(refusal) = refusal else {
        let last = statements.last().copied().unwrap_or_default();
        return Err(Failure::new(
            format!("{state} {constraint} for: {last}"),
            "it was accepted",
        )
        .into());
    };
    ensure_eq("the SQLSTATE", refusal.state.as_str(), state)?;
    if constraint.is_empty() {
        return Ok(());
    }
    ensure_eq(
        "the constraint",
        refusal.constraint.as_deref().unwrap_or("none"),
        constraint,
    )
}

/// Demands that all statements are accepted. Everything is rolled back.
async fn accepted(life: &Life, statements: &[&str]) -> Outcome {
    match life.db()?.refusal(statements).await? {
        None => Ok(()),
        Some(refusal) => {
            let last = statements.last().copied().unwrap_or_default();
            Err(Failure::new(format!("accepted: {last}"), format!("{refusal:?}")).into())
        }
    }
}

life_check! {
    STATUS_VALUES = "status-values", Constraints, Core, 10 s;
    proves "A workspace's status is an enum with exactly the ten values, in their order."
    cites "contract 1.1, enum workspace_status"
    needs [Database]
    after ["migrations-applied"]
    faults ["status-value-added"]
    wrong "The enum of statuses has other values, or another order."
    why "Code that compares with a value the database does not know fails at the moment it is needed."
    mend "Add values by a migration, at the end, and teach every reader in the same change."
    |life| {
        let values = life
            .db()?
            .rows("SELECT enumlabel FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid WHERE typname = 'workspace_status' ORDER BY enumsortorder", &[])
            .await?;
        let values: Vec<&str> = values.iter().filter_map(|row| row["enumlabel"].as_str()).collect();
        ensure_eq(
            "the statuses",
            values.as_slice(),
            [
                "provisioning", "online", "offline", "degraded", "failed", "removed", "paused",
                "hibernated", "awaiting_agent", "hibernating",
            ]
            .as_slice(),
        )
    }
}

life_check! {
    STATUS_NEEDS_A_CAST = "status-needs-a-cast", Constraints, Core, 10 s;
    proves "Comparing a status with an empty text fails when it is parsed, and works with a cast."
    cites "contract 1.1, confirmed on PostgreSQL 15"
    needs [Database]
    after ["migrations-applied"]
    faults ["status-is-a-text"]
    wrong "The column of the status is not the enum that the code was written for."
    why "A mocked database takes COALESCE(status, '') for fine; on a real one the statement fails every time, and it was shipped like that with green tests."
    mend "Keep the column an enum, and write status::text where a text is wanted."
    |life| {
        refused(life, &["SELECT COALESCE(status, '') FROM workspaces"], "22P02", "").await?;
        accepted(life, &["SELECT COALESCE(status::text, '') FROM workspaces"]).await
    }
}

life_check! {
    KIND_IS_KNOWN = "kind-is-known", Constraints, Core, 10 s;
    proves "The database refuses a workspace of an unknown kind, and takes none for 'workspace'."
    cites "contract 1.1, workspaces_kind_check"
    needs [Database]
    after ["migrations-applied"]
    faults ["kind-unchecked", "platform-by-default"]
    wrong "The database takes a workspace of an unknown kind."
    why "A row of an unknown kind is neither a workspace nor a root to the code that reads it."
    mend "Restore the check constraint workspaces_kind_check."
    |life| {
        refused(
            life,
            &["INSERT INTO workspaces (name, kind) VALUES ('driftgate robot', 'robot')"],
            "23514",
            "workspaces_kind_check",
        )
        .await?;
        // Division by zero where the default is something else: a probe that needs no second answer.
        accepted(
            life,
            &[
                "INSERT INTO workspaces (name) VALUES ('driftgate default kind')",
                "SELECT 1 / count(*) FROM workspaces WHERE name = 'driftgate default kind' AND kind = 'workspace'",
            ],
        )
        .await
    }
}

life_check! {
    ONE_PLATFORM_ROOT = "one-platform-root", Constraints, Core, 10 s;
    proves "The database refuses a second platform root."
    cites "contract 1.1, uniq_workspaces_one_platform_root, confirmed on PostgreSQL 15"
    needs [Database]
    after ["migrations-applied"]
    faults ["second-root-allowed"]
    wrong "The database takes a second platform root."
    why "With two roots, tokens, approvals and children are split between them by chance."
    mend "Restore the unique index uniq_workspaces_one_platform_root."
    |life| {
        refused(life, &[A_ROOT, ANOTHER_ROOT], "23505", "uniq_workspaces_one_platform_root").await
    }
}

life_check! {
    REMOVED_ROOT_KEEPS_THE_SLOT = "removed-root-keeps-the-slot", Constraints, Core, 10 s;
    proves "A removed platform root still occupies the only slot."
    cites "contract 1.1, uniq_workspaces_one_platform_root counts removed rows"
    needs [Database]
    after ["migrations-applied"]
    faults ["removed-root-frees-the-slot"]
    wrong "A second platform root is taken once the first one is removed."
    why "Whoever revives the removed root then finds two: the revival depends on the slot being kept."
    mend "Do not exempt removed rows from uniq_workspaces_one_platform_root."
    |life| {
        let removed = "UPDATE workspaces SET status = 'removed' WHERE kind = 'platform'";
        refused(
            life,
            &[A_ROOT, removed, ANOTHER_ROOT],
            "23505",
            "uniq_workspaces_one_platform_root",
        )
        .await
    }
}

life_check! {
    ROOT_HAS_NO_PARENT = "root-has-no-parent", Constraints, Core, 10 s;
    proves "The database refuses a platform root below another workspace."
    cites "contract 1.1, workspaces_platform_root_check"
    needs [Database]
    after ["migrations-applied"]
    faults ["root-may-have-a-parent"]
    wrong "The database takes a platform root with a parent."
    why "A root below something is not a root: walks upwards miss it, or never end."
    mend "Restore the check constraint workspaces_platform_root_check."
    |life| {
        refused(
            life,
            &[
                "INSERT INTO workspaces (id, name) VALUES ('11111111-1111-4111-8111-111111111111', 'driftgate parent')",
                "INSERT INTO workspaces (name, kind, parent_id) VALUES ('driftgate child', 'platform', '11111111-1111-4111-8111-111111111111')",
            ],
            "23514",
            "workspaces_platform_root_check",
        )
        .await
    }
}

life_check! {
    LIVE_NAMES_ARE_UNIQUE = "live-names-are-unique", Constraints, Core, 10 s;
    proves "Two live siblings cannot have one name, and a removed one gives its name free."
    cites "contract 1.1, workspaces_parent_name_uniq"
    needs [Database]
    after ["migrations-applied"]
    faults ["names-may-repeat", "removed-name-is-kept"]
    wrong "The names of siblings are not unique, or a removed one keeps its name."
    why "People and agents address workspaces by name."
    mend "Restore the unique index workspaces_parent_name_uniq over the rows that are not removed."
    |life| {
        let live = "INSERT INTO workspaces (name, status) VALUES ('driftgate twin', 'offline')";
        refused(life, &[live, live], "23505", "workspaces_parent_name_uniq").await?;
        let removed = "UPDATE workspaces SET status = 'removed' WHERE name = 'driftgate twin'";
        accepted(life, &[live, removed, live]).await
    }
}

life_check! {
    QUEUE_KEYS_ARE_UNIQUE_WHILE_ACTIVE = "queue-keys-are-unique-while-active", Constraints, Core, 10 s;
    proves "A message's key is unique among the waiting messages of a workspace, and free again once it is done."
    cites "contract 1.6, idx_a2a_queue_idempotency"
    needs [Database, A2aQueue]
    after ["migrations-applied"]
    faults ["queue-key-may-repeat", "queue-key-is-kept"]
    wrong "The queue takes one message twice, or never again."
    why "A retried message would be delivered twice; with the key kept for ever, a message sent anew would be swallowed."
    mend "Restore the unique index idx_a2a_queue_idempotency over queued and dispatched items."
    |life| {
        let workspace = "INSERT INTO workspaces (id, name) VALUES ('22222222-2222-4222-8222-222222222222', 'driftgate queue')";
        let item = "INSERT INTO a2a_queue (workspace_id, body, idempotency_key) VALUES ('22222222-2222-4222-8222-222222222222', '{}', 'key')";
        refused(life, &[workspace, item, item], "23505", "idx_a2a_queue_idempotency").await?;
        let done = "UPDATE a2a_queue SET status = 'completed' WHERE idempotency_key = 'key'";
        accepted(life, &[workspace, item, done, item]).await
    }
}
