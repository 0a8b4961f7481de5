use super::chapter::Chapter;
use super::life_check::LifeCheck;
use super::registry::all_checks;
use crate::gate::Code;

/// What there is to say about one check of a life, for whoever explains it.
#[derive(Debug)]
pub struct AboutCheck {
    /// What a finding of it says: what is wrong, why that matters, how to mend it.
    pub code: &'static Code,
    pub chapter: &'static str,
    /// The profile that it belongs to first.
    pub profile: &'static str,
    /// The property that holds where it is green.
    pub proves: &'static str,
    /// The statement of the contract that it rests on.
    pub cites: &'static str,
    /// What it needs and not every server has.
    pub needs: Vec<&'static str>,
    /// The checks without which it means nothing.
    pub after: &'static [&'static str],
    /// The faults of the reference that turn it red.
    pub faults: &'static [&'static str],
}

impl AboutCheck {
    fn of(check: &'static LifeCheck) -> Self {
        Self {
            code: &check.code,
            chapter: check.chapter.as_str(),
            profile: check.profile.as_str(),
            proves: check.proves,
            cites: check.cites,
            needs: check
                .needs
                .iter()
                .map(|capability| capability.as_str())
                .collect(),
            after: check.after,
            faults: check.faults,
        }
    }
}

/// All checks, in the order of a life.
pub fn about_checks() -> impl Iterator<Item = AboutCheck> {
    all_checks().map(AboutCheck::of)
}

/// The chapters of a life in their order, each with what it is about.
pub fn about_chapters() -> impl Iterator<Item = (&'static str, &'static str)> {
    Chapter::ALL
        .iter()
        .map(|chapter| (chapter.as_str(), chapter.about()))
}
