use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One command of a comparison.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) dir: PathBuf,
    pub(crate) env: Vec<(String, String)>,
    /// The exit code that says that it did its work.
    pub(crate) exit: i32,
    /// Folders to remove before each run, where the run must start cold.
    pub(crate) remove_first: Vec<PathBuf>,
}

impl Contender {
    pub(crate) fn new(
        name: &'static str,
        program: impl Into<PathBuf>,
        dir: impl Into<PathBuf>,
    ) -> Self {
        Self {
            name,
            program: program.into(),
            args: Vec::new(),
            dir: dir.into(),
            env: Vec::new(),
            exit: 0,
            remove_first: Vec::new(),
        }
    }

    pub(crate) fn args<T: Into<String>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn cold(mut self, dir: impl Into<PathBuf>) -> Self {
        self.remove_first.push(dir.into());
        self
    }

    fn run(&self) -> Duration {
        for dir in &self.remove_first {
            let _ = std::fs::remove_dir_all(dir);
        }
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .current_dir(&self.dir)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().expect("the command starts");
        let took = start.elapsed();
        assert_eq!(
            status.code(),
            Some(self.exit),
            "{} {} did not do its work",
            self.program.display(),
            self.args.join(" ")
        );
        took
    }

    fn shown(&self) -> String {
        let program = self.program.file_name().map_or_else(
            || self.program.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        // Where the fixtures are says nothing, and differs from machine to machine.
        format!("{program} {}", self.args.join(" ")).replace(env!("CARGO_TARGET_TMPDIR"), "$TMP")
    }
}

/// Commands that do the same work, the product first.
pub(crate) struct Comparison {
    pub(crate) contenders: Vec<Contender>,
    pub(crate) runs: usize,
}

/// Wall times of one command, in milliseconds.
pub(crate) struct Times {
    name: &'static str,
    command: String,
    sorted: Vec<f64>,
}

impl Times {
    fn median(&self) -> f64 {
        median(&self.sorted)
    }

    fn deviation(&self) -> f64 {
        let middle = self.median();
        let mut distances: Vec<f64> = self.sorted.iter().map(|t| (t - middle).abs()).collect();
        distances.sort_by(f64::total_cmp);
        median(&distances)
    }
}

fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[half]
    } else {
        f64::midpoint(sorted[half - 1], sorted[half])
    }
}

pub(crate) struct Outcome {
    case: &'static str,
    times: Vec<Times>,
}

/// Warms up once, then runs all contenders `runs` times, forward and backward in turn.
pub(crate) fn compare(case: &'static str, comparison: &Comparison) -> Outcome {
    let contenders = &comparison.contenders;
    for contender in contenders {
        contender.run();
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    for round in 0..comparison.runs {
        let mut order: Vec<usize> = (0..contenders.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            times[index].push(contenders[index].run().as_secs_f64() * 1000.0);
        }
    }
    let times = contenders
        .iter()
        .zip(times)
        .map(|(contender, mut sorted)| {
            sorted.sort_by(f64::total_cmp);
            Times {
                name: contender.name,
                command: contender.shown(),
                sorted,
            }
        })
        .collect();
    Outcome { case, times }
}

impl Outcome {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "case": self.case,
            "times_ms": self.times.iter().map(|times| serde_json::json!({
                "name": times.name,
                "command": times.command,
                "median": times.median(),
                "median_deviation": times.deviation(),
                "runs": times.sorted,
            })).collect::<Vec<_>>(),
        })
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let own = self.times.first().map_or(f64::NAN, Times::median);
        writeln!(f, "{}", self.case)?;
        for times in &self.times {
            writeln!(
                f,
                "  {:<34} {:>10.2} ms  ± {:>7.2}  ({} runs)  {:>6.2}x  {}",
                times.name,
                times.median(),
                times.deviation(),
                times.sorted.len(),
                times.median() / own,
                times.command,
            )?;
        }
        Ok(())
    }
}
