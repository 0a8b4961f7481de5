use parse_dockerfile::{Command, Flag, Instruction, Source as ParsedSource, UnescapedString};

use super::error::Located;
use super::heredoc::{RunHeredocs, take_run_heredocs};
use super::source::{
    RawCommand, RawCopy, RawFlag, RawKind, RawRun, RawSource, RawStage, RawStep, Source, Word,
};
use super::text::{Text, join_lines};
use super::words::unquote_flag;
use super::{ErrorKind, Place};

/// More instructions than any Dockerfile has.
const MOST_INSTRUCTIONS: usize = 20_000;
/// The frontends that read the language that is read here.
const FRONTENDS: &[&str] = &["docker/dockerfile", "docker/dockerfile-upstream"];

/// Reads a Dockerfile.
///
/// # Errors
/// When it does not parse, with the place.
pub(super) fn parse(bytes: &[u8]) -> Result<Source, Located> {
    let text = Text::new(bytes)
        .map_err(|line| Located::syntax("it is not UTF-8", Place { line, column: 1 }))?;
    // The parser does not always see the end of such a line, and no text file has one.
    if let Some(at) = text.text.find('\0') {
        return Err(Located::syntax("it has a NUL byte", text.place(at)));
    }
    let escape = escape(&text)?;
    let heredocs = take_run_heredocs(&text, escape)
        .map_err(|(at, why)| Located::syntax(why, text.place(at)))?;
    Reader {
        text: &text,
        escape,
        heredocs: &heredocs,
    }
    .read()
}

/// The escape that the directives at the top choose.
pub(super) fn escape(text: &Text) -> Result<char, Located> {
    let mut head = String::new();
    for (_, line) in text.lines_from(0) {
        if !line.trim_start().starts_with('#') {
            break;
        }
        head.push_str(line.trim_start());
        head.push('\n');
    }
    head.push_str("FROM scratch\n");
    let parsed = parse_dockerfile::parse(&head).map_err(|error| syntax(&error, text))?;
    if let Some(directive) = &parsed.parser_directives.syntax {
        let image = directive.value.value;
        let name = image.strip_prefix("docker.io/").unwrap_or(image);
        let name = name.split([':', '@']).next().unwrap_or(name);
        if !FRONTENDS.contains(&name) {
            let at = text.text.find("syntax").unwrap_or_default();
            return Err(Located::unsupported(
                format!("what the frontend `{image}` makes of the file"),
                text.place(at),
            ));
        }
    }
    Ok(parsed
        .parser_directives
        .escape
        .map_or('\\', |directive| directive.value.value))
}

fn syntax(error: &parse_dockerfile::Error, text: &Text) -> Located {
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    let message = format!("{error:#}");
    if line == 0 {
        return Located {
            kind: ErrorKind::Syntax(message),
            at: None,
        };
    }
    // The parser's column counts from elsewhere; the line's first word is close enough.
    let indent = text
        .text
        .lines()
        .nth(error.line() - 1)
        .map_or(0, |line| line.len() - line.trim_start().len());
    let column = u32::try_from(indent + 1).unwrap_or(u32::MAX);
    Located::syntax(message, Place { line, column })
}

struct Reader<'a> {
    text: &'a Text,
    escape: char,
    heredocs: &'a RunHeredocs,
}

impl Reader<'_> {
    fn read(&self) -> Result<Source, Located> {
        let masked = self.heredocs.masked.as_str();
        let instructions =
            parse_dockerfile::parse_iter(masked).map_err(|error| syntax(&error, self.text))?;
        let mut source = Source {
            escape: self.escape,
            global_args: Vec::new(),
            stages: Vec::new(),
        };
        for (count, instruction) in instructions.enumerate() {
            let instruction = instruction.map_err(|error| syntax(&error, self.text))?;
            if count >= MOST_INSTRUCTIONS {
                return Err(Located {
                    kind: ErrorKind::TooLarge(format!(
                        "the Dockerfile has more than {MOST_INSTRUCTIONS} instructions"
                    )),
                    at: None,
                });
            }
            match instruction {
                Instruction::From(from) => {
                    let at = self.text.place(from.from.span.start);
                    let mut platform = None;
                    for flag in &from.options {
                        let flag = self.flag(flag)?;
                        match (flag.name.as_str(), flag.value) {
                            ("platform", Some(text)) => {
                                platform = Some(Word { text, at: flag.at });
                            }
                            (name, _) => {
                                return Err(Located::syntax(
                                    format!("FROM has no flag `--{name}`"),
                                    flag.at,
                                ));
                            }
                        }
                    }
                    let name = match &from.as_ {
                        Some((_, name)) => Some(self.stage_name(name)?),
                        None => None,
                    };
                    source.stages.push(RawStage {
                        at,
                        image: self.word(&from.image),
                        name,
                        platform,
                        steps: Vec::new(),
                    });
                }
                Instruction::Arg(arg) if source.stages.is_empty() => {
                    source.global_args.push(self.word(&arg.arguments));
                }
                instruction => {
                    let step = self.step(&instruction)?;
                    if let Some(stage) = source.stages.last_mut() {
                        stage.steps.push(step);
                    }
                }
            }
        }
        Ok(source)
    }

    fn stage_name(&self, name: &UnescapedString<'_>) -> Result<String, Located> {
        let lower = name.value.to_ascii_lowercase();
        let is_valid = lower.starts_with(|c: char| c.is_ascii_lowercase())
            && lower
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'));
        if !is_valid {
            return Err(Located::syntax(
                format!("`{}` is no name for a stage", name.value),
                self.text.place(name.span.start),
            ));
        }
        Ok(lower)
    }

    fn word(&self, word: &UnescapedString<'_>) -> Word {
        Word {
            text: word.value.to_string(),
            at: self.text.place(word.span.start),
        }
    }

    fn flag(&self, flag: &Flag<'_>) -> Result<RawFlag, Located> {
        let at = self.text.place(flag.flag_span().start);
        if flag.name.value.is_empty() {
            return Err(Located::unsupported("`--` among the flags", at));
        }
        let value = match &flag.value {
            None => None,
            Some(value) => Some(
                unquote_flag(&value.value, self.escape)
                    .map_err(|why| Located::unsupported(why, at))?,
            ),
        };
        Ok(RawFlag {
            name: flag.name.value.to_string(),
            value,
            at,
        })
    }

    fn flags(&self, flags: &[Flag<'_>]) -> Result<Vec<RawFlag>, Located> {
        flags.iter().map(|flag| self.flag(flag)).collect()
    }

    /// The whole instruction: a line of single spaces, and one for each line of its heredocs.
    fn whole(&self, start: usize) -> String {
        let rest = self.text.text.get(start..).unwrap_or_default();
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            end += line.len();
            let line = line.trim_end_matches(['\r', '\n']);
            if line.trim_start().starts_with('#') {
                continue;
            }
            if !super::text::continues(line, self.escape) {
                break;
            }
        }
        let mut whole = join_lines(rest.get(..end).unwrap_or_default().trim_end(), self.escape);
        for heredoc in self.heredocs.by_keyword.get(&start).into_iter().flatten() {
            whole = format!("{whole}\n{}{}", heredoc.body, heredoc.name);
        }
        super::image::normal(&whole)
    }

    fn step(&self, instruction: &Instruction<'_>) -> Result<RawStep, Located> {
        let (start, kind) = match instruction {
            Instruction::Arg(arg) => (arg.arg.span.start, RawKind::Arg(self.word(&arg.arguments))),
            Instruction::Env(env) => (env.env.span.start, RawKind::Env(self.word(&env.arguments))),
            Instruction::Workdir(workdir) => (
                workdir.workdir.span.start,
                RawKind::Workdir(self.word(&workdir.arguments)),
            ),
            Instruction::User(user) => (
                user.user.span.start,
                RawKind::User(self.word(&user.arguments)),
            ),
            Instruction::Shell(shell) => (
                shell.shell.span.start,
                RawKind::Shell(
                    shell
                        .arguments
                        .iter()
                        .map(|word| word.value.to_string())
                        .collect(),
                ),
            ),
            Instruction::Copy(copy) => (
                copy.copy.span.start,
                RawKind::Copy(RawCopy {
                    is_add: false,
                    flags: self.flags(&copy.options)?,
                    sources: self.sources(&copy.src),
                    dest: self.word(&copy.dest),
                }),
            ),
            Instruction::Add(add) => (
                add.add.span.start,
                RawKind::Copy(RawCopy {
                    is_add: true,
                    flags: self.flags(&add.options)?,
                    sources: self.sources(&add.src),
                    dest: self.word(&add.dest),
                }),
            ),
            Instruction::Run(run) => {
                let start = run.run.span.start;
                let command = match &run.arguments {
                    Command::Exec(words) => RawCommand::Exec(
                        words
                            .value
                            .iter()
                            .map(|word| word.value.to_string())
                            .collect(),
                    ),
                    Command::Shell(shell) => {
                        let text = self.text.text.get(shell.span.clone()).unwrap_or_default();
                        RawCommand::Shell(join_lines(text, self.escape))
                    }
                    _ => RawCommand::Shell(String::new()),
                };
                (
                    start,
                    RawKind::Run(RawRun {
                        flags: self.flags(&run.options)?,
                        command,
                        heredocs: self
                            .heredocs
                            .by_keyword
                            .get(&start)
                            .cloned()
                            .unwrap_or_default(),
                    }),
                )
            }
            Instruction::Onbuild(onbuild) => (onbuild.onbuild.span.start, RawKind::Onbuild),
            Instruction::Volume(volume) => (volume.volume.span.start, RawKind::Volume),
            Instruction::Cmd(other) => (other.cmd.span.start, RawKind::Other),
            Instruction::Entrypoint(other) => (other.entrypoint.span.start, RawKind::Other),
            Instruction::Expose(other) => (other.expose.span.start, RawKind::Other),
            Instruction::Healthcheck(other) => (other.healthcheck.span.start, RawKind::Other),
            Instruction::Label(other) => (other.label.span.start, RawKind::Other),
            Instruction::Maintainer(other) => (other.maintainer.span.start, RawKind::Other),
            Instruction::Stopsignal(other) => (other.stopsignal.span.start, RawKind::Other),
            other => {
                return Err(Located {
                    kind: ErrorKind::Unsupported(format!("the instruction {other:?}")),
                    at: None,
                });
            }
        };
        Ok(RawStep {
            at: self.text.place(start),
            text: self.whole(start),
            kind,
        })
    }

    fn sources(&self, sources: &[ParsedSource<'_>]) -> Vec<RawSource> {
        sources
            .iter()
            .map(|source| match source {
                ParsedSource::Path(path) => RawSource::Path(self.word(path)),
                ParsedSource::HereDoc(doc) => RawSource::Heredoc {
                    // The parser keeps no name, but the line that ends the body is the name.
                    name: self
                        .text
                        .text
                        .get(doc.span.end..)
                        .and_then(|rest| rest.lines().next())
                        .unwrap_or_default()
                        .to_owned(),
                    body: doc.value.to_string(),
                    expand: doc.expand,
                    at: self.text.place(doc.span.start),
                },
                other => RawSource::Path(Word {
                    text: format!("{other:?}"),
                    at: Place::default(),
                }),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
