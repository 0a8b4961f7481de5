use super::Organisation;
use crate::context::Environment;

#[test]
fn the_same_commits_are_made_every_time() {
    let make = || {
        let dir = tempfile::tempdir().expect("a folder");
        Organisation::make(dir.path(), &Environment::of_process())
            .expect("made")
            .repositories
    };
    let repositories = make();
    assert_eq!(repositories, make());
    assert_eq!(repositories.len(), 6);
    assert!(repositories.iter().any(|r| r.moved_on.is_some()));
    for repository in &repositories {
        assert_eq!(repository.pinned.len(), 40);
        assert_ne!(Some(&repository.pinned), repository.moved_on.as_ref());
    }
}

#[test]
fn scripts_come_out_executable_and_other_files_do_not() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    Organisation::make(dir.path(), &Environment::of_process()).expect("made");
    let mode = |path: &str| {
        dir.path()
            .join("repositories/harbour/workspace-template-platform-agent")
            .join(path)
            .metadata()
            .expect("a file")
            .permissions()
            .mode()
            & 0o111
    };
    assert_ne!(mode("identity-fallback.sh"), 0);
    assert_eq!(mode("config.yaml"), 0);
}

#[test]
fn the_manifest_pins_what_was_committed() {
    let dir = tempfile::tempdir().expect("a folder");
    let organisation = Organisation::make(dir.path(), &Environment::of_process()).expect("made");
    let manifest =
        std::fs::read_to_string(organisation.core.join("manifest.json")).expect("a manifest");
    for repository in &organisation.repositories {
        assert!(manifest.contains(&repository.pinned), "{}", repository.name);
    }
    assert!(!manifest.contains("@commit"), "{manifest}");
}
