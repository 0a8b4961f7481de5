use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::capability::Capability;
use super::chapter::{Chapter, Strand};
use super::life::Life;
use super::profile::Profile;
use super::stop::Outcome;
use crate::gate::Code;

/// What a check does: it looks at a life, and says whether what it proves holds.
pub(super) type Run = for<'a> fn(&'a Life) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// One check of a concierge's life.
#[derive(Debug)]
pub(super) struct LifeCheck {
    /// Its finding code; the code's name is the check's id.
    pub(super) code: Code,
    pub(super) chapter: Chapter,
    pub(super) profile: Profile,
    /// The property that holds where the check is green, in one sentence.
    pub(super) proves: &'static str,
    /// The statement of the contract that it rests on.
    pub(super) cites: &'static str,
    /// The strand that it is lived in, where that is not its chapter's.
    pub(super) apart: &'static [Strand],
    pub(super) needs: &'static [Capability],
    /// The checks without which this one means nothing.
    pub(super) after: &'static [&'static str],
    /// The faults of the reference system that turn this check red, each by itself.
    pub(super) faults: &'static [&'static str],
    /// How long it may take, in seconds, before the gate's factor.
    pub(super) seconds: u64,
    pub(super) run: Run,
}

impl LifeCheck {
    pub(super) fn id(&self) -> &'static str {
        self.code.name
    }

    /// In which strand it is lived, where others are lived at the same time.
    pub(super) fn strand(&self) -> Option<Strand> {
        self.apart.first().copied().or(self.chapter.strand())
    }

    pub(super) fn deadline(&self, factor: f64) -> Duration {
        Duration::from_secs(self.seconds).mul_f64(factor)
    }
}

/// Declares a check: its entry in the registry, and the function that does it.
macro_rules! life_check {
    (
        $name:ident = $id:literal, $chapter:ident, $profile:ident, $seconds:literal s;
        proves $proves:literal
        cites $cites:literal
        $(strand $strand:ident)?
        needs [$($need:ident),*]
        after [$($after:literal),*]
        $(faults [$($fault:literal),*])?
        wrong $what:literal
        why $why:literal
        mend $mend:literal
        |$life:ident| $body:block
    ) => {
        pub(in crate::kinds::lifecycle) static $name: $crate::kinds::lifecycle::life_check::LifeCheck =
            $crate::kinds::lifecycle::life_check::LifeCheck {
                code: $crate::gate::Code { name: $id, what: $what, why: $why, mend: $mend },
                chapter: $crate::kinds::lifecycle::chapter::Chapter::$chapter,
                profile: $crate::kinds::lifecycle::profile::Profile::$profile,
                proves: $proves,
                cites: $cites,
                apart: &[$($crate::kinds::lifecycle::chapter::Strand::$strand)?],
                needs: &[$($crate::kinds::lifecycle::capability::Capability::$need),*],
                after: &[$($after),*],
                faults: &[$($($fault),*)?],
                seconds: $seconds,
                run: |$life| Box::pin(async move { $body }),
            };
    };
}
pub(super) use life_check;
