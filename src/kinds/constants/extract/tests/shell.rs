use super::support::{is_missing, refusal, spans, values, without};
use crate::kinds::constants::selector::Selector;

fn array() -> Selector {
    Selector::ShellArray("X".to_owned())
}

fn arg(separator: Option<&str>) -> Selector {
    Selector::Dockerfile {
        arg: "X".to_owned(),
        separator: separator.map(str::to_owned),
    }
}

fn env(separator: Option<&str>) -> Selector {
    Selector::EnvFile {
        key: "X".to_owned(),
        separator: separator.map(str::to_owned),
    }
}

#[test]
fn a_shell_array_is_read_with_every_way_of_quoting() {
    let text =
        "#!/bin/bash\n# X=(no)\nreadonly -a X=(\n  a 'b c' \"d\\\"e\" # no\n  f\\ g h\"i\"'j'\n)\n";
    assert_eq!(
        values(&array(), "x.sh", text),
        ["a", "b c", "d\"e", "f g", "hij"]
    );
    let cut = without(&array(), "x.sh", "X=(a b)\n", 1);
    assert_eq!(values(&array(), "x.sh", &cut), ["a"]);
}

#[test]
fn characters_from_the_far_end_of_unicode_do_no_harm() {
    // The scanner of the grammar reads out of bounds for the second of these.
    assert_eq!(
        values(&array(), "x.sh", "X=(ä '\u{daa64}')\n"),
        ["ä", "\u{daa64}"]
    );
    refusal(&array(), "x.sh", "X=({\u{daa64})\n");
    is_missing(&array(), "x.sh", "''{\u{daa64}\n");
}

#[test]
fn what_the_shell_would_work_out_is_refused() {
    for text in [
        "X=(a\n$b)\n",
        "X=(a\n\"$(b)\")\n",
        "X=(a\n*.c)\n",
        "X=(a)\nX+=(b)\n",
        "X=(a)\nX[1]=b\n",
    ] {
        let (line, _) = refusal(&array(), "x.sh", text);
        assert_eq!(line, 2, "{text}");
    }
}

#[test]
fn the_words_of_a_variable_are_read() {
    let words = Selector::ShellWords("X".to_owned());
    let text = "export X=\"aa a\n  b\"\n";
    assert_eq!(values(&words, "x.sh", text), ["aa", "a", "b"]);
    assert_eq!(spans(&words, "x.sh", text), ["aa", "a", "b"]);
    assert!(is_missing(&words, "x.sh", "Y=a\n").contains("variable X"));
}

#[test]
fn the_default_of_an_arg_is_read_wherever_it_stands() {
    let text = "# ARG X=no\nARG Y=1 X=\"a\"\nFROM scratch\nARG X\n";
    assert_eq!(values(&arg(None), "Dockerfile", text), ["a"]);
    assert_eq!(spans(&arg(None), "Dockerfile", text), ["a"]);
    assert_eq!(
        values(&arg(Some(",")), "Dockerfile", "ARG X=a,b\nFROM scratch\n"),
        ["a", "b"]
    );
    assert!(values(&arg(None), "Dockerfile", "FROM scratch\nARG X\n").is_empty());
}

#[test]
fn defaults_that_disagree_or_refer_to_others_are_refused() {
    let text = "FROM a\nARG X=1\nFROM b\nARG X=2\n";
    assert_eq!(refusal(&arg(None), "Dockerfile", text).0, 4);
    assert_eq!(
        refusal(&arg(None), "Dockerfile", "FROM a\nARG X=${Y}\n").0,
        2
    );
}

#[test]
fn an_env_file_is_read_as_its_readers_read_it() {
    for text in [
        "# X=no\nexport X=a,b # note\n",
        "\u{feff}X='a,b'\n",
        "Y=\"multi\nX=no\n\"\nX=\"a,b\"\r\n",
    ] {
        assert_eq!(values(&env(Some(",")), ".env", text), ["a", "b"], "{text}");
        assert_eq!(spans(&env(Some(",")), ".env", text), ["a", "b"], "{text}");
    }
    assert!(values(&env(None), ".env", "X=\n").is_empty());
    assert_eq!(refusal(&env(None), ".env", "X=a\nX=b\n").0, 2);
    assert_eq!(refusal(&env(None), ".env", "\nX=$HOME\n").0, 2);
}

#[test]
fn a_pattern_takes_every_match_of_its_group() {
    let pattern = regex::Regex::new("(?m)^kind: ([a-z]+)$").expect("a pattern");
    let selector = Selector::Pattern(pattern);
    let text = "kind: a\nno kind: x\nkind: b\n";
    assert_eq!(values(&selector, "x.txt", text), ["a", "b"]);
    assert!(is_missing(&selector, "x.txt", "nothing").contains("pattern"));
}

#[test]
fn a_shell_array_that_something_else_sets_too_is_refused() {
    for change in [
        "mapfile -t X < x",
        "read -ra X <<< 'c d'",
        "unset 'X[0]'",
        "eval 'X+=(c)'",
    ] {
        let text = format!("X=(a b)\n{change}\n");
        assert_eq!(refusal(&array(), "x.sh", &text).0, 2, "{change}");
    }
    for text in ["if [ \"$y\" ]; then X=(a); fi\n", "[ \"$y\" ] && X=(a)\n"] {
        assert_eq!(refusal(&array(), "x.sh", text).0, 1, "{text}");
    }
    let used = "X=(a b)\nprintf '%s\\n' \"${XS[@]}\"\necho \"${X[@]}\"\n";
    assert_eq!(values(&array(), "x.sh", used), ["a", "b"]);
}

#[test]
fn an_apostrophe_in_an_env_file_swallows_no_line() {
    let text = "NOTE=don't\nX=a\n";
    assert_eq!(values(&env(None), ".env", text), ["a"]);
    let text = "X=a\nNOTE=don't\nX=b\nOTHER=it's\n";
    assert_eq!(refusal(&env(None), ".env", text).0, 3);
    let text = "NOTE=\"open\nX=a\n";
    assert_eq!(values(&env(None), ".env", text), ["a"]);
}
