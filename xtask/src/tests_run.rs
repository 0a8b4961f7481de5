use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::cargo::{cargo, has, root, shown};

/// How many tests ran, and how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// What the runner itself said in the end.
    runner_failed: bool,
}

impl Count {
    /// Whether tests ran and none of them failed.
    pub(crate) fn is_good(&self) -> bool {
        self.passed > 0 && self.failed == 0 && !self.runner_failed
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
            ..
        } = self;
        write!(f, "{} tests run: {passed} passed, ", passed + failed)?;
        if *failed > 0 {
            write!(f, "{failed} failed, ")?;
        }
        write!(f, "{skipped} skipped")
    }
}

/// Runs all tests, with cargo-nextest where it is installed.
pub(crate) fn all() -> Result<Count> {
    if has("nextest") { nextest() } else { libtest() }
}

/// Counts from the JUnit file; nextest runs everything but the tests in doc comments, which run
/// apart.
fn nextest() -> Result<Count> {
    // The runner keeps it beside the workspace, whatever cargo is told of its own folder.
    let junit = root().join("target/nextest/xtask/junit.xml");
    if junit.exists() {
        fs_err::remove_file(&junit)?;
    }
    let succeeded = shown(cargo(&[
        "nextest",
        "run",
        "--locked",
        "--workspace",
        "--profile=xtask",
    ]))?;
    let report = quick_junit::Report::deserialize_from_str(
        &fs_err::read_to_string(&junit).context("cargo nextest left no report")?,
    )?;
    let mut count = Count {
        runner_failed: !succeeded,
        ..Count::default()
    };
    for case in report
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases)
    {
        match case.status {
            quick_junit::TestCaseStatus::Success { .. } => count.passed += 1,
            quick_junit::TestCaseStatus::NonSuccess { .. } => count.failed += 1,
            quick_junit::TestCaseStatus::Skipped { .. } => count.skipped += 1,
        }
    }
    let docs = counted(&["test", "--locked", "--workspace", "--doc"])?;
    Ok(count.and(docs))
}

fn libtest() -> Result<Count> {
    println!("cargo-nextest is not installed; cargo test it is");
    counted(&["test", "--locked", "--workspace", "--no-fail-fast"])
}

impl Count {
    fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            runner_failed: self.runner_failed || other.runner_failed,
        }
    }
}

/// Runs `cargo test` and sums the result lines of its test binaries.
fn counted(args: &[&str]) -> Result<Count> {
    let output = cargo(args)
        .stderr(Stdio::inherit())
        .output()
        .context("failed to start cargo test")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        println!("{text}");
    }
    let mut count = Count {
        runner_failed: !output.status.success(),
        ..Count::default()
    };
    for line in text.lines() {
        if let Some(results) = line.strip_prefix("test result: ") {
            count = count.and(result_line(results)?);
        }
    }
    Ok(count)
}

/// Reads `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
fn result_line(line: &str) -> Result<Count> {
    let number = |noun: &str| {
        line.split([';', '.'])
            .map(str::trim)
            .find_map(|part| part.strip_suffix(noun)?.trim().parse::<usize>().ok())
    };
    let (Some(passed), Some(failed), Some(skipped)) =
        (number("passed"), number("failed"), number("ignored"))
    else {
        bail!("cannot read the result line `{line}`");
    };
    Ok(Count {
        passed,
        failed,
        skipped,
        runner_failed: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_line_is_counted() {
        let line =
            "FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s";
        let count = result_line(line).expect("a result line");
        assert_eq!((count.passed, count.failed, count.skipped), (3, 2, 1));
        assert!(!count.is_good());
    }

    #[test]
    fn a_run_without_tests_is_not_good() {
        assert!(!Count::default().is_good());
    }

    #[test]
    fn a_failed_runner_is_not_good_even_if_all_counted_tests_passed() {
        let count = Count {
            passed: 1,
            runner_failed: true,
            ..Count::default()
        };
        assert!(!count.is_good());
    }

    #[test]
    fn a_result_line_of_another_form_is_an_error() {
        assert!(result_line("ok. three passed").is_err());
    }
}
