use super::check::Subject;
use super::codes::{CHANGE_NOT_OPEN, STATUSES_UNSETTLED};
use super::forge::Pull;
use super::halt::Halt;
use crate::gate::{Finding, Inspection, Obstacle};

/// Looks at the change once more, after all that was asked about it: a verdict is about the head that is there when
/// it is given. Whether it is still the same one.
///
/// # Errors
/// When the change is not to be had any more.
pub(super) fn look_again(subject: &Subject<'_>, inspection: &mut Inspection) -> Result<bool, Halt> {
    let (Some((number, first)), Some(client)) = (&subject.pull, &subject.client) else {
        return Ok(true);
    };
    let now = client
        .pull(*number)?
        .ok_or_else(|| Halt::gone(format!("change #{number} is not there any more")))?;
    if let Some(how) = now.shut {
        inspection.find(Finding::new(&CHANGE_NOT_OPEN, format!("#{number} {how}")));
    }
    let moved = moved(first, &now);
    if let Some(how) = &moved {
        inspection.obstacle(
            Obstacle::unreachable(
                &STATUSES_UNSETTLED,
                format!("while #{number} was looked at, {how}"),
            )
            .help("ask again"),
        );
    }
    Ok(moved.is_none())
}

/// What is not as it was.
fn moved(first: &Pull, now: &Pull) -> Option<String> {
    if first.head != now.head {
        return Some(format!(
            "its head moved from {} to {}; what was judged is not what would be merged",
            first.head, now.head
        ));
    }
    (first.base != now.base).then(|| {
        format!(
            "the branch that it goes to was changed from {} to {}",
            first.base, now.base
        )
    })
}
