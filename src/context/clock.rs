/// The time of a run, read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// When the run began.
    pub started: jiff::Timestamp,
    /// The date that waivers are measured against: the same everywhere, hence in UTC.
    pub today: jiff::civil::Date,
}

impl Clock {
    /// Reads the system's clock; `today` stands in for its date, so that one can see what a run
    /// will say on another day.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the clock is read"
    )]
    pub fn of_system(today: Option<jiff::civil::Date>) -> Self {
        let started = jiff::Timestamp::now();
        Self {
            started,
            today: today.unwrap_or_else(|| started.to_zoned(jiff::tz::TimeZone::UTC).date()),
        }
    }
}
