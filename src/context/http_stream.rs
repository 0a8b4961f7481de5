use std::time::Duration;

use super::http::{read, unread, unread_error};
use super::{Http, HttpAnswer, HttpError, HttpRequest};

/// An answer whose body was given away as it came.
#[derive(Debug)]
pub enum Streamed<E> {
    /// A success; `Err`: whoever took the body wanted no more of it.
    Body(Result<(), E>),
    /// Any other status, with its body read within the usual limit.
    Other(HttpAnswer),
}

impl Http {
    /// Sends a request and gives the body of a success away piece by piece, whatever its length. The
    /// time limit is for each piece, for the body may take as long as it is long. `head` gets the answer
    /// without its body first.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub async fn stream<E>(
        &self,
        request: HttpRequest,
        head: impl FnOnce(HttpAnswer),
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Streamed<E>, HttpError> {
        let within = request.within.unwrap_or(self.limits.within);
        let (name, mut answer) = self.begin(request).await?;
        let begun = HttpAnswer::head(&name, &answer);
        if !begun.is_success() {
            let mut body = Vec::new();
            let reading = read(answer, &mut body, self.limits.body, None);
            return match tokio::time::timeout(within, reading).await {
                Ok(Ok(())) => Ok(Streamed::Other(HttpAnswer { body, ..begun })),
                Ok(Err(cut)) => Err(unread_error(cut, name, body.len(), self.limits.body)),
                Err(_) => Err(hung(name, body.len(), within)),
            };
        }
        head(begun);
        let mut got = 0;
        loop {
            match tokio::time::timeout(within, answer.chunk()).await {
                Ok(Ok(Some(piece))) => {
                    got += piece.len();
                    if let Err(stop) = each(&piece) {
                        return Ok(Streamed::Body(Err(stop)));
                    }
                }
                Ok(Ok(None)) => return Ok(Streamed::Body(Ok(()))),
                Ok(Err(error)) => {
                    return Err(unread_error(unread(error), name, got, self.limits.body));
                }
                Err(_) => return Err(hung(name, got, within)),
            }
        }
    }
}

fn hung(request: String, got: usize, within: Duration) -> HttpError {
    HttpError::Hung {
        request,
        got,
        within,
    }
}
