use std::path::Path;

use super::house::{entry, manifest, path_with, web, wrap_git};
use crate::support::http::{Answer, Server};
use crate::support::{git, write};

#[test]
fn answers_of_a_web_server_are_told_apart() {
    for (status, code, exit) in [
        (401, "source-authentication", 3),
        (403, "source-authentication", 3),
        (404, "source-repository-missing", 3),
        (429, "source-unreachable", 4),
        (500, "source-unreachable", 4),
        (503, "source-unreachable", 4),
    ] {
        let (sandbox, _server, _) = web(move |_| Answer::Status(status));
        let report = sandbox
            .run(&["sync", "--output", "json"])
            .exits(exit)
            .json();
        assert_eq!(report["sources"][0]["finding"]["code"], code, "{status}");
    }
}

#[test]
fn a_private_source_without_its_token_is_refused_and_named() {
    let (sandbox, server, commit) = web(|_| Answer::Git);
    let private = entry("one", "o/one", &commit).replace('}', ", \"private\": true}");
    sandbox.write("manifest.json", manifest(&[private]));
    let ran = sandbox.run(&["sync"]);
    ran.exits(3);
    let expected = "error[source-token-missing]: template one: it is private, and the variable SECRET_TOKEN is not set";
    assert!(ran.stdout.contains(expected), "{}", ran.stdout);
    assert!(
        server.requests().is_empty(),
        "the server was asked all the same"
    );
}

/// Every place where the token, or what it is sent as, stands in a file below `dir`.
fn places_of(dir: &Path, needles: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(places_of(&path, needles));
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            if needles.iter().any(|needle| text.contains(needle)) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

const TOKEN: &str = "tok-7c1f9a55e0b2";
/// `x-access-token:` and the token, in base64.
const BASIC: &str = "eC1hY2Nlc3MtdG9rZW46dG9rLTdjMWY5YTU1ZTBiMg==";

#[test]
fn a_token_reaches_its_server_and_nothing_else() {
    let header = format!("Basic {BASIC}");
    let (sandbox, server, _) = web(move |request| {
        if request.headers.get("authorization") == Some(&header) {
            Answer::Git
        } else {
            Answer::Status(401)
        }
    });
    let argv = sandbox.path().join("argv");
    let script = format!(
        "tr '\\0' ' ' < /proc/$$/cmdline >> {0}; echo >> {0}; exec $REAL \"$@\"",
        argv.display()
    );
    let bin = wrap_git(&sandbox, &script);
    let sync = |token: &str| {
        sandbox
            .command(&["sync", "--verbose"])
            .env("PATH", path_with(&bin))
            .env("SECRET_TOKEN", token)
            // What a user may have set to find out what git does.
            .env("GIT_TRACE", sandbox.path().join("trace"))
            .env("GIT_TRACE_CURL", sandbox.path().join("trace-curl"))
            .env("GIT_TRACE_REDACT", "0")
            .output()
            .expect("the binary starts")
    };
    let wrong = sync("tok-that-is-wrong");
    let said = |output: &std::process::Output| {
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    assert_eq!(wrong.status.code(), Some(3), "{}", said(&wrong));
    assert!(
        said(&wrong).contains("source-authentication"),
        "{}",
        said(&wrong)
    );
    assert!(!said(&wrong).contains("tok-that-is-wrong"));
    let right = sync(TOKEN);
    assert_eq!(right.status.code(), Some(0), "{}", said(&right));
    assert!(!said(&right).contains(TOKEN) && !said(&right).contains(BASIC));
    let calls = std::fs::read_to_string(&argv).expect("git was started");
    assert!(calls.contains("fetch"), "{calls}");
    assert!(
        server
            .requests()
            .iter()
            .any(|request| request.method == "POST")
    );
    assert_eq!(
        places_of(sandbox.path(), &[TOKEN, BASIC, "tok-that-is-wrong"]),
        [] as [String; 0]
    );
}

#[test]
fn a_token_is_not_sent_to_where_its_server_redirects() {
    let elsewhere = Server::start(Path::new("/nonexistent"), |_| Answer::Status(404));
    let target = elsewhere.url();
    let (sandbox, server, _) =
        web(move |request| Answer::Redirect(format!("{target}{}?{}", request.path, request.query)));
    let output = sandbox
        .command(&["sync"])
        .env("SECRET_TOKEN", TOKEN)
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("error[source-redirected]: template one:"),
        "{said}"
    );
    assert!(
        server
            .requests()
            .iter()
            .all(|r| r.headers.contains_key("authorization"))
    );
    assert!(
        elsewhere.requests().is_empty(),
        "the other server was asked"
    );
}

#[test]
fn a_server_that_filters_is_asked_to_and_the_files_are_there_offline() {
    let (sandbox, server, commit) = web(|_| Answer::Git);
    sandbox.run(&["sync"]).exits(0);
    let asked = |needle: &str| {
        server
            .requests()
            .iter()
            .any(|request| String::from_utf8_lossy(request.body()).contains(needle))
    };
    assert!(asked("filter blob:none") && asked("deepen 1"));
    std::fs::remove_dir_all(sandbox.path().join("repos")).expect("the repository goes");
    let mirror = std::fs::read_dir(sandbox.cache().join("driftgate/mirrors"))
        .expect("mirrors")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.is_dir())
        .expect("a mirror");
    let content = git(&mirror, &["cat-file", "blob", &format!("{commit}:big.txt")]);
    assert_eq!(content, "content that is fetched apart\n");
}

#[test]
fn a_server_that_does_not_filter_is_taken_as_it_is() {
    let (sandbox, _server, _) = web(|_| Answer::Git);
    let dir = sandbox.path().join("repos/o/one");
    git(&dir, &["config", "uploadpack.allowFilter", "false"]);
    sandbox.run(&["sync"]).exits(0);
    sandbox.run(&["sync", "--offline"]).exits(0);
}

#[test]
fn files_of_a_large_source_come_when_a_gate_reads_them_and_not_offline() {
    let (sandbox, server, _) = web(|_| Answer::Git);
    for n in 0..5_001 {
        write(
            &sandbox.path().join(format!("repos/o/one/many/{n}")),
            n.to_string(),
        );
    }
    let large = sandbox.commit("repos/o/one", &[]);
    sandbox
        .write("manifest.json", manifest(&[entry("one", "o/one", &large)]))
        .write(
            "gates/sources.yaml",
            "id: sources\nabout: No schedules.\nkind: manifest\ncategories: [workspace_templates]\n\
             required_files: { workspace_templates: [big.txt] }\n\
             forbidden:\n  - { category: workspace_templates, path: config.yaml, pattern: '^schedules:', reason: moved }\n",
        );
    sandbox.run(&["sync"]).exits(0);
    let offline = sandbox.run(&["run", "--offline"]);
    offline.exits(3);
    let expected = "error[source-not-cached]: a file of http://127.0.0.1:";
    assert!(offline.stdout.contains(expected), "{}", offline.stdout);
    let before = server.requests().len();
    sandbox.run(&["run"]).exits(0);
    assert!(server.requests().len() > before, "nothing was fetched");
    // It is there from now on.
    sandbox.run(&["run", "--offline"]).exits(0);
}
