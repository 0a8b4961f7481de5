use crate::context::Secrets;
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::delivery::outcome::Outcome;

/// Whether a header or a variable of this name holds what nobody may see.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["auth", "cookie", "key", "pass", "secret", "token"]
        .iter()
        .any(|word| name.contains(word))
}

/// What came of a look, without the secrets: a server may say back whatever it is told.
pub(super) fn scrubbed(
    secrets: &Secrets,
    looked: Result<Outcome, Obstacle>,
) -> Result<Outcome, Obstacle> {
    match looked {
        Ok(mut outcome) => {
            for finding in &mut outcome.findings {
                of_finding(secrets, finding);
            }
            for obstacle in &mut outcome.obstacles {
                of_obstacle(secrets, obstacle);
            }
            Ok(outcome)
        }
        Err(mut obstacle) => {
            of_obstacle(secrets, &mut obstacle);
            Err(obstacle)
        }
    }
}

fn of_finding(secrets: &Secrets, finding: &mut Finding) {
    let scrub = |text: &mut String| *text = secrets.scrub(text);
    scrub(&mut finding.message);
    finding.help.iter_mut().for_each(scrub);
    finding.diff.iter_mut().for_each(scrub);
    finding.subject.iter_mut().for_each(scrub);
    of_places(secrets, &mut finding.locations);
}

fn of_obstacle(secrets: &Secrets, obstacle: &mut Obstacle) {
    obstacle.message = secrets.scrub(&obstacle.message);
    of_places(secrets, &mut obstacle.locations);
}

fn of_places(secrets: &Secrets, places: &mut [Location]) {
    for place in places {
        place.path = secrets.scrub(&place.path);
    }
}
