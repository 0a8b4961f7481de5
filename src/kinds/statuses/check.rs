use serde_json::{Map, Value, json};

use super::asked::number;
use super::change::look_again;
use super::codes::STATUSES_OF_ANOTHER_COMMIT;
use super::demands::gather;
use super::findings::tell;
use super::forge::{Client, Pull, check_commit};
use super::forge_unnamed;
use super::halt::Halt;
use super::judge::{Case, judge};
use super::lanes::{Lanes, lanes};
use super::observed::{Observed, same_commit};
use super::plan::{Input, Plan};
use super::protections;
use super::record::{Record, malformed};
use super::requirement::Requirement;
use super::reviews::{self, Proposal};
use super::rules::forge_of;
use super::settle::{Settled, settle};
use super::state::State;
use super::table::Table;
use crate::context::{Context, PlantedAnswer, strict_json};
use crate::gate::{Header, Inspection, Obstacle, Protection, Witness};
use crate::kinds::Check;

/// What prove plants in place of the forge's answers.
pub(super) const STATUSES: &str = "statuses";
pub(super) const REVIEWS: &str = "reviews";

/// The part of a gate whose subjects are contexts.
const CONTEXTS: &str = "required contexts";

/// A loaded gate of this kind.
#[derive(Debug)]
pub(super) struct StatusesCheck {
    pub(super) plan: Plan,
}

/// What a look came to.
#[derive(Debug, Default)]
pub struct Looked {
    pub inspection: Inspection,
    pub commit: Option<String>,
    pub repository: Option<String>,
    /// `None` where it did not come to a judgement.
    pub table: Option<Table>,
    /// Whether what lacks could be told from what is late.
    pub settled: bool,
}

impl Check for StatusesCheck {
    fn header(&self) -> &Header {
        &self.plan.header
    }

    fn inspect(&self, context: &Context) -> Inspection {
        look(&self.plan, context).inspection
    }

    fn protections(&self, context: &Context) -> Vec<Protection> {
        protections::all(&self.plan, context)
    }
}

/// Looks at the statuses of a head, and judges them.
pub fn look(plan: &Plan, context: &Context) -> Looked {
    let mut looked = Looked::default();
    looked.inspection.part(CONTEXTS);
    if plan.reviews.is_some() {
        looked.inspection.part("reviews");
    }
    if let Err(halt) = look_into(plan, context, &mut looked) {
        halt.tell(&mut looked.inspection);
    }
    looked
}

/// What is asked about: a forge if one is, and the commit if one is named.
pub(super) struct Subject<'a> {
    pub(super) client: Option<Client<'a>>,
    pub(super) pull: Option<(u64, Pull)>,
    pub(super) commit: Option<String>,
}

impl<'a> Subject<'a> {
    pub(super) fn of(
        plan: &Plan,
        context: &'a Context,
        target: Option<&'a super::forge::Target>,
    ) -> Result<Self, Halt> {
        let client = target
            .map(|target| Client::new(context, target))
            .transpose()?;
        let pull = match (&plan.pull, &client) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(forge_unnamed("a change is named, and no forge").into());
            }
            (Some(word), Some(client)) => {
                let number = number(word, context)?;
                let pull = client
                    .pull(number)?
                    .ok_or_else(|| Halt::gone(format!("change #{number} is not there")))?;
                Some((number, pull))
            }
        };
        let named = plan
            .commit
            .as_ref()
            .map(|word| word.read(context, check_commit))
            .transpose()?;
        if let (Some(named), Some((number, pull))) = (&named, &pull)
            && !same_commit(named, &pull.head)
        {
            return Err(Obstacle::refused(
                &STATUSES_OF_ANOTHER_COMMIT,
                format!(
                    "the head of #{number} is {}, and {named} was asked for",
                    pull.head
                ),
            )
            .into());
        }
        let commit = named.or_else(|| pull.as_ref().map(|(_, pull)| pull.head.clone()));
        Ok(Self {
            client,
            pull,
            commit,
        })
    }
}

fn look_into(plan: &Plan, context: &Context, looked: &mut Looked) -> Result<(), Halt> {
    let target = plan.target(context)?;
    looked.repository = target.as_ref().map(|target| target.repository.clone());
    let subject = Subject::of(plan, context, target.as_ref())?;
    looked.commit.clone_from(&subject.commit);
    let inspection = &mut looked.inspection;
    let required = gather(&plan.demands, context, subject.client.as_ref(), inspection)?;
    let lanes = expected(plan, context, &subject)?;
    let seen = settled(plan, context, &subject, &required, lanes.as_ref())?;
    tell_subjects(&seen.table, lanes.as_ref(), inspection);
    tell(&seen.table, &seen.observed, seen.settled, inspection);
    if let Some(lanes) = lanes {
        inspection.findings.extend(lanes.findings);
    }
    if plan.reviews.is_some() {
        look_at_reviews(plan, context, &subject, inspection)?;
    }
    let is_same = look_again(&subject, inspection)?;
    facts(plan, &seen, inspection);
    looked.commit = looked.commit.take().or(seen.observed.commit);
    looked.settled = seen.settled && is_same;
    looked.table = Some(seen.table);
    Ok(())
}

/// What the workflows of the head have to have posted; `None` where nobody asks.
///
/// # Errors
/// When it is not known which commit is the head, or its files are not to be had.
pub(super) fn expected(
    plan: &Plan,
    context: &Context,
    subject: &Subject<'_>,
) -> Result<Option<Lanes>, Halt> {
    let Some(expect) = &plan.expect else {
        return Ok(None);
    };
    let commit = match (&subject.commit, &plan.recorded) {
        (Some(commit), _) => Some(commit.clone()),
        (None, Some(_)) => record(plan, context, subject)?.1.sha,
        (None, None) => None,
    };
    let base = subject.pull.as_ref().map(|(_, pull)| pull.base.as_str());
    Ok(Some(lanes(context, expect, commit.as_deref(), base)?))
}

fn settled(
    plan: &Plan,
    context: &Context,
    subject: &Subject<'_>,
    required: &[Requirement],
    lanes: Option<&Lanes>,
) -> Result<Settled, Halt> {
    let target = subject.client.as_ref().map(Client::target);
    let case = |observed: &Observed| {
        judge(&Case {
            required,
            observed,
            lanes: lanes.map(|lanes| lanes.lanes.as_slice()),
            suffix: plan.suffix,
            skipped: plan.skipped,
            forge: forge_of(context.settings(), target, observed.of_github),
            own: &plan.own,
        })
    };
    // What is recorded or planted does not change by being looked at again, and for a change that nobody can merge
    // nothing is waited for.
    let is_shut = subject
        .pull
        .as_ref()
        .is_some_and(|(_, pull)| pull.shut.is_some());
    let is_still = is_shut || plan.recorded.is_some() || context.planted_answer(STATUSES).is_some();
    let rule = if is_still {
        super::plan::Settle::ONCE
    } else {
        plan.settle
    };
    settle(
        context,
        rule,
        &mut || {
            let (name, record) = record(plan, context, subject)?;
            Ok(Observed::of(&name, &record, subject.commit.as_deref())?)
        },
        &case,
    )
}

/// The statuses as they are recorded, planted or answered, and what messages call them.
pub(super) fn record(
    plan: &Plan,
    context: &Context,
    subject: &Subject<'_>,
) -> Result<(String, Record), Halt> {
    let planted = context.planted_answer(STATUSES);
    if let Some(planted) = planted.and_then(PlantedAnswer::read) {
        let name = "the forge's answer".to_owned();
        return Ok((name.clone(), Record::parse(&name, planted)?));
    }
    if let Some(input) = &plan.recorded {
        let (name, bytes) = read(input, context)?;
        let record = Record::parse(&name, &bytes)?;
        return Ok((name, record));
    }
    let (Some(client), Some(commit)) = (&subject.client, &subject.commit) else {
        return Err(
            forge_unnamed("no statuses are recorded, and no forge and commit are named").into(),
        );
    };
    let record = client
        .statuses(commit)?
        .ok_or_else(|| Halt::gone(format!("commit {commit} is not there")))?;
    Ok((format!("the statuses of {commit}"), record))
}

fn read(input: &Input, context: &Context) -> Result<(String, Vec<u8>), Halt> {
    input
        .read(context)?
        .ok_or_else(|| Halt::gone(format!("{} is not there", input.name())))
}

fn look_at_reviews(
    plan: &Plan,
    context: &Context,
    subject: &Subject<'_>,
    inspection: &mut Inspection,
) -> Result<(), Halt> {
    let Some(wanted) = &plan.reviews else {
        return Ok(());
    };
    let (name, rows, author) = review_rows(plan, context, subject)?;
    let Some(head) = subject.commit.clone() else {
        return Err(malformed("reviews are bound to a commit, and none is known").into());
    };
    if head.len() < 40 {
        return Err(malformed(format!(
            "reviews are bound to a whole commit id, and `{head}` is a part of one"
        ))
        .into());
    }
    let proposal = Proposal { head, author };
    let may_not_write = |login: &str| match &subject.client {
        Some(client) => client.may_not_write(login),
        None => Ok(Some(
            "nobody is asked whether the reviewer may write; name a roster".to_owned(),
        )),
    };
    Ok(reviews::judge(
        &name,
        &rows,
        &wanted.rule,
        &proposal,
        &may_not_write,
        inspection,
    )?)
}

/// The reviews, and whose change it is.
pub(super) fn review_rows(
    plan: &Plan,
    context: &Context,
    subject: &Subject<'_>,
) -> Result<(String, Vec<Value>, String), Halt> {
    let recorded = plan
        .reviews
        .as_ref()
        .and_then(|reviews| reviews.recorded.as_ref());
    let of_pull = subject.pull.as_ref();
    let author = match (recorded, of_pull) {
        (Some((_, author)), _) => author.clone(),
        (None, Some((_, pull))) => pull.author.clone(),
        (None, None) => {
            return Err(forge_unnamed("reviews are asked for, and no change is named").into());
        }
    };
    let parse = |name: String, bytes: &[u8]| match strict_json(bytes) {
        Ok(Value::Array(rows)) => Ok((name, rows, author.clone())),
        Ok(_) => Err(malformed(format!("{name} is not a list"))),
        Err(error) => Err(malformed(format!("{name} is not JSON: {error}"))),
    };
    let planted = context.planted_answer(REVIEWS);
    if let Some(planted) = planted.and_then(PlantedAnswer::read) {
        return Ok(parse("the reviews".to_owned(), planted)?);
    }
    if let Some((input, _)) = recorded {
        let (name, bytes) = read(input, context)?;
        return Ok(parse(name, &bytes)?);
    }
    let (Some((number, _)), Some(client)) = (of_pull, &subject.client) else {
        return Err(forge_unnamed("reviews are asked for, and no forge is named").into());
    };
    let rows = client
        .reviews(*number)?
        .ok_or_else(|| Halt::gone(format!("change #{number} is not there")))?;
    Ok((format!("the reviews of #{number}"), rows, author))
}

fn tell_subjects(table: &Table, lanes: Option<&Lanes>, inspection: &mut Inspection) {
    let part = inspection.part(CONTEXTS);
    for standing in &table.required {
        let ids: Vec<_> = standing
            .rows
            .iter()
            .map(|row| (row.id, row.state))
            .collect();
        part.looked(
            &standing.context,
            Witness::of(&format!("{:?} {ids:?}", standing.state)),
        );
    }
    let Some(lanes) = lanes else { return };
    let part = inspection.part("expected lanes");
    for lane in lanes.lanes.iter().filter(|lane| lane.certain) {
        let vanished = table.vanished.iter().any(|one| one.name == lane.name);
        part.looked(lane.name.to_string(), Witness::of(&format!("{vanished}")));
    }
    inspection.fact("workflow_files", lanes.files);
}

fn facts(plan: &Plan, seen: &Settled, inspection: &mut Inspection) {
    let counts: Map<String, Value> = State::ALL
        .into_iter()
        .map(|state| (state.as_str().to_owned(), json!(seen.table.count(state))))
        .collect();
    inspection.fact("required", counts);
    inspection.fact("not_required", seen.table.others.len());
    if let Some(commit) = &seen.observed.commit {
        inspection.fact("commit", commit.as_str());
    }
    if plan.recorded.is_none() {
        inspection.fact("reads", seen.reads);
    }
    if seen.observed.repeated > 0 {
        inspection.fact("repeated_rows", seen.observed.repeated);
    }
}
