use serde_json::{Value, json};

use crate::context::Cancel;
use crate::context::{Dialogue, DialogueError, DialogueLimits, Talker};

/// Why a server gave no list of its tools.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    #[error("{0}{1}")]
    Talk(DialogueError, Said),
    #[error("it ended before it answered `{0}`{1}")]
    Ended(&'static str, Said),
    #[error("it answers `{0}` with an error: {1}")]
    Refused(&'static str, String),
    #[error("its answer to `{0}` is not one of this protocol: {1}")]
    Malformed(&'static str, &'static str),
    #[error("it lists tools on more than {MAX_PAGES} pages")]
    Pages,
    #[error("it lists no tools")]
    NoTools,
}

/// The end of what a program said on its standard error.
#[derive(Debug)]
pub struct Said(String);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.lines().next_back() {
            Some(line) => write!(f, "; it said: {}", line.trim()),
            None => Ok(()),
        }
    }
}

/// The version that the runtimes of the platform speak. Lifecycle contract, MCP handshake.
const PROTOCOL: &str = "2024-11-05";
const MAX_PAGES: usize = 100;
/// A cursor is said again by whoever asks for the next page.
const MAX_CURSOR: usize = 4096;

/// Asks a server for the names of its tools, and ends it.
pub(super) fn tools(
    talker: Talker,
    limits: DialogueLimits,
    cancel: &Cancel,
) -> Result<Vec<String>, HandshakeError> {
    let silent = |error| HandshakeError::Talk(error, Said(String::new()));
    let mut dialogue = talker.start(limits, cancel).map_err(silent)?;
    let found = served_tools(&mut dialogue);
    dialogue.close();
    found
}

/// Whom the handshake is made with.
pub trait Partner {
    /// Says a line.
    fn say(&mut self, line: &str);

    /// The next line that is said, without its end.
    ///
    /// # Errors
    /// When there is none, or a limit is reached.
    fn hear(&mut self) -> Result<Vec<u8>, DialogueError>;

    /// The end of what was said beside the protocol.
    fn messages(&self) -> String;
}

impl Partner for Dialogue {
    fn say(&mut self, line: &str) {
        Self::say(self, line);
    }

    fn hear(&mut self) -> Result<Vec<u8>, DialogueError> {
        Self::hear(self)
    }

    fn messages(&self) -> String {
        Self::messages(self)
    }
}

/// Asks a server that runs for the names of its tools.
///
/// # Errors
/// When it gives no list of them.
pub fn served_tools(partner: &mut dyn Partner) -> Result<Vec<String>, HandshakeError> {
    let mut session = Session { partner, next: 1 };
    session.introduce()?;
    session.tools()
}

struct Session<'p> {
    partner: &'p mut dyn Partner,
    next: u64,
}

impl Session<'_> {
    fn introduce(&mut self) -> Result<(), HandshakeError> {
        let hello = json!({
            "protocolVersion": PROTOCOL,
            "capabilities": {},
            "clientInfo": { "name": "driftgate", "version": env!("CARGO_PKG_VERSION") },
        });
        let result = self.ask("initialize", &hello)?;
        if !result["protocolVersion"].is_string() {
            let what = "it has no `protocolVersion`";
            return Err(HandshakeError::Malformed("initialize", what));
        }
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        Ok(())
    }

    fn tools(&mut self) -> Result<Vec<String>, HandshakeError> {
        const METHOD: &str = "tools/list";
        let malformed = |what| HandshakeError::Malformed(METHOD, what);
        let mut names = Vec::new();
        let mut parameters = json!({});
        for _ in 0..MAX_PAGES {
            let page = self.ask(METHOD, &parameters)?;
            let tools = page["tools"].as_array();
            for tool in tools.ok_or_else(|| malformed("it has no list `tools`"))? {
                let name = tool["name"].as_str();
                names.push(
                    name.ok_or_else(|| malformed("a tool has no name"))?
                        .to_owned(),
                );
            }
            match &page["nextCursor"] {
                Value::Null if names.is_empty() => return Err(HandshakeError::NoTools),
                Value::Null => return Ok(names),
                Value::String(cursor) if cursor.len() <= MAX_CURSOR => {
                    parameters = json!({ "cursor": cursor });
                }
                _ => return Err(malformed("`nextCursor` is no cursor")),
            }
        }
        Err(HandshakeError::Pages)
    }

    fn ask(&mut self, method: &'static str, parameters: &Value) -> Result<Value, HandshakeError> {
        let id = self.next;
        self.next += 1;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
        loop {
            let line = self.partner.hear().map_err(|error| match error {
                DialogueError::Ended => HandshakeError::Ended(method, self.said()),
                error => HandshakeError::Talk(error, self.said()),
            })?;
            // Many servers greet, or log to the wrong stream; what is no message of the protocol is noise.
            let Ok(message) = serde_json::from_slice::<Value>(&line) else {
                continue;
            };
            if message["method"].is_string() {
                self.answer(&message);
                continue;
            }
            if message["id"] != id {
                continue;
            }
            if let Some(result) = message.get("result") {
                return Ok(result.clone());
            }
            if let Some(error) = message.get("error") {
                let words = error["message"].as_str().unwrap_or("without words");
                return Err(HandshakeError::Refused(method, words.to_owned()));
            }
        }
    }

    /// A server may ask as well: whether anybody is there, or for what nobody has here.
    fn answer(&mut self, request: &Value) {
        let Some(id) = request.get("id").filter(|id| !id.is_null()) else {
            return;
        };
        let mut answer = json!({ "jsonrpc": "2.0", "id": id });
        if request["method"] == "ping" {
            answer["result"] = json!({});
        } else {
            answer["error"] = json!({ "code": -32601, "message": "there is no such method" });
        }
        self.say(&answer);
    }

    fn say(&mut self, message: &Value) {
        self.partner.say(&message.to_string());
    }

    fn said(&self) -> Said {
        Said(self.partner.messages())
    }
}

#[cfg(test)]
mod tests {
    //! Servers that are written in a few lines of shell.

    use std::time::Duration;

    use super::*;

    const HELLO: &str =
        r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2024-11-05","capabilities":{}}}"#;
    const LIMITS: DialogueLimits = DialogueLimits {
        time: Duration::from_secs(600),
        line: 100_000,
        output: 1_000_000,
    };

    fn asked(script: &str) -> Result<Vec<String>, HandshakeError> {
        let talker = Talker {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            environment: vec![
                ("PATH".into(), "/usr/bin:/bin".into()),
                ("HELLO".into(), HELLO.into()),
            ],
            folder: "/".into(),
        };
        tools(talker, LIMITS, &Cancel::new())
    }

    fn failure(script: &str) -> String {
        asked(script).expect_err("no tools").to_string()
    }

    #[test]
    fn the_handshake_is_said_in_its_order() {
        let script = r#"
            read -r a; case $a in *'"initialize"'*2024-11-05*) ;; *) exit 1;; esac; echo "$HELLO"
            read -r b; case $b in *'"id"'*) exit 1;; *notifications/initialized*) ;; *) exit 1;; esac
            read -r c; case $c in *'"tools/list"'*) echo '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"one"}]}}';; esac
        "#;
        assert_eq!(asked(script).expect("tools"), ["one"]);
    }

    #[test]
    fn all_pages_are_read_and_noise_is_borne() {
        let script = r#"
            echo Starting...; echo '{"method":"notifications/message"}'; echo '[1]'; echo
            read -r a; echo "$HELLO"; read -r b; echo '{"id":1,"result":{}}'
            read -r c; echo '{"id":2,"result":{"tools":[{"name":"one"}],"nextCursor":"next"}}'
            read -r d; case $d in *'"cursor":"next"'*) printf '{"id":3,"result":{"tools":[{"name":"two"}]}}';; esac
        "#;
        assert_eq!(asked(script).expect("tools"), ["one", "two"]);
    }

    #[test]
    fn a_server_that_asks_is_answered() {
        let script = r#"
            read -r a; echo '{"id":"x","method":"ping"}'; read -r p
            case $p in *'"id":"x"'*'"result"'*) ;; *) exit 1;; esac
            echo '{"id":7,"method":"roots/list"}'; read -r q; case $q in *'"id":7'*'-32601'*) ;; *) exit 1;; esac
            echo "$HELLO"; read -r b; read -r c; echo '{"id":2,"result":{"tools":[{"name":"one"}]}}'
        "#;
        assert_eq!(asked(script).expect("tools"), ["one"]);
    }

    #[test]
    fn each_way_of_failing_has_its_words() {
        assert!(failure("exit 0").starts_with("it ended before it answered `initialize`"));
        let rest = |answer: &str| {
            format!("read -r a; echo \"$HELLO\"; read -r b; read -r c; echo '{answer}'; read -r d")
        };
        for (answer, words) in [
            (
                r#"{"id":2,"error":{"message":"no key"}}"#,
                "it answers `tools/list` with an error: no key",
            ),
            (
                r#"{"id":2,"result":{"tools":"many"}}"#,
                "its answer to `tools/list` is not one of this protocol: it has no list `tools`",
            ),
            (
                r#"{"id":2,"result":{"tools":[{}]}}"#,
                "its answer to `tools/list` is not one of this protocol: a tool has no name",
            ),
            (
                r#"{"id":2,"result":{"tools":[],"nextCursor":1}}"#,
                "its answer to `tools/list` is not one of this protocol: `nextCursor` is no cursor",
            ),
            (r#"{"id":2,"result":{"tools":[]}}"#, "it lists no tools"),
        ] {
            assert_eq!(failure(&rest(answer)), words);
        }
        let refusing = r#"read -r a; echo '{"id":1,"result":{"capabilities":{}}}'; read -r b"#;
        assert!(failure(refusing).ends_with("it has no `protocolVersion`"));
        let endless = r#"
            read -r a; echo "$HELLO"; read -r b; n=2
            while read -r c; do echo "{\"id\":$n,\"result\":{\"tools\":[{\"name\":\"t\"}],\"nextCursor\":\"x\"}}"; n=$((n+1)); done
        "#;
        assert_eq!(failure(endless), "it lists tools on more than 100 pages");
        assert!(failure("exec yes").contains("it wrote more than"));
    }
}
