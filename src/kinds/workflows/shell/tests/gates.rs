use super::support::read_as;

#[test]
fn a_condition_before_all_work_is_a_guard() {
    let analysis = read_as(
        None,
        "if [ \"$API\" = true ]; then\n  go test ./...\nelse\n  echo skipped\nfi",
    );
    assert!(analysis.works);
    assert_eq!(analysis.guards.len(), 1);
    assert_eq!(analysis.guards[0].variables, ["API"]);
}

#[test]
fn work_outside_of_a_condition_leaves_it_no_guard() {
    let analysis = read_as(
        None,
        "if [ \"$A\" = b ]; then\n  go vet ./...\nfi\ngo test ./...",
    );
    assert!(analysis.guards.is_empty());
}

#[test]
fn an_early_exit_stands_before_all_that_follows() {
    let analysis = read_as(
        None,
        "if [ \"${{ needs.changes.outputs.api }}\" != 'true' ]; then\n  echo skipped\n  exit 0\nfi\ngo test ./...",
    );
    assert_eq!(
        analysis.guards[0].expressions,
        ["needs.changes.outputs.api"]
    );
    assert_eq!(analysis.exits.len(), 1);
    assert!(analysis.exits[0].before_work);
    let list = read_as(None, "[ \"$A\" = true ] || exit 0\ngo test ./...");
    assert_eq!(list.guards[0].variables, ["A"]);
    let group = read_as(None, "[ -n \"$A\" ] || { echo no; exit 0; }\ngo test ./...");
    assert_eq!(group.exits.len(), 1);
    assert!(group.exits[0].before_work);
}

#[test]
fn an_exit_after_the_work_leaves_nothing_undone() {
    let analysis = read_as(
        None,
        "go test ./...\nif [ \"$A\" = b ]; then exit 0; fi\necho more",
    );
    assert!(analysis.guards.is_empty());
    assert!(!analysis.exits[0].before_work);
}

#[test]
fn a_variable_stands_for_what_it_is_made_of() {
    let analysis = read_as(
        None,
        "raw='${{ needs.changes.outputs.api }}'\nflag=$raw\nif [ \"$flag\" != true ]; then exit 0; fi\ngo test ./...",
    );
    assert_eq!(
        analysis.guards[0].expressions,
        ["needs.changes.outputs.api"]
    );
}

#[test]
fn talk_is_no_work() {
    assert!(!read_as(None, "echo hello\nls -la\ncat log").works);
    assert!(read_as(None, "./build").works);
}
