//! Takeover, step T4: where a shard goes on.

use thiserror::Error;

use crate::domain::commitment::Position;
use crate::domain::ids::CallbackId;

/// Where a shard goes on, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beginning {
    /// At the broker's marker: the rule.
    Marker(Position),
    /// At the database's copy, since the broker has no marker any more: what was fired after the copy was made may be
    /// fired again.
    Copy(Position),
    /// At the first marker: the shard has never fired.
    First(Position),
}

/// Whether a marker names a callback that the database cannot have made an id for: it was restored from a backup older
/// than the marker, and would give ids out that were given out before.
pub fn is_from_a_lost_future(marker: Position, highest_callback_id: i64) -> bool {
    // A marker that ends between two callbacks carries a number that is no id.
    marker.callback_id <= CallbackId::MAX && marker.callback_id > highest_callback_id
}

/// The broker's marker lies behind what the database knows was fired. Going on could fire callbacks twice.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash)]
#[error("the broker's marker {} lies behind the confirmed {}", marker.fire_at, confirmed.fire_at)]
pub struct MarkerBehind {
    /// What the broker says.
    pub marker: Position,
    /// What the database says.
    pub confirmed: Position,
}

impl Beginning {
    /// Chooses, given the broker's marker, its copy in the database, and where a shard begins that has neither.
    ///
    /// # Errors
    /// `MarkerBehind` where the two contradict each other: a person has to look, never guess.
    pub fn choose(
        marker: Option<Position>,
        confirmed: Option<Position>,
        first: impl FnOnce() -> Position,
    ) -> Result<Self, MarkerBehind> {
        match (marker, confirmed) {
            (Some(marker), Some(confirmed)) if marker < confirmed => Err(MarkerBehind { marker, confirmed }),
            (Some(marker), _) => Ok(Self::Marker(marker)),
            (None, Some(confirmed)) => Ok(Self::Copy(confirmed)),
            (None, None) => Ok(Self::First(first())),
        }
    }

    /// The position: everything at or before it counts as fired.
    pub const fn position(self) -> Position {
        match self {
            Self::Marker(position) | Self::Copy(position) | Self::First(position) => position,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn at(micros: i64) -> Position {
        Position { fire_at: Timestamp::from_micros(micros), callback_id: 0 }
    }

    #[test]
    fn the_brokers_marker_counts_and_its_copy_only_where_there_is_none() {
        let choose = |marker, confirmed| Beginning::choose(marker, confirmed, || at(1));
        assert_eq!(choose(Some(at(5)), Some(at(5))), Ok(Beginning::Marker(at(5))));
        assert_eq!(choose(Some(at(5)), None), Ok(Beginning::Marker(at(5))));
        assert_eq!(choose(None, Some(at(4))), Ok(Beginning::Copy(at(4))));
        assert_eq!(choose(None, None), Ok(Beginning::First(at(1))));
    }

    #[test]
    fn a_marker_that_names_a_callback_the_database_has_no_id_for_is_from_a_lost_future() {
        let marker = |callback_id| Position { callback_id, ..at(5) };
        assert!(!is_from_a_lost_future(marker(0), 0), "the first marker names no callback");
        assert!(!is_from_a_lost_future(marker(1_025), 1_025));
        assert!(is_from_a_lost_future(marker(1_026), 1_025));
        assert!(!is_from_a_lost_future(marker(i64::MAX), 1_025), "a marker that ends between two callbacks");
    }

    #[test]
    fn a_marker_behind_its_copy_stops_the_shard() {
        let behind = MarkerBehind { marker: at(3), confirmed: at(4) };
        assert_eq!(Beginning::choose(Some(at(3)), Some(at(4)), || at(1)), Err(behind));
    }
}
