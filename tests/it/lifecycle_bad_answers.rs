//! What becomes of a life on a server that answers badly: each way has its own code, its verdict,
//! and tells nobody the token.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::support::Sandbox;

const TOKEN: &str = "token-that-nobody-may-read";

/// A server that is healthy, answers everything else in its own way, and notes whether it was
/// given the token.
fn server(
    answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> (String, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let answer = Arc::new(answer);
    let given = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&given);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (answer, noted) = (Arc::clone(&answer), Arc::clone(&noted));
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                // Whoever hangs up has seen enough.
                let read = stream.read(&mut request).unwrap_or(0);
                if String::from_utf8_lossy(&request[..read]).contains(TOKEN) {
                    noted.store(true, Ordering::SeqCst);
                }
                let _ = if request[..read].starts_with(b"GET /health ") {
                    stream.write_all(&reply("200 OK", "{\"status\":\"ok\"}"))
                } else {
                    answer(&mut stream)
                };
            });
        }
    });
    (format!("http://{address}"), given)
}

fn reply(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}

/// What the gate says: exit code, verdict, code and message of its first finding.
fn judged(
    extra: &str,
    answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> (Option<i32>, String, String, String) {
    let (url, given) = server(answer);
    let sandbox = Sandbox::with_settings();
    sandbox.write(
        "gates/life.yaml",
        format!(
            "id: life\nabout: A concierge lives.\nkind: lifecycle\nbackend: external\nchecks: [admin-token-admits]\n{extra}system: {{ url: \"{url}\", admin_token_env: THE_TOKEN }}\n"
        ),
    );
    let output = sandbox
        .command(&["run", "life", "--retries", "0", "--output", "json", "-v"])
        .env("THE_TOKEN", TOKEN)
        .output()
        .expect("the binary starts");
    let ran = crate::support::Ran::from(output);
    assert!(given.load(Ordering::SeqCst), "nobody sent the token");
    for said in [&ran.stdout, &ran.stderr] {
        assert!(!said.contains(TOKEN), "{said}");
    }
    let report: Value = ran.json();
    let gate = &report["gates"][0];
    let finding = &gate["findings"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        ran.code,
        text(&gate["verdict"]),
        text(&finding["code"]),
        text(&finding["message"]),
    )
}

/// The gate ends so, and says that.
#[track_caller]
fn ends(
    judged: &(Option<i32>, String, String, String),
    (exit, verdict, code): (i32, &str, &str),
    message: &str,
) {
    let (was, its_verdict, its_code, its_message) = judged;
    assert_eq!(
        (*was, its_verdict.as_str(), its_code.as_str()),
        (Some(exit), verdict, code),
        "{its_message}"
    );
    assert!(its_message.contains(message), "{its_message}");
}

#[test]
fn a_right_answer_is_right() {
    let right = judged("", |stream| stream.write_all(&reply("200 OK", "[]")));
    assert_eq!(right.1, "pass", "{}", right.3);
}

#[test]
fn a_page_and_half_of_a_text_are_malformed() {
    for body in [
        "<html><title>Log in, token-that-nobody-may-read</title>",
        "[{\"id\": \"1",
    ] {
        let judged = judged("", move |stream| stream.write_all(&reply("200 OK", body)));
        ends(
            &judged,
            (3, "refused", "answer-malformed"),
            "GET /workspaces",
        );
    }
}

#[test]
fn an_answer_that_ends_too_early_is_told_as_cut_off() {
    let judged = judged("", |stream| {
        stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n[{\"id\"",
        )
    });
    let message = "the answer is cut off after 6 bytes";
    ends(&judged, (3, "refused", "answer-malformed"), message);
}

#[test]
fn a_connection_that_is_closed_without_a_word_is_no_answer() {
    let judged = judged("", |_| Ok(()));
    ends(&judged, (4, "unreachable", "server-silent"), "/workspaces");
}

#[test]
fn an_answer_without_end_is_read_to_its_bound_and_no_further() {
    let judged = judged("", |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[")?;
        let blanks = vec![b' '; 1 << 16];
        loop {
            stream.write_all(&blanks)?;
        }
    });
    ends(&judged, (3, "refused", "answer-too-large"), "/workspaces");
}

#[test]
fn an_answer_that_says_that_it_is_gigantic_is_not_waited_for() {
    let judged = judged("", |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n[")?;
        std::thread::sleep(Duration::from_mins(5));
        Ok(())
    });
    ends(&judged, (3, "refused", "answer-too-large"), "/workspaces");
}

#[test]
fn a_hung_server_and_one_that_drips_are_cut_off_at_the_deadline() {
    let short = "deadlines: 0.05\n";
    let hung = judged(short, |_| {
        std::thread::sleep(Duration::from_mins(5));
        Ok(())
    });
    ends(
        &hung,
        (4, "unreachable", "check-timed-out"),
        "admin-token-admits",
    );
    let drips = judged(short, |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n[")?;
        loop {
            std::thread::sleep(Duration::from_millis(20));
            stream.write_all(b" ")?;
        }
    });
    ends(
        &drips,
        (4, "unreachable", "check-timed-out"),
        "admin-token-admits",
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let elsewhere = listener.local_addr().expect("an address");
    listener.set_nonblocking(true).expect("a setting");
    let judged = judged("", move |stream| {
        let answer = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{elsewhere}/workspaces\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(answer.as_bytes())
    });
    ends(
        &judged,
        (3, "refused", "answer-redirects"),
        "GET /workspaces",
    );
    assert!(listener.accept().is_err(), "somebody went there");
}

#[test]
fn a_token_that_is_refused_is_told_as_that() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let judged = judged("", move |stream| {
            stream.write_all(&reply(status, "{\"error\":\"no\"}"))
        });
        ends(
            &judged,
            (3, "refused", "admin-token-refused"),
            "GET /workspaces",
        );
    }
}

#[test]
fn another_status_is_a_finding_of_the_check() {
    let judged = judged("", |stream| {
        stream.write_all(&reply(
            "500 Internal Server Error",
            "{\"error\":\"token-that-nobody-may-read\"}",
        ))
    });
    ends(&judged, (1, "fail", "admin-token-admits"), "500");
}
