use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use crate::cargo::{cargo, driftgate, shown};
use crate::generate::{Args, generate};
use crate::images::{self, images};
use crate::tests_run;

/// One step of the check: what it is called, how to mend it, and what it does.
struct Step {
    name: &'static str,
    mend: &'static str,
    run: fn() -> Result<bool>,
}

/// In the order of their cost. The tests come last, for their count closes the output.
const STEPS: &[Step] = &[
    Step {
        name: "format",
        mend: "cargo fmt --all",
        run: || shown(cargo(&["fmt", "--all", "--check"])),
    },
    Step {
        name: "generated files",
        mend: "cargo xtask generate",
        run: || generate(&Args { check: true }),
    },
    Step {
        name: "lints",
        mend: "cargo clippy --workspace --all-targets --fix",
        run: || {
            shown(cargo(&[
                "clippy",
                "--quiet",
                "--locked",
                "--workspace",
                "--all-targets",
                "--",
                "--deny=warnings",
            ]))
        },
    },
    Step {
        name: "the project's own gates",
        mend: "cargo run -- run (and `cargo run -- explain CODE`)",
        run: || shown(driftgate(&["run", "--lane=pr"])?),
    },
    Step {
        name: "proof that these gates can fail",
        mend: "cargo run -- prove",
        run: || shown(driftgate(&["prove"])?),
    },
    Step {
        name: "images",
        mend: "cargo xtask images; it needs a Docker daemon and mmdebstrap",
        run: || images(&images::Args::all()).map(|()| true),
    },
    Step {
        name: "demo",
        mend: "cargo run -- demo",
        run: || shown(driftgate(&["demo"])?),
    },
];

/// Runs every step, shows each failure at once, and ends with the count of the tests.
pub(crate) fn everything() -> Result<ExitCode> {
    let mut failed: Vec<&Step> = Vec::new();
    for step in STEPS {
        println!("== {}", step.name);
        let started = Instant::now();
        let passed = (step.run)().unwrap_or_else(|error| {
            println!("{error:#}");
            false
        });
        let seconds = started.elapsed().as_secs_f32();
        if passed {
            println!("   {}: passed in {seconds:.1} s", step.name);
        } else {
            println!("   {}: FAILED; to mend it: {}", step.name, step.mend);
            failed.push(step);
        }
    }
    println!("== tests");
    let count = tests_run::all()?;
    if failed.is_empty() {
        println!("all {} other steps passed", STEPS.len());
    } else {
        for step in &failed {
            println!("failed: {} (to mend it: {})", step.name, step.mend);
        }
    }
    println!("{count}");
    Ok(if failed.is_empty() && count.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
