use super::sample::tell_all;
use crate::report::{Detail, Human};

fn human(detail: Detail, colour: bool) -> String {
    let mut out = Vec::new();
    if colour {
        tell_all(&mut Human::new(&mut out, detail));
    } else {
        tell_all(&mut Human::new(
            anstream::StripStream::new(&mut out),
            detail,
        ));
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn people_see_a_line_a_gate_its_findings_and_a_summary() {
    insta::assert_snapshot!(human(Detail::Normal, false));
}

#[test]
fn quiet_leaves_out_what_is_green() {
    insta::assert_snapshot!(human(Detail::Quiet, false));
}

#[test]
fn verbose_tells_promises_and_facts() {
    insta::assert_snapshot!(human(Detail::Verbose, false));
}

#[test]
fn colours_change_nothing_but_colours_and_files_cannot_add_their_own() {
    let coloured = human(Detail::Normal, true);
    assert_ne!(coloured, human(Detail::Normal, false));
    assert!(!coloured.contains("\u{1b}[2J"), "{coloured:?}");
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        human(Detail::Normal, false)
    );
}
