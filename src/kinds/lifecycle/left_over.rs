use super::life::Life;
use super::stop::Outcome;
use super::world::World;
use crate::backend::{Backend, Stage, Thing};

/// Records the volumes with work in them, which the platform keeps on purpose and need not label: they go with the run
/// that made them. Containers and other volumes are told by their label.
///
/// # Errors
/// When the rows cannot be read, or nothing can be recorded.
pub(super) async fn record(life: &Life, stage: &Stage) -> Outcome {
    let is_own = stage.choice.backend == Backend::Process;
    let (true, Some(World::Docker(_)), Some(db)) = (is_own, &life.world, &life.database) else {
        return Ok(());
    };
    for row in db.rows("SELECT id FROM workspaces", &[]).await? {
        if let Some(id) = row["id"].as_str() {
            let name = format!("ws-{id}-workspace");
            stage.run.record(Thing::Volume { name })?;
        }
    }
    Ok(())
}
