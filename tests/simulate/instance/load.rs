//! F1: reads the next rows of windows, on a connection of its own.

use std::rc::Rc;
use std::task::Poll;

use schedule_callback::dispatch::Timed;

use super::messages::ToDispatch;
use super::shared::Shared;
use crate::executor::{MILLIS, SECOND};

/// Runs for ever.
pub async fn run(shared: Rc<Shared>) {
    loop {
        let load = shared.mailboxes.loads.recv().await;
        let (database, wanted) = (Rc::clone(&shared.database), load.clone());
        let query =
            move || Poll::Ready(database.load(wanted.owner.owned.shard, wanted.after, wanted.until, wanted.limit));
        let rows = shared.postgres.call("load", 15 * SECOND, query, None).await.ok();
        let events = shared.events();
        let rows =
            rows.map(|rows| rows.into_iter().map(|(position, row)| (position, Timed::of(&row, &events))).collect());
        // Rows are on their way for longer the more there are; what is recorded meanwhile is not among them.
        if shared.sim.below(3) == 0 {
            shared.sim.sleep(shared.sim.between(MILLIS, 300 * MILLIS)).await;
        }
        shared.mailboxes.dispatch.send(ToDispatch::Loaded { load, rows });
    }
}
