//! Gates of kind `postgres` and their server: shared, gone, refusing, somebody else's.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::Sandbox;

/// A root with the gate `db` that asks one question.
fn asking(head: &str, sql: &str) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox.write("gates/db.yaml", gate("db", head, sql));
    sandbox
}

fn gate(id: &str, head: &str, sql: &str) -> String {
    format!(
        "id: {id}\nabout: The database answers.\nkind: postgres\n{head}\
         probes:\n  - {{ name: p, sql: {sql}, expect: [[1]] }}\n"
    )
}

const EXTERNAL: &str = "backend: external\npostgres: { url_env: DATABASE }\n";

/// The code of the only gate's first finding, and all output.
#[track_caller]
fn with_url(url: Option<&str>, exit: i32) -> (String, String) {
    let sandbox = asking(EXTERNAL, "SELECT 1");
    let mut command = sandbox.command_with_server(&["run", "--retries", "0", "--output", "json"]);
    if let Some(url) = url {
        command.env("DATABASE", url);
    }
    let ran = crate::support::Ran::from(command.output().expect("the binary starts"));
    let report = ran.exits(exit).json();
    let code = report["gates"][0]["findings"][0]["code"].clone();
    (
        code.as_str().expect("a code").to_owned(),
        format!("{}{}", ran.stdout, ran.stderr),
    )
}

/// A server that answers every client with these bytes, and hangs up.
fn server(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut hello = [0; 512];
            // A client that hangs up is its own business.
            let _ = stream.read(&mut hello);
            let _ = stream.write_all(answer);
        }
    });
    port
}

#[test]
fn a_url_where_nobody_answers_is_unreachable_and_its_password_stays_secret() {
    let (code, output) = with_url(Some("postgres://u:s3cret-word@127.0.0.1:1/x"), 4);
    assert_eq!(code, "database-unreachable");
    assert!(!output.contains("s3cret-word"), "{output}");
}

#[test]
fn a_wrong_password_is_refused_and_stays_secret() {
    let port = server(
        b"E\x00\x00\x00\x47SFATAL\0C28P01\0Mpassword authentication failed for user \"u\" s3cret\0\0",
    );
    let (code, output) = with_url(
        Some(&format!("postgres://u:s3cret-word@127.0.0.1:{port}/x")),
        3,
    );
    assert_eq!(code, "database-refused");
    assert!(output.contains("28P01"), "{output}");
    assert!(!output.contains("s3cret-word"), "{output}");
}

#[test]
fn a_server_that_is_none_is_not_taken_for_one() {
    let port = server(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let sandbox = asking(EXTERNAL, "SELECT 1");
    let mut command = sandbox.command_with_server(&["run", "--retries", "0"]);
    command.env("DATABASE", format!("postgres://u@127.0.0.1:{port}/x"));
    let ran = crate::support::Ran::from(command.output().expect("the binary starts"));
    assert!(
        matches!(ran.code, Some(3 | 4)),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn a_variable_that_is_not_set_is_refused() {
    let (code, _) = with_url(None, 3);
    assert_eq!(code, "variable-missing");
}

#[test]
fn a_session_that_is_ended_in_the_middle_is_unreachable() {
    let ended = "SELECT pg_terminate_backend(pg_backend_pid())";
    let sandbox = asking("backend: process\n", ended);
    let report = sandbox
        .run_with_server(&["run", "--retries", "0", "--output", "json"])
        .exits(4)
        .json();
    assert_eq!(report["gates"][0]["findings"][0]["code"], "database-lost");
}

#[test]
fn a_migration_that_ends_its_session_is_unreachable() {
    let sandbox = Sandbox::with_settings();
    sandbox
        .write(
            "gates/db.yaml",
            "id: db\nabout: It applies.\nkind: postgres\nbackend: process\nmigrations: { folder: m, down: false }\n",
        )
        .write("m/1.up.sql", "SELECT pg_terminate_backend(pg_backend_pid());");
    let report = sandbox
        .run_with_server(&["run", "--retries", "0", "--output", "json"])
        .exits(4)
        .json();
    assert_eq!(report["gates"][0]["findings"][0]["code"], "database-lost");
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let head = "backend: process\npostgres: { settings: { shared_buffers: nonsense } }\n";
    let sandbox = asking(head, "SELECT 1");
    let ran = sandbox.run_with_server(&["run", "--retries", "0", "--output", "json"]);
    let report = ran.json();
    let finding = &report["gates"][0]["findings"][0];
    assert_eq!(finding["code"], "postgres-failed", "{}", ran.stdout);
    assert!(ran.stdout.contains("shared_buffers"), "{}", ran.stdout);
}

#[test]
fn gates_that_say_the_same_of_their_server_have_one_in_common() {
    let sandbox = Sandbox::with_settings();
    let other = "backend: process\npostgres: { settings: { work_mem: 8MB } }\n";
    for (id, head) in [
        ("a", "backend: process\n"),
        ("b", "backend: process\n"),
        ("c", other),
    ] {
        let started = "SELECT 1 FROM pg_postmaster_start_time()";
        sandbox.write(&format!("gates/{id}.yaml"), gate(id, head, started));
    }
    let report = sandbox
        .run_with_server(&["run", "--retries", "0", "--output", "json"])
        .exits(0)
        .json();
    let server = |gate: usize| report["gates"][gate]["facts"]["server"].clone();
    assert!(server(0).is_string());
    assert_eq!(server(0), server(1));
    assert_ne!(server(0), server(2));
}

#[test]
fn nothing_is_left_behind() {
    let sandbox = asking("backend: process\n", "SELECT 1");
    sandbox.run_with_server(&["run", "--retries", "0"]).exits(0);
    let left: Vec<_> = std::fs::read_dir(sandbox.path())
        .expect("the sandbox")
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| name.to_string_lossy().starts_with("driftgate-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
