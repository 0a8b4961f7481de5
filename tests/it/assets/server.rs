//! A server on this machine that answers as it is told, and remembers what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone)]
pub struct Asked {
    /// With its query.
    pub path: String,
    /// Names in lowercase.
    pub headers: HashMap<String, String>,
    /// How often this path was asked for before.
    pub before: usize,
}

#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// What is announced in the place of the body's own length.
    length: Option<usize>,
    is_cut: bool,
}

impl Reply {
    pub fn ok(body: impl AsRef<[u8]>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.as_ref().to_vec(),
            length: None,
            is_cut: false,
        }
    }

    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::ok("")
        }
    }

    pub fn json(value: &serde_json::Value) -> Self {
        Self::ok(value.to_string()).header("content-type", "application/json")
    }

    pub fn redirect(to: impl Into<String>) -> Self {
        Self::status(302).header("location", to)
    }

    /// The connection is closed without an answer.
    pub fn hang_up() -> Self {
        Self {
            is_cut: true,
            ..Self::ok("")
        }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same with another status.
    pub fn but(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Announces another length than the body has.
    pub fn announcing(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }
}

pub struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &log, answer.as_ref()));
            }
        });
        Self { address, asked }
    }

    /// Gives each path its body, and 404 for any other.
    pub fn of(files: &[(&str, &[u8])]) -> Self {
        let owned = |(path, body): &(&str, &[u8])| ((*path).to_owned(), body.to_vec());
        let files: HashMap<String, Vec<u8>> = files.iter().map(owned).collect();
        Self::start(move |asked| match files.get(&asked.path) {
            Some(body) => Reply::ok(body),
            None => Reply::status(404),
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the log").clone()
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.path == path)
            .count()
    }
}

fn serve(
    stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    answer: &dyn Fn(&Asked) -> Reply,
) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut asked = read(&mut BufReader::new(stream))?;
    {
        let mut log = log.lock().ok()?;
        asked.before = log.iter().filter(|other| other.path == asked.path).count();
        log.push(asked.clone());
    }
    let reply = answer(&asked);
    if !reply.is_cut {
        let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
        if reply.status != 304 {
            let length = reply.length.unwrap_or(reply.body.len());
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        out.write_all(format!("{head}\r\n").as_bytes()).ok()?;
        // A client that has read enough hangs up.
        let _ = out.write_all(&reply.body);
    }
    let _ = out.shutdown(Shutdown::Both);
    Some(())
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    Some(Asked {
        path,
        headers,
        before: 0,
    })
}
