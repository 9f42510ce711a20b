//! The kinds of commands that there are.

/// A kind of command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It makes a callback.
    Schedule,
    /// It calls one off.
    Cancel,
    /// It moves or changes one.
    Reschedule,
    /// It says what came of a due event.
    Report,
}

impl Kind {
    /// All of them, in the order in which they are documented.
    pub const ALL: [Self; 4] = [Self::Schedule, Self::Cancel, Self::Reschedule, Self::Report];

    /// Its `ce_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schedule => "callback.schedule.v1",
            Self::Cancel => "callback.cancel.v1",
            Self::Reschedule => "callback.reschedule.v1",
            Self::Report => "callback.report.v1",
        }
    }

    /// The kind of that `ce_type`.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
