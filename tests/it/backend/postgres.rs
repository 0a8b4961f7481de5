//! PostgreSQL of this machine's programs, and one that already runs.

use driftgate::backend::{BackendName, PostgresPlan, StagePlan};
use driftgate::gate::ObstacleKind;

use super::house::{House, database, processes};

#[test]
fn a_server_comes_up_with_fresh_databases_and_goes_without_a_trace() {
    let house = House::new();
    let stage = house.bring_up(&database()).expect("it comes up");
    let (run, folder) = (stage.run.id, stage.run.folder().to_owned());
    let postgres = stage.postgres.clone().expect("a server");
    assert!(postgres.origin().starts_with("process /"), "{postgres:?}");
    assert!(!processes(run).is_empty());
    let first = stage.database.clone().expect("a database");
    let context = house.context();
    let seen = context
        .block_on(async {
            let client = first.connect().await?;
            client
                .batch_execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
                .await
                .expect("SQL");
            drop(client);
            // An exact copy, which the original does not follow.
            let copy = postgres.create(&stage.run, "copy", Some(&first)).await?;
            let client = copy.connect().await?;
            client
                .batch_execute("INSERT INTO t VALUES (2)")
                .await
                .expect("SQL");
            let count = |row: tokio_postgres::Row| row.get::<_, i64>(0);
            let in_copy = client.query_one("SELECT count(*) FROM t", &[]).await;
            let in_first = first
                .connect()
                .await?
                .query_one("SELECT count(*) FROM t", &[])
                .await;
            postgres.drop(copy).await?;
            Ok::<_, driftgate::gate::Obstacle>((
                count(in_copy.expect("a row")),
                count(in_first.expect("a row")),
            ))
        })
        .expect("not cancelled")
        .expect("it works");
    assert_eq!(seen, (2, 1));
    stage.take_down().expect("nothing is left");
    assert_eq!(processes(run), Vec::<u32>::new());
    assert!(!folder.exists());
    house.nothing_is_left();
}

#[test]
fn over_tcp_the_password_is_asked_for() {
    let house = House::new();
    let stage = house.bring_up(&database()).expect("it comes up");
    let good = stage
        .database
        .as_ref()
        .expect("a database")
        .url()
        .to_owned();
    let bad = good.replacen(
        stage.postgres.as_ref().expect("a server").password(),
        "wrong-password",
        1,
    );
    for (url, fits) in [(good, true), (bad, false)] {
        let other = House::new().with("THEIRS", url);
        let plan = StagePlan::database(
            BackendName::External,
            PostgresPlan {
                url_env: Some("THEIRS".to_owned()),
                ..PostgresPlan::default()
            },
        );
        match other.bring_up(&plan) {
            Ok(_) => assert!(fits),
            Err(obstacle) => {
                assert!(!fits, "{obstacle}");
                assert_eq!(obstacle.code.name, "database-refused");
                assert_eq!(obstacle.kind, ObstacleKind::Refused);
                assert!(obstacle.message.contains("28P01"), "{obstacle}");
                assert!(!obstacle.message.contains("wrong-password"), "{obstacle}");
            }
        }
        other.nothing_is_left();
    }
}

#[test]
fn a_database_made_on_somebody_elses_server_goes_with_the_run() {
    let house = House::new();
    let stage = house.bring_up(&database()).expect("it comes up");
    let theirs = stage.database.clone().expect("a database");
    let guest = House::new().with("THEIRS", theirs.url());
    let plan = StagePlan::database(
        BackendName::Process,
        PostgresPlan {
            url_env: Some("THEIRS".to_owned()),
            ..PostgresPlan::default()
        },
    );
    let visit = guest.bring_up(&plan).expect("it comes up");
    let name = visit.database.as_ref().expect("a database").name.clone();
    assert!(
        name.starts_with("driftgate_") && name.ends_with("_system"),
        "{name}"
    );
    let names = || {
        house
            .context()
            .block_on(async {
                let client = theirs.connect().await.expect("a connection");
                let rows = client
                    .query("SELECT datname FROM pg_database", &[])
                    .await
                    .expect("rows");
                rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
            })
            .expect("not cancelled")
    };
    assert!(names().contains(&name));
    drop(visit);
    assert!(!names().contains(&name));
    assert!(names().contains(&theirs.name));
    guest.nothing_is_left();
}

#[test]
fn settings_of_the_gate_reach_the_server() {
    let house = House::new();
    let mut plan = database();
    plan.postgres
        .settings
        .insert("max_connections".to_owned(), "17".to_owned());
    let stage = house.bring_up(&plan).expect("it comes up");
    let database = stage.database.clone().expect("a database");
    let shown: String = house
        .context()
        .block_on(async {
            let client = database.connect().await.expect("a connection");
            let row = client.query_one("SHOW max_connections", &[]).await;
            row.expect("a row").get(0)
        })
        .expect("not cancelled");
    assert_eq!(shown, "17");
}

#[test]
fn a_damaged_copy_in_the_cache_is_made_anew() {
    let cache = tempfile::tempdir().expect("a folder");
    let house = House::new().with("XDG_CACHE_HOME", cache.path().display().to_string());
    drop(house.bring_up(&database()).expect("it comes up"));
    let kept = cache.path().join("driftgate/postgres");
    let copies: Vec<_> = std::fs::read_dir(&kept)
        .expect("a cache")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    std::fs::write(copies[0].join("global/pg_control"), "damaged").expect("a file");
    drop(house.bring_up(&database()).expect("it comes up again"));
    drop(
        house
            .bring_up(&database())
            .expect("and again, from the cache"),
    );
    house.nothing_is_left();
}
