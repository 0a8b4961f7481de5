/// How much of a line is shown, in characters.
const SHOWN: usize = 100;

/// A line of the history as findings show it: in one line, not too long, and without the values of variables and build
/// arguments, which are secrets more often than they should be.
pub(super) fn shown_history(line: &str) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let (arguments, rest) = build_arguments(&line);
    let mut shown = String::new();
    if !arguments.is_empty() {
        let names: Vec<_> = arguments.iter().map(|name| format!("{name}=…")).collect();
        shown.push_str(&names.join(" "));
        shown.push(' ');
    }
    let rest = rest
        .trim_start_matches("/bin/sh -c ")
        .trim_start_matches("#(nop) ");
    let rest = rest.trim();
    match rest.split_once(' ') {
        Some((word @ ("ENV" | "ARG"), assignments)) => {
            let name = assignments.split(['=', ' ']).next().unwrap_or_default();
            shown.push_str(&format!("{word} {name}=…"));
        }
        _ => shown.push_str(rest),
    }
    if let Some((at, _)) = shown.char_indices().nth(SHOWN) {
        shown.truncate(at);
        shown.push('…');
    }
    shown
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

/// The name of the build argument that a line declares with a value.
pub(super) fn declared_argument(line: &str) -> Option<&str> {
    let line = line.trim_start_matches("/bin/sh -c ");
    let line = line.trim_start_matches("#(nop)").trim_start();
    let (name, _) = line.strip_prefix("ARG ")?.split_once('=')?;
    Some(name.trim())
}

/// The names of the build arguments that a `RUN` was given, and what comes after them. The line begins
/// `|2 NAME=value OTHER=value` then, of BuildKit with `RUN ` before it; where a value has blanks, all up to the shell
/// counts as one.
pub(super) fn build_arguments(line: &str) -> (Vec<&str>, &str) {
    let Some((count, rest)) = line
        .strip_prefix("RUN ")
        .unwrap_or(line)
        .strip_prefix('|')
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(count, rest)| Some((count.parse::<usize>().ok()?, rest)))
    else {
        return (Vec::new(), line);
    };
    let (arguments, command) = match rest.find(" /bin/sh ") {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let names = arguments
        .split(' ')
        .filter_map(|word| word.split_once('='))
        .map(|(name, _)| name)
        .filter(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
        .take(count)
        .collect();
    (names, command.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_arguments_are_known_as_both_builders_write_them() {
        for line in [
            "|1 API_TOKEN=hunter2 /bin/sh -c make",
            "RUN |1 API_TOKEN=hunter2 /bin/sh -c make # buildkit",
        ] {
            assert_eq!(build_arguments(line).0, ["API_TOKEN"], "{line}");
        }
        for line in [
            "ARG API_TOKEN=hunter2",
            "/bin/sh -c #(nop)  ARG API_TOKEN=hunter2",
        ] {
            assert_eq!(declared_argument(line), Some("API_TOKEN"), "{line}");
        }
        assert_eq!(declared_argument("ARG API_TOKEN"), None);
        assert_eq!(declared_argument("ENV API_TOKEN=hunter2"), None);
    }

    #[test]
    fn values_of_variables_and_build_arguments_are_not_shown() {
        for (line, shown) in [
            ("ENV TOKEN=hunter2", "ENV TOKEN=…"),
            ("/bin/sh -c #(nop)  ENV TOKEN=hunter2 B=1", "ENV TOKEN=…"),
            ("ARG TOKEN=hunter2", "ARG TOKEN=…"),
            (
                "|2 TOKEN=hunter2 OTHER=a b c /bin/sh -c make all",
                "TOKEN=… OTHER=… make all",
            ),
            (
                "RUN |1 API_TOKEN=hunter2 /bin/sh -c make # buildkit",
                "API_TOKEN=… make # buildkit",
            ),
            (
                "RUN /bin/sh -c make # buildkit",
                "RUN /bin/sh -c make # buildkit",
            ),
            ("COPY dir:0 in /opt ", "COPY dir:0 in /opt"),
        ] {
            assert_eq!(shown_history(line), shown, "{line}");
        }
    }
}
