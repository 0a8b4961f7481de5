use std::ops::Range;

/// A statement of a script, as far as statuses go: redirections and comments are gone.
#[derive(Debug)]
pub(super) struct Node {
    /// Bytes of the script.
    pub(super) bytes: Range<usize>,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Command(Command),
    /// `a=b c=$(d)` without a command.
    Assign(Vec<Assign>),
    /// `export`, `local`, `declare`, `readonly`: their own status hides those of the values.
    Declare(Vec<Assign>),
    /// `[ … ]`, `[[ … ]]`, `(( … ))`, with the substitutions inside.
    Test(Vec<Node>),
    Pipeline(Vec<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Background(Box<Node>),
    Group(Vec<Node>),
    Subshell(Vec<Node>),
    /// A script that is handed to a shell of its own: `bash -ec '…'`.
    Shell {
        command: Command,
        /// The words that set its options.
        options: Vec<String>,
        body: Vec<Node>,
    },
    If {
        arms: Vec<Arm>,
        otherwise: Option<Vec<Node>>,
    },
    While {
        condition: Vec<Node>,
        body: Vec<Node>,
    },
    For {
        variable: String,
        values: Vec<Word>,
        inner: Vec<Node>,
        body: Vec<Node>,
    },
    Case {
        subject: Word,
        items: Vec<Item>,
    },
    Function {
        name: String,
        body: Vec<Node>,
    },
    /// What could not be read.
    Opaque,
}

/// `if …; then …` or `elif …; then …`.
#[derive(Debug)]
pub(super) struct Arm {
    pub(super) condition: Vec<Node>,
    pub(super) body: Vec<Node>,
}

/// `pattern | pattern) …;;`.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) patterns: Vec<Word>,
    pub(super) body: Vec<Node>,
}

#[derive(Debug)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    pub(super) assigns: Vec<Assign>,
    /// The commands that are substituted into its words.
    pub(super) inner: Vec<Node>,
}

impl Command {
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", |word| &word.text)
    }

    pub(super) fn arguments(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).map(|word| word.text.as_str())
    }
}

#[derive(Debug)]
pub(super) struct Assign {
    pub(super) name: String,
    pub(super) value: Word,
    /// The commands that are substituted into the value.
    pub(super) inner: Vec<Node>,
}

/// A word without its quotes; expansions stand in it as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) bytes: Range<usize>,
}
