use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Fault;
use super::house::Shared;
use super::wire::Wire;

/// What happens to the answer that comes next.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Whole,
    Drip(usize, Duration),
    /// So many bytes of it are left to come, and then it is reset, or just ends.
    Cut {
        left: Option<usize>,
        of: usize,
        reset: bool,
    },
}

/// Passes on what either side says, and breaks what is to be broken.
pub(super) async fn relay(mut client: Box<dyn Wire>, shared: Arc<Shared>) {
    let Ok(mut server) = shared.behind().connect().await else {
        return;
    };
    let (mut from_client, mut from_server) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut shape = Shape::Whole;
    let (mut is_asking, mut is_answered) = (true, false);
    loop {
        tokio::select! {
            read = client.read(&mut from_client), if is_asking => {
                let asked = match read {
                    Ok(0) | Err(_) => {
                        is_asking = false;
                        if server.shutdown().await.is_err() {
                            return;
                        }
                        continue;
                    }
                    Ok(read) => &from_client[..read],
                };
                // A question may come in several parts.
                if std::mem::take(&mut is_answered) {
                    shape = Shape::Whole;
                }
                match shared.question(asked) {
                    None => {}
                    Some(Fault::Late(pause)) => tokio::time::sleep(pause).await,
                    Some(Fault::Reset) => return client.reset(),
                    Some(Fault::HalfClosed) => {
                        // A client that hangs up first has seen enough.
                        let _ = client.shutdown().await;
                        return swallow(client).await;
                    }
                    Some(Fault::Silent) => return swallow(client).await,
                    Some(Fault::Lost) => shape = Shape::Cut { left: Some(0), of: 0, reset: false },
                    Some(Fault::Truncated(of)) => shape = Shape::Cut { left: None, of, reset: false },
                    Some(Fault::ResetAfter(of)) => shape = Shape::Cut { left: None, of, reset: true },
                    Some(Fault::Drip(bytes, pause)) => shape = Shape::Drip(bytes, pause),
                    Some(Fault::Instead(bytes)) => {
                        let _ = client.write_all(bytes).await;
                        let _ = client.shutdown().await;
                        return swallow(client).await;
                    }
                    Some(Fault::Gone) => return shared.close(),
                    Some(Fault::GoneFor(pause)) => return shared.go_for(pause),
                }
                if server.write_all(asked).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut from_server) => {
                let answer = match read {
                    Ok(0) | Err(_) => return,
                    Ok(read) => &from_server[..read],
                };
                is_answered = true;
                match shaped(&mut client, answer, &mut shape).await {
                    Some(true) => return client.reset(),
                    Some(false) => return,
                    None => {}
                }
            }
        }
    }
}

/// Reads on until the client hangs up, and says nothing.
async fn swallow(mut client: Box<dyn Wire>) {
    let mut unread = [0; 1 << 12];
    while matches!(client.read(&mut unread).await, Ok(read) if read > 0) {}
}

/// Passes on a part of an answer; returns whether the connection is to be reset, or closed, after it.
async fn shaped(client: &mut Box<dyn Wire>, answer: &[u8], shape: &mut Shape) -> Option<bool> {
    let sent = match shape {
        Shape::Whole => client.write_all(answer).await,
        Shape::Drip(bytes, pause) => {
            for part in answer.chunks(*bytes) {
                if client.write_all(part).await.is_err() || client.flush().await.is_err() {
                    return Some(false);
                }
                tokio::time::sleep(*pause).await;
            }
            Ok(())
        }
        Shape::Cut { left, of, reset } => {
            let passes = left.unwrap_or_else(|| head(answer) + *of);
            let now = passes.min(answer.len());
            let sent = client.write_all(&answer[..now]).await;
            if now == answer.len() && passes > now {
                *left = Some(passes - now);
                sent
            } else {
                // What was sent must be there before the end is.
                tokio::time::sleep(Duration::from_millis(20)).await;
                return Some(*reset);
            }
        }
    };
    sent.err().map(|_| false)
}

/// How long the head of an answer over HTTP is; 0 for any other.
fn head(answer: &[u8]) -> usize {
    if !answer.starts_with(b"HTTP/") {
        return 0;
    }
    answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(0, |at| at + 4)
}
