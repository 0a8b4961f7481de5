//! Measures the binary side by side with its peers: `cargo bench --bench peers [CASE…] [--save FILE]`.
//!
//! Every case runs its commands in turn, forward and backward, so that a machine that slows down
//! slows all of them; what is printed is the median of the wall time, with the median deviation.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement speaks to the person who runs it"
)]

mod assets;
mod cases;
mod fixtures;
mod images;
mod measure;
mod migrations;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut wanted = Vec::new();
    let mut save = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            // Cargo passes this to every bench.
            "--bench" => {}
            "--save" => save = args.next(),
            _ => wanted.push(arg),
        }
    }
    let mut results = Vec::new();
    for case in cases::ALL {
        if wanted.is_empty() || wanted.iter().any(|name| name == case.name) {
            eprintln!("{}: making fixtures", case.name);
            let comparison = (case.make)();
            eprintln!("{}: measuring", case.name);
            let result = measure::compare(case.name, &comparison);
            println!("{result}");
            results.push(result.json());
        }
    }
    if results.is_empty() {
        eprintln!("no case of that name; there are:");
        for case in cases::ALL {
            eprintln!("  {}", case.name);
        }
        return ExitCode::from(2);
    }
    if let Some(path) = save {
        let text = serde_json::to_string_pretty(&results).expect("plain data");
        std::fs::write(&path, text + "\n").expect("the results can be written");
    }
    ExitCode::SUCCESS
}
