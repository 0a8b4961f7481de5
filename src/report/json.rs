use std::io::{self, Write};

use super::{GateReport, Report, Reporter};
use crate::run::{Event, RunStart};

/// The JSON report, version 1: one document at the end.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
    start: Option<RunStart>,
    gates: Vec<GateReport>,
}

impl<W> Json<W> {
    pub fn new(out: W) -> Self {
        Self {
            out,
            start: None,
            gates: Vec::new(),
        }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn tell(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Start(start) => self.start = Some((*start).clone()),
            Event::Gate(outcome) => self.gates.push(GateReport::from(*outcome)),
            Event::End(end) => {
                let Some(start) = &self.start else {
                    return Ok(());
                };
                let report = Report::new(start, std::mem::take(&mut self.gates), end);
                let mut out = io::BufWriter::new(&mut self.out);
                serde_json::to_writer_pretty(&mut out, &report)?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
            Event::Running { .. }
            | Event::Slow { .. }
            | Event::Retrying { .. }
            | Event::Done { .. } => {}
        }
        Ok(())
    }
}
