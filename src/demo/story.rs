use std::io::Write;
use std::path::Path;

use anstyle::Style;
use crossbeam_channel::Receiver;
use serde_json::Value;

use super::command::{Ended, driftgate};
use super::expect::{Drift, all_green, all_proved, caught, locked};
use super::life::{Chapter, Life, found_out, lived};
use super::organisation::{gates, write};
use super::{DemoError, Organisation, platform};
use crate::context::Environment;

/// One letter that turns a rule into its opposite.
const DRIFT: Drift = Drift {
    path: "workspace-server/assets/concierge/prompts/concierge.md",
    gate: "vendored-prompts",
    before: "You do not repeat credentials",
    after: "You do now repeat credentials",
    code: "content-differs",
};

/// How the story is told.
pub struct Story<'a> {
    pub out: &'a mut dyn Write,
    /// The driftgate to run.
    pub program: &'a Path,
    /// Whether the commands are to write in colour.
    pub colour: bool,
    pub environment: &'a Environment,
    /// What comes here ends the story.
    pub interrupts: &'a Receiver<()>,
}

/// Where a command runs.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The folder of everything.
    base: &'a Path,
    /// The repository that is gated, in a folder of the base.
    repository: &'a Path,
}

impl<'a> Place<'a> {
    fn of(organisation: &'a Organisation) -> Self {
        Self {
            base: &organisation.base,
            repository: &organisation.core,
        }
    }
}

/// Makes the organisation below `base`, and walks through everything on it.
///
/// # Errors
/// When anything does not behave: then it says what.
pub fn tell(story: &mut Story<'_>, base: &Path) -> Result<(), DemoError> {
    story.introduce(base)?;
    let organisation = Organisation::make(base, story.environment)?;
    story.show(&organisation)?;
    let gates = gates()?;

    story.chapter(
        "The sources",
        "The manifest pins every repository to a commit. sync brings exactly those, into mirrors \
         without a checkout.",
    )?;
    let sync = story.run(Place::of(&organisation), &["sync"])?;
    let lock = organisation.core.join("driftgate.lock");
    locked(&sync, &lock, &organisation.repositories)?;

    story.chapter(
        "The gates",
        "Each is one file in gates/. None of them touches the network, or writes anything.",
    )?;
    let (run, report) = story.report(&organisation, "run", "run.json")?;
    all_green(&run, &report, gates)?;

    story.chapter(
        "Can they fail?",
        "prove plants every violation that a gate promises to catch, in memory, and demands the \
         very finding that was promised.",
    )?;
    let (prove, proofs) = story.report(&organisation, "prove", "prove.json")?;
    all_proved(&prove, &proofs, gates)?;

    let life = match story.life(base)? {
        Some(checks) => format!("a life of {checks} checks lived"),
        None => "no life lived".to_owned(),
    };

    story.chapter(
        "A drift",
        "Somebody changes one letter of a delivered prompt:",
    )?;
    plant(&organisation, &DRIFT)?;
    let Drift {
        path,
        before,
        after,
        ..
    } = DRIFT;
    writeln!(story.out, "    {path}\n    - {before}\n    + {after}\n")?;
    let (drifted, report) = story.report(&organisation, "run", "drift.json")?;
    caught(&drifted, &report, &DRIFT)?;

    let bold = Style::new().bold();
    writeln!(
        story.out,
        "{bold}Everything behaved:{bold:#} {gates} gates green, {} of {} protections proved, {life}, one changed byte caught.",
        proofs["proved"], proofs["of"]
    )?;
    Ok(())
}

/// Changes the one byte on disk.
fn plant(organisation: &Organisation, drift: &Drift) -> Result<(), DemoError> {
    let path = organisation.core.join(drift.path);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| DemoError::Fixture(format!("{}: {error}", drift.path)))?;
    let changed = text.replacen(drift.before, drift.after, 1);
    let differ = text
        .bytes()
        .zip(changed.bytes())
        .filter(|(a, b)| a != b)
        .count();
    if text.len() != changed.len() || differ != 1 {
        return Err(DemoError::Fixture(format!(
            "{differ} bytes of {} would change, expected 1",
            drift.path
        )));
    }
    write(&path, changed.as_bytes())
}

impl Story<'_> {
    fn introduce(&mut self, base: &Path) -> Result<(), DemoError> {
        self.chapter(
            "The organisation",
            &format!(
                "A sample organisation in {}: repositories that are delivered, and a core that \
                 delivers them.",
                base.display()
            ),
        )
    }

    fn show(&mut self, organisation: &Organisation) -> Result<(), DemoError> {
        let width = organisation
            .repositories
            .iter()
            .map(|repository| repository.name.len())
            .max()
            .unwrap_or(0);
        for repository in &organisation.repositories {
            let short = |id: &str| id.chars().take(10).collect::<String>();
            write!(
                self.out,
                "    {:width$}  pinned at {}",
                repository.name,
                short(&repository.pinned)
            )?;
            match &repository.moved_on {
                Some(later) => writeln!(self.out, ", main has moved on to {}", short(later))?,
                None => writeln!(self.out)?,
            }
        }
        writeln!(
            self.out,
            "    {:width$}  a manifest, Dockerfiles, a vendored copy, and Go, SQL, TypeScript and Python",
            "core"
        )?;
        writeln!(self.out)?;
        Ok(())
    }

    /// Lives the life of the organisation's concierge, where this machine can bring it up; then on a
    /// platform that is wrong. How many checks the life had.
    fn life(&mut self, base: &Path) -> Result<Option<usize>, DemoError> {
        let repository = platform::make(base, self.environment)?;
        let at = Place {
            base,
            repository: &repository,
        };
        self.chapter(
            "A life",
            "A database and the organisation's platform are brought up, in containers or as \
             processes of this machine, and a concierge lives its whole life on them. Every answer \
             is compared with the rows and with the containers.",
        )?;
        let args = ["run", platform::LIFE, "--offline", "--retries=0"];
        let (run, report) = self.reported(at, &args, "life.json")?;
        let checks = match lived(&run, &report)? {
            Life::NotHere(why) => {
                writeln!(
                    self.out,
                    "    No life was lived, for this machine cannot bring one up: {why}\n"
                )?;
                return Ok(None);
            }
            Life::Lived {
                backend,
                chapters,
                left_out,
            } => {
                self.show_life(&backend, &chapters, &left_out)?;
                chapters.iter().map(|chapter| chapter.checks).sum()
            }
        };
        self.chapter(
            "A platform that is wrong",
            "It takes any tool for the required one whose name ends like it. A concierge comes \
             online that cannot do its work:",
        )?;
        let args = ["run", platform::SLOPPY, "--offline", "--retries=0"];
        let (run, report) = self.reported(at, &args, "sloppy.json")?;
        found_out(&run, &report)?;
        Ok(Some(checks))
    }

    fn show_life(
        &mut self,
        backend: &str,
        chapters: &[Chapter],
        left_out: &[String],
    ) -> Result<(), DemoError> {
        match backend.split_once(", because ") {
            Some((name, why)) => writeln!(self.out, "    backend: {name}\n    because {why}")?,
            None => writeln!(self.out, "    backend: {backend}")?,
        }
        let width = chapters
            .iter()
            .map(|chapter| chapter.name.len())
            .max()
            .unwrap_or(0);
        for Chapter { name, checks, ms } in chapters {
            writeln!(
                self.out,
                "    {name:width$}  {checks:>3} checks  {ms:>5.0} ms"
            )?;
        }
        for one in left_out {
            writeln!(self.out, "    left out: {one}")?;
        }
        writeln!(self.out)?;
        Ok(())
    }

    fn chapter(&mut self, title: &str, text: &str) -> Result<(), DemoError> {
        let bold = Style::new().bold().underline();
        writeln!(self.out, "{bold}{title}{bold:#}\n{text}\n")?;
        Ok(())
    }

    /// Runs a command that writes a report to `file` beside the core, and reads that.
    fn report(
        &mut self,
        organisation: &Organisation,
        command: &str,
        file: &str,
    ) -> Result<(Ended, Value), DemoError> {
        let at = Place::of(organisation);
        self.reported(at, &[command, "--offline"], file)
    }

    /// The same in any place.
    fn reported(
        &mut self,
        at: Place<'_>,
        args: &[&str],
        file: &str,
    ) -> Result<(Ended, Value), DemoError> {
        let json = format!("json=../{file}");
        let ended = self.run(at, &[args, &["--output=human", "--output", &json]].concat())?;
        let report = ended.report(&at.base.join(file))?;
        Ok((ended, report))
    }

    /// Runs a command and shows what it wrote.
    fn run(&mut self, at: Place<'_>, args: &[&str]) -> Result<Ended, DemoError> {
        if self.interrupts.try_recv().is_ok() {
            return Err(DemoError::Interrupted);
        }
        let bold = Style::new().bold();
        writeln!(self.out, "  $ {bold}driftgate {}{bold:#}", args.join(" "))?;
        self.out.flush()?;
        let ended = driftgate(
            self.program,
            at.repository,
            args,
            self.colour,
            at.base,
            self.environment,
            self.interrupts,
        )?;
        for line in ended.stdout.lines().chain(ended.stderr.lines()) {
            writeln!(self.out, "{}", format!("    {line}").trim_end())?;
        }
        let code = ended
            .code
            .map_or("by a signal".to_owned(), |code| code.to_string());
        writeln!(self.out, "  (exit {code})\n")?;
        Ok(ended)
    }
}
