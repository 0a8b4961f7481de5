use std::time::Duration;

use super::client::Client;
use crate::context::{HttpAnswer, HttpRequest};
use crate::gate::AnswerChange;

/// What an answer of the forge is called where another one is planted in its place: the address below the
/// repository, with the page (`/commits/8b33…/status?page=2`) where the answer has pages.
pub(in crate::kinds::statuses) fn answer_to(path: &str, page: Option<usize>) -> String {
    match page {
        Some(page) => format!("{path}?page={page}"),
        None => path.to_owned(),
    }
}

/// What is planted in the place of an answer.
pub(super) fn planted(client: &Client<'_>, request: &HttpRequest) -> Option<HttpAnswer> {
    let below = request.url().strip_prefix(&client.in_repository(""))?;
    let (path, query) = below.split_once('?').unwrap_or((below, ""));
    let page = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("page="))
        .and_then(|page| page.parse().ok());
    let planted = client.context.planted_answer(&answer_to(path, page))?;
    let (status, body) = match planted.change() {
        AnswerChange::Status(status) => (*status, Vec::new()),
        AnswerChange::Whole(body) => (200, body.clone()),
        _ => return None,
    };
    planted.was_read();
    Some(HttpAnswer {
        request: request.name(),
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body,
        took: Duration::ZERO,
    })
}
