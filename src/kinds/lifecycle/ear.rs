use std::sync::Arc;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::codes::SERVER_SILENT;
use super::stop::Outcome;
use crate::gate::Obstacle;

/// The largest message that is read, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// What a puppet does with the messages that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Manner {
    /// Hangs up before it says anything, as a runtime that crashes or is busy.
    HangUp,
    /// Answers with a status that says success, and nothing else.
    SayNothing,
    /// Replies with this text.
    Reply(String),
}

/// A runtime's ear, which the harness lends to a row of its own: it hears messages and answers as
/// it is told.
#[derive(Debug)]
pub(super) struct Ear {
    port: u16,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    manner: Manner,
    heard: Vec<Value>,
}

impl Ear {
    /// # Errors
    /// When nothing can listen on the loopback interface.
    pub(super) async fn open(manner: Manner) -> Outcome<Self> {
        let deaf = |error: std::io::Error| {
            Obstacle::refused(
                &SERVER_SILENT,
                format!("failed to listen on 127.0.0.1: {error}"),
            )
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(deaf)?;
        let port = listener.local_addr().map_err(deaf)?.port();
        let state = Arc::new(Mutex::new(State {
            manner,
            heard: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, Arc::clone(&state)));
                    // Whom it hangs up on knows best why.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Self { port, state, task })
    }

    /// As the server is to call it.
    pub(super) fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Behaves otherwise from now on, and forgets what it heard before.
    pub(super) fn behave(&self, manner: Manner) {
        *self.state.lock() = State {
            manner,
            heard: Vec::new(),
        };
    }

    /// The texts of the messages that it heard since it behaves as it does.
    pub(super) fn heard(&self) -> Vec<String> {
        self.state
            .lock()
            .heard
            .iter()
            .filter_map(|body| body["params"]["message"]["parts"][0]["text"].as_str())
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A caller that is hung up on.
#[derive(Debug, thiserror::Error)]
#[error("hung up")]
struct HungUp;

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, HungUp> {
    let is_message = request.method() == hyper::Method::POST && request.uri().path() == "/";
    let body = Limited::new(request.into_body(), MOST_BYTES)
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    if !is_message {
        return Ok(json_response(&json!({"status": "ok"})));
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let id = body["id"].clone();
    let manner = {
        let mut state = state.lock();
        state.heard.push(body);
        state.manner.clone()
    };
    match manner {
        Manner::HangUp => Err(HungUp),
        Manner::SayNothing => Ok(Response::new(Full::default())),
        Manner::Reply(text) => Ok(json_response(&json!({
            "jsonrpc": "2.0",
            "id": id,
            "result": {
                "kind": "message",
                "role": "agent",
                "messageId": uuid::Uuid::new_v4(),
                "parts": [{"kind": "text", "text": text}],
            },
        }))),
    }
}

fn json_response(body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json"),
    );
    response
}
