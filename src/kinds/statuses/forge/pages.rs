use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::client::Client;
use crate::config::ForgeName;
use crate::gate::Obstacle;
use crate::kinds::statuses::record::malformed;

/// More pages than any commit has; whoever serves more serves without end.
const MOST: usize = 200;

/// A list that a forge gives page by page.
pub(super) struct Listed {
    pub(super) rows: Vec<Value>,
    /// What stands beside the rows on the first page; empty where a page is a bare list.
    pub(super) head: Map<String, Value>,
}

impl Client<'_> {
    /// All pages of a list. The count that an answer gives is never believed: pages are asked for until one is
    /// short, measured by the first one, for a forge may give less at a time than it was asked for.
    /// `key` is where the rows stand in an answer that is an object.
    ///
    /// `None` where there is no such thing.
    ///
    /// # Errors
    /// When a page is not told or cannot be read, or the forge gives the same page for ever.
    pub(super) fn list(&self, url: &str, key: Option<&str>) -> Result<Option<Listed>, Obstacle> {
        let (name, size) = match self.target.forge {
            ForgeName::Github => ("per_page", 100),
            ForgeName::Gitea | ForgeName::Forgejo => ("limit", 50),
        };
        let mut listed = Listed {
            rows: Vec::new(),
            head: Map::new(),
        };
        let mut seen = BTreeSet::new();
        let mut full = 0;
        let joint = if url.contains('?') { '&' } else { '?' };
        for page in 1..=MOST {
            let Some(value) = self.get(&format!("{url}{joint}page={page}&{name}={size}"))? else {
                return if page == 1 {
                    Ok(None)
                } else {
                    Err(malformed(format!(
                        "{url}: page {page} is not there, after {} rows",
                        listed.rows.len()
                    )))
                };
            };
            let (rows, head) = take(url, page, value, key)?;
            if page == 1 {
                full = rows.len();
                listed.head = head;
            }
            let count = rows.len();
            let mut news = 0;
            for row in rows {
                let id = row.get("id").and_then(Value::as_u64).ok_or_else(|| {
                    malformed(format!("{url}: page {page} has a row without an id"))
                })?;
                news += usize::from(seen.insert(id));
                listed.rows.push(row);
            }
            if count == 0 || count < full {
                return Ok(Some(listed));
            }
            if news == 0 && full < size {
                // It had room for more on its first page, and knows of no second one.
                return Ok(Some(listed));
            }
            if news == 0 {
                return Err(malformed(format!(
                    "{url}: page {page} repeats what the pages before it have; nobody can tell what else there is"
                )));
            }
        }
        Err(malformed(format!("{url}: more than {MOST} pages")))
    }
}

/// The rows of a page, and what stands beside them.
fn take(
    url: &str,
    page: usize,
    value: Value,
    key: Option<&str>,
) -> Result<(Vec<Value>, Map<String, Value>), Obstacle> {
    match (value, key) {
        (Value::Array(rows), None) => Ok((rows, Map::new())),
        // Gitea writes so where there are none.
        (Value::Null, None) => Ok((Vec::new(), Map::new())),
        (Value::Object(mut object), Some(key)) => match object.remove(key) {
            Some(Value::Array(rows)) => Ok((rows, object)),
            Some(Value::Null) => Ok((Vec::new(), object)),
            _ => Err(malformed(format!("{url}: page {page} has no list `{key}`"))),
        },
        (_, None) => Err(malformed(format!("{url}: page {page} is not a list"))),
        (_, Some(_)) => Err(malformed(format!("{url}: page {page} is not an object"))),
    }
}
