use serde_json::json;

use crate::gate::Obstacle;
use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::codes::ADMIN_REFUSED;
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life_check::life_check;

life_check! {
    HEALTH_ANSWERS = "health-answers", Boot, Core, 10 s;
    proves "The server answers on /health without credentials."
    cites "contract 2.1, open routes"
    needs []
    after []
    faults ["unhealthy-health"]
    wrong "The server's health route does not say that it is well."
    why "Everything else waits for this route; one that is missing or says something else keeps every deployment from starting."
    mend "Let GET /health answer 200 with {\"status\":\"ok\"}."
    |life| {
        let answer = life.server.get("/health").await?;
        answer.expect(200)?;
        answer.says("status", "ok")
    }
}

life_check! {
    ADMIN_TOKEN_ADMITS = "admin-token-admits", Boot, Core, 10 s;
    proves "The admin token opens the admin routes."
    cites "contract 2.1, gate AdminAuth"
    needs []
    after ["health-answers"]
    faults ["admin-list-wrapped"]
    wrong "The admin token does not open the list of workspaces."
    why "All administration goes through this token; with another one the whole life would be lived on error pages."
    mend "Give the server and the gate the same ADMIN_TOKEN."
    |life| {
        let answer = life.server.get("/workspaces").admin().await?;
        if matches!(answer.status(), 401 | 403) {
            return Err(Obstacle::refused(
                &ADMIN_REFUSED,
                format!("{}: {}", answer.request(), answer.shown()),
            )
            .into());
        }
        if answer.expect(200)?.is_array() {
            Ok(())
        } else {
            Err(answer.wrong("200 with a list"))
        }
    }
}

life_check! {
    ADMIN_ROUTES_CLOSED = "admin-routes-closed", Boot, Core, 10 s;
    proves "Nobody gets into an admin route without the admin token, nor with a wrong one."
    cites "contract 2.1, gate AdminAuth"
    needs []
    after ["admin-token-admits"]
    faults ["admin-routes-open", "admin-token-by-its-beginning"]
    wrong "An admin route lets in somebody without the admin token."
    why "An admin route that fails open gives the whole organisation to whoever finds the address."
    mend "Demand the token on every admin route, and compare it whole."
    |life| {
        let wrong = Who::token("somebody with a wrong token", "not-the-token-of-this-server");
        let almost = &life.server.admin_token()[..life.server.admin_token().len().saturating_sub(1)];
        let almost = Who::token("somebody with most of the token", almost);
        for who in [Who::Nobody, wrong, almost] {
            life.server.get("/workspaces").by(who.clone()).await?.refused(401)?;
            let body = json!({"id": uuid::Uuid::new_v4(), "name": life.named("intruder")});
            let answer = life.server.post("/admin/org/platform-agent", body).by(who).await?;
            answer.refused(401)?;
        }
        Ok(())
    }
}

/// The tables that the checks of a life look into.
const TABLES: [&str; 13] = [
    "workspaces",
    "workspace_auth_tokens",
    "org_api_tokens",
    "workspace_secrets",
    "global_secrets",
    "workspace_declared_plugins",
    "workspace_plugins",
    "org_plugin_allowlist",
    "approval_requests",
    "user_tasks",
    "requests",
    "a2a_queue",
    "schema_migrations",
];

life_check! {
    MIGRATIONS_APPLIED = "migrations-applied", Boot, Core, 10 s;
    proves "The server migrated its database before it listened, and wrote down every file."
    cites "contract 1.0, migration runner"
    needs [Database]
    after ["health-answers"]
    faults ["migration-forgotten", "migrations-unrecorded"]
    wrong "The database is not migrated, or nobody wrote down by what."
    why "Where no folder of migrations is found, they are skipped in silence: the server is healthy and every query fails."
    mend "Start the server where it finds its migrations, and let each be recorded when it was applied."
    |life| {
        let db = life.db()?;
        for table in TABLES {
            let there = db
                .count("SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1", &[&table])
                .await?;
            if there != 1 {
                return Err(Failure::new(format!("a table {table}"), "none").into());
            }
        }
        let bad = db
            .count("SELECT count(*) FROM schema_migrations WHERE applied_at IS NULL OR filename !~ '\\.sql$'", &[])
            .await?;
        let all = db.count("SELECT count(*) FROM schema_migrations", &[]).await?;
        if all > 0 && bad == 0 {
            return Ok(());
        }
        Err(Failure::new("every migration recorded with its file and time", format!("{all} recorded, {bad} of them badly")).into())
    }
}
