//! What is remembered between looks makes no difference to what is found.

use std::sync::Arc;

use proptest::prelude::*;

use crate::config::{GateFile, Settings};
use crate::context::{Cancel, Context, ContextParts, Environment, NoSources};
use crate::exit_code::ExitCode;
use crate::gate::{Change, Header, Inspection, Lane, Plant, Protection, TreeRef};
use crate::kinds::constants::Constants;
use crate::kinds::{Check, Kind};
use crate::prove::{Proofs, prove};
use crate::run::{Fate, Limits, Plan, Planned};
use crate::tree::{DirTree, OverlayTree};

/// Two sides in one Go file, one over many migrations, and three in one file of two languages.
const GATE: &str = "\
id: kinds
about: The copies agree.
kind: constants
canonical: { name: models, go: go/k.go, type: Kind }
mirrors:
  - { name: list, go: \"go/*.go\", slice: All }
  - { name: database, sql: \"m/*.sql\", enum: kind }
  - { name: canvas, typescript: c/k.ts, union: Kind }
  - { name: runtime, python: c/k.ts, sequence: KINDS }
  - { name: words, regex: c/k.ts, pattern: \"^type Kind = '([a-z]+)'\", relation: subset }
";

/// Files of the gate and beside it, each with contents that agree, that drift, and that cannot be
/// read. The first ones stand in the tree.
const FILES: &[(&str, &[&[u8]])] = &[
    (
        "go/k.go",
        &[
            b"package k\ntype Kind string\nconst (\n\tA Kind = \"aa\"\n\tB Kind = \"bb\"\n)\nvar All = []Kind{A, B}\n",
            b"package k\ntype Kind string\nconst (\n\tA Kind = \"ax\"\n\tB Kind = \"bb\"\n)\nvar All = []Kind{A, B}\n",
            b"package k\ntype Kind string\nconst (\n\tA Kind = \"aa\"\n\tB Kind = \"bb\"\n)\nvar All = []Kind{A}\n",
            b"package k\ntype Kind string\nconst (\n",
            b"package k\n\xff\n",
            b"",
        ],
    ),
    (
        "go/more.go",
        &[
            b"package k\n",
            b"package other\n",
            b"package k\nfunc init() { All = nil }\n",
        ],
    ),
    (
        "m/1.sql",
        &[
            b"CREATE TYPE kind AS ENUM ('aa');\n",
            b"CREATE TYPE kind AS ENUM ('ax');\n",
            b"CREATE TYPE sort AS ENUM ('aa');\n",
            b"\\i other.sql\n",
        ],
    ),
    (
        "m/2.sql",
        &[
            b"ALTER TYPE kind ADD VALUE 'bb';\n",
            b"ALTER TYPE kind ADD VALUE 'bx';\n",
            b"ALTER TYPE kind ADD VALUE 'bb'; ALTER TYPE kind RENAME VALUE 'bb' TO 'cc';\n",
            b"DROP TYPE kind;\n",
            b"EXECUTE format('ALTER TYPE %I ADD VALUE 1', 'kind');\n",
        ],
    ),
    (
        "m/3.sql",
        &[
            b"ALTER TYPE kind ADD VALUE 'dd';\n",
            b"-- nothing\n",
            b"CREATE TYPE kind AS ENUM ('aa', 'bb');\n",
        ],
    ),
    (
        "c/k.ts",
        &[
            b"type Kind = 'aa' | 'bb'\nKINDS = ['aa', 'bb']\n",
            b"type Kind = 'aa' | 'bx'\nKINDS = ['aa', 'bx']\n",
            b"type Kind = 'aa'\nKINDS = ['aa', 'bb']\n",
            b"type Sort = 'aa' | 'bb'\n",
        ],
    ),
    ("beside.txt", &[b"a", b"b"]),
];

/// Files that are not in the tree at first.
const ABSENT: &[&str] = &["go/more.go", "m/3.sql"];

fn gate() -> Box<dyn Check> {
    load(GATE.to_owned())
}

/// Only the sides that share no file: what is planted in one concerns no other.
fn plain_gate() -> Box<dyn Check> {
    let shares = ["name: list", "name: runtime", "name: words"];
    let lines = GATE
        .lines()
        .filter(|line| !shares.iter().any(|name| line.contains(name)));
    load(lines.map(|line| format!("{line}\n")).collect())
}

fn load(text: String) -> Box<dyn Check> {
    Constants
        .load(&GateFile::new("gates/kinds.yaml", text))
        .unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn context() -> Context {
    let nowhere = Arc::new(DirTree::new("/nonexistent", ""));
    let files: Vec<Change> = FILES
        .iter()
        .filter(|(path, _)| !ABSENT.contains(path))
        .map(|(path, contents)| Change::write(path, contents[0]))
        .collect();
    Context::new(ContextParts {
        root: Arc::new(OverlayTree::plant(nowhere, &files).expect("planted")),
        sources: Arc::new(NoSources),
        settings: Arc::new(Settings::default()),
        environment: Arc::new(Environment::default()),
        lane: Lane::Local,
        today: jiff::civil::date(2026, 1, 1),
        offline: false,
        cancel: Cancel::new(),
    })
}

fn change() -> impl Strategy<Value = Change> {
    let file = || any::<prop::sample::Index>().prop_map(|index| index.get(FILES));
    let write = (file(), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |((path, contents), index, executable)| Change::Write {
            path: path.as_bytes().to_vec(),
            bytes: index.get(contents).to_vec(),
            executable,
        },
    );
    let chmod = (file(), any::<bool>()).prop_map(|((path, _), executable)| Change::Chmod {
        path: path.as_bytes().to_vec(),
        executable,
    });
    let link = file().prop_map(|(path, _)| Change::Symlink {
        path: path.as_bytes().to_vec(),
        target: b"k.go".to_vec(),
    });
    let folder = file().prop_map(|(path, _)| Change::write(format!("{path}/inner.go"), "x"));
    prop_oneof![
        8 => write,
        2 => file().prop_map(|(path, _)| Change::remove(path)),
        1 => prop::sample::select(vec!["go", "m", "c"]).prop_map(Change::remove),
        1 => chmod,
        1 => link,
        1 => folder,
        1 => Just(Change::Vanish),
    ]
}

/// Several planted violations, one after the other, each of one to three changes.
fn plants() -> impl Strategy<Value = Vec<Vec<Change>>> {
    prop::collection::vec(prop::collection::vec(change(), 1..4), 1..12)
}

/// What a gate says about a violation, and whether it looked where that is.
fn look(gate: &dyn Check, planted: &Context) -> (String, bool) {
    let inspection = gate.inspect(planted);
    let said = format!(
        "{} {:?} {:?} {:?}",
        inspection.digest(),
        inspection.findings,
        inspection.obstacles,
        inspection.facts
    );
    (said, planted.plant_was_noticed())
}

proptest! {
    // Each case looks many times at six sides.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_gate_that_remembers_says_what_one_without_memory_says(plants in plants()) {
        let (gate, fresh) = (gate(), context());
        let remembering = fresh.with_memo();
        prop_assert!(gate.inspect(&remembering).findings.is_empty());
        // What the gate would plant is remembered too.
        prop_assert_eq!(
            format!("{:#?}", gate.protections(&remembering)),
            format!("{:#?}", gate.protections(&fresh))
        );
        for changes in plants {
            let changes = changes.into_iter().map(|change| (TreeRef::Root, change)).collect();
            let plant = Plant::changes(changes);
            let (Ok(anew), Ok(again)) = (fresh.plant(&plant), remembering.plant(&plant)) else {
                continue;
            };
            let (wanted, is_noticed) = look(gate.as_ref(), &anew);
            let (got, is_noticed_again) = look(gate.as_ref(), &again);
            prop_assert_eq!(got, wanted, "{:?}", plant);
            // To ask for an id is to look at the mode as well, and at no less.
            prop_assert!(is_noticed_again || !is_noticed, "{:?}", plant);
        }
        // And the tree without a violation is what it was.
        prop_assert!(gate.inspect(&remembering).findings.is_empty());
    }
}

#[test]
fn the_gate_of_the_property_is_green_and_each_of_its_promises_can_be_planted() {
    let (gate, context) = (gate(), context().with_memo());
    let inspection = gate.inspect(&context);
    assert!(inspection.findings.is_empty(), "{:?}", inspection.findings);
    assert!(
        inspection.obstacles.is_empty(),
        "{:?}",
        inspection.obstacles
    );
    let protections = gate.protections(&context);
    assert!(protections.len() > 20, "{protections:#?}");
    for protection in protections {
        let plant = protection.plant.as_ref().expect("a plant");
        let planted = context.plant(plant).expect("planted");
        let inspection = gate.inspect(&planted);
        assert!(planted.plant_was_noticed(), "{}", protection.name);
        assert!(
            !inspection.findings.is_empty() || !inspection.obstacles.is_empty(),
            "{}",
            protection.name
        );
    }
}

/// The gate with its look replaced. It promises what the honest one does.
struct Sabotaged<F>(Box<dyn Check>, F);

impl<F: Fn(&dyn Check, &Context) -> Inspection + Send + Sync> Check for Sabotaged<F> {
    fn header(&self) -> &Header {
        self.0.header()
    }

    fn inspect(&self, context: &Context) -> Inspection {
        (self.1)(self.0.as_ref(), context)
    }

    fn protections(&self, context: &Context) -> Vec<Protection> {
        self.0.protections(context)
    }
}

fn proofs(
    context: &Context,
    look: impl Fn(&dyn Check, &Context) -> Inspection + Send + Sync + 'static,
) -> Proofs {
    let check = Arc::new(Sabotaged(plain_gate(), look));
    let plan = Plan {
        gates: vec![Planned {
            check,
            fate: Fate::Run,
        }],
        runnable_in_all_shares: 1,
    };
    let (started, never) = (jiff::Timestamp::UNIX_EPOCH, crossbeam_channel::never());
    let limits = Limits::default();
    prove(&plan, context, &limits, &[], started, &never, &mut |_| {})
}

#[test]
fn an_honest_gate_with_a_memory_is_proved() {
    let proofs = proofs(&context(), |gate, context| gate.inspect(context));
    assert!(proofs.gates[0].is_proved(), "{:#?}", proofs.gates[0]);
    assert_eq!(proofs.exit_code, ExitCode::Ok);
}

#[test]
fn a_gate_that_answers_out_of_its_memory_alone_proves_nothing() {
    let before = context().with_memo();
    let proofs = proofs(&context(), move |gate, _| gate.inspect(&before));
    assert!(!proofs.gates[0].protections.is_empty());
    assert_eq!(proofs.gates[0].proved(), 0);
    assert_eq!(proofs.exit_code, ExitCode::Failed);
}

#[test]
fn a_side_whose_findings_are_lost_is_unproved_and_the_others_are_proved() {
    let proofs = proofs(&context(), |gate, context| {
        let mut inspection = gate.inspect(context);
        let is_kept = |message: &str| !message.contains("canvas");
        inspection.findings.retain(|one| is_kept(&one.message));
        inspection.obstacles.retain(|one| is_kept(&one.message));
        inspection
    });
    let proved: Vec<(&str, bool)> = (proofs.gates[0].protections.iter())
        .map(|proof| (proof.name.as_str(), proof.proved()))
        .collect();
    assert!(
        proved.contains(&("renamed constant: canvas", false)),
        "{proved:?}"
    );
    assert!(
        proved.contains(&("renamed constant: database", true)),
        "{proved:?}"
    );
    assert_eq!(proofs.exit_code, ExitCode::Failed);
}
