use super::codes::{REQUIRED_EMPTY, STATUSES_MALFORMED};
use super::forge::Client;
use super::halt::Halt;
use super::plan::{Demands, Input};
use super::requirement::Requirement;
use crate::context::Context;
use crate::gate::{Finding, Inspection, Location, Obstacle};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::workflows::contexts::{Demand, read_protection, read_required};
use crate::tree::SMALL_FILE;

/// Gathers what is required, of all that the plan names. What names nothing is told: a gate that lost one of
/// its lists checks half of what it promised.
///
/// # Errors
/// When something cannot be read or asked for.
pub(super) fn gather(
    demands: &[Demands],
    context: &Context,
    client: Option<&Client<'_>>,
    inspection: &mut Inspection,
) -> Result<Vec<Requirement>, Halt> {
    let mut all: Vec<Requirement> = Vec::new();
    for demand in demands {
        let (from, found) = match demand {
            Demands::Context(text, at) => {
                all.push(pattern(text, at.clone())?);
                continue;
            }
            Demands::List(input) => match list(input, context)? {
                Some(found) => found,
                None => {
                    inspection.find(gone(input));
                    continue;
                }
            },
            Demands::Protection(input, rule) => {
                match protection(input, rule.as_deref(), context)? {
                    Some(found) => found,
                    None => {
                        inspection.find(gone(input));
                        continue;
                    }
                }
            }
            Demands::Branch(name) => branch(name, client)?,
        };
        if found.is_empty() {
            inspection.obstacle(Obstacle::vacuous(
                &REQUIRED_EMPTY,
                format!("{from} requires no context"),
            ));
        }
        all.extend(found);
    }
    Ok(all)
}

type Found = (String, Vec<Requirement>);

fn list(input: &Input, context: &Context) -> Result<Option<Found>, Halt> {
    let Some((name, bytes)) = input.read(context)? else {
        return Ok(None);
    };
    let file = read_required(&name, &bytes).map_err(malformed)?;
    let from = match (&file.marker, file.pending.len()) {
        (Some(_), parked) if file.enforced.is_empty() && parked > 0 => {
            format!("{name} (all {parked} entries stand below the pending marker)")
        }
        _ => name,
    };
    let found = file
        .enforced
        .iter()
        .map(requirement)
        .collect::<Result<_, _>>()?;
    Ok(Some((from, found)))
}

fn protection(input: &Input, rule: Option<&str>, context: &Context) -> Result<Option<Found>, Halt> {
    let Some((name, bytes)) = input.read(context)? else {
        return Ok(None);
    };
    let read = read_protection(&name, &bytes, rule).map_err(malformed)?;
    let demands = if read.enabled {
        read.demands.as_slice()
    } else {
        &[]
    };
    let mut found = Vec::new();
    for demand in demands {
        let all = requirement(demand)?.by_forge();
        let apps = read.apps.iter().filter(|(name, _)| *name == demand.name);
        let bound: Vec<_> = apps
            .map(|(_, app)| all.clone().of_app(Some(*app)))
            .collect();
        if bound.is_empty() {
            found.push(all);
        } else {
            found.extend(bound);
        }
    }
    Ok(Some((name, found)))
}

fn branch(name: &str, client: Option<&Client<'_>>) -> Result<Found, Halt> {
    let Some(client) = client else {
        return Err(super::forge_unnamed(
            "the protection of a branch is asked for, and no forge is named",
        )
        .into());
    };
    let rules = client
        .branch(name)?
        .ok_or_else(|| Halt::gone(format!("the branch {name} is not there")))?;
    let from = format!("the protection of branch {name}");
    let at = || Location::file(format!("branch {name}"));
    let found = rules
        .contexts
        .iter()
        .map(|(text, app)| match rules.patterns {
            true => pattern(text, at()).map(Requirement::by_forge),
            false => Ok(Requirement::named(text, at()).of_app(*app).by_forge()),
        })
        .collect::<Result<_, _>>()?;
    Ok((from, found))
}

fn requirement(demand: &Demand) -> Result<Requirement, Obstacle> {
    if demand.is_glob || demand.name == "*" {
        return pattern(&demand.name, demand.at.clone());
    }
    Ok(Requirement::named(&demand.name, demand.at.clone()))
}

fn pattern(text: &str, at: Location) -> Result<Requirement, Obstacle> {
    Requirement::new(text, at.clone()).map_err(|problem| malformed(problem).at(at))
}

fn malformed(message: String) -> Obstacle {
    Obstacle::refused(&STATUSES_MALFORMED, message)
}

fn gone(input: &Input) -> Finding {
    let name = input.name();
    Finding::new(&SUBJECT_MISSING, format!("{name} is not there")).at(Location::file(name))
}

impl Input {
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => path.to_string(),
            Self::Given { name, .. } => name.clone(),
        }
    }

    /// Its name and content; `None` where the checkout has no such file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(&self, context: &Context) -> Result<Option<(String, Vec<u8>)>, Obstacle> {
        match self {
            Self::Given { name, bytes } => Ok(Some((name.clone(), bytes.clone()))),
            Self::File(path) => {
                if context.root().kind(path)?.is_none() {
                    return Ok(None);
                }
                let bytes = context.root().read(path, SMALL_FILE)?;
                Ok(Some((path.to_string(), bytes)))
            }
        }
    }
}
