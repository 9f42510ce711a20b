//! The last decisions of this process: noted by `ingest` once they are stored, read by `ops`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::decision::Decision;
use crate::domain::ids::CallbackId;
use crate::domain::time::Timestamp;

/// How many are kept: some screens full. A result has some hundred bytes, most of which a caption can be.
const KEPT: usize = 200;

/// A handle to the last decisions; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Recent(Arc<Mutex<VecDeque<Decided>>>);

/// A decision as it is kept. The result has personal data in it: whoever shows it reads it with `wire::summary`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// `ce_time` of the result.
    pub decided_at: Timestamp,
    /// The callback that the command made or changed.
    pub callback_id: Option<CallbackId>,
    /// Whether the command made it.
    pub schedules: bool,
    /// The result's data, shared with what is published.
    pub result: Arc<str>,
}

impl Recent {
    /// Notes a batch, in its order. However large it is, no more is copied than is kept.
    pub fn note(&self, batch: &[Decision]) {
        let last = &batch[batch.len().saturating_sub(KEPT)..];
        if last.is_empty() {
            return;
        }
        let mut kept = self.kept();
        let too_many = (kept.len() + last.len()).saturating_sub(KEPT);
        kept.drain(..too_many);
        kept.extend(last.iter().map(|decision| Decided {
            decided_at: decision.decided_at,
            callback_id: decision.callback_id,
            schedules: decision.schedules,
            result: Arc::clone(&decision.result),
        }));
    }

    /// The last ones, the newest first.
    pub fn newest(&self, count: usize) -> Vec<Decided> {
        self.kept().iter().rev().take(count).cloned().collect()
    }

    /// Those that made or changed this callback, the oldest first.
    pub fn of_callback(&self, id: CallbackId) -> Vec<Decided> {
        self.kept().iter().filter(|decided| decided.callback_id == Some(id)).cloned().collect()
    }

    /// A thread that panicked while it held the lock left whole entries behind.
    fn kept(&self) -> MutexGuard<'_, VecDeque<Decided>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Fingerprint;

    fn decision(number: usize) -> Decision {
        Decision {
            key: Fingerprint([0; 16]),
            payload: Fingerprint([0; 16]),
            decided_at: Timestamp::from_micros(i64::try_from(number).unwrap()),
            callback_id: CallbackId::new(i64::try_from(number % 2).unwrap()).ok(),
            schedules: false,
            correlation_id: None,
            result: number.to_string().into(),
            states: None,
        }
    }

    fn numbers(decided: &[Decided]) -> Vec<usize> {
        decided.iter().map(|decided| decided.result.parse().unwrap()).collect()
    }

    #[test]
    fn the_newest_are_kept_however_large_the_batches_are() {
        let recent = Recent::default();
        let all: Vec<Decision> = (0..3 * KEPT + 7).map(decision).collect();
        recent.note(&all[..KEPT - 1]);
        assert_eq!(recent.newest(usize::MAX).len(), KEPT - 1);
        recent.note(&all[KEPT - 1..=KEPT]);
        assert_eq!(numbers(&recent.newest(3)), [KEPT, KEPT - 1, KEPT - 2]);
        assert_eq!(numbers(&recent.newest(usize::MAX)).last(), Some(&1));
        recent.note(&all[KEPT + 1..]);
        let newest = numbers(&recent.newest(usize::MAX));
        assert_eq!(newest, (2 * KEPT + 7..3 * KEPT + 7).rev().collect::<Vec<_>>());
        recent.note(&[]);
        assert_eq!(recent.newest(usize::MAX).len(), KEPT);
    }

    #[test]
    fn those_of_a_callback_are_found_in_their_order() {
        let recent = Recent::default();
        recent.note(&(1..=5).map(decision).collect::<Vec<_>>());
        assert_eq!(numbers(&recent.of_callback(CallbackId::new(1).unwrap())), [1, 3, 5]);
        assert_eq!(recent.of_callback(CallbackId::new(2).unwrap()), []);
    }
}
