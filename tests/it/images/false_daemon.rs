//! A daemon that gives out another image than the one that it was asked for.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use super::support::{
    Image, archive, codes, gate, messages, oci, report, right_layers, sha256, world,
};

/// What it answers: an id for any name, and an archive for any id.
struct Daemon {
    id: String,
    archive: Vec<u8>,
}

impl Daemon {
    /// Its address, as `DOCKER_HOST` has it.
    fn start(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = format!("tcp://{}", listener.local_addr().expect("an address"));
        let daemon = Arc::new(self);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let daemon = Arc::clone(&daemon);
                std::thread::spawn(move || daemon.serve(stream));
            }
        });
        host
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut out = stream.try_clone().ok()?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let path = line.split_whitespace().nth(1)?.to_owned();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim_end().is_empty() {
                break;
            }
        }
        let (kind, body) = if path.ends_with("/version") {
            let version = br#"{"ApiVersion":"1.41","MinAPIVersion":"1.12","Version":"20.10"}"#;
            ("application/json", version.to_vec())
        } else if path.ends_with("/get") {
            ("application/x-tar", self.archive.clone())
        } else {
            let found = serde_json::json!({ "Id": self.id });
            ("application/json", found.to_string().into_bytes())
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        out.write_all(head.as_bytes()).ok()?;
        out.write_all(&body).ok()
    }
}

/// The gate over the image that a daemon gives out under an id.
fn looked_at(id: &str, archive: &[u8]) -> serde_json::Value {
    let host = Daemon {
        id: id.to_owned(),
        archive: archive.to_vec(),
    }
    .start();
    let sandbox = world(b"");
    sandbox.write("gates/image.yaml", gate("daemon: 'app:1'", ""));
    let output = sandbox
        .command(&["run", "image", "--retries", "0", "--output", "json"])
        .env("DOCKER_HOST", host)
        .output()
        .expect("the binary starts");
    report(&crate::support::Ran::from(output))
}

#[test]
fn the_image_that_a_daemon_gives_out_is_held_against_the_id_that_was_asked_for() {
    let (right, other) = (Image::right(), Image::new(&right_layers()[..1]));
    let members = oci(&[&right]);
    let config = sha256(right.config.to_string().as_bytes());
    let manifest = right.blobs().1["digest"]
        .as_str()
        .expect("a digest")
        .to_owned();
    let saved = archive(&right.saved("app:1"));
    // Stores name an image by its configuration, or by its manifest or index; Podman leaves the sort out.
    for (id, archive) in [
        (config.as_str(), archive(&members)),
        (&manifest, archive(&members)),
        (&config[7..], archive(&members)),
        (&config, saved.clone()),
    ] {
        let gate = looked_at(id, &archive);
        assert_eq!(gate["verdict"], "pass", "{id}: {gate:#}");
    }
    let none = format!("sha256:{}", "0".repeat(64));
    for (id, archive) in [(none.as_str(), archive(&members)), (&none, saved)] {
        let gate = looked_at(id, &archive);
        assert_eq!(gate["verdict"], "refused", "{id}: {gate:#}");
        assert_eq!(codes(&gate), ["image-digest-mismatch"]);
        assert_eq!(
            messages(&gate),
            [format!(
                "the image that the daemon was asked for is announced as {none}, and is {config}"
            )]
        );
    }
    // Of several, the one with the id is meant, whatever else would be chosen.
    let both = archive(&oci(&[&other, &right]));
    assert_eq!(looked_at(&manifest, &both)["verdict"], "pass");
    let wrong = other.blobs().1["digest"]
        .as_str()
        .expect("a digest")
        .to_owned();
    assert_eq!(looked_at(&wrong, &both)["verdict"], "fail");
}
