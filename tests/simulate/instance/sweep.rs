//! Performs F6 and F7 up to the recording step: hands on what time makes of callbacks, as `ingest::sweeper` does.

use std::rc::Rc;
use std::task::Poll;

use schedule_callback::domain::commitment::Position;
use schedule_callback::ingest::{Item, TimeCause};
use schedule_callback::protocol::firing::{ByTime, Sweep};

use super::messages::ToDispatch;
use super::shared::{Shared, Taken};
use crate::executor::{MILLIS, SECOND};

/// Runs for ever.
pub async fn run(shared: Rc<Shared>) {
    loop {
        match shared.mailboxes.sweeps.recv().await {
            ByTime::Look(look) => hand_on(&shared, &look.owner, &look.positions, TimeCause::Look),
            ByTime::Sweep(sweep) => {
                let is_done = perform(&shared, &sweep).await;
                shared.mailboxes.dispatch.send(ToDispatch::Swept { sweep, is_done });
            }
        }
    }
}

/// Hands on everything that stands there; `false` where the database could not be asked.
async fn perform(shared: &Rc<Shared>, sweep: &Sweep<Taken>) -> bool {
    let limit = shared.settings.load_rows;
    let mut after = sweep.after;
    while sweep.owner.is_current() {
        let (database, of, through) = (Rc::clone(&shared.database), sweep.owner.owned.shard, sweep.through);
        let query = move || Poll::Ready(database.unreported(of, after, through, limit));
        let Ok(positions) = shared.postgres.call("find unreported", 15 * SECOND, query, None).await else {
            return false;
        };
        // What is recorded meanwhile is not seen.
        if shared.sim.below(3) == 0 {
            shared.sim.sleep(shared.sim.between(MILLIS, 300 * MILLIS)).await;
        }
        hand_on(shared, &sweep.owner, &positions, TimeCause::Unacknowledged);
        if positions.len() < limit {
            break;
        }
        after = positions.last().copied();
    }
    true
}

fn hand_on(shared: &Shared, taken: &Taken, positions: &[Position], cause: TimeCause) {
    for position in positions {
        shared.mailboxes.items.send(Item::of_time(&taken.owned, *position, cause));
    }
}
