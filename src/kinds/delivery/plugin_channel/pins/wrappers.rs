//! The programs that start another one, each with its own words before that.

use super::options::{Grammar, Options};

/// How a program names the one that it starts.
struct Wrapper {
    names: &'static [&'static str],
    options: Grammar,
    /// How many words of its own stand between its options and the program: a duration, a user, a file.
    own: usize,
}

const fn wrapper(names: &'static [&'static str], options: Grammar, own: usize) -> Wrapper {
    Wrapper {
        names,
        options,
        own,
    }
}

const NONE: Grammar = Grammar::valued(&[]);

const WRAPPERS: &[Wrapper] = &[
    wrapper(
        &[
            "nohup",
            "setsid",
            "command",
            "cross-env",
            "busybox",
            "catatonit",
        ],
        NONE,
        0,
    ),
    wrapper(&["exec"], NONE.with_letters("a"), 0),
    wrapper(
        &["time"],
        Grammar::valued(&["--format", "--output"]).with_letters("fo"),
        0,
    ),
    wrapper(
        &["sudo"],
        Grammar::valued(&[
            "--user",
            "--group",
            "--host",
            "--prompt",
            "--chdir",
            "--chroot",
            "--role",
            "--type",
            "--other-user",
            "--close-from",
            "--command-timeout",
        ])
        .with_letters("ugChpDRTrtU"),
        0,
    ),
    wrapper(&["doas"], NONE.with_letters("uC"), 0),
    wrapper(
        &["runuser"],
        Grammar::valued(&["--user", "--group", "--supp-group", "--shell"]).with_letters("ugGs"),
        0,
    ),
    wrapper(&["tini"], NONE.with_letters("pe"), 0),
    wrapper(
        &["dumb-init"],
        Grammar::valued(&["--rewrite"]).with_letters("r"),
        0,
    ),
    wrapper(
        &["nice"],
        Grammar::valued(&["--adjustment"]).with_letters("n"),
        0,
    ),
    wrapper(
        &["ionice"],
        Grammar::valued(&["--class", "--classdata"]).with_letters("cn"),
        0,
    ),
    wrapper(
        &["stdbuf"],
        Grammar::valued(&["--input", "--output", "--error"]).with_letters("ioe"),
        0,
    ),
    wrapper(
        &["setpriv"],
        Grammar::valued(&[
            "--reuid",
            "--regid",
            "--groups",
            "--inh-caps",
            "--ambient-caps",
            "--bounding-set",
            "--securebits",
            "--pdeathsig",
            "--selinux-label",
            "--apparmor-profile",
        ]),
        0,
    ),
    wrapper(&["strace"], NONE.with_letters("abeEIoOpPsSuUX"), 0),
    wrapper(&["xvfb-run"], NONE.with_letters("efnpsw"), 0),
    wrapper(
        &["timeout"],
        Grammar::valued(&["--signal", "--kill-after"]).with_letters("sk"),
        1,
    ),
    wrapper(&["gosu", "su-exec", "setuidgid", "s6-setuidgid"], NONE, 1),
    wrapper(&["chroot"], Grammar::valued(&["--userspec", "--groups"]), 1),
    wrapper(&["taskset"], NONE, 1),
    wrapper(&["chrt"], NONE.with_letters("TPD"), 1),
    wrapper(
        &["flock"],
        Grammar::valued(&["--timeout", "--wait", "--conflict-exit-code"]).with_letters("wE"),
        1,
    ),
];

/// Programs that start what stands behind `--`, whatever is before it.
const BEHIND_DASHES: &[&str] = &["op", "doppler", "infisical", "dotenv", "chamber", "mise"];

const ENV: Grammar = Grammar::valued(&["--unset", "--chdir", "--split-string"]).with_letters("uCS");

/// The words of the command that a program starts; `None` where it is none that starts another one.
pub(super) fn wrapped(program: &str, words: &[String]) -> Option<Vec<String>> {
    if program == "env" {
        return Some(of_env(words));
    }
    if BEHIND_DASHES.contains(&program) {
        let dashes = words.iter().position(|word| word == "--")?;
        return Some(words[dashes + 1..].to_vec());
    }
    let wrapper = WRAPPERS
        .iter()
        .find(|wrapper| wrapper.names.contains(&program))?;
    let rest = Options::of(words, wrapper.options).rest;
    let rest = rest.get(wrapper.own..)?;
    let rest = match rest.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => rest,
    };
    Some(behind_assignments(rest).to_vec())
}

/// `env` may have the whole command in one word.
fn of_env(words: &[String]) -> Vec<String> {
    let options = Options::of(words, ENV);
    let apart = options.values(&["-S", "--split-string"]);
    let stuck = options
        .flags
        .iter()
        .filter_map(|flag| flag.strip_prefix("-S"));
    let mut all: Vec<String> = apart.into_iter().chain(stuck).flat_map(split).collect();
    // A dash alone stands for no environment.
    let rest = options.rest.iter().skip_while(|word| *word == "-");
    all.extend(rest.cloned());
    behind_assignments(&all).to_vec()
}

pub(super) fn split(line: &str) -> Vec<String> {
    shlex::split(line).unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect())
}

pub(super) fn behind_assignments(words: &[String]) -> &[String] {
    let from = words.iter().position(|word| !is_assignment(word));
    from.map_or(&[], |from| &words[from..])
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}
