use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a server on this machine gives, and a gate over it.
pub(crate) struct Served {
    /// A root with a gate over the list of all files.
    pub(crate) root: PathBuf,
    /// All files as curl is told them: each is fetched and thrown away.
    pub(crate) fetch: PathBuf,
}

/// Makes `files` files of `size` bytes, and serves them from memory until this process ends.
pub(crate) fn served(home: &Path, files: usize, size: usize) -> Served {
    let base = home.join(format!("assets-{files}-{size}"));
    let _ = std::fs::remove_dir_all(&base);
    let root = base.join("root");
    std::fs::create_dir_all(root.join("gates")).expect("a folder");
    std::fs::create_dir_all(root.join("source/prompts")).expect("a folder");
    let mut contents = Vec::new();
    for number in 0..files {
        let mut text = String::new();
        while text.len() < size {
            writeln!(text, "line {} of prompt {number}", text.len()).expect("memory");
        }
        let name = format!("prompts/{number:05}.md");
        std::fs::write(root.join("source").join(&name), &text).expect("a file");
        contents.push((name, text.into_bytes()));
    }
    let url = serve(contents.clone());
    let mut fetch = String::new();
    for (name, _) in &contents {
        writeln!(
            fetch,
            "url = \"{url}/files/{name}\"\noutput = \"/dev/null\""
        )
        .expect("memory");
    }
    std::fs::write(base.join("fetch"), fetch).expect("a file");
    std::fs::write(root.join("driftgate.yaml"), "").expect("a file");
    let gate = format!(
        "id: assets\nabout: What is served equals its source.\nkind: delivery\nsource: {{ path: source }}\n\
         deliveries:\n  - assets:\n      listing: {{ url: \"{url}/list\", files: \"files/{{path}}\" }}\n      \
         allow: [\"prompts/**\"]\n      settle: {{ looks: 1 }}\n      limits: {{ total: {} }}\n",
        files * (size + 100)
    );
    std::fs::write(root.join("gates/assets.yaml"), gate).expect("a file");
    Served {
        root,
        fetch: base.join("fetch"),
    }
}

/// A server of connections that are kept open, as those of real ones are.
fn serve(contents: Vec<(String, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let names: Vec<_> = contents.iter().map(|(name, _)| name).collect();
    let list = serde_json::to_vec(&names).expect("plain data");
    let mut answers: std::collections::HashMap<String, Vec<u8>> = contents
        .into_iter()
        .map(|(name, bytes)| (format!("/files/{name}"), bytes))
        .collect();
    answers.insert("/list".to_owned(), list);
    let answers = Arc::new(answers);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = Arc::clone(&answers);
            std::thread::spawn(move || converse(stream, &answers));
        }
    });
    url
}

fn converse(stream: TcpStream, answers: &std::collections::HashMap<String, Vec<u8>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut out = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut path = None;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if path.is_none() {
                path = line.split_whitespace().nth(1).map(str::to_owned);
            }
        }
        let mut answer = Vec::new();
        match answers.get(&path?) {
            Some(body) => {
                write!(
                    answer,
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                )
                .ok()?;
                answer.extend_from_slice(body);
            }
            None => answer.extend_from_slice(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
        }
        out.write_all(&answer).ok()?;
    }
}
