//! Takeover, step 4: where a shard goes on, and what is said where it must not.

use super::Takeover;
use crate::clock;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::timestamp::Timestamp;
use crate::postgres::shard::Claim;
use crate::protocol::beginning::{Beginning, MarkerBehind, is_from_a_lost_future};

impl Takeover {
    /// Step 4: where the shard goes on. `None` where it must not: a person has to look.
    pub(super) fn choose_marker(
        &self,
        shard: Shard,
        claim: &Claim,
        found: Option<Position>,
        highest_callback_id: i64,
    ) -> Option<Position> {
        if let Some(marker) = found.filter(|marker| is_from_a_lost_future(*marker, highest_callback_id)) {
            tracing::error!(
                %shard, marker = %marker.fire_at, callback_id = marker.callback_id, highest_callback_id,
                "the broker's marker names a callback that this database never gave an id to: it was restored from a \
                 backup, and would give CallbackIds out twice. This shard is stopped: stop all instances, run \
                 `schedule-callback migrate --after-restore`, and start them again (docs/running.md, \"Restore\")"
            );
            return None;
        }
        match Beginning::choose(found, claim.confirmed, || self.first_marker()) {
            Ok(Beginning::Copy(confirmed)) => {
                tracing::warn!(
                    %shard, confirmed = %confirmed.fire_at,
                    "the broker has no marker any more (a long stop, or a new cluster): going on from the database's \
                     copy, at most a minute old; callbacks fired within that minute may be fired again"
                );
                Some(confirmed)
            }
            Ok(beginning) => Some(beginning.position()),
            Err(MarkerBehind { marker, confirmed }) => {
                tracing::error!(
                    %shard, marker = %marker.fire_at, confirmed = %confirmed.fire_at,
                    "the broker's marker lies behind what the database knows was fired: this shard is stopped, \
                     going on could fire callbacks twice"
                );
                None
            }
        }
    }

    /// Where a shard begins that has never fired: early enough that a backlog of overdue commands keeps its order, not
    /// so early that a command with an ancient date would need a partition of its own.
    fn first_marker(&self) -> Position {
        let kept = i64::try_from(self.settings.retain_callbacks.as_micros()).unwrap_or(i64::MAX);
        let earliest = clock::now().micros().saturating_sub(kept).max(0);
        Position { fire_at: Timestamp::from_micros(earliest), callback_id: 0 }
    }
}
