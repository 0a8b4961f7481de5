use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;

use parking_lot::Mutex;

use super::codes::PROGRAM_MISSING;
use super::document::Node;
use super::handshake::{HandshakeError, tools};
use super::plan::HandshakePlan;
use crate::context::{Context, DialogueLimits, Memo, Talker, find_program};
use crate::gate::Obstacle;
use crate::kinds::delivery::assets_channel::is_secret_name;

/// What every program gets of the environment.
const USUAL: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];
/// By which those that fetch programs are told to leave the network alone.
const OFFLINE: [(&str, &str); 3] = [
    ("npm_config_offline", "true"),
    ("UV_OFFLINE", "1"),
    ("PIP_NO_INDEX", "1"),
];
const MAX_LINE: usize = 4 << 20;
const MAX_OUTPUT: usize = 16 << 20;

/// What servers answered, for a gate that looks many times: a program is asked once.
#[derive(Default)]
struct Asked(Mutex<HashMap<String, Vec<String>>>);

/// Starts the server of an entry and asks it for its tools.
///
/// # Errors
/// When its program is not on this machine; inside, when it fails at the handshake.
pub(super) fn ask(
    context: &Context,
    plan: &HandshakePlan,
    entry: &Node,
) -> Result<Result<Vec<String>, HandshakeError>, Obstacle> {
    let talker = talker(context, plan, entry)?;
    let room = context.memo().map(Memo::room::<Asked>);
    let key = format!("{talker:?}");
    if let Some(known) = room
        .as_ref()
        .and_then(|room| room.0.lock().get(&key).cloned())
    {
        return Ok(Ok(known));
    }
    let limits = DialogueLimits {
        time: plan.timeout,
        line: MAX_LINE,
        output: MAX_OUTPUT,
    };
    let answer = tools(talker, limits, context.cancel());
    if let (Some(room), Ok(names)) = (room, &answer) {
        room.0.lock().insert(key, names.clone());
    }
    Ok(answer)
}

fn talker(context: &Context, plan: &HandshakePlan, entry: &Node) -> Result<Talker, Obstacle> {
    let environment = context.environment();
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    for name in &plan.pass {
        if let Some(value) = environment.get(name) {
            context.secrets().add(value);
            known.insert(name, value.to_owned());
        }
    }
    for (name, value) in &plan.env {
        if is_secret_name(name) {
            context.secrets().add(value);
        }
        known.insert(name, value.clone());
    }
    let expand = |text: &str| expanded(text, &known);
    let text = |node: Option<&Node>| node.and_then(Node::text).map(&expand);
    let command = text(entry.get("command")).unwrap_or_default();
    let args = entry.get("args").and_then(Node::items).unwrap_or_default();
    let args = args.iter().filter_map(|arg| text(Some(arg)));
    let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
    let mut set = |name: &str, value: &str| variables.insert(name.into(), value.into());
    for name in USUAL {
        if let Some(value) = environment.get(name) {
            set(name, value);
        }
    }
    if context.offline() {
        for (name, value) in OFFLINE {
            set(name, value);
        }
    }
    for (name, value) in &known {
        set(name, value);
    }
    for variable in entry.get("env").and_then(Node::entries).unwrap_or_default() {
        if let Some(value) = text(Some(&variable.value)) {
            if is_secret_name(&variable.key) {
                context.secrets().add(&value);
            }
            set(&variable.key, &value);
        }
    }
    let (program, folder) = program(context, &command)?;
    Ok(Talker {
        program,
        args: args.map(OsString::from).collect(),
        environment: variables.into_iter().collect(),
        folder,
    })
}

/// The program itself, and the folder that it is started in.
fn program(context: &Context, command: &str) -> Result<(PathBuf, PathBuf), Obstacle> {
    let missing = |why: String| Obstacle::refused(&PROGRAM_MISSING, why);
    let folder = context
        .folder()
        .ok_or_else(|| missing("the checkout is no folder to start a program in".to_owned()))?;
    let program = if command.contains('/') {
        Some(folder.join(command)).filter(|program| program.is_file())
    } else {
        find_program(context.environment(), command, &[])
    };
    match program {
        Some(program) => Ok((program, folder)),
        None => Err(missing(format!("there is no program `{command}` here"))),
    }
}

/// `${NAME}` with its value; with nothing where it has none, as runtimes do.
fn expanded(text: &str, known: &BTreeMap<&str, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        out.push_str(known.get(name).map_or("", String::as_str));
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_what_is_unknown_is_nothing() {
        let known = BTreeMap::from([("A", "1".to_owned())]);
        let filled = |text| expanded(text, &known);
        assert_eq!(filled("x-${A}-${B}-y"), "x-1--y");
        assert_eq!(filled("${A"), "${A");
        assert_eq!(filled("$A"), "$A");
    }
}
