//! The binary: parse, execute, end with the right number.

use std::io::Write;
use std::panic::{catch_unwind, set_hook, take_hook};
use std::process::ExitCode as ProcessExit;

use driftgate::cli::{Cli, execute};
use driftgate::exit_code::ExitCode;
use driftgate::run::outlive_file_limits;

fn main() -> ProcessExit {
    let show = take_hook();
    set_hook(Box::new(move |panic| {
        show(panic);
        // Where standard error is closed, the exit code tells enough.
        let _ = writeln!(
            std::io::stderr(),
            "this is a bug in driftgate {}; please report it with the lines above",
            env!("CARGO_PKG_VERSION")
        );
    }));
    // Where it cannot be had, such a write ends the process; there is nothing else to do about it.
    let _ = outlive_file_limits();
    catch_unwind(run).unwrap_or(ExitCode::Bug).into()
}

fn run() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version end up here too; a closed pipe is no error.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Ok
            };
        }
    };
    execute(&cli).unwrap_or_else(|error| {
        error.show(&cli.global);
        error.exit_code()
    })
}
