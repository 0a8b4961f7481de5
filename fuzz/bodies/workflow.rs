use std::sync::LazyLock;

use driftgate::gate::{Verdict, apply_edits};
use driftgate::kinds::Check;
use driftgate::kinds::workflows::model::{Folder, parse_workflow};

use super::gate::{context, gate, looked, promises_hold};
use super::parts::parts;

/// All forges look here.
const WORKFLOW: &str = ".github/workflows/ci.yml";
const FORGES: [&str; 2] = [
    "forge: { name: github }\n",
    "forge: { name: gitea, version: '1.26.4' }\n",
];
/// What is known besides the workflow.
const BESIDES: [(&str, &str); 2] = [
    ("required.txt", "required_contexts: required.txt\n"),
    (
        "protection.json",
        "protection: { snapshot: protection.json }\n",
    ),
];

/// The gates that know nothing else, the list of required contexts, and branch protection too.
static GATES: LazyLock<[Box<dyn Check>; 3]> = LazyLock::new(|| {
    [0, 1, 2].map(|known| {
        let keys: String = BESIDES[..known].iter().map(|(_, key)| *key).collect();
        gate(&format!(
            "id: fuzzed\nabout: It holds.\nkind: workflows\nbranch: main\n{keys}"
        ))
    })
});

/// The gate over a workflow file, by the rules of both forges. Lines of `%%` part it from a list of required contexts,
/// and that from branch protection.
pub fn check(data: &[u8]) {
    let parts = parts(data);
    let known = parts.len().min(3) - 1;
    let mut files = vec![(WORKFLOW, parts[0])];
    for ((path, _), bytes) in BESIDES.iter().zip(&parts[1..]).take(known) {
        files.push((*path, *bytes));
    }
    let gate = GATES[known].as_ref();
    for forge in FORGES {
        let context = context(&files, forge);
        let outcome = looked(gate, &context, &files);
        if matches!(outcome.verdict, Verdict::Pass(_)) {
            promises_hold(gate, &context, data.len());
        }
        // Those that nobody has to look at can be made one after the other, and leave a workflow.
        let mends = gate
            .mends(&context)
            .and_then(Result::ok)
            .unwrap_or_default();
        let sure: Vec<_> = mends.iter().filter(|mend| mend.doubt.is_none()).collect();
        if sure.is_empty() {
            continue;
        }
        let file = parse_workflow(WORKFLOW, Folder::GitHub, parts[0]).expect("it was mended");
        let edits = sure.iter().flat_map(|mend| &mend.edits);
        let text = apply_edits(&file.text, edits).expect("they do not meet");
        parse_workflow(WORKFLOW, Folder::GitHub, text.as_bytes()).expect("still a workflow");
    }
}
