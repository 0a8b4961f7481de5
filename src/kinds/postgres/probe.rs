use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio_postgres::SimpleQueryMessage;

use super::apply::{ApplyError, Refusal, execute};
use super::codes::{
    PROBE_FAILS, PROBE_HANGS, PROBE_NO_ERROR, PROBE_OTHER_ERROR, PROBE_ROWS, PROBE_SETUP,
};
use super::connection::Session;
use super::expectation::ExpectedRow;
use super::rows::Rows;
use super::rules::{Expected, ExpectedError, Probe};
use super::server::SERVER_LOST;
use crate::gate::{Code, Finding, Obstacle};

/// How many rows more than expected are kept.
const MORE_ROWS: usize = 20;

/// How many bytes of an answer are kept: 1 MiB.
const MAX_BYTES: usize = 1 << 20;

/// The SQLSTATE of a statement that ran out of time.
const CANCELLED: &str = "57014";

/// A question that was asked.
pub(super) struct Asked {
    /// `None` where it was answered as it must be.
    pub(super) finding: Option<Finding>,
    /// Whether the session is still at it, and of no use for another question.
    pub(super) is_busy: bool,
}

/// Asks one question in a transaction that is rolled back.
pub(super) async fn ask(session: &Session, probe: &Probe) -> Result<Asked, Obstacle> {
    let outcome = within(session, probe).await;
    if let Ok(Asked { is_busy: false, .. }) | Err(ApplyError::Refused(_)) = &outcome {
        session.query("ROLLBACK").await.map_err(lost)?;
    }
    match outcome {
        Ok(asked) => Ok(asked),
        Err(ApplyError::Lost(obstacle)) => Err(*obstacle),
        Err(ApplyError::Refused(refusal)) => Err(super::server::refused(&format!(
            "failed to ask probe `{}`: {}",
            probe.name,
            refusal.say()
        ))),
    }
}

fn lost(error: ApplyError) -> Obstacle {
    match error {
        ApplyError::Lost(obstacle) => *obstacle,
        ApplyError::Refused(refusal) => super::server::refused(&refusal.say()),
    }
}

async fn within(session: &Session, probe: &Probe) -> Result<Asked, ApplyError> {
    let mut is_busy = false;
    let finding = finding(session, probe, &mut is_busy).await?;
    Ok(Asked { finding, is_busy })
}

async fn finding(
    session: &Session,
    probe: &Probe,
    is_busy: &mut bool,
) -> Result<Option<Finding>, ApplyError> {
    session.query("BEGIN").await?;
    session
        .query(&format!(
            "SET LOCAL statement_timeout = {}",
            probe.timeout.as_millis().max(1)
        ))
        .await?;
    if let Some(setup) = &probe.setup {
        match execute(session, setup).await {
            Ok(()) => {}
            Err(ApplyError::Refused(refusal)) => {
                return Ok(Some(probe.refused(
                    &PROBE_SETUP,
                    "cannot be set up",
                    &refusal,
                    setup,
                )));
            }
            Err(lost) => return Err(lost),
        }
    }
    let answer = match tokio::time::timeout(patience(probe), answer(session, probe)).await {
        Ok(answer) => answer,
        Err(_) => return Err(silence(probe).into()),
    };
    match (&probe.expected, answer) {
        (_, Err(lost @ ApplyError::Lost(_))) => Err(lost),
        (_, Err(ApplyError::Refused(refusal))) if refusal.sqlstate == CANCELLED => {
            Ok(Some(probe.finding(
                &PROBE_HANGS,
                &format!("was not answered within {:?}", probe.timeout),
            )))
        }
        (Expected::Rows(_), Err(ApplyError::Refused(refusal))) => Ok(Some(probe.refused(
            &PROBE_FAILS,
            "was refused",
            &refusal,
            &probe.sql,
        ))),
        (Expected::Error(expected), Err(ApplyError::Refused(refusal))) => {
            Ok(other_error(probe, expected, &refusal))
        }
        (Expected::Error(expected), Ok(_)) => Ok(Some(probe.finding(
            &PROBE_NO_ERROR,
            &format!("was accepted, and must be refused with {expected}"),
        ))),
        (Expected::Rows(expected), Ok(rows)) => {
            *is_busy = rows.more;
            Ok(other_rows(probe, expected, &rows))
        }
    }
}

/// How long the server may take over a probe that it was told to give up before: it is asked twice.
fn patience(probe: &Probe) -> Duration {
    2 * probe.timeout + Duration::from_secs(5)
}

fn silence(probe: &Probe) -> Obstacle {
    Obstacle::unreachable(
        &SERVER_LOST,
        format!(
            "probe `{}`: the database server gave no answer within {:?}, though it was to give up after {:?}",
            probe.name,
            patience(probe),
            probe.timeout
        ),
    )
}

/// What the statement answers. Constraints that wait for the end of the transaction are asked as
/// well.
async fn answer(session: &Session, probe: &Probe) -> Result<Rows, ApplyError> {
    let mut rows = Rows::default();
    let most = match &probe.expected {
        Expected::Rows(expected) => expected.len() + MORE_ROWS,
        Expected::Error(_) => 0,
    };
    let mut bytes = 0;
    let stream = session.client.simple_query_raw(&probe.sql).await;
    let mut stream = pin!(stream.map_err(|error| ApplyError::of(error, 0))?);
    loop {
        let message = stream.try_next().await;
        match message.map_err(|error| ApplyError::of(error, 0))? {
            None => break,
            Some(SimpleQueryMessage::RowDescription(columns)) => {
                rows.columns = columns.iter().map(|c| c.name().to_owned()).collect();
            }
            Some(SimpleQueryMessage::Row(row)) if matches!(probe.expected, Expected::Rows(_)) => {
                let values: Vec<Option<String>> = (0..row.len())
                    .map(|at| row.get(at).map(str::to_owned))
                    .collect();
                bytes += values.iter().flatten().map(String::len).sum::<usize>();
                if rows.rows.len() >= most || bytes > MAX_BYTES {
                    rows.more = true;
                    return Ok(rows);
                }
                rows.rows.push(values);
            }
            Some(_) => {}
        }
    }
    session.query("SET CONSTRAINTS ALL IMMEDIATE").await?;
    Ok(rows)
}

fn other_error(probe: &Probe, expected: &ExpectedError, refusal: &Refusal) -> Option<Finding> {
    let is = |wanted: &Option<String>, got: &Option<String>| wanted.is_none() || wanted == got;
    if expected.sqlstate == refusal.sqlstate
        && is(&expected.constraint, &refusal.constraint)
        && is(&expected.table, &refusal.table)
    {
        return None;
    }
    let mut what = format!("must be refused with {expected}, and was refused");
    if let Some(constraint) = &refusal.constraint {
        what = format!("{what} by {constraint}");
    }
    if let Some(table) = &refusal.table {
        what = format!("{what} on table {table}");
    }
    Some(probe.refused(&PROBE_OTHER_ERROR, &what, refusal, &probe.sql))
}

fn other_rows(probe: &Probe, expected: &[ExpectedRow], rows: &Rows) -> Option<Finding> {
    let what = rows.differ(expected)?;
    Some(
        probe
            .finding(&PROBE_ROWS, &format!("was answered otherwise: {what}"))
            .diff(rows.diff(expected)),
    )
}

impl Probe {
    fn finding(&self, code: &'static Code, what: &str) -> Finding {
        Finding::new(code, format!("probe `{}` {what}", self.name)).at(self.at.clone())
    }

    fn refused(&self, code: &'static Code, what: &str, refusal: &Refusal, sql: &str) -> Finding {
        let mut finding = self.finding(code, &format!("{what}: {}", refusal.say()));
        let mut said: Vec<String> = Vec::new();
        if let Some((line, column)) = refusal.at(sql) {
            let text = sql
                .lines()
                .nth(line as usize - 1)
                .unwrap_or_default()
                .trim_end();
            said.push(format!("at column {column} of `{}`", text.trim_start()));
        }
        said.extend(refusal.hint.clone());
        if !said.is_empty() {
            finding = finding.help(said.join("; "));
        }
        finding
    }
}
