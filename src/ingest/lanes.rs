//! The way to the recording step, which takes one batch at a time: of commands, or of what time makes of callbacks.
//!
//! Neither may keep the other waiting. What time makes can be a million callbacks after an outage, and is always ready; the
//! stage that reads commands offers its batch and goes on reading where that is not taken. So who hands on what time makes
//! has a turn, which comes back once that is recorded and commands had theirs.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use super::{Content, Item};
use crate::stop::{Stop, tell_bounded};

/// For how long a batch of commands is waited for behind one of what time makes. The stage that reads offers what it has at
/// least every millisecond.
const PATIENCE: Duration = Duration::from_millis(4);
/// How often the stop token is looked at meanwhile.
const POLL: Duration = Duration::from_millis(500);

/// Hands on what time makes of callbacks.
pub struct TimeLane {
    batches: SyncSender<Vec<Item>>,
    turns: Receiver<()>,
}

/// What is to be recorded, batch by batch.
pub struct Batches {
    from: Receiver<Vec<Item>>,
    turns: SyncSender<()>,
    patience: Duration,
    /// Whether the last one was of what time makes.
    was_of_time: bool,
}

/// The way of commands, the way of what time makes, and where both end. No batch waits in between.
pub fn lanes() -> (SyncSender<Vec<Item>>, TimeLane, Batches) {
    lanes_with(PATIENCE)
}

fn lanes_with(patience: Duration) -> (SyncSender<Vec<Item>>, TimeLane, Batches) {
    let (sender, batches) = sync_channel(0);
    let (giver, turns) = sync_channel(1);
    // The first turn.
    tell_bounded(&giver, ());
    let time = TimeLane { batches: sender.clone(), turns };
    (sender, time, Batches { from: batches, turns: giver, patience, was_of_time: false })
}

impl TimeLane {
    /// Waits for its turn, and then until the recording step has taken the batch; gives up where the service ends.
    pub fn send(&self, items: Vec<Item>, stop: &Stop) {
        loop {
            match self.turns.recv_timeout(POLL) {
                Ok(()) => break tell_bounded(&self.batches, items),
                Err(RecvTimeoutError::Timeout) if !stop.is_set() => {}
                Err(_) => break,
            }
        }
    }
}

impl Batches {
    /// The next batch; `None` once nobody hands on any more. Whoever asks has recorded the one before.
    pub fn take(&mut self) -> Option<Vec<Item>> {
        if std::mem::take(&mut self.was_of_time) {
            let next = self.from.recv_timeout(self.patience);
            if let Err(TrySendError::Disconnected(())) = self.turns.try_send(()) {
                tracing::debug!("nobody hands on what time makes any more");
            }
            match next {
                Ok(batch) => return Some(batch),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let batch = self.from.recv().ok()?;
        self.was_of_time = batch.iter().any(|item| matches!(item.content, Content::Time { .. }));
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::domain::commitment::Position;
    use crate::domain::ids::Shard;
    use crate::domain::time::Timestamp;
    use crate::ingest::TimeCause;
    use crate::kafka::ownership::OwnedShard;
    use crate::protocol::frontier::Frontier;

    #[test]
    fn commands_have_their_turn_however_much_there_is_that_time_makes() {
        let position = Position::end_of(Timestamp::from_micros(1));
        let shard = Shard::from_partition(0).unwrap();
        let owned = OwnedShard::claimed(shard, 1, Frontier::starting_at(position), None);
        let of_time = || vec![Item::of_time(&owned, position, TimeCause::Unacknowledged)];
        // Longer than any machine takes.
        let (commands, time, mut batches) = lanes_with(Duration::from_mins(10));
        let stop = Stop::default();
        thread::scope(|threads| {
            let ending = stop.clone();
            threads.spawn(|| {
                let (time, stop) = (time, stop);
                while !stop.is_set() {
                    time.send(of_time(), &stop);
                }
            });
            let stopped = ending.clone();
            threads.spawn(move || {
                // As the stage that reads does it: it goes on with other work where its batch is not taken.
                while !stopped.is_set() {
                    commands.try_send(Vec::new()).ok();
                    thread::yield_now();
                }
            });
            let mut taken = Vec::new();
            while taken.iter().sum::<usize>() < 4 {
                taken.push(batches.take().unwrap().len());
            }
            assert!(!taken.windows(2).any(|two| two == [1, 1]), "commands between them: {taken:?}");
            ending.set();
            drop(batches);
        });
    }
}
