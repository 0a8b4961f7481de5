use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::cargo::{cargo, has, root, shown};

/// What to fuzz, and for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A target under `fuzz/fuzz_targets`; all of them without one.
    target: Option<String>,
    /// How long to fuzz each target, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Runs cargo-fuzz on a stable toolchain. That allows the coverage that libFuzzer steers by, but
/// no sanitizer; the code forbids `unsafe`, so that panics and hangs are what is left to find.
pub(crate) fn fuzz(args: &Args) -> Result<ExitCode> {
    if !has("fuzz") {
        bail!("cargo-fuzz is not installed; `cargo install cargo-fuzz --locked` does it");
    }
    let targets = match &args.target {
        Some(target) => vec![target.clone()],
        None => targets()?,
    };
    for target in targets {
        println!("== {target}, {} s", args.seconds);
        let mut command = cargo(&["fuzz", "run", "--sanitizer=none", "--dev", &target, "--"]);
        command
            .arg(format!("-max_total_time={}", args.seconds))
            .args(["-max_len=8192", "-timeout=10", "-rss_limit_mb=2048"])
            .current_dir(root().join("fuzz"))
            .env("RUSTC_BOOTSTRAP", "1");
        if !shown(command)? {
            println!("   {target}: FAILED; its input is below fuzz/artifacts/{target}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
