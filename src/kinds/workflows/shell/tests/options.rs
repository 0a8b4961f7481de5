use crate::kinds::workflows::shell::options::Dialect;
use crate::kinds::workflows::shell::{ShellOptions, analyse};

fn of(shell: Option<&str>) -> (bool, bool) {
    let options = ShellOptions::of(shell, false);
    assert_eq!(options.dialect, Dialect::Posix);
    (options.errexit, options.pipefail)
}

#[test]
fn githubs_default_shell_has_no_pipefail_and_its_bash_has() {
    assert_eq!(of(None), (true, false));
    assert_eq!(of(Some("bash")), (true, true));
    assert_eq!(of(Some("sh")), (true, false));
}

#[test]
fn a_shell_with_options_has_those_and_no_others() {
    assert_eq!(of(Some("bash {0}")), (false, false));
    assert_eq!(of(Some("bash -euo pipefail {0}")), (true, true));
    assert_eq!(of(Some("/bin/bash --noprofile -e {0}")), (true, false));
    assert_eq!(of(Some("bash -o errexit -o pipefail {0}")), (true, true));
}

#[test]
fn acts_default_shell_has_pipefail() {
    assert!(ShellOptions::of(None, true).pipefail);
    assert!(!ShellOptions::of(Some("sh"), true).pipefail);
}

#[test]
fn other_languages_are_not_read_as_a_shells() {
    for shell in ["pwsh", "python", "cmd", "perl {0}", "node {0}"] {
        let options = ShellOptions::of(Some(shell), false);
        assert!(
            analyse("go test ./... || true", options).is_none(),
            "{shell}"
        );
    }
}
