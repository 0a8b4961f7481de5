use std::io::BufReader;
use std::time::Duration;

use driftgate::context::{DialogueError, DialogueLimits, Lines};
use driftgate::kinds::delivery::plugin_channel::{HandshakeError, Partner, served_tools};
use driftgate::report::printable;
use serde_json::Value;

const LIMITS: DialogueLimits = DialogueLimits {
    time: Duration::from_secs(600),
    line: 1000,
    output: 6000,
};

/// A server whose whole output is known before.
struct Recorded<'a> {
    lines: Lines<BufReader<&'a [u8]>>,
    said: Vec<String>,
}

impl Partner for Recorded<'_> {
    fn say(&mut self, line: &str) {
        self.said.push(line.to_owned());
    }

    fn hear(&mut self) -> Result<Vec<u8>, DialogueError> {
        self.lines.next_line()?.ok_or(DialogueError::Ended)
    }

    fn messages(&self) -> String {
        String::new()
    }
}

/// The handshake with an MCP server. The first byte says in which pieces its output is read.
pub fn check(data: &[u8]) {
    let Some((piece, output)) = data.split_first() else {
        return;
    };
    let talk = |piece: usize| {
        let mut server = Recorded {
            lines: Lines::new(BufReader::with_capacity(piece, output), LIMITS),
            said: Vec::new(),
        };
        let tools = served_tools(&mut server);
        (tools, server.said)
    };
    let (tools, said) = talk(1 << 14);
    let in_pieces = talk(usize::from(*piece) + 1);
    let whole = format!("{:?}", (&tools, &said));
    assert_eq!(whole, format!("{in_pieces:?}"));
    let lines: Vec<&[u8]> = output.split(|byte| *byte == b'\n').collect();
    let asked = speaks_the_protocol(&said, lines.len());
    match tools {
        Ok(names) => assert_eq!(names, pages(&lines, asked)),
        Err(HandshakeError::Talk(DialogueError::LongLine(_), _)) => {
            assert!(lines.iter().any(|line| line.len() > LIMITS.line));
        }
        Err(HandshakeError::Talk(DialogueError::TooMuch(_), _)) => {
            assert!(output.len() > LIMITS.output);
        }
        Err(HandshakeError::Talk(error, _)) => panic!("nothing here is {error}"),
        Err(error) => assert!(!printable(&error.to_string()).is_empty()),
    }
}

/// The tools as the lines have them that answer so many requests, which are within the limits.
fn pages(lines: &[&[u8]], asked: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut heard = 0;
    for id in 1..=asked {
        let (at, result) = first_answer(&lines[heard..], id).expect("an answer");
        heard += at + 1;
        if id == 1 {
            assert!(result["protocolVersion"].is_string());
            continue;
        }
        assert_eq!(result["nextCursor"].is_string(), id < asked);
        let tools = result["tools"].as_array().expect("a list");
        let name = |tool: &Value| tool["name"].as_str().expect("a name").to_owned();
        names.extend(tools.iter().map(name));
    }
    assert!(!names.is_empty(), "no tools are no answer");
    let heard = &lines[..heard];
    assert!(heard.iter().all(|line| line.len() <= LIMITS.line));
    let length: usize = heard.iter().map(|line| line.len() + 1).sum();
    // The last line may end with the output.
    assert!(length <= LIMITS.output + 1);
    names
}

/// Each line is one message, requests are counted, and no more is asked and answered than there can be. Returns how
/// often it asked.
fn speaks_the_protocol(said: &[String], lines: usize) -> usize {
    let mut asked = 0;
    for line in said {
        assert!(!line.contains('\n'));
        let message: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(message["jsonrpc"], "2.0");
        if message["method"].is_string() && !message["id"].is_null() {
            asked += 1;
            assert_eq!(message["id"], asked);
        }
    }
    assert!((1..=101).contains(&asked), "asked {asked} times");
    // One of them only says that the first answer came.
    let answers = said.len().saturating_sub(asked + 1);
    assert!(answers <= lines, "{answers} answers to {lines} lines");
    asked
}

/// The first answer to a request that gives a result: its line, and the result.
fn first_answer(lines: &[&[u8]], id: usize) -> Option<(usize, Value)> {
    lines.iter().enumerate().find_map(|(at, line)| {
        let message: Value = serde_json::from_slice(line).ok()?;
        let is_answer = !message["method"].is_string() && message["id"] == id;
        let result = message.get("result").filter(|_| is_answer)?;
        Some((at, result.clone()))
    })
}
