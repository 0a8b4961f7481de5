//! A registry on this machine.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::support::{
    INDEX, Image, MANIFEST, Packed, codes, finds, gate, messages, refused, report, right_layers,
    sha256, world,
};

/// Serves an image, with tokens and redirects as registries have them.
struct Registry {
    host: String,
    /// Paths that were asked for, with the `Authorization` that came along.
    asked: Arc<Mutex<Vec<(String, Option<String>)>>>,
}

struct Content {
    /// By path below `/v2/a/b/`: content type and bytes.
    parts: HashMap<String, (String, Vec<u8>)>,
    /// Whether a token is wanted.
    token: bool,
    /// The status that all get who ask for anything.
    status: Option<u16>,
    /// What alone cannot be had, by path below `/v2/a/b/`, and the status that it gets.
    failing: Option<(String, u16)>,
}

fn content(images: &[&Image]) -> Content {
    let mut parts = HashMap::new();
    let mut manifests = Vec::new();
    for image in images {
        let (blobs, descriptor) = image.blobs();
        let manifest = descriptor["digest"].as_str().expect("a digest").to_owned();
        manifests.push(descriptor);
        for (digest, bytes) in blobs {
            let (place, kind) = if digest == manifest {
                ("manifests", MANIFEST)
            } else {
                ("blobs", "application/octet-stream")
            };
            parts.insert(format!("{place}/{digest}"), (kind.to_owned(), bytes));
        }
    }
    let index =
        serde_json::json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    let index = index.to_string().into_bytes();
    parts.insert(
        format!("manifests/{}", sha256(&index)),
        (INDEX.to_owned(), index.clone()),
    );
    parts.insert("manifests/1".to_owned(), (INDEX.to_owned(), index));
    Content {
        parts,
        token: true,
        status: None,
        failing: None,
    }
}

impl Registry {
    fn start(content: Content) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (own, log, content) = (host.clone(), Arc::clone(&asked), Arc::new(content));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (own, log, content) = (own.clone(), Arc::clone(&log), Arc::clone(&content));
                std::thread::spawn(move || serve(stream, &own, &log, &content));
            }
        });
        Self { host, asked }
    }

    fn asked(&self) -> Vec<(String, Option<String>)> {
        self.asked.lock().expect("the log").clone()
    }
}

fn serve(
    stream: TcpStream,
    host: &str,
    log: &Mutex<Vec<(String, Option<String>)>>,
    content: &Content,
) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split_whitespace().nth(1)?.to_owned();
    let mut authorization = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("authorization") {
            authorization = Some(value.to_owned());
        }
    }
    log.lock()
        .ok()?
        .push((target.clone(), authorization.clone()));
    let answer = |status: &str, headers: &str, body: &[u8]| {
        let mut bytes = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        bytes
    };
    let is_known = authorization.as_deref() == Some("Bearer the-pull-token");
    let bytes = if let Some(status) = content.status {
        answer(&format!("{status} No"), "", b"")
    } else if target.starts_with("/token?") {
        answer("200 OK", "", b"{\"token\": \"the-pull-token\"}")
    } else if let Some(path) = target.strip_prefix("/elsewhere/") {
        // Storage of somebody else, which must see no token.
        match content.parts.get(path) {
            Some((_, bytes)) if authorization.is_none() => answer("200 OK", "", bytes),
            _ => answer("400 Bad", "", b""),
        }
    } else if content.token && !is_known {
        let challenge = format!(
            "WWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"here\",scope=\"repository:a/b:pull\"\r\n"
        );
        answer("401 No", &challenge, b"")
    } else {
        let path = target.strip_prefix("/v2/a/b/").unwrap_or_default();
        match content.parts.get(path) {
            _ if content
                .failing
                .as_ref()
                .is_some_and(|(failing, _)| failing == path) =>
            {
                let status = content.failing.as_ref().map_or(500, |(_, status)| *status);
                answer(&format!("{status} No"), "", b"")
            }
            Some(_) if path.starts_with("blobs/") => {
                let to = format!("Location: /elsewhere/{path}\r\n");
                answer("307 There", &to, b"")
            }
            Some((kind, bytes)) => answer("200 OK", &format!("Content-Type: {kind}\r\n"), bytes),
            None if target.starts_with("/v2/a/b/") => answer(
                "404 None",
                "",
                b"{\"errors\": [{\"code\": \"MANIFEST_UNKNOWN\"}]}",
            ),
            None => answer(
                "404 None",
                "",
                b"{\"errors\": [{\"code\": \"NAME_UNKNOWN\"}]}",
            ),
        }
    };
    out.write_all(&bytes).ok()
}

#[test]
fn an_image_is_read_from_a_registry_with_a_token_that_goes_nowhere_else() {
    let right = Image::right().packed(Packed::Gzip);
    let other = Image::new(&right_layers()[..1]).on("arm64");
    let registry = Registry::start(content(&[&other, &right]));
    let sandbox = world(b"");
    let keys = format!("registry: '{}/a/b:1'", registry.host);
    sandbox.write("gates/image.yaml", gate(&keys, ""));
    let gate = finds(&sandbox, &[]);
    assert_eq!(gate["inspected"], 4);
    let facts = &gate["facts"]["deliveries"][0];
    assert_eq!(facts["image_digest"], right.blobs().1["digest"]);
    let asked = registry.asked();
    assert!(
        asked
            .iter()
            .any(|(path, _)| path.starts_with("/elsewhere/blobs/"))
    );
    // The layers of the other platform are none of this gate's business.
    let layers = asked
        .iter()
        .filter(|(path, _)| path.starts_with("/elsewhere/"))
        .count();
    assert_eq!(layers, 4, "{asked:#?}");
}

#[test]
fn what_a_registry_may_answer_is_told_apart() {
    let sandbox = world(b"");
    let registry = Registry::start(content(&[&Image::right()]));
    let at = |name: &str| gate(&format!("registry: '{}/{name}'", registry.host), "");
    sandbox.write("gates/image.yaml", at("a/b:none"));
    let missing = finds(&sandbox, &["subject-missing"]);
    assert!(messages(&missing)[0].ends_with("/a/b:none"));
    sandbox.write("gates/image.yaml", at("other/name:1"));
    refused(&sandbox, "image-refused");
    let digest = format!("a/b@sha256:{}", "0".repeat(64));
    sandbox.write("gates/image.yaml", at(&digest));
    finds(&sandbox, &["subject-missing"]);

    let mut damaged = content(&[&Image::right()]);
    let (blobs, _) = Image::right().blobs();
    let layer = damaged
        .parts
        .get_mut(&format!("blobs/{}", blobs[0].0))
        .expect("a layer");
    layer.1[1024] ^= 1;
    let registry = Registry::start(damaged);
    let keys = format!("registry: '{}/a/b:1'", registry.host);
    sandbox.write("gates/image.yaml", gate(&keys, ""));
    refused(&sandbox, "image-digest-mismatch");

    for (status, code, verdict) in [
        (403, "image-refused", "refused"),
        (503, "image-unreachable", "unreachable"),
        (429, "image-unreachable", "unreachable"),
    ] {
        let registry = Registry::start(Content {
            status: Some(status),
            ..content(&[])
        });
        let keys = format!("registry: '{}/a/b:1'", registry.host);
        sandbox.write("gates/image.yaml", gate(&keys, ""));
        let ran = sandbox.run(&["run", "image", "--retries", "0", "--output", "json"]);
        let gate = report(&ran);
        assert_eq!(gate["verdict"], verdict, "{status}: {gate:#}");
        assert_eq!(codes(&gate), [code]);
    }
    sandbox.write(
        "gates/image.yaml",
        gate("registry: 'registry.invalid/a:1'", ""),
    );
    let ran = sandbox.run(&[
        "run",
        "image",
        "--offline",
        "--retries",
        "0",
        "--output",
        "json",
    ]);
    ran.exits(4);
    assert_eq!(codes(&report(&ran)), ["image-unreachable"]);
}

#[test]
fn a_registry_that_fails_at_a_part_of_the_image_is_not_one_that_lacks_it() {
    let right = Image::right();
    let (blobs, descriptor) = right.blobs();
    let manifest = descriptor["digest"].as_str().expect("a digest");
    let (config, _) = &blobs[3];
    let sandbox = world(b"");
    for part in [
        format!("manifests/{manifest}"),
        format!("blobs/{config}"),
        format!("blobs/{}", blobs[0].0),
    ] {
        for (status, code, verdict) in [
            (503, "image-unreachable", "unreachable"),
            (403, "image-refused", "refused"),
        ] {
            let registry = Registry::start(Content {
                failing: Some((part.clone(), status)),
                ..content(&[&right])
            });
            let keys = format!("registry: '{}/a/b:1'", registry.host);
            sandbox.write("gates/image.yaml", gate(&keys, ""));
            let ran = sandbox.run(&["run", "image", "--retries", "0", "--output", "json"]);
            let gate = report(&ran);
            assert_eq!(gate["verdict"], verdict, "{part}, {status}: {gate:#}");
            assert_eq!(codes(&gate), [code], "{part}, {status}");
        }
    }
    // One that says that it has no such part contradicts itself.
    let registry = Registry::start(Content {
        failing: Some((format!("blobs/{config}"), 404)),
        ..content(&[&right])
    });
    let keys = format!("registry: '{}/a/b:1'", registry.host);
    sandbox.write("gates/image.yaml", gate(&keys, ""));
    let said = refused(&sandbox, "image-malformed");
    assert_eq!(
        said,
        format!("the configuration {config} is named, and is not there")
    );
}
