//! A forge on this machine, in the shape of Gitea's interface, or GitHub's.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// The head of all tests.
pub const HEAD: &str = "8b33b67e098c8b9daebe9b8e1b9d704c02b66c3e";

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// Below `/api/v1` or `/api/v3`.
    pub path: String,
    pub query: HashMap<String, String>,
    pub authorization: Option<String>,
    pub body: Value,
    /// How often the very same was asked for before.
    pub before: usize,
}

/// What is answered.
pub enum Reply {
    Json(u16, Value),
    /// Status, further headers, body.
    Raw(u16, String, Vec<u8>),
    /// A body that ends before the length that was announced.
    Cut(Vec<u8>),
    Hang,
}

pub struct Forge {
    pub url: String,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Forge {
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let log = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&log), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &seen, answer.as_ref()));
            }
        });
        Self { url, log }
    }

    /// Serves a repository `o/r` with these statuses on its head.
    pub fn gitea(statuses: Vec<Value>) -> Self {
        let house = House::new(statuses);
        Self::start(move |asked| house.answer(asked))
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().expect("the log").clone()
    }
}

fn serve(
    stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    answer: &(dyn Fn(&Asked) -> Reply + Send + Sync),
) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut authorization, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        match name.to_lowercase().as_str() {
            "authorization" => authorization = Some(value.trim().to_owned()),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let path = path
        .strip_prefix("/api/v1")
        .or(path.strip_prefix("/api/v3"))
        .unwrap_or(path);
    let mut asked = Asked {
        method,
        path: path.to_owned(),
        query,
        authorization,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        before: 0,
    };
    {
        let mut log = log.lock().ok()?;
        let same = |other: &&Asked| {
            (&other.method, &other.path, &other.query) == (&asked.method, &asked.path, &asked.query)
        };
        asked.before = log.iter().filter(same).count();
        log.push(asked.clone());
    }
    let whole = |status: u16, headers: &str, body: &[u8], length: usize| {
        let mut bytes = format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        bytes
    };
    let bytes = match answer(&asked) {
        Reply::Json(status, value) => {
            let body = value.to_string().into_bytes();
            whole(
                status,
                "Content-Type: application/json\r\n",
                &body,
                body.len(),
            )
        }
        Reply::Raw(status, headers, body) => whole(status, &headers, &body, body.len()),
        Reply::Cut(body) => whole(
            200,
            "Content-Type: application/json\r\n",
            &body,
            body.len() + 100,
        ),
        Reply::Hang => {
            // Until the client goes away.
            let _ = reader.read(&mut [0]);
            return None;
        }
    };
    out.write_all(&bytes).ok()
}

/// A repository on a Gitea.
pub struct House {
    pub statuses: Vec<Value>,
    /// How many rows a page has at the most, whatever is asked for.
    pub cap: usize,
    pub branch: Value,
    pub pull: Value,
    pub reviews: Value,
}

impl House {
    pub fn new(statuses: Vec<Value>) -> Self {
        Self {
            statuses,
            cap: 50,
            branch: json!({"name": "main", "protected": false}),
            pull: json!({
                "number": 7,
                "state": "open",
                "user": {"login": "ann"},
                "head": {"sha": HEAD, "ref": "topic"},
                "base": {"sha": HEAD, "ref": "main"},
            }),
            reviews: json!([]),
        }
    }

    pub fn answer(&self, asked: &Asked) -> Reply {
        let number = |key: &str, usual: usize| {
            asked
                .query
                .get(key)
                .and_then(|text| text.parse().ok())
                .unwrap_or(usual)
        };
        let size = number("limit", 30).min(self.cap);
        let page = |rows: &[Value]| -> Vec<Value> {
            rows.iter()
                .skip((number("page", 1) - 1) * size)
                .take(size)
                .cloned()
                .collect()
        };
        let ok = |value: Value| Reply::Json(200, value);
        let rows = || {
            let rows = page(&self.statuses);
            // Gitea writes no empty list.
            if rows.is_empty() {
                Value::Null
            } else {
                Value::from(rows)
            }
        };
        match asked.path.strip_prefix("/repos/o/r") {
            Some("") => ok(json!({"full_name": "o/r"})),
            Some(path) if path == format!("/commits/{HEAD}/status") => ok(json!({
                "state": "failure",
                "sha": HEAD,
                // It lies, as it was seen to.
                "total_count": 1,
                "statuses": rows(),
            })),
            Some("/branches/main") => ok(self.branch.clone()),
            Some("/pulls/7") => ok(self.pull.clone()),
            Some("/pulls/7/reviews") => {
                ok(Value::from(page(self.reviews.as_array().expect("a list"))))
            }
            _ => Reply::Json(404, json!({"message": "Not found"})),
        }
    }
}

/// A status as Gitea answers it.
pub fn status(id: u64, context: &str, status: &str, description: &str) -> Value {
    json!({
        "id": id,
        "context": context,
        "status": status,
        "description": description,
        "target_url": "",
        "url": format!("https://forge.example.org/api/v1/repos/o/r/statuses/{HEAD}"),
        "creator": {"login": "gitea-actions"},
    })
}

/// Green ones of these contexts, by running ids.
pub fn green(contexts: &[&str]) -> Vec<Value> {
    (1..)
        .zip(contexts)
        .map(|(id, context)| status(id, context, "success", "Successful in 3s"))
        .collect()
}
