use super::support::Repo;

/// The findings of a required job whose only step runs a script. The script begins on line 10.
fn of(script: &str) -> Vec<String> {
    let indented: String = script.lines().map(|line| format!("    {line}\n")).collect();
    let repo = Repo::github(&["test"]);
    repo.job("", &format!("- run: |\n{indented}"));
    repo.findings()
}

#[test]
fn a_masked_check_is_found_on_its_line() {
    assert_eq!(
        of("echo before\ngo test ./... || true\n./after"),
        ["block check-masked ci.yml:11"]
    );
}

#[test]
fn the_message_says_how_the_status_is_lost_and_the_help_what_to_write() {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        "- name: Unit tests\n  run: |\n    go test ./... | tee out.txt\n    ./after",
    );
    let report = repo.report();
    let finding = &report["gates"][0]["findings"][0];
    assert_eq!(
        finding["message"],
        "step `Unit tests` of job `test` (required: `test`): the status of `go test ./...` is lost, for without `pipefail` the pipe has that of `tee out.txt`"
    );
    assert_eq!(
        finding["help"],
        "write `shell: bash` at the step, or `set -o pipefail` first"
    );
    assert_eq!(finding["locations"][0]["column"], 11);
}

#[test]
fn a_shell_of_the_step_the_job_or_the_workflow_decides_about_pipefail() {
    let pipe = "- run: |\n    go test ./... | tee out.txt\n    ./after";
    let found = |keys: &str, steps: &str, head: &str| {
        let repo = Repo::github(&["test"]);
        let text = super::support::job_file(keys, steps).replace("jobs:", &format!("{head}jobs:"));
        repo.file("ci.yml", &text);
        repo.findings().len()
    };
    assert_eq!(found("", pipe, ""), 1);
    assert_eq!(found("", &format!("{pipe}\n  shell: bash"), ""), 0);
    assert_eq!(found("defaults:\n  run:\n    shell: bash", pipe, ""), 0);
    assert_eq!(found("", pipe, "defaults:\n  run:\n    shell: bash\n"), 0);
    assert_eq!(
        found(
            "defaults:\n  run:\n    shell: sh",
            pipe,
            "defaults:\n  run:\n    shell: bash\n"
        ),
        1
    );
}

#[test]
fn the_runners_of_gitea_take_bash_with_pipefail_for_the_default() {
    let repo = Repo::gitea("1.27", &["CI / test"]);
    repo.job("", "- run: |\n    go test ./... | tee out.txt\n    ./after");
    assert_eq!(repo.findings(), Vec::<String>::new());
}

#[test]
fn in_a_container_of_the_jobs_own_the_default_is_sh() {
    let repo = Repo::gitea("1.27", &["CI / test"]);
    let pipe = "- run: |\n    go test ./... | tee out.txt\n    ./after";
    let container =
        "container: node@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    repo.job(container, pipe);
    assert_eq!(repo.findings(), ["block check-masked ci.yml:11"]);
    let named = Repo::gitea("1.27", &["CI / test"]);
    named.job(container, &format!("{pipe}\n  shell: bash"));
    assert_eq!(named.findings(), Vec::<String>::new());
}

#[test]
fn windows_reads_powershell_without_a_key() {
    let repo = Repo::github(&["test"]);
    let text = super::support::job_file("", "- run: go test ./... || true")
        .replace("ubuntu-latest", "windows-latest");
    repo.file("ci.yml", &text);
    assert_eq!(repo.findings(), Vec::<String>::new());
}

#[test]
fn a_step_that_cannot_fail_is_one_finding_for_all_of_it() {
    assert_eq!(
        of("./build || true\ngo test ./... || true"),
        ["block step-never-fails ci.yml:10"]
    );
}

#[test]
fn tidying_up_may_fail() {
    for script in [
        "docker rm -f db || true",
        "cat server.log || true\nkill \"$(cat server.pid)\" || true",
    ] {
        assert_eq!(of(script), Vec::<String>::new(), "{script}");
    }
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        "- run: ./test\n- name: Stop the stack\n  run: ./stack || true\n- if: always()\n  run: ./after || true\n- if: failure()\n  run: go test -v ./... || true",
    );
    assert_eq!(repo.findings(), Vec::<String>::new());
}

#[test]
fn a_tool_that_always_ends_with_zero_is_found() {
    assert_eq!(
        of("flake8 --exit-zero src"),
        ["block tool-always-zero ci.yml:10"]
    );
    assert_eq!(of("flake8 src"), Vec::<String>::new());
}

#[test]
fn a_check_that_skips_without_its_secret_is_found() {
    let repo = Repo::github(&["test"]);
    repo.job(
        "",
        "- env:\n    KEY: ${{ secrets.KEY }}\n  run: |\n    if [ -z \"$KEY\" ]; then\n      echo no key\n      exit 0\n    fi\n    ./audit",
    );
    assert_eq!(repo.findings(), ["block skips-without-secret ci.yml:14"]);
    assert!(repo.message("skips-without-secret").contains("`KEY`"));
    let fails = Repo::github(&["test"]);
    fails.job(
        "",
        "- env:\n    KEY: ${{ secrets.KEY }}\n  run: |\n    if [ -z \"$KEY\" ]; then exit 1; fi\n    ./audit",
    );
    assert_eq!(fails.findings(), Vec::<String>::new());
}

#[test]
fn a_check_that_is_done_only_with_its_secret_is_found() {
    for script in [
        "if [ -n \"$KEY\" ]; then ./audit; fi",
        "if [ -z \"$KEY\" ]; then\n      echo no key\n    else\n      ./audit\n    fi",
    ] {
        let repo = Repo::github(&["test"]);
        let step = format!("- env:\n    KEY: ${{{{ secrets.KEY }}}}\n  run: |\n    {script}");
        repo.job("", &step);
        assert_eq!(
            repo.findings(),
            ["block skips-without-secret ci.yml:12"],
            "{script}"
        );
    }
    for script in [
        "if [ -n \"$KEY\" ]; then ./audit; else exit 1; fi",
        "if [ \"$KEY\" = dev ]; then ./audit; fi",
    ] {
        let repo = Repo::github(&["test"]);
        let step = format!("- env:\n    KEY: ${{{{ secrets.KEY }}}}\n  run: |\n    {script}");
        repo.job("", &step);
        assert_eq!(repo.findings(), Vec::<String>::new(), "{script}");
    }
}

#[test]
fn what_no_required_context_hangs_on_only_advises() {
    let repo = Repo::github(&["test"]);
    let text = super::support::job_file("", "- run: ./test");
    repo.file(
        "ci.yml",
        &format!("{text}  nightly:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n      - run: ./a\n      - run: |\n          go test ./... || true\n          ./b\n"),
    );
    assert_eq!(repo.findings(), ["advisory check-masked ci.yml:16"]);
}
