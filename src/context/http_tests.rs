//! Every way in which an answer can be bad, from a server on this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::{Cancel, Http, HttpAnswer, HttpError, HttpLimits, HttpRequest, Runtime};

/// A server that gives one connection to `serve`, once a request has begun to come.
fn server(serve: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut asked = [0; 1024];
        let _ = stream.read(&mut asked).expect("a request");
        serve(stream);
    });
    format!("http://{address}/x")
}

/// One that answers with these bytes and hangs up.
fn says(answer: &'static str) -> String {
    server(move |mut stream| stream.write_all(answer.as_bytes()).expect("it is sent"))
}

fn send_within(limits: HttpLimits, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
    Runtime::new()
        .block_on(&Cancel::new(), async {
            Http::new(limits).send(request).await
        })
        .expect("not cancelled")
}

fn get(url: &str) -> Result<HttpAnswer, HttpError> {
    let limits = HttpLimits {
        within: Duration::from_secs(600),
        body: 64,
    };
    send_within(limits, HttpRequest::get(url))
}

#[test]
fn an_answer_comes_with_its_status_headers_and_body() {
    let url = says("HTTP/1.1 418 Tea\r\nX-A: b\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
    let answer = get(&url).expect("an answer");
    assert_eq!(answer.status, 418);
    assert!(!answer.is_success());
    assert_eq!(answer.header("x-a"), Some("b"));
    assert_eq!(answer.json().expect("JSON")["a"], 1);
    assert_eq!(answer.request, format!("GET {url}"));
}

#[test]
fn nobody_listening_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error = get(&format!("http://{address}/x")).expect_err("nobody");
    assert!(matches!(error, HttpError::NoConnection { .. }), "{error}");
    assert!(error.is_unanswered());
}

#[test]
fn hanging_up_before_an_answer_is_a_broken_connection() {
    let error = get(&server(drop)).expect_err("no answer");
    assert!(matches!(error, HttpError::Broken { .. }), "{error}");
    assert!(error.is_unanswered());
}

#[test]
fn something_else_than_http_is_said_to_be_that() {
    let error = get(&says("SSH-2.0-OpenSSH_9\r\n\r\n")).expect_err("not HTTP");
    assert!(matches!(error, HttpError::NotHttp { .. }), "{error}");
    assert!(!error.is_unanswered());
}

#[test]
fn an_answer_shorter_than_it_promised_is_truncated() {
    let url = says("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\":");
    let error = get(&url).expect_err("cut off");
    assert!(
        matches!(error, HttpError::Truncated { got: 5, .. }),
        "{error}"
    );
    let url = says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n");
    let error = get(&url).expect_err("cut off");
    assert!(matches!(error, HttpError::Truncated { .. }), "{error}");
    assert!(!error.is_unanswered());
}

#[test]
fn a_gigantic_answer_is_not_read_whether_it_says_so_or_not() {
    let url = says("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    let error = get(&url).expect_err("too large");
    assert!(
        matches!(error, HttpError::TooLarge { limit: 64, .. }),
        "{error}"
    );
    let url = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        // Until the reader has had enough and hangs up.
        while stream.write_all(&[b'x'; 1024]).is_ok() {}
    });
    let error = get(&url).expect_err("too large");
    assert!(matches!(error, HttpError::TooLarge { .. }), "{error}");
}

#[test]
fn what_is_not_json_is_shown_by_its_start() {
    let url = says("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>");
    let error = get(&url).expect("an answer").json().expect_err("not JSON");
    assert_eq!(
        error.to_string(),
        format!(
            "GET {url}: the answer (200) is not JSON: expected value at line 1 column 1; it begins `<html>`"
        )
    );
}

#[test]
fn a_redirect_is_an_answer_that_is_not_followed() {
    let url =
        says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    let answer = get(&url).expect("an answer");
    assert_eq!(answer.status, 302);
    assert_eq!(
        answer.json().expect_err("no body").to_string(),
        format!("GET {url}: redirected (302) to http://127.0.0.1:1/, which is not followed")
    );
}

const SHORT: HttpLimits = HttpLimits {
    within: Duration::from_millis(50),
    body: 64,
};

#[test]
fn a_server_that_never_answers_is_late() {
    // Kept open until the client hangs up.
    let url = server(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = send_within(SHORT, HttpRequest::get(url)).expect_err("late");
    assert!(matches!(error, HttpError::Late { .. }), "{error}");
    assert!(error.is_unanswered());
}

#[test]
fn an_answer_that_stops_half_way_hangs() {
    let url = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = send_within(SHORT, HttpRequest::get(url)).expect_err("it hangs");
    // On a busy machine not even the head may have come in time.
    assert!(
        matches!(error, HttpError::Hung { .. } | HttpError::Late { .. }),
        "{error}"
    );
    assert!(error.is_unanswered());
}

#[test]
fn neither_a_token_nor_a_query_stands_in_a_message() {
    let request = HttpRequest::get("http://u:s3cret@127.0.0.1:1/x?key=s3cret").bearer("s3cret");
    assert_eq!(request.name(), "GET http://127.0.0.1:1/x");
    assert!(!format!("{request:?}").contains("s3cret"));
    let limits = HttpLimits::default();
    let error = send_within(limits, request).expect_err("nobody listens on port 1");
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn a_cancelled_gate_waits_for_no_answer() {
    let url = server(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let (runtime, cancel) = (Runtime::new(), Cancel::new());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            runtime.block_on(&cancel, async {
                Http::default().send(HttpRequest::get(url)).await
            })
        });
        cancel.cancel();
        waiting
            .join()
            .expect("no panic")
            .expect_err("it was cancelled");
    });
}
