use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::plan::Ready;
use super::{Look, Wait, WaitError};
use crate::context::{Http, HttpRequest};

/// How long one look at something that is not ready may take.
const ONE_LOOK: Duration = Duration::from_secs(5);
/// A connection that stays open for so long is one to the thing itself: in front of a container
/// there is a proxy, which takes any connection and hangs up where nobody listens behind it.
const STAYS: Duration = Duration::from_millis(30);

/// Waits until something answers at an address as it should, or has ended.
pub(super) async fn wait_until_ready(
    what: &str,
    base: &str,
    address: (&str, u16),
    ready: &Ready,
    http: &Http,
    mut ended: impl AsyncFnMut() -> Option<String>,
) -> Result<(), WaitError> {
    let wait = Wait {
        longest: Duration::from_millis(25),
        ..Wait::new(what, ready.within)
    };
    wait.until(async || {
        let seen = look(base, address, ready, http).await;
        // What answers must be what was started, not somebody who took its port.
        match ended().await {
            Some(how) => Look::Never(how),
            None => seen,
        }
    })
    .await
}

async fn look(base: &str, address: (&str, u16), ready: &Ready, http: &Http) -> Look<()> {
    let Some(path) = &ready.path else {
        return connection(address).await;
    };
    // Some of the whole time is left, so that what this look saw can be told.
    let within = ONE_LOOK.min(ready.within.mul_f64(0.8));
    let request = HttpRequest::get(format!("{base}{path}")).within(within);
    match http.send(request).await {
        Ok(answer) if answer.status == ready.status => Look::Ready(()),
        Ok(answer) => Look::NotYet(format!(
            "{} answered {} (wanted {}): {}",
            answer.request,
            answer.status,
            ready.status,
            answer.start()
        )),
        Err(error) => Look::NotYet(error.to_string()),
    }
}

async fn connection((host, port): (&str, u16)) -> Look<()> {
    let connecting = tokio::time::timeout(ONE_LOOK, TcpStream::connect((host, port)));
    let mut stream = match connecting.await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Look::NotYet(format!("no connection to {host}:{port}: {error}")),
        Err(_) => return Look::NotYet(format!("no connection to {host}:{port}")),
    };
    match tokio::time::timeout(STAYS, stream.read(&mut [0; 1])).await {
        Ok(Ok(0)) => Look::NotYet(format!("{host}:{port} hangs up at once")),
        Ok(Err(error)) => Look::NotYet(format!("{host}:{port}: {error}")),
        Ok(Ok(_)) | Err(_) => Look::Ready(()),
    }
}
