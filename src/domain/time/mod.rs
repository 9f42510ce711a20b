//! Instants, and how they are read, shown and known.
//!
//! - `timestamp`: an instant in microseconds.
//! - [`zone`]: the time zones of the IANA database, and what their clocks show.
//! - [`schedule_date`]: from what a script wrote as `scheduleDate` to an instant.
//! - [`duration`]: how long something takes, as settings and directory records write it.
//! - [`clocks`]: the time to fire by, from several clocks of which any may be wrong.

pub mod clocks;
pub mod duration;
pub mod schedule_date;
mod timestamp;
pub mod zone;

pub use self::timestamp::{InvalidTimestamp, Timestamp};
pub use self::zone::{Shown, TimeZone, UnknownTimeZone};
