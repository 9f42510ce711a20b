//! The routers: read due events, and report what came of them, as the plan says.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use serde_json::Value;

use crate::broker::Topic;
use crate::load::Load;
use crate::world::World;

/// Has all due events read.
pub fn begin(world: &Rc<World>, load: &Rc<Load>) {
    if world.plan.reactions.is_empty() {
        return;
    }
    let (own, load, broker, sim) = (Rc::downgrade(world), Rc::clone(load), Rc::clone(&world.broker), world.sim.clone());
    world.sim.spawn(None, "routers", async move {
        let mut read = 0;
        let mut presented: BTreeMap<usize, u32> = BTreeMap::new();
        loop {
            poll_fn(|_| {
                if broker.seen().len() > read {
                    return Poll::Ready(());
                }
                broker.readers.add(&sim);
                Poll::Pending
            })
            .await;
            let seen: Vec<_> = broker.seen()[read..].to_vec();
            read += seen.len();
            let Some(world) = own.upgrade() else { return };
            for event in seen.iter().filter(|seen| seen.partition.0 == Topic::Due) {
                let data: Value = serde_json::from_slice(&event.record.value).unwrap_or_default();
                let made_by = data["commandId"].as_str().and_then(|id| id.strip_prefix("schedule-")?.parse().ok());
                let (Some(of), Some(revision), Some(attempt)) =
                    (made_by, data["revision"].as_i64(), data["attempt"].as_i64())
                else {
                    continue;
                };
                let number = presented.entry(of).or_default();
                *number += 1;
                let is_meant =
                    |reaction: &&crate::plan::Reaction| (reaction.of, reaction.presentation) == (of, *number);
                for reaction in world.plan.reactions.iter().filter(is_meant) {
                    load.report(&world, reaction, (revision, attempt));
                }
            }
        }
    });
}
