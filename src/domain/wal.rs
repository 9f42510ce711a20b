//! How far a PostgreSQL server has come: its system identifier, its timeline, and its position in the write-ahead log.
//!
//! Two servers that both can be written to may have the same callbacks, the same epochs and the same name: a primary that
//! nobody stopped, and the standby that was promoted in its place. Only this tells them apart. A promotion begins a timeline
//! with a higher number, and so does a restore to a point in time; a server that was put back to an earlier state otherwise
//! (a snapshot of its disk) has the same timeline and an earlier position; one that was made anew (`initdb`, `pg_upgrade`,
//! a dump that was restored elsewhere) has another system identifier, and its timeline begins with 1 again.

use std::fmt;
use std::str::FromStr;

/// A place in the history of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalPosition {
    /// What `initdb` gave the server, and what its standbys have too (`pg_control_system`).
    pub system: i64,
    /// The major version of its program.
    pub version: u32,
    /// The number of its timeline: a promotion, or a restore to a point in time, makes a higher one.
    pub timeline: u32,
    /// The place in its write-ahead log (`pg_lsn`), in bytes.
    pub lsn: u64,
}

/// What a server is beside the newest one that has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is that one, or one that came after it.
    Newest,
    /// It lacks what that one has.
    Behind,
    /// Neither comes after the other, as far as can be seen: a person has to say which counts.
    Unrelated,
}

impl WalPosition {
    /// Whether both are of the same server, or of servers of which one repeats the other.
    pub const fn is_on_timeline_of(&self, other: &Self) -> bool {
        self.system == other.system && self.timeline == other.timeline
    }

    /// What a server at this place is beside `newest`, a place that is known to be on a disk.
    ///
    /// Of two systems, the one with the later version is taken for the other after an upgrade (`pg_upgrade`, or logical
    /// replication into a later version).
    pub const fn standing(&self, newest: &Self) -> Standing {
        if self.system != newest.system {
            return if self.version > newest.version {
                Standing::Newest
            } else if self.version < newest.version {
                Standing::Behind
            } else {
                Standing::Unrelated
            };
        }
        if self.timeline < newest.timeline || self.timeline == newest.timeline && self.lsn < newest.lsn {
            Standing::Behind
        } else {
            Standing::Newest
        }
    }
}

/// As the group has it, and operators: `system=7… version=15 timeline=2 wal=0/16B3748`.
impl fmt::Display for WalPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, version, timeline, lsn } = self;
        write!(f, "system={system} version={version} timeline={timeline} wal={}", Lsn(*lsn))
    }
}

/// What is read is no such place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPosition;

impl FromStr for WalPosition {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let mut words = text.split(' ');
        let mut value = |name: &str| {
            let (found, value) = words.next()?.split_once('=')?;
            (found == name).then_some(value)
        };
        let mut read = || {
            Some(Self {
                system: value("system")?.parse().ok()?,
                version: value("version")?.parse().ok()?,
                timeline: value("timeline")?.parse().ok()?,
                lsn: lsn(value("wal")?)?,
            })
        };
        read().ok_or(NotAPosition)
    }
}

/// A position as PostgreSQL writes it: two halves in hexadecimal digits, `16/B374D848`.
struct Lsn(u64);

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & u64::from(u32::MAX))
    }
}

/// What PostgreSQL writes of a `pg_lsn`, in bytes.
pub fn lsn(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    let half = |digits| u32::from_str_radix(digits, 16).ok().map(u64::from);
    Some(half(high)? << 32 | half(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(system: i64, version: u32, timeline: u32, lsn: u64) -> WalPosition {
        WalPosition { system, version, timeline, lsn }
    }

    #[test]
    fn a_promoted_server_is_newer_whatever_its_position_and_one_of_an_earlier_timeline_is_behind() {
        let newest = at(7, 15, 2, 1_000);
        for (server, expected) in [
            (at(7, 15, 2, 1_000), Standing::Newest),
            (at(7, 15, 2, 1_001), Standing::Newest),
            (at(7, 15, 3, 10), Standing::Newest),
            (at(7, 15, 2, 999), Standing::Behind),
            (at(7, 15, 1, 9_999), Standing::Behind),
        ] {
            assert_eq!(server.standing(&newest), expected, "{server}");
        }
    }

    #[test]
    fn of_two_systems_the_later_version_is_the_upgraded_one_and_two_of_one_version_are_a_persons_to_tell_apart() {
        let newest = at(7, 15, 4, 1_000);
        assert_eq!(at(8, 16, 1, 10).standing(&newest), Standing::Newest);
        assert_eq!(newest.standing(&at(8, 16, 1, 10)), Standing::Behind);
        assert_eq!(at(8, 15, 9, 9_999).standing(&newest), Standing::Unrelated);
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        let place = at(-7_312_345_678_901_234_567, 15, 2, 0x0016_B374_D848);
        assert_eq!(place.to_string(), "system=-7312345678901234567 version=15 timeline=2 wal=16/B374D848");
        assert_eq!(place.to_string().parse(), Ok(place));
        assert_eq!(lsn("0/16B3748"), Some(0x16B_3748));
        for other in
            ["", "system=7", "system=7 version=15 timeline=2 wal=16B3748", "version=15 system=7 timeline=1 wal=0/0"]
        {
            assert_eq!(other.parse::<WalPosition>(), Err(NotAPosition), "{other}");
        }
    }
}
