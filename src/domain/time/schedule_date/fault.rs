//! Why a `scheduleDate` is refused, and what was read of it, which the message tells.

use crate::domain::given::{Placed, Wrong};
use crate::domain::time::{TimeZone, Timestamp};

/// Faults of `scheduleDate` (docs/contract.md#dates).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScheduleDateFault {
    /// The field is absent or empty.
    Missing,
    /// Not one of the ISO 8601 forms.
    Syntax(DateSyntax),
    /// Date in the basic format and time in the extended one, or the other way round.
    MixedFormat,
    /// A part is outside its range, or the instant outside the years 0001–9999.
    OutOfRange,
    /// A date, week or month without a time.
    TimeMissing,
    /// No offset, and no time zone to take one from.
    OffsetMissing,
    /// The clocks of the time zone skip this local time.
    NonexistentLocalTime(ZoneUsed),
    /// `timeZone` is not an IANA name.
    TimeZoneUnknown {
        /// The zone whose name differs in case or blanks only.
        nearest: Option<TimeZone>,
        /// A character of the name that is easily overlooked.
        overlooked: Option<Placed>,
    },
    /// Earlier than the command by more than the grace.
    InPast {
        /// The date as it was read.
        read: ReadDate,
        /// The time of the command.
        issued_at: Timestamp,
    },
    /// Further ahead than the horizon.
    TooFar {
        /// The horizon that was applied, in microseconds.
        horizon: i64,
        /// The date as it was read.
        read: ReadDate,
    },
}

/// Why a `scheduleDate` has none of the forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateSyntax {
    /// It is no text.
    Wrong(Wrong),
    /// It has that many bytes.
    TooLong(usize),
    /// A character that no form has.
    Character(Placed),
    /// The characters stand in an order that no form has.
    Form,
}

/// A date as it was read: what a message tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadDate {
    /// The instant.
    pub instant: Timestamp,
    /// The time zone whose clocks were asked, where the text has no offset.
    pub zone: Option<ZoneUsed>,
}

/// A time zone that an offset was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneUsed {
    /// The zone.
    pub zone: TimeZone,
    /// Whose it is.
    pub of: ZoneOf,
}

/// Whose time zone it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZoneOf {
    /// The command's own: `timeZone`.
    Command,
    /// The security user's, in the directory.
    SecurityUser,
    /// The tenant's, in the settings.
    Tenant,
}
